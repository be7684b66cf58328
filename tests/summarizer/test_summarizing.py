"""Whole stories in, summaries out: every family, and what becomes of the sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from config.settings import load_settings
from summarizer.embedding import Embedder
from summarizer.errors import ModelError
from summarizer.models import Article
from summarizer.reporting import Writer, make_story
from summarizer.writing.backends import converting
from summarizer.writing.backends.converting import Converted
from summarizer.writing.backends.documents import Documents, convert_documents, load_documents
from summarizer.writing.backends.families import CONVERTED_FAMILIES, join_story
from summarizer.writing.loading import load_model
from summarizer.writing.summarizing import Summarizer
from summarizer.writing.syntax import Parser

from .tiny_models import FAMILIES, save_model

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
STORY = [
    ["the council closed its old harbour on monday .", "the mayor said ."],
    ["the ferry ran aground near lindholm ."],
]


def in_torch(folder: Path) -> tuple[Documents, Any]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    return Documents(model, tokenizer, "cpu"), tokenizer


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_summarises_a_whole_story(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Random weights leave words so close that rounding to 8 bits would turn one into another.
    monkeypatch.setattr(converting, "QUANTIZATION", "float32")
    folder = save_model(family, tmp_path / family)
    loaded = load_documents(folder, cache=tmp_path / "cache", device="auto", threads=1)
    documents, _ = in_torch(folder)
    assert isinstance(loaded, Converted) == (documents.family.name in CONVERTED_FAMILIES)
    for beams in (1, 3):
        written = documents.write(STORY, beams=beams).split()
        assert written
        assert not any("<" in word for word in written)
        # Beams part after a while where two ways are worth the same.
        assert loaded.write(STORY, beams=beams).split()[:10] == written[:10]


@pytest.mark.parametrize(
    ("family", "text"),
    [
        ("bart", "{0}\n {1}"),
        ("pegasus", "{0}<n> {1}"),
        ("t5", "summarize: {0}\n {1}"),
        ("flan", "summarize: {0}\n {1}"),
        ("mt5", "{0}\n {1}"),
        ("led", "{0}\n {1}"),
        ("primera", "{0}<doc-sep> {1}"),
    ],
)
def test_articles_are_joined_as_the_family_learnt_it(
    family: str, text: str, tmp_path: Path
) -> None:
    documents, tokenizer = in_torch(save_model(family, tmp_path))
    joined = join_story(STORY, documents.family, tokenizer)
    assert joined == text.format(*(f"{' '.join(article)} " for article in STORY)).rstrip()


@pytest.mark.parametrize("family", ["bart", "t5", "led", "primera"])
def test_a_long_story_gives_the_start_of_each_article(family: str, tmp_path: Path) -> None:
    documents, tokenizer = in_torch(save_model(family, tmp_path))
    long = [[f"the ferry ran aground on monday {n} ." for n in range(40)], STORY[1] * 40]
    joined = join_story(long, documents.family, tokenizer)
    assert len(tokenizer(joined)["input_ids"]) <= documents.family.most_read
    assert joined.count("monday") > 1
    assert abs(joined.count("monday") - joined.count("lindholm")) <= 1
    assert documents.write(long, beams=1)


def test_text_from_outside_cannot_write_the_models_own_tokens(tmp_path: Path) -> None:
    documents, tokenizer = in_torch(save_model("primera", tmp_path))
    joined = join_story([["the ferry <doc-sep> ran </s> aground ."]], documents.family, tokenizer)
    assert joined == "the ferry ran aground ."


@pytest.mark.parametrize(("family", "attended"), [("led", 1), ("primera", 2)])
def test_in_led_the_first_token_and_the_separators_see_everything(
    family: str, attended: int, tmp_path: Path
) -> None:
    given: dict[str, torch.Tensor] = {}

    def generate(**options: Any) -> torch.Tensor:
        given.update(options)
        return torch.tensor([[2, 5]])

    documents, tokenizer = in_torch(save_model(family, tmp_path))
    model = SimpleNamespace(config=documents._model.config, generate=generate)
    Documents(model, tokenizer, "cpu").write(STORY, beams=1)
    seen = given["global_attention_mask"][0]
    separator = tokenizer.get_vocab().get("<doc-sep>", -1)
    assert seen[0] == 1
    assert seen.sum() == attended
    assert all(seen[given["input_ids"][0] == separator] == 1)


def test_a_model_is_converted_once_and_again_when_it_changes(tmp_path: Path) -> None:
    folder, cache = save_model("bart", tmp_path / "bart"), tmp_path / "cache"
    first = convert_documents(folder, cache=cache)
    made = (first / "model.bin").stat().st_mtime_ns
    assert convert_documents(folder, cache=cache) == first
    assert (first / "model.bin").stat().st_mtime_ns == made
    assert list(cache.iterdir()) == [first]
    (folder / "model.safetensors").touch()
    assert convert_documents(folder, cache=cache) != first


def test_a_damaged_conversion_is_named(tmp_path: Path) -> None:
    folder = save_model("t5", tmp_path / "t5")
    (convert_documents(folder, cache=tmp_path) / "model.bin").write_bytes(b"broken")
    with pytest.raises(ModelError, match="delete this folder"):
        load_documents(folder, cache=tmp_path, device="cpu", threads=1)


def test_what_ctranslate2_does_not_run_is_not_converted(tmp_path: Path) -> None:
    folder = save_model("led", tmp_path / "led")
    with pytest.raises(ModelError, match=r"family 'led'.*nothing to convert"):
        convert_documents(folder, cache=tmp_path)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, r"model folder without config\.json: '.*'; give"),
        ('{"model_type": "nonsense"}', "cannot load a sequence-to-sequence model"),
        ('{"model_type": "bart"}', "cannot load a sequence-to-sequence model"),
        ('{"model_type": "gpt2"}', "cannot load a sequence-to-sequence model"),
    ],
)
def test_a_folder_that_is_no_such_model_is_named_with_the_next_step(
    config: str | None, message: str, tmp_path: Path
) -> None:
    if config:
        (tmp_path / "config.json").write_text(config, "utf-8")
    with pytest.raises(ModelError, match=message):
        load_documents(tmp_path, cache=tmp_path, device="cpu", threads=1)


def test_the_settings_name_the_model(tmp_path: Path) -> None:
    folder = save_model("bart", tmp_path / "bart")
    environ = {"DIGEST_PATHS__DATA": str(tmp_path), "DIGEST_MODEL__NAME": str(folder)}
    model = load_model(load_settings(environ=environ))
    assert isinstance(model, Summarizer)
    assert model.name == str(folder)
    assert model.sentences([], beams=1) == []


class Fixed:
    """A backend that writes a set text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.read: list[Sequence[Sequence[str]]] = []

    def write(self, articles: Sequence[Sequence[str]], *, beams: int) -> str:
        self.read.append(articles)
        return self.text


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


