from __future__ import annotations

import json
import lzma
from pathlib import Path

import numpy as np

from summarizer.embedding import Embedder
from summarizer.models import EMBEDDING_WIDTH
from summarizer.training.opinion import COLUMNS, REPORTS, measure, read_sentences, train
from summarizer.writing.opinion import measure_opinion

REPORTED = [
    "A ferry with 212 people on board ran aground near Lindholm on Sunday night.",
    "Mayor Ada Brandt said the harbour board had been warned about the sandbank.",
    "The court in Norland fined the owner of the ferry $2 million on Tuesday.",
]
ARGUED = [
    "The mayor's contempt for the voters of Lindholm is not just shameless.",
    "Liberty is a duty, not a favour that the harbour board hands out.",
    "There is plenty of blame to go around, and the board will learn nothing.",
]


def test_a_sentence_that_argues_sounds_like_a_column_and_one_that_reports_does_not() -> None:
    embedder = Embedder.load()
    reported = [measure_opinion(found) for found in embedder.embed_words(REPORTED)]
    argued = [measure_opinion(found) for found in embedder.embed_words(ARGUED)]
    assert max(reported) < 0.5 < min(argued)
    assert measure_opinion(embedder.embed_words([""])[0]) == 0.0


def test_the_regression_finds_the_side_that_columns_lie_on() -> None:
    random = np.random.default_rng(1)
    side = random.normal(size=EMBEDDING_WIDTH)
    states = random.normal(size=(3000, EMBEDDING_WIDTH)).astype(np.float32)
    is_column = states @ side > 0
    weights = train(states[:2500], is_column[:2500])
    assert measure(weights, states[2500:], is_column[2500:]) > 0.9
    assert measure({"weights": -weights["weights"]}, states[2500:], is_column[2500:]) < 0.1


def test_sentences_are_read_from_the_outlets_whose_kind_is_known(tmp_path: Path) -> None:
    outlets = [next(iter(COLUMNS)), next(iter(REPORTS)), "Another"]
    file = tmp_path / "articles.jsonl.xz"
    with lzma.open(file, "wt", encoding="utf-8") as lines:
        for outlet in outlets:
            lines.write(json.dumps({"outlet": outlet, "text": " ".join(REPORTED)}) + "\n")
    found = read_sentences(file)
    assert sorted(found) == sorted((outlet, s) for outlet in outlets[:2] for s in REPORTED)
