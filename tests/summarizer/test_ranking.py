from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from summarizer.embedding import Embedder
from summarizer.training.rank import (
    describe_story,
    measure,
    measure_worth,
    rank_story,
    train,
)
from summarizer.writing.ranking import FEATURES, Ranker
from summarizer.writing.weights import widen
from summarizer.writing.words import stem

from .writing_texts import article, sentence

AGROUND = "A ferry with 212 people on board ran aground near Lindholm on Sunday night."
AGROUND_TOO = "A ferry carrying 212 people ran aground off Lindholm late on Sunday."
CAFE = "The cafe on the quay serves fish soup to its guests in the evenings."


@pytest.fixture(scope="module")
def story() -> Mapping[str, np.ndarray]:
    embedder = Embedder.load()
    articles = [
        article(1, title="Ferry runs aground near Lindholm", text=f"{AGROUND} {CAFE}"),
        article(2, title="Ferry with 212 on board aground", text=AGROUND_TOO),
    ]
    sentences = [sentence(AGROUND, 1, 0), sentence(CAFE, 1, 1), sentence(AGROUND_TOO, 2, 0)]
    vectors = embedder.embed([s.text for s in sentences])
    titles = embedder.embed([a.title for a in articles])
    return {"rows": describe_story(articles, sentences, vectors, titles)}


def test_each_sentence_has_its_features_and_how_they_compare(
    story: Mapping[str, np.ndarray],
) -> None:
    rows = story["rows"]
    assert rows.shape == (3, 2 * len(FEATURES))
    named = dict(zip(FEATURES, rows.T[: len(FEATURES)], strict=True))
    assert named["groups"].tolist() == [1.0, 0.5, 1.0]
    assert named["first"][0] == 1.0 > named["first"][1]
    assert named["nearest"][0] > named["nearest"][1]
    assert named["title_pairs"][0] > 0 == named["title_pairs"][1]
    assert named["numbers"].tolist() == [1, 0, 1]
    assert np.allclose(rows[:, len(FEATURES) :].mean(axis=0), 0, atol=1e-6)


def test_what_all_tell_is_told_before_what_one_adds(story: Mapping[str, np.ndarray]) -> None:
    scores = Ranker.load().rank(story["rows"])
    assert min(scores[0], scores[2]) > scores[1]


def test_a_sentence_of_the_summary_is_worth_more_than_another() -> None:
    summary = "A ferry with 212 people ran aground near Lindholm."
    assert measure_worth(AGROUND, summary) > measure_worth(CAFE, summary) >= 0
    assert measure_worth("A b.", "") == 0.0


def test_a_storys_words_are_known_as_told_or_not() -> None:
    told = [article(1, text=f"{AGROUND} {CAFE}"), article(2, text=AGROUND_TOO)]
    story = rank_story(told, "A ferry ran aground.", Embedder.load())
    assert story is not None
    used = dict(zip(story.words.words.stems, story.words.used, strict=True))
    assert used[stem("ferry")] == used[stem("aground")] == 1
    assert used[stem("lindholm")] == used[stem("soup")] == 0
    assert len(story.worth) == len(story.rows) == 3


def test_the_ranker_learns_which_sentences_people_tell() -> None:
    random = np.random.default_rng(1)
    told = [article(1, text=f"{AGROUND} {CAFE}"), article(2, text=AGROUND_TOO)]
    story = rank_story(told, "A ferry ran aground.", Embedder.load())
    assert story is not None
    stories = []
    for _ in range(60):
        rows = random.normal(size=(9, 2 * len(FEATURES)))
        stories.append(replace(story, rows=rows, worth=rows[:, 1] - rows[:, 5]))
    ranker = Ranker(**widen(train(stories[:50])))
    figures = measure(ranker, stories[50:])
    assert figures["ranked"] > 0.8 * figures["best"] > figures["first"]
