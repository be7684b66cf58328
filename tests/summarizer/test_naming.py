from __future__ import annotations

from datetime import UTC, datetime

import pytest

from summarizer.models import Article, Evidence, Sentence
from summarizer.sentences import source_sentences
from summarizer.writing.checking import check
from summarizer.writing.naming import full_names, introduce_people

TEXT = (
    "Vice President Ada Brandt closed the harbour of Lindholm. Jonas Falk, who leads the board, "
    "spoke of a mistake. Brandt told the House of Lindholm that Falk had agreed. The Republicans "
    "and New Lindholm stayed away."
)


def article(text: str) -> Article:
    then = datetime(2026, 3, 2, tzinfo=UTC)
    return Article(
        id="a", n=1, url=None, outlet="The Harbour Post", title="", text=text,
        published_at=then, fetched_at=then,
    )  # fmt: skip


def sentence(text: str) -> Sentence:
    return Sentence(
        text=text,
        fact_id=text[:12],
        method="source",
        evidence=(Evidence(article_id="a", n=1, text=text),),
        fact_keys=("k",),
    )


def introduced(*texts: str, source: str = TEXT) -> list[str]:
    return [s.text for s in introduce_people([sentence(t) for t in texts], {"a": article(source)})]


def test_a_person_has_the_full_name_once() -> None:
    assert introduced("Brandt told it to others, Brandt said.", "Falk left with Brandt.") == [
        "Ada Brandt told it to others, Brandt said.",
        "Jonas Falk left with Brandt.",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("O’Rourke left Lindholm.", "Beto O’Rourke left Lindholm."),
        ("The board said “no” to O’Rourke’s plan.", "The board said “no” to Beto O’Rourke’s plan."),
        ("The board said ``no'' to O'Rourke.", "The board said ``no'' to O'Rourke."),
    ],
)
def test_a_name_with_an_apostrophe_is_written_as_it_stands(text: str, told: str) -> None:
    source = f"Beto O’Rourke spoke on Monday. {text}"
    assert introduced(text, source=source) == [told]
    whole = article(source)
    assert check(told, source_sentences(whole)[1:], articles={"a": whole}).supported


def test_a_name_that_ends_in_s_is_a_name_too() -> None:
    text = "Mollie Jansens left Lindholm. Jansens’ ferry was late."
    assert introduced("The board saw Jansens’ ferry.", source=text) == [
        "The board saw Mollie Jansens’ ferry."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "President Brandt told the House.",
        "The Brandt plan is old.",
        "The board wrote “Brandt is right” on Monday.",
        "Brandt supporters stayed away.",
        "Lindholm has closed its harbour.",
    ],
)
def test_what_is_no_last_name_alone_stays(text: str) -> None:
    assert introduced(text) == [text]


def test_of_two_people_with_one_last_name_nobody_is_named() -> None:
    text = "Ada Brandt closed the harbour. Jonas Brandt opened it. Brandt is tired."
    assert introduced("Brandt is tired.", source=text) == ["Brandt is tired."]


def test_places_groups_and_titles_are_nobody() -> None:
    text = "New Lindholm, Oregon Democrats, Yesterday Falk and President Brandt met. Yesterday or"
    assert "Lindholm" not in full_names(text)
    assert "Democrats" not in full_names(text)
    assert "Brandt" not in full_names(text)


def test_a_full_name_that_the_article_gives_is_borne_out() -> None:
    source = article(TEXT)
    sentences = source_sentences(source)[2:3]
    told = "Ada Brandt told the House of Lindholm that Falk had agreed."
    assert check(told, sentences, articles={"a": source}).supported
    invented = told.replace("Ada", "Anna")
    assert not check(invented, sentences, articles={"a": source}).supported


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "The board counts on Ms. Brandt to open it.",
            "The board counts on Ada Brandt to open it.",
        ),
        ("Mr Falk also closed the harbour.", "Jonas Falk also closed the harbour."),
        ("“Mr. Falk is late,” said Falk.", "“Mr. Falk is late,” said Falk."),
        ("Mr. and Mrs. Brandt left.", "Mr. and Mrs. Brandt left."),
        ("Mr. Lund left.", "Mr. Lund left."),
    ],
)
def test_nobody_is_called_mister(text: str, told: str) -> None:
    source = f"{TEXT} Mr. Lund and Mrs. Lund left."
    assert introduced(text, source=source) == [told]
