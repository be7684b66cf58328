"""Training: which pairs are fit, which edits are made, and that a run resumes and packs."""

from __future__ import annotations

import json
import lzma
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from summarizer.training import evaluate, prepare
from summarizer.training import train as training
from summarizer.training.batches import spoil
from summarizer.training.edits import loaded, shortened, source_last, speaker_first
from summarizer.training.filtering import (
    Limits,
    Pair,
    best_source,
    content,
    in_order,
    is_fit,
    words,
)
from summarizer.training.packing import allowed
from summarizer.training.pairing import across_outlets, kept_by_editors, whole
from summarizer.training.warm_start import packaged_minilm, warm_started
from summarizer.writing.rewriting import Rewriter
from summarizer.writing.syntax import Parser
from summarizer.writing.weights import load_weights, save_weights

SOURCE = (
    "The Lindholm council on Tuesday approved a plan to close the old harbour to cars, "
    "the mayor said."
)


def test_a_mild_rewriting_that_keeps_the_claim_is_fit() -> None:
    target = "The mayor said the Lindholm council approved a plan to close the harbour to cars."
    assert is_fit(SOURCE, target, Limits(order=0.6))


@pytest.mark.parametrize(
    "target",
    [
        "The Lindholm council on Tuesday approved a plan to close the old harbour to cars.",
        "The mayor said the Lindholm council approved it.",
        "It approved a plan to close the old Lindholm harbour to cars, the mayor said.",
        "The Lindholm council approved 3 plans to close the old harbour, the mayor said.",
        "The Lindholm parliament rejected a budget to widen the railway, the mayor said.",
        "Lindholm council on Tuesday approved plan to close old harbour to cars, mayor said.",
        "The cars of the mayor said to close the harbour, the plan the council approved.",
        "The Lindholm council on Tuesday approved a plan, the mayor said in.",
    ],
    ids=["no claim", "too short", "pronoun", "number", "invented", "headline", "mixed", "open"],
)
def test_a_target_that_would_teach_a_fault_is_not_fit(target: str) -> None:
    assert not is_fit(SOURCE, target, Limits())


def test_order_is_the_share_of_words_that_stand_as_in_the_source() -> None:
    assert in_order(["b", "c", "a"], ["a", "b", "c"]) == pytest.approx(2 / 3)
    assert in_order(["x"], ["a"]) == 0.0


def test_the_supporting_sentence_is_found_and_its_foreign_parts_are_cut() -> None:
    sentences = [
        "The ferry sails every day of the week in the summer months.",
        "The council approved a plan to close the harbour to cars, while in the capital ministers "
        "from nine countries met in a hotel and talked about the price of fish.",
    ]
    stems = [frozenset(content(words(s))) for s in sentences]
    target = "The council approved a plan to close the harbour to cars."
    assert best_source(target, sentences, stems, Limits()) == target
    assert best_source("Elections brought a new president.", sentences, stems, Limits()) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "LINDHOLM (Wire) — The council was blatantly ignored in order to win a stunning vote.",
            "The council was ignored to win a vote.",
        ),
        ("However, Marsh slammed the plan.", "Marsh criticized the plan."),
        (
            "Anna Marsh, who leads the council, said on Tuesday the port (LIN) will close.",
            "Anna Marsh said the port will close.",
        ),
        ("The bill passed, which opens the way for a new port.", "The bill passed."),
        (
            "The council said in a statement on Monday that it will act.",
            "The council said it will act.",
        ),
    ],
)
def test_edits_shorten_and_neutralise(before: str, after: str) -> None:
    class Always(Random):
        def random(self) -> float:
            return 0.0

    assert shortened(before, Always(), mild=False) == after


def test_the_speaker_can_come_first_and_the_source_last() -> None:
    assert speaker_first("The number of cases rose to five, officials said Tuesday.") == (
        "Officials said the number of cases rose to five."
    )
    assert speaker_first("“The number of cases rose to five,” officials said.").startswith("“")
    assert source_last("According to the mayor, five people left the harbour.") == (
        "Five people left the harbour, according to the mayor."
    )


