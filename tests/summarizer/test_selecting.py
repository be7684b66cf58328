from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from summarizer.models import Article, SourceSentence
from summarizer.writing.selecting import measure_likeness, select_facts

from .writing_texts import MONDAY, article, sentence

AGROUND = "A ferry with 212 people on board ran aground near Lindholm on Sunday night."
AGROUND_TOO = "A ferry carrying 212 people ran aground off Lindholm late on Sunday."
MAYOR = "Mayor Ada Brandt said the harbour board had ignored warnings about the sandbank."
HISTORY = "Two other ferries had been damaged on the same sandbank in 2019."
OPINION = "Of course, the mayor of Lindholm knew all about the bridge."


def unit(*values: float) -> list[float]:
    length = sum(v * v for v in values) ** 0.5
    return [v / length for v in values]


def story() -> tuple[list[Article], list[SourceSentence], NDArray[np.float32]]:
    articles = [
        article(1, text=f"{AGROUND} {MAYOR}"),
        article(2, text=f"{AGROUND_TOO} {HISTORY}", published_at=MONDAY - timedelta(hours=1)),
    ]
    sentences = [
        sentence(AGROUND, 1, 0),
        sentence(MAYOR, 1, 1),
        sentence(OPINION, 1, 2),
        sentence(AGROUND_TOO, 2, 0),
        sentence(HISTORY, 2, 1),
    ]
    rows = [unit(1, 0.1, 0), unit(0.3, 1, 0), unit(0, 0, 1), unit(1, 0.15, 0), unit(0.4, 0, 1)]
    return articles, sentences, np.array(rows, dtype=np.float32)


INDEPENDENT = [("a1",), ("a2",)]
TITLES = np.array([unit(1, 0.2, 0), unit(1, 0.1, 0)], dtype=np.float32)


def test_what_two_outlets_say_is_one_fact_and_comes_first() -> None:
    articles, sentences, vectors = story()
    facts = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known={}, opinions={}
    )
    assert {s.text for s in facts[0].sentences} == {AGROUND, AGROUND_TOO}
    assert facts[0].published_at == MONDAY - timedelta(hours=1)
    assert {f.best.text for f in facts[1:]} == {MAYOR, HISTORY}


def test_what_is_unfit_tells_no_fact() -> None:
    articles, sentences, vectors = story()
    facts = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known={}, opinions={}
    )
    assert all(OPINION not in {s.text for s in f.sentences} for f in facts)
    only = [sentence(OPINION)]
    assert (
        select_facts(
            articles[:1],
            only,
            vectors[:1],
            TITLES[:1],
            independent=INDEPENDENT,
            known={},
            opinions={},
        )
        == []
    )


def test_one_event_in_other_words_is_told_once_but_with_another_figure() -> None:
    again = "The vessel Maren, bound for Norland, got stuck on a sandbank after dark."
    told = {
        text: select_facts(
            [article(1), article(2)],
            [sentence(AGROUND, 1, 0), sentence(text, 2, 0)],
            np.array([unit(1, 0, 0), unit(0.8, 0.6, 0)], dtype=np.float32),
            TITLES,
            independent=INDEPENDENT,
            known={},
            opinions={},
        )
        for text in (again, again.replace("after dark", "with 80 cars on board"))
    }
    assert [len(facts) for facts in told.values()] == [1, 2]


def test_a_column_tells_only_what_no_report_does() -> None:
    articles, sentences, vectors = story()
    asks = [sentence(f"Should we wait for ferry number {n}?", 2, n) for n in range(2, 9)]
    column = np.array([[*vectors, *(unit(0.1, 0.1, n) for n in range(2, 9))]], dtype=np.float32)[0]
    facts = select_facts(
        articles,
        [*sentences, *asks],
        column,
        TITLES,
        independent=INDEPENDENT,
        known={},
        opinions={},
    )
    assert {s.text for f in facts for s in f.sentences} == {AGROUND, MAYOR}
    facts = select_facts(
        articles[1:],
        [*sentences[3:], *asks],
        column[3:],
        TITLES[1:],
        independent=[("a2",)],
        known={},
        opinions={},
    )
    assert {f.best.text for f in facts} == {AGROUND_TOO, HISTORY}


def test_what_sounds_like_a_column_is_left_out_where_enough_is_left() -> None:
    articles, sentences, vectors = story()
    for opinions, told in (
        ({HISTORY: 0.8}, {AGROUND, AGROUND_TOO, MAYOR}),
        ({HISTORY: 0.7}, {AGROUND, AGROUND_TOO, MAYOR, HISTORY}),
        ({HISTORY: 0.8, MAYOR: 0.8}, {AGROUND, AGROUND_TOO, MAYOR, HISTORY}),
    ):
        facts = select_facts(
            articles,
            sentences,
            vectors,
            TITLES,
            independent=INDEPENDENT,
            known={},
            opinions=opinions,
        )
        assert {s.text for f in facts for s in f.sentences} == told


