# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from summarizer.models import Difference
from summarizer.writing.differences import find_differences

from .writing_texts import MONDAY, article, sentence


def find(*texts: str, hours: tuple[int, ...] = (), close: float = 0.9) -> list[Difference]:
    """Return the differences of articles with one sentence each, published `hours` apart."""
    articles = [
        article(n, published_at=MONDAY + timedelta(hours=hours[n - 1] if hours else 0))
        for n in range(1, len(texts) + 1)
    ]
    sentences = [sentence(t, n) for n, t in enumerate(texts, start=1)]
    side = (1 / close - 1) ** 0.5
    vectors = np.zeros((len(texts), len(texts) + 1), dtype=np.float32)
    for i in range(len(texts)):
        vectors[i, 0], vectors[i, i + 1] = 1, side
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return find_differences(articles, sentences, vectors)


def test_two_exact_counts_of_the_same_thing_differ() -> None:
    (found,) = find(
        "The ferry accident near Lindholm left nine people injured.",
        "The ferry accident near Lindholm left 12 people injured.",
    )
    assert (found.about, found.kind) == ("injured", "conflict")
    assert [(v.value, v.articles, v.later) for v in found.values] == [
        ("9", (1,), False),
        ("12", (2,), False),
    ]


def test_a_later_higher_count_is_an_update() -> None:
    (found,) = find(
        "The ferry accident near Lindholm left 9 people injured.",
        "The ferry accident near Lindholm left 12 people injured.",
        hours=(0, 5),
    )
    assert found.kind == "update"
    assert [v.later for v in found.values] == [False, True]


def test_a_later_lower_count_is_a_conflict() -> None:
    (found,) = find(
        "The ferry accident near Lindholm left 12 people injured.",
        "The ferry accident near Lindholm left 9 people injured.",
        hours=(0, 5),
    )
    assert found.kind == "conflict"


def test_measures_carry_their_unit() -> None:
    (found,) = find(
        "The coastguard measured wind of 60 km/h near Lindholm on Sunday night.",
        "The coastguard measured wind of 75 km/h near Lindholm on Sunday night.",
    )
    assert [v.value for v in found.values] == ["60 km/h", "75 km/h"]
    assert found.about == "wind"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The accident near Lindholm left nine people injured.", "The accident near Lindholm left 9 people injured."),
        ("The accident near Lindholm left at least nine people injured.", "The accident near Lindholm left 12 people injured."),
        ("The accident near Lindholm left about nine people injured.", "The accident near Lindholm left 12 people injured."),
        ("The accident near Lindholm left nine people injured.", "The accident near Lindholm left 12 people missing."),
        ("The accident near Lindholm left nine people injured.", "A storm over Arlund's vineyards destroyed 12 barns and injured 3 cows."),
        ("At least 30 officers were injured and 33 people arrested in Arlund.", "In Arlund 30 officers were injured and 33 people arrested, police said."),
        ("The blast in Arlund killed two soldiers on Sunday.", "The blast in Arlund killed 19 people on Sunday."),
        ("The wind reached 60 km/h near Lindholm on Sunday.", "The wind reached 37 mph near Lindholm on Sunday."),
        ("The ferry near Lindholm was built in 1994.", "The ferry near Lindholm was built in 1996."),
        ("The ferry near Lindholm carried cars.", "The ferry near Lindholm carried lorries."),
    ],
)  # fmt: skip
def test_nothing_is_claimed_where_it_is_not_certain(first: str, second: str) -> None:
    assert find(first, second) == []


def test_sentences_about_different_things_do_not_differ() -> None:
    first = "The ferry accident near Lindholm left nine people injured."
    second = "The ferry accident near Lindholm left 12 people injured."
    assert find(first, second, close=0.4) == []


def test_an_article_that_gives_both_values_settles_nothing() -> None:
    text = "The ferry accident near Lindholm left {} people injured."
    assert find(text.format(9), text.format(12), text.format(15)) == []
    articles = [article(1), article(2)]
    sentences = [
        sentence(text.format(9), 1),
        sentence(text.format(12), 1, 1),
        sentence(text.format(12), 2),
    ]
    assert find_differences(articles, sentences, np.ones((3, 1), dtype=np.float32)) == []
