"""Independent reports: wire copy counts once, whoever prints it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from summarizer.models import Article
from summarizer.stories.independence import independent_reports

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)

WIRE = (
    "LINDHOLM (Reuters) - A ferry with 212 people on board ran aground near Lindholm on Sunday "
    "night, the coastguard said. Nobody was seriously hurt. Nine people were treated for bruises "
    "at the island's hospital and sent home in the morning.\n\n"
    "Divers found a hole two metres long in the hull. The operator said it would take a week to "
    "refloat the ship, which was built in 1998 and refitted four years ago."
)
OWN = (
    "Passengers waited for four hours in the dark before the first lifeboat reached them. "
    "The ship had left the harbour of Aalvik at half past eight, later than planned, and met a "
    "strong westerly wind. Twelve people needed treatment, a doctor on the island told us."
)
STATEMENT = (
    "“We deeply regret what happened on Sunday night, we thank the volunteers who came out in the "
    "storm, and we will publish every finding of the inquiry as soon as we have it in hand,”"
)


def article(id: str, text: str, outlet: str | None = None, title: str = "Ferry") -> Article:
    return Article(
        id=id,
        url=None,
        outlet=id if outlet is None else outlet,
        title=title,
        text=text,
        published_at=NOW,
        fetched_at=NOW,
    )


def test_articles_in_their_own_words_are_independent() -> None:
    assert independent_reports([article("a", WIRE), article("b", OWN)]) == [("a",), ("b",)]


def test_wire_copy_with_another_headline_and_dateline_is_one_report() -> None:
    copy = WIRE.removeprefix("LINDHOLM (Reuters) - ")
    articles = [article("a", WIRE), article("b", OWN), article("c", copy, title="Ship hits rock")]
    assert independent_reports(articles) == [("a", "c"), ("b",)]


def test_a_shortened_copy_and_one_with_an_added_paragraph_are_one_report() -> None:
    short = WIRE.split("\n\n")[0]
    longer = f"{WIRE}\n\n{OWN}"
    assert independent_reports([article("a", short), article("b", longer)]) == [("a", "b")]


def test_copies_of_one_text_are_one_report_even_where_two_of_them_share_little() -> None:
    first, second = WIRE.split("\n\n")
    articles = [article("a", first), article("b", second), article("c", WIRE)]
    assert independent_reports(articles) == [("a", "b", "c")]


def test_an_agency_credit_alone_makes_no_copy() -> None:
    other = "LINDHOLM (Reuters) - " + OWN
    assert independent_reports([article("a", WIRE), article("b", other)]) == [("a",), ("b",)]


def test_quoting_the_same_statement_makes_no_copy() -> None:
    first = f"{STATEMENT} the operator wrote. " + " ".join(OWN.split()[:30])
    second = f"{STATEMENT} its director said on Monday. " + " ".join(WIRE.split()[:30])
    assert independent_reports([article("a", first), article("b", second)]) == [("a",), ("b",)]


def test_articles_of_one_outlet_are_one_report() -> None:
    articles = [article("a", WIRE, "Post"), article("b", OWN, "Post")]
    assert independent_reports(articles) == [("a", "b")]


def test_an_outlets_own_text_stays_apart_from_the_wire_copy_it_prints() -> None:
    articles = [
        article("a", WIRE, "Post"),
        article("b", WIRE, "Herald"),
        article("c", OWN, "Post"),
    ]
    assert independent_reports(articles) == [("a", "b"), ("c",)]


def test_texts_of_a_few_words_are_compared_whole() -> None:
    articles = [
        article("a", "A ferry sank."),
        article("b", "A ferry sank."),
        article("c", "A ship sank."),
        article("d", ""),
        article("e", ""),
    ]
    assert independent_reports(articles) == [("a", "b"), ("c",), ("d",), ("e",)]


@settings(max_examples=40)
@given(st.lists(st.sampled_from([WIRE, OWN, "A ferry sank.", ""]), max_size=6))
def test_every_article_stands_in_exactly_one_report(texts: list[str]) -> None:
    articles = [article(str(n), text) for n, text in enumerate(texts)]
    ids = [id for report in independent_reports(articles) for id in report]
    assert sorted(ids) == sorted(a.id for a in articles)
    assert len(independent_reports(articles)) <= len(set(texts) - {""}) + texts.count("")