POST = Article(
    id="a",
    url="https://post.example/ferry",
    outlet="Post",
    title="Ferry aground off Lindholm",
    text=(
        "A ferry with 212 people on board ran aground near Lindholm on Sunday night. "
        "The ship had left Aldervik at 20:15, the harbour master said. "
        "Two tugs are to pull the ferry free at high tide on Monday."
    ),
    published_at=NOON,
    fetched_at=NOON,
)
MAIL = replace(
    POST,
    id="b",
    url="https://mail.example/ferry",
    outlet="Mail",
    text=(
        "A ferry carrying 212 people ran aground off Lindholm on Sunday night. "
        "Nobody was seriously hurt, but nine passengers were treated for bruises."
    ),
)


def test_what_a_model_writes_is_checked_cited_or_replaced(
    embedder: Embedder, parser: Parser
) -> None:
    backend = Fixed(
        "A ferry with 212 people ran aground near Lindholm on Sunday. "
        "Nobody was seriously hurt, but ninety passengers were treated for bruises. "
        "The government of Kestria fell after a vote. "
        "The ship, which had left Aldervik at 20:15, is to be pulled free by"
    )
    writer = Writer(embedder, Summarizer(backend, name="fixed"), parser, name="fixed", beams=1)
    report = writer.write_articles([POST, MAIL], now=NOON)

    assert [len(article) for article in backend.read[0]] == [3, 2]
    assert report.model == "fixed"
    first, second, *rest = report.sentences
    assert first.text == "A ferry with 212 people ran aground near Lindholm on Sunday."
    assert first.method == "rewritten"
    assert 1 in first.articles
    # The number is not the source's: the source's own sentence is told.
    assert "nine passengers" in second.text
    assert second.articles == (2,)
    # What the model did not tell comes from the articles, and what it made up not at all.
    assert any("tugs" in s.text for s in rest)
    assert not any("Kestria" in s.text or s.text.endswith("by") for s in report.sentences)


def test_a_sentence_may_rest_on_two_of_one_article(embedder: Embedder, parser: Parser) -> None:
    backend = Fixed(
        "A ferry with 212 people on board ran aground, and nine passengers were treated."
    )
    post = replace(
        POST,
        text=(
            "A ferry with 212 people on board ran aground. "
            "Nine passengers were treated on Sunday night."
        ),
    )
    writer = Writer(embedder, Summarizer(backend, name="fixed"), parser, name="fixed", beams=1)
    report = writer.write_articles([post], now=NOON)
    (told,) = [s for s in report.sentences if s.text == backend.text]
    assert told.method == "rewritten"
    assert [e.text for e in told.evidence] == [post.text]


def test_a_story_that_grows_keeps_its_facts_and_their_wording(
    embedder: Embedder, parser: Parser
) -> None:
    backend = Fixed("A ferry with 212 people ran aground near Lindholm on Sunday.")
    writer = Writer(embedder, Summarizer(backend, name="fixed"), parser, name="fixed", beams=1)
    first = writer.write_articles([POST], now=NOON)
    known = {key: s.fact_id for s in first.sentences for key in s.fact_keys}
    backend.text = "A ferry with 212 people on board ran aground near Lindholm."
    again = writer.write_articles([POST, MAIL], now=NOON)
    assert again.sentences[0].text == backend.text
    vectors = embedder.embed([POST.lead, MAIL.lead])
    story = writer.write(
        make_story([POST, MAIL], vectors), [POST, MAIL], known=known, previous=first, now=NOON
    )
    assert story.sentences[0].fact_id == first.sentences[0].fact_id
    assert story.sentences[0].text == first.sentences[0].text