def test_a_neutral_sentence_is_spoiled_and_can_be_repaired() -> None:
    text = "Anna Marsh criticized the plan before a vote and was praised."
    spoiled = {loaded(text, Random(i), ["who is 50"], ["which is odd"]) for i in range(40)}
    assert len(spoiled) > 20
    assert any("slammed" in sentence for sentence in spoiled)


def test_plain_equivalents_are_allowed_beside_their_phrase_but_no_other_content() -> None:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(packaged_minilm() / "tokenizer.json"))
    rows: Any = allowed(tokenizer)
    assert "criticized" in rows["beside"]["slammed"]
    assert "tried" in rows["beside"]["scrambled to"]
    assert not {"not", "killed", "no"} & set(rows["always"])


def test_warm_started_layers_equal_the_encoder_they_come_from() -> None:
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    model: Any = warm_started([0, 2, 5], length_words=["short"]).eval()
    encoder: Any = AutoModel.from_pretrained(packaged_minilm()).eval()
    ids = torch.tensor([[101, 2023, 2003, 1037, 3231, 102]])
    with torch.inference_mode():
        ours = model.model.encoder(ids).last_hidden_state
        theirs = encoder(ids).last_hidden_state
    assert float((ours - theirs).abs().max()) < 2e-3


def test_packed_weights_come_back_within_their_rounding(tmp_path: Path) -> None:
    state = {"a.weight": torch.randn(8, 16), "a.bias": torch.randn(8)}
    state["lm_head.weight"] = torch.ones(2, 2)
    save_weights(state, {"d_model": 16}, tmp_path)
    back = load_weights(tmp_path)
    assert set(back) == {"a.weight", "a.bias"}
    largest = state["a.weight"].abs().amax(dim=1).numpy()
    difference = np.abs(back["a.weight"] - state["a.weight"].numpy()).max(axis=1)
    assert (difference <= largest / 254 + 1e-6).all()
    assert json.loads((tmp_path / "config.json").read_text()) == {"d_model": 16}


# --- a whole run in miniature ---------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data files with a few invented records each."""
    folder = tmp_path / "data"
    folder.mkdir()
    lead = (
        "LINDHOLM (Wire) — However, Anna Marsh slammed the stunning plan to close the old harbour. "
        "Anna Marsh, who leads the council of Lindholm, said the old harbour will be closed to "
        "cars. The council of Lindholm approved the new plan to close the harbour on Tuesday, "
        "which was late."
    )
    summary = "Anna Marsh said the old harbour will be closed to cars."
    records: dict[str, dict[str, Any]] = {
        "cnn_dailymail_lower.train": {
            "text": "lindholm ( cnn ) -- the council did n't close the old harbour . it rained .",
            "summary": ["the council did n't close the old harbour"],
        },
        "cnn_cased": {"text": lead, "summary": ["NEW: " + summary.rstrip(".")]},
        "articles_2020_described": {"text": lead, "summary": [summary]},
        "neus_leads.train": {"summary": summary, "articles": [{"text": lead}]},
        "neus_clusters.train": {"summary": summary, "articles": [{"text": lead}]},
        "wcep_clusters.train": {"summary": summary, "articles": [{"text": lead}]},
        "articles_2019": {"text": lead, "date": "04-24-2019", "outlet": "one.example"},
        "articles_allsides": {"text": lead, "date": "2019-04-24", "outlet": "Another"},
        "sentence_pairs": {
            "kind": "compression",
            "sources": ["The council of Lindholm approved the new plan on Tuesday evening."],
            "target": "The council of Lindholm approved the new plan.",
        },
        "events_neutral": {"text": "Anna Marsh of Lindholm wins the election for the council."},
    }
    for name in prepare.SOURCES:
        with lzma.open(folder / f"{name}.jsonl.xz", "wt", encoding="utf-8") as out:
            out.write((json.dumps(records[name]) + "\n") * 2)
    return folder


