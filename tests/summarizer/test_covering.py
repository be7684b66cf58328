from __future__ import annotations

from summarizer.models import Evidence, Fact, Method, Sentence
from summarizer.writing.covering import arrange_sentences

from .writing_texts import MONDAY, sentence


def fact(number: int, score: float = 0.0) -> Fact:
    return Fact(
        id=f"f{number}",
        sentences=(sentence(f"Fact {number}.", number),),
        score=score,
        published_at=MONDAY,
    )


def form(number: int, text: str, method: Method = "source") -> Sentence:
    evidence = Evidence(article_id=f"a{number}", n=number, text=text)
    return Sentence(
        text=text, fact_id=f"f{number}", method=method, evidence=(evidence,), fact_keys=("k",)
    )


CHANCES = {"ferri": 0.9, "aground": 0.9, "sand": 0.7, "mayor": 0.6, "soup": 0.1, "cafe": 0.1}
AGROUND = form(1, "The ferry ran aground on sand.")


def test_what_says_more_of_the_story_comes_before_what_says_less() -> None:
    soup = form(2, "The cafe " + "serves soup " * 30)
    mayor = form(3, "The mayor came.")
    told = arrange_sentences(
        [fact(1), fact(2), fact(3)], {"f1": [AGROUND], "f2": [soup], "f3": [mayor]}, CHANCES
    )
    assert told == [AGROUND, mayor, soup]


def test_what_is_told_keeps_the_order_of_the_facts_and_each_fact_comes_once() -> None:
    again = form(2, "The ferry ran aground on sand, again.")
    told = arrange_sentences([fact(1), fact(2)], {"f1": [AGROUND], "f2": [again]}, CHANCES)
    assert [s.fact_id for s in told] == ["f1", "f2"]


def test_a_first_fact_that_says_nothing_of_the_story_makes_room_for_one_that_does() -> None:
    soup = form(1, "A cafe " + "serves soup, cake and rolls " * 10 + ".")
    told = arrange_sentences([fact(1), fact(2)], {"f1": [soup], "f2": [AGROUND]}, CHANCES)
    assert told == [AGROUND, soup]


def test_a_form_that_leaves_room_for_another_fact_is_taken() -> None:
    long = form(2, "The mayor came to the ferry" + " and soup" * 26 + ".")
    short = form(2, "To the ferry, the mayor came.", "rewritten")
    cafe = form(3, "The cafe has sand.")
    forms = {"f1": [AGROUND], "f2": [long, short], "f3": [cafe]}
    assert arrange_sentences([fact(1), fact(2), fact(3)], forms, CHANCES) == [AGROUND, short, cafe]


def test_where_no_form_of_the_first_fact_fits_the_facts_keep_their_order() -> None:
    endless = form(1, "The ferry ran aground " + "on sand " * 60)
    mayor = form(2, "The mayor came.")
    forms = {"f1": [endless], "f2": [mayor]}
    told = arrange_sentences([fact(1), fact(2)], forms, CHANCES)
    assert {s.text for s in told} == {endless.text, mayor.text}
