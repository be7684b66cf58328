"""The rewriter: loading, converting once, refusing what is broken, and any other model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import run

import pytest

from summarizer.errors import ModelError
from summarizer.models import Length
from summarizer.training.evaluate import is_supported
from summarizer.writing.refusing import is_whole
from summarizer.writing.rewriting import Rewriter

SOURCES = [
    "The Lindholm city council, which met late into the night, on Tuesday approved a "
    "controversial plan to close the harbour to cars in order to cut noise, officials said.",
    "WESTBURY (Wire) — Mayor Ana Marsh angrily slammed the national rail company on Monday for "
    "raising fares by 12 percent, calling the decision “a slap in the face” of commuters.",
]


class Fixed:
    """A backend that gives set answers."""

    def __init__(self, texts: Sequence[tuple[str, float]]) -> None:
        self.texts = list(texts)

    def generate(
        self, sources: Sequence[str], *, length: Length, beams: int
    ) -> list[list[tuple[str, float]]]:
        return [self.texts for _ in sources]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def bundled(cache: Path) -> Rewriter:
    return Rewriter.load(cache=cache)


def test_no_sentences_give_no_candidates() -> None:
    assert Rewriter(Fixed([]), name="fixed").candidates([]) == []


SOURCE = "Late on Monday the council closed the old harbour, the mayor said in Lindholm."


def test_candidates_are_distinct_and_those_that_differ_most_from_a_copy_come_first() -> None:
    texts = [
        (SOURCE, -0.01),
        ("The council closed the old harbour, the mayor said.", -0.02),
        ("The mayor said the council closed the old harbour.", -0.1),
        ("The council closed the old harbour, the mayor said.", -0.2),
        ("The council closed the harbour, the mayor said in Lindholm.", -0.05),
    ]
    (found,) = Rewriter(Fixed(texts), name="fixed").candidates([SOURCE])
    assert [c.text for c in found] == [texts[4][0], texts[2][0], texts[1][0], SOURCE]
    assert found[0].words == 10
    assert found[0].score == -0.05


@pytest.mark.parametrize(
    "text",
    [
        "The council said it would.",
        "Officials closed the harbour in.",
        "The council closed closed the harbour.",
        "The council closed the harbour and the council closed the harbour.",
        "Closed.",
        "The council (which met closed the harbour.",
        "The council closed the [UNK] harbour.",
    ],
)
def test_a_sentence_that_breaks_off_or_repeats_itself_is_refused(text: str) -> None:
    assert not is_whole(text, "The council, which met at night, closed the harbour.")


def test_a_sentence_may_repeat_what_its_source_repeats() -> None:
    source = "Voters in the U.S. and U.S. allies met in the U.S. capital."
    assert is_whole("Voters in the U.S. and U.S. allies met in the U.S. capital.", source)


def test_importing_the_rewriter_loads_no_model_library() -> None:
    code = (
        "import sys, summarizer.writing.rewriting;"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'ctranslate2')))"
    )
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_packed_weights_without_their_tokenizer_are_named(tmp_path: Path) -> None:
    (tmp_path / "model.int8.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"model folder without weights: .* has no config\.json"):
        Rewriter.load(tmp_path, cache=tmp_path)


@pytest.mark.slow
def test_the_bundled_model_is_converted_once(bundled: Rewriter, cache: Path) -> None:
    (converted,) = cache.glob("rewriter-*")
    before = (converted / "model.bin").stat().st_mtime_ns
    assert Rewriter.load(cache=cache, threads=1).name == "bundled"
    assert (converted / "model.bin").stat().st_mtime_ns == before
    assert list(cache.iterdir()) == [converted]


@pytest.mark.slow
def test_the_bundled_model_writes_supported_sentences_of_their_own(bundled: Rewriter) -> None:
    for source, found in zip(SOURCES, bundled.candidates(SOURCES, length="detailed"), strict=True):
        assert found
        assert found[0].text != source
        assert found[0].text[0].isupper()
        assert found[0].text.endswith(".")
        assert is_supported(found[0].text, source)


@pytest.mark.slow
def test_a_shorter_length_gives_no_more_words(bundled: Rewriter) -> None:
    short = bundled.candidates(SOURCES, length="short")
    detailed = bundled.candidates(SOURCES, length="detailed")
    both = [(a[0].words, b[0].words) for a, b in zip(short, detailed, strict=True) if a and b]
    assert both
    assert all(a < b for a, b in both)


@pytest.mark.slow
def test_a_sentence_gets_the_same_candidates_alone_and_in_a_batch(bundled: Rewriter) -> None:
    together = bundled.candidates(SOURCES)
    assert [bundled.candidates([source])[0] for source in SOURCES] == together


@pytest.mark.slow
def test_a_damaged_conversion_is_named(tmp_path: Path, bundled: Rewriter, cache: Path) -> None:
    (converted,) = cache.glob("rewriter-*")
    broken = tmp_path / converted.name
    broken.mkdir()
    (broken / "model.bin").write_bytes(b"broken")
    with pytest.raises(ModelError, match="delete this folder"):
        Rewriter.load(cache=tmp_path)