@pytest.fixture
def prepared(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    out = tmp_path / "prepared"
    monkeypatch.setattr(sys, "argv", ["prepare", str(data), str(out), "--show", "1"])
    prepare.main()
    return out


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """A tiny random BERT with MiniLM's vocabulary."""
    import shutil

    from transformers import BertConfig, BertModel

    folder = tmp_path / "encoder"
    config = BertConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    BertModel(config).save_pretrained(folder)
    shutil.copy(packaged_minilm() / "tokenizer.json", folder)
    return folder


def small_plan(steps: int) -> training.Plan:
    plan = training.read_plan(training.CONFIG, {"pairs": 1.0}, cuda=False)
    stages = tuple(
        replace(stage, minutes=1.0, steps=steps, batch=4, subset=20, encoder_layers=1)
        for stage in plan.stages
    )
    return replace(plan, decoder_from=(0, 1), stages=stages, checkpoint_minutes=0.0)


def test_prepared_pairs_name_their_kind_and_length(prepared: Path) -> None:
    counts = json.loads((prepared / "prepared.json").read_text())["pairs"]
    assert {name.split()[0] for name in counts} >= {"highlight", "edit"}
    found = training.Prepared(prepared)
    assert len(found.sources) == len(found.targets) == sum(counts.values())
    assert all(row[0] == 101 and row[1] in {2, 3, 4} and row[-1] == 102 for row in found.sources)


def test_a_stopped_run_goes_on_from_its_checkpoint_and_packs(
    prepared: Path, encoder: Path, tmp_path: Path
) -> None:
    found, out = training.Prepared(prepared), tmp_path / "run"
    whole = small_plan(2)
    first = replace(whole, stages=whole.stages[:1])
    training.train(first, found, out, device="cpu", encoder=encoder)
    model = training.train(whole, found, out, device="cpu", resume=True, encoder=encoder)
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["stage"] for line in log] == [stage.name for stage in whole.stages]
    training.write_run(out, whole, prepared, log)
    run = json.loads((out / "run.json").read_text())
    assert [stage["step"] for stage in run["stages"]] == [2] * len(whole.stages)
    assert set(run["data"]) == {"pairs.npz.xz", "text.npz.xz"}
    save_weights(model.state_dict(), model.config.to_dict(), out / "weights")
    assert load_weights(out / "weights")["model.shared.weight"].shape == (30522, 16)