def test_one_sentence_is_one_fact() -> None:
    articles, sentences, vectors = story()
    facts = select_facts(
        articles[:1],
        sentences[:1],
        vectors[:1],
        TITLES[:1],
        independent=INDEPENDENT[:1],
        known={},
        opinions={},
    )
    assert [f.best.text for f in facts] == [AGROUND]


def test_a_fact_keeps_the_id_it_had_in_an_earlier_version() -> None:
    articles, sentences, vectors = story()
    known = {sentences[0].key: "old", sentences[3].key: "old", sentences[1].key: "mayor"}
    facts = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known=known, opinions={}
    )
    assert facts[0].id == "old"
    assert {f.id for f in facts if f.best.text == MAYOR} == {"mayor"}
    assert len({f.id for f in facts}) == len(facts)


def test_ids_do_not_depend_on_the_order_of_the_sentences() -> None:
    articles, sentences, vectors = story()
    facts = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known={}, opinions={}
    )
    turned = select_facts(
        articles,
        sentences[::-1],
        vectors[::-1].copy(),
        TITLES,
        independent=INDEPENDENT,
        known={},
        opinions={},
    )
    assert {f.id for f in facts} == {f.id for f in turned}


def test_two_facts_never_share_an_id_or_repeat_each_other() -> None:
    articles, sentences, vectors = story()
    known = {s.key: "same" for s in sentences}
    facts = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known=known, opinions={}
    )
    assert [f.id for f in facts] == ["same"]


def test_wire_copy_counts_once() -> None:
    articles, sentences, vectors = story()
    apart = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known={}, opinions={}
    )
    wire = select_facts(
        articles, sentences, vectors, TITLES, independent=[("a1", "a2")], known={}, opinions={}
    )
    first = {f.id: f.score for f in wire}
    # Both articles are one text now, so every fact is told by all texts there are.
    assert apart[0].score - apart[-1].score > first[apart[0].id] - first[apart[-1].id]


def test_different_figures_are_different_facts() -> None:
    texts = [
        "In the north 36 percent of the harbour staff are women this year.",
        "In the south 25 percent of the harbour staff are women this year.",
    ]
    sentences = [sentence(t, n) for n, t in enumerate(texts, start=1)]
    vectors = np.array([unit(1, 0.65, 0), unit(1, -0.4, 0)], dtype=np.float32)
    articles = [article(1), article(2)]
    facts = select_facts(
        articles, sentences, vectors, TITLES, independent=INDEPENDENT, known={}, opinions={}
    )
    assert all(len(f.sentences) == 1 for f in facts)


def select_unlike(*texts: str) -> list[str]:
    """Return what is told of sentences of an outlet each whose vectors have nothing in common."""
    numbers = range(1, len(texts) + 1)
    facts = select_facts(
        [article(n) for n in numbers],
        [sentence(text, n) for n, text in zip(numbers, texts, strict=True)],
        np.eye(len(texts), dtype=np.float32),
        np.ones((len(texts), len(texts)), dtype=np.float32) / len(texts) ** 0.5,
        independent=[(f"a{n}",) for n in numbers],
        known={},
        opinions={},
    )
    return [fact.best.text for fact in facts]


def test_what_shares_half_of_its_words_with_a_better_fact_is_not_told_beside_it() -> None:
    joined = (
        "The former mayor Ada Brandt joined the crowded race for the Lindholm council on Monday."
    )
    announced = "Former mayor Ada Brandt announced a bid for the council of Lindholm."
    counted = "The town of Arlund counts its votes by hand until Thursday."
    told = select_unlike(joined, announced, counted)
    assert len({joined, announced} & set(told)) == 1
    assert counted in told


def test_but_with_a_figure_of_its_own_it_is() -> None:
    both = "The regulator of Lindholm opened 3 inquiries into the ferry and the harbour board."
    ferry = "The regulator of Lindholm opened 12 inquiries into the ferry."
    assert set(select_unlike(both, ferry)) == {both, ferry}


def test_a_year_is_no_figure_of_its_own_and_a_precise_one_is_told_once() -> None:
    won = "Ada Brandt has won the Lindholm vote and taken 56 percent of it."
    again = "Ada Brandt won the 2016 Lindholm vote and thanked all of the harbour."
    assert len(select_unlike(won, again)) == 1
    crown = "A pilot of the harbour is paid a crown more since Monday, or 3.3 percent."
    fastest = "A pilot is paid 3.3 percent more, the most since 9 years in the harbour."
    assert len(select_unlike(crown, fastest)) == 1


def test_likeness_is_highest_with_oneself() -> None:
    _, sentences, vectors = story()
    likeness = measure_likeness(sentences, vectors)
    assert likeness.diagonal() == pytest.approx(1, abs=1e-5)
    assert likeness[0, 3] > likeness[0, 1]
