# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from summarizer.models import Difference, Evidence, Sentence
from summarizer.writing.differences import drop_outdated, find_differences

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
    return find_differences(articles, sentences, vectors, np.zeros_like(vectors))


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


def told(text: str) -> Sentence:
    evidence = Evidence(article_id="a1", n=1, text=text)
    return Sentence(text=text, fact_id=text, method="source", evidence=(evidence,), fact_keys=())


def test_a_count_that_another_sentence_brings_up_to_date_is_not_told() -> None:
    three, four = "The blast in Lindholm killed 3 people.", "The blast in Lindholm killed 4 people."
    update = find(three, four, hours=(0, 3))
    mayor = told("The blast in Lindholm woke the mayor.")
    rise = told("The number of people killed in Lindholm rose to 4 from 3.")
    assert drop_outdated([told(three), mayor, told(four)], update) == [mayor, told(four)]
    assert drop_outdated([told(three), mayor], update) == [told(three), mayor]
    assert drop_outdated([rise, told(four)], update) == [rise, told(four)]
    conflict = find(three, four, hours=(3, 0))
    assert conflict[0].kind == "conflict"
    assert drop_outdated([told(three), told(four)], conflict) == [told(three), told(four)]


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
    ("first", "second", "about", "values"),
    [
        ("The quake in Arlund killed at least three people.", "The quake in Arlund killed at least four people.", "killed", ["at least 3", "at least 4"]),
        ("At least 3 people died in the quake in Arlund.", "The death toll of the quake in Arlund has risen to 4.", "killed", ["at least 3", "4"]),
        ("The ferry accident near Lindholm injured nine people.", "The health centre put the number of injured in the ferry accident near Lindholm at 14.", "injured", ["9", "14"]),
        ("Fifty-two people were injured in the storm in Arlund.", "In Arlund 60 people were injured in the storm.", "injured", ["52", "60"]),
        ("Ten babies died in the sleeper, the agency said.", "The agency said 30 babies died in the sleeper.", "killed", ["10 babies", "30 babies"]),
    ],
)  # fmt: skip
def test_a_count_that_grew_is_an_update_also_where_it_was_a_least_count(
    first: str, second: str, about: str, values: list[str]
) -> None:
    (found,) = find(first, second, hours=(0, 5))
    assert (found.about, found.kind) == (about, "update")
    assert [v.value for v in found.values] == values
    assert [v.later for v in found.values] == [False, True]


def test_of_a_count_that_kept_growing_the_first_and_the_last_are_told() -> None:
    text = "The ferry accident near Lindholm left {} people injured."
    (found,) = find(*map(text.format, (3, 5, 9, 12)), hours=(0, 2, 4, 6))
    assert [(v.value, v.articles) for v in found.values] == [("3", (1,)), ("9", (3,)), ("12", (4,))]


@pytest.mark.parametrize(
    ("first", "second", "about", "values"),
    [
        ("The closure in Arlund will cost 3,400 jobs, the firm said.", "The closure in Arlund will cost 3,100 jobs, the firm said.", "jobs lost", ["3,100", "3,400"]),
        ("The court in Arlund fined the bank $5 million.", "The court in Arlund fined the bank $7 million.", "fine", ["$5 million", "$7 million"]),
        ("Ada Brandt resigned in Arlund on Monday.", "Ada Brandt resigned in Arlund on Sunday.", "date", ["Monday", "Sunday"]),
        ('"The ship was sound when it left port," Ada Brandt said.', '"The ship was sound when it left port," Leo Hart said.', "who said “The ship was sound when …”", ["Ada Brandt", "Leo Hart"]),
    ],
)  # fmt: skip
def test_jobs_money_days_and_speakers_may_differ(
    first: str, second: str, about: str, values: list[str]
) -> None:
    (found,) = find(first, second)
    assert (found.about, found.kind) == (about, "conflict")
    assert [v.value for v in found.values] == values


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
        ("The quake in Arlund killed at least 3 people.", "The quake in Arlund killed 4 people."),
        ("The crash in Arlund killed 157 people.", "The two accidents in Norland killed 346 people."),
        ("The blasts in Arlund killed 207 people.", "A raid in Arlund killed 15 people."),
        ("The raid on two banks killed nine people in Arlund.", "The raid on 5 banks killed nine people in Arlund."),
        ("Two blasts killed nine people in Arlund.", "Five blasts killed nine people in Arlund."),
        ("Two of the dead in Arlund were guards.", "Three of the dead in Arlund were guards."),
        ("Ada Brandt died at 81 in Arlund.", "Ada Brandt died at 82 in Arlund."),
        ("The tax on Boeing 737 flights injured trade.", "The tax on Boeing 747 flights injured trade."),
        ("The firm in Arlund has 3,400 jobs.", "The firm in Arlund has 3,100 jobs."),
        ("Ada Brandt will resign in Arlund on Monday.", "Ada Brandt will resign in Arlund on Sunday."),
        ('"The ship was sound when it left port," the mayor said.', '"The ship was sound when it left port," Leo Hart said.'),
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
    ones = np.ones((3, 1), dtype=np.float32)
    assert find_differences(articles, sentences, ones, ones[:2]) == []


def test_all_articles_that_give_a_value_are_named_with_it() -> None:
    text = "The ferry accident near Lindholm left {} people injured."
    texts = [text.format(9), text.format(12), "Twelve were hurt."]
    articles = [article(n) for n in (1, 2, 3)]
    sentences = [sentence(t, n) for n, t in enumerate(texts, start=1)]
    vectors = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    (found,) = find_differences(articles, sentences, vectors, np.zeros_like(vectors))
    assert [(v.value, v.articles) for v in found.values] == [("9", (1,)), ("12", (2, 3))]


def test_a_title_may_give_the_newer_count() -> None:
    articles = [
        article(1, title="Quake shakes Arlund"),
        article(2, title="Quake in Arlund kills 4", published_at=MONDAY + timedelta(hours=5)),
    ]
    ones = np.ones((2, 1), dtype=np.float32)
    told = [sentence("A quake in Arlund killed 3 people."), sentence("Schools are closed.", 2)]
    (found,) = find_differences(articles, told, ones, ones)
    assert [v.value for v in found.values] == ["3", "4"]