@pytest.mark.slow
def test_the_command_packs_a_folder_that_the_rewriter_can_load(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    options = ["--device", "cpu"]
    for stage in training.read_plan(training.CONFIG, {}, cuda=False).stages:
        options += ["--minutes", f"{stage.name}=0"]
    monkeypatch.setattr(sys, "argv", ["train", str(prepared), str(out), *options])
    training.main()
    rewriter = Rewriter.load(out / "weights", cache=tmp_path / "cache", threads=1)
    assert len(rewriter.candidates(["The council closed the port."])) == 1


def test_a_stage_without_pairs_says_what_to_run(prepared: Path) -> None:
    stage = replace(small_plan(1).stages[-1], kinds=("nothing",))
    data = training.Prepared(prepared)
    with pytest.raises(ValueError, match=r"run summarizer\.training\.prepare"):
        next(iter(training.Batches(data, stage, (0,))))


def test_training_goes_on_from_packed_weights(
    prepared: Path, encoder: Path, tmp_path: Path
) -> None:
    found = training.Prepared(prepared)
    plan = replace(small_plan(1), stages=())
    model = training.train(plan, found, tmp_path / "one", device="cpu", encoder=encoder)
    with torch.no_grad():
        model.model.decoder.layers[0].fc1.bias.fill_(2.0)
    save_weights(model.state_dict(), {}, tmp_path / "packed")
    again = training.train(
        plan,
        found,
        tmp_path / "two",
        device="cpu",
        encoder=encoder,
        start=tmp_path / "packed",
    )
    assert bool((again.model.decoder.layers[0].fc1.bias == 2.0).all())


def test_noise_puts_words_in_that_are_to_be_taken_out(prepared: Path) -> None:
    data, random = training.Prepared(prepared), np.random.default_rng(1)
    row = data.sentences[0]
    spoiled = [spoil(data, row, random) for _ in range(50)]
    assert any(len(other) > len(row) for other in spoiled)
    assert any(103 in other for other in spoiled)


def test_the_plainer_of_two_outlets_sentences_is_the_target() -> None:
    day = date(2019, 4, 24)
    one = (
        "Anna Marsh slammed the Lindholm council's plan to close the old harbour to cars on Monday."
    )
    two = "Anna Marsh criticized the Lindholm council's plan to close the old harbour to cars."
    rows = [(day, "A", one), (day, "B", two), (day, "A", "The ferry sails on every day of June.")]
    assert list(across_outlets(rows, Limits())) == [Pair("outlet", one, two)]
    assert list(across_outlets([(day, "A", one), (day, "A", two)], Limits())) == []


def test_of_a_sentence_is_kept_what_an_editor_kept() -> None:
    source = (
        "Anna Marsh, who has led the council for nine years, said on Tuesday that the harbour "
        "of Lindholm will be closed to cars."
    )
    story = ("kept", [source], "Anna Marsh said the harbour of Lindholm will be closed to cars.")
    (pair,) = kept_by_editors([story], Parser.load(), Limits())
    assert pair.kind == "kept"
    assert "nine years" not in pair.target
    assert "closed to cars" in pair.target


def test_what_a_person_left_broken_is_no_target() -> None:
    source = "The council of Lindholm approved the new plan for the old harbour on Tuesday."
    good = Pair("compression", source, source.replace(" on Tuesday", ""))
    bad = Pair("compression", source, "The council of Lindholm approved on Tuesday.")
    assert list(whole([good, bad], Parser.load())) == [good]


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(SystemExit, match="no such stage: nonsense"):
        training.read_plan(training.CONFIG, {"nonsense": 1.0}, cuda=False)


def test_on_cuda_everything_is_trained_in_larger_batches() -> None:
    small = training.read_plan(training.CONFIG, {}, cuda=False).stages
    large = training.read_plan(training.CONFIG, {}, cuda=True).stages
    for a, b in zip(small, large, strict=True):
        assert b.embeddings
        assert b.batch_tokens > a.batch_tokens


def test_the_learning_rate_warms_up_and_falls() -> None:
    stage = replace(small_plan(0).stages[-1], warmup_steps=10, learning_rate=1.0, final_share=0.1)
    assert training.rate(stage, 0, 0.0) == pytest.approx(0.1)
    assert training.rate(stage, 100, 30.0) == pytest.approx(0.55)
    assert training.rate(stage, 100, 60.0) == pytest.approx(0.1)


# --- evaluating -----------------------------------------------------------------------------


def test_support_covers_numbers_words_and_plain_equivalents() -> None:
    assert evaluate.is_supported("Marsh criticized 3 plans.", "Marsh slammed 3 plans.")
    assert not evaluate.is_supported("Marsh criticized 4 plans.", "Marsh slammed 3 plans.")
    assert not evaluate.is_supported("Marsh wept.", "Marsh slammed 3 plans.")


@pytest.mark.slow
def test_evaluating_prints_a_table_and_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "leads.jsonl.xz"
    lead = (
        "The Lindholm council on Tuesday approved a stunning plan to close the old harbour to cars."
    )
    with lzma.open(path, "wt", encoding="utf-8") as out:
        out.write(json.dumps({"articles": [{"text": lead}]}) + "\n")
    options = ["--show", "1", "--torch", "1", "--limit", "1"]
    monkeypatch.setattr(sys, "argv", ["evaluate", str(path), *options])
    evaluate.main()
    printed = capsys.readouterr().out
    assert "length_ratio" in printed
    assert "torch seconds" in printed
    assert lead in printed
