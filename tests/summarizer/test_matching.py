"""Topics: what people type is understood, and the right stories match, by meaning and words."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from config.catalog import load_catalog
from summarizer.digests.evidence import find_evidence, find_words
from summarizer.digests.matching import catalog_topics, match_topic, parse_topic, topic_texts
from summarizer.embedding import Embedder
from summarizer.errors import UnknownTopicError
from summarizer.models import (
    EMBEDDING_WIDTH,
    ArticleRef,
    Evidence,
    Sentence,
    StoryReport,
    Topic,
    Vector,
)

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
TOPICS = catalog_topics(load_catalog())

STORIES = {
    "ferry": (
        "Ferry runs aground off Lindholm",
        "A ferry with 212 people on board ran aground near Lindholm on Sunday night.",
    ),
    "fires": (
        "Wildfires near Athens force villagers to flee",
        "Wildfires driven by strong wind burned houses in Greece, and 2,000 people left villages.",
    ),
    "chips": (
        "Washington widens export controls on advanced chips",
        "The United States barred the export of more advanced semiconductors to China.",
    ),
    "rates": (
        "Norwegian central bank raises interest rates",
        "Norges Bank raised its key rate by a quarter of a point, saying inflation stayed high.",
    ),
    "cup": (
        "Aldervik win the cup on penalties",
        "Aldervik beat Tollgate on penalties in the football cup final after a goalless match.",
    ),
    "measles": (
        "Measles outbreak closes schools in Nairobi",
        "Kenya's health ministry began vaccinating children after a measles outbreak in Nairobi.",
    ),
    "vote": (
        "UK parliament rejects Brexit deal",
        "British members of parliament voted against the agreement on leaving the European Union.",
    ),
}


def make_report(id: str, headline: str, text: str, vector: Vector) -> StoryReport:
    return StoryReport(
        story_id=id,
        version=1,
        headline=headline,
        headline_articles=(1,),
        sentences=(
            Sentence(
                text=text,
                fact_id=f"{id}-1",
                method="rewritten",
                evidence=(Evidence(article_id=id, n=1, text=text),),
            ),
        ),
        differences=(),
        articles=(
            ArticleRef(id=id, n=1, outlet="Post", title=headline, url=None, published_at=NOW),
        ),
        independent_reports=1,
        vector=vector,
        opened_at=NOW,
        updated_at=NOW,
        written_at=NOW,
    )


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="module")
def reports(embedder: Embedder) -> list[StoryReport]:
    vectors = embedder.embed([f"{title}. {text}" for title, text in STORIES.values()])
    return [
        make_report(id, title, text, vector)
        for (id, (title, text)), vector in zip(STORIES.items(), vectors, strict=True)
    ]


def matches(text: str, embedder: Embedder, reports: list[StoryReport]) -> list[str]:
    topic = parse_topic(text, TOPICS)
    found = match_topic(topic, embedder.embed(topic_texts(topic)), reports)
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    return [report.story_id for report, _ in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chip export controls", ["chips"]),
        ("Brexit", ["vote"]),
        ("wildfires in Greece", ["fires"]),
        ("measles", ["measles"]),
        ("interest rates", ["rates"]),
        ("ferry", ["ferry"]),
        ("volcanic eruptions", []),
        ("Greek wildfires", ["fires"]),
        ("semiconductor exports", ["chips"]),
        ("Norwegian elections", []),
    ],
)
def test_free_words_find_their_stories_and_no_others(
    embedder: Embedder, reports: list[StoryReport], text: str, expected: list[str]
) -> None:
    assert matches(text, embedder, reports) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [("sport", "cup"), ("africa", "measles"), ("economy", "rates"), ("uk", "vote")],
)
def test_topics_of_the_catalogue_find_their_stories(
    embedder: Embedder, reports: list[StoryReport], text: str, first: str
) -> None:
    found = matches(text, embedder, reports)
    assert found[0] == first
    assert "ferry" not in found


def test_another_word_of_the_same_meaning_stands_for_a_free_word() -> None:
    (israeli, election) = find_words(("Israeli election",))
    assert israeli.stems["israeli"] == 1.0
    assert israeli.stems["israel"] > israeli.stems["gaza"] > 0
    assert "gaza" not in election.stems
    assert find_words(("Lindholm",))[0].stems == {"lindholm": 1.0}


def test_the_company_that_a_free_word_keeps_speaks_for_a_story() -> None:
    topic = Topic(key="free:opioids", name="opioids", queries=("opioids",), words=("opioids",))
    vector = np.eye(1, EMBEDDING_WIDTH, dtype=np.float32)[0]
    reports = [
        make_report("pills", "Drugmaker settles", "Its painkillers led to addiction.", vector),
        make_report("toys", "Toymaker settles", "Its scooters led to complaints.", vector),
    ]
    pills, toys = find_evidence(topic, vector[None], reports)
    assert pills[-1] > toys[-1] == 0
    assert find_words(("Lindholm",))[0].company == {"lindholm": 1.0}


def test_an_excluded_word_bars_a_story(embedder: Embedder, reports: list[StoryReport]) -> None:
    assert matches("measles -Kenya", embedder, reports) == []
    assert matches("measles -Norway", embedder, reports) == ["measles"]


def test_no_reports_match_nothing(embedder: Embedder) -> None:
    assert matches("measles", embedder, []) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("World", "world"),
        ("tech", "technology"),
        ("US politics", "us-politics"),
        ("#climate", "climate"),
        ("news about sports", "sport"),
        ("show me the latest on  Health ", "health"),
        ("Brexit", "free:brexit"),
        ("“Brexit”", "free:brexit"),
        ("news about wildfires in Greece", "free:wildfires in greece"),
        ("Chip export controls -Memory", "free:chip export controls -memory"),
        ("world -sport", "world -sport"),
        ("Kim Jong-un", "free:kim jong-un"),
    ],
)
def test_what_people_type_names_a_topic(text: str, key: str) -> None:
    topic = parse_topic(text, TOPICS)
    assert topic.key == key
    assert parse_topic(topic.key, TOPICS).key == key


def test_a_free_topic_is_called_what_was_typed() -> None:
    topic = parse_topic("Chip export controls -memory", TOPICS)
    assert topic.name == "Chip export controls -memory"
    assert topic.queries == ("Chip export controls",)
    assert topic.exclude == ("memory",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no words to look for: ''"),
        ("the", "no words to look for"),
        ("?!", "no words to look for"),
        ("-memory", "no words to look for"),
        ("ferry " * 13, "too long for a topic"),
        ("ferry" * 30, "too long for a topic"),
        ("https://post.example.org/ferry", "or an address"),
    ],
)
def test_a_text_that_is_no_topic_is_refused_with_suggestions(text: str, message: str) -> None:
    with pytest.raises(UnknownTopicError, match=message) as caught:
        parse_topic(text, TOPICS)
    assert caught.value.suggestions == ("Top stories", "World", "Politics")


def test_a_slip_of_the_pen_is_answered_with_the_name_that_was_meant() -> None:
    with pytest.raises(UnknownTopicError, match="unknown topic: 'technolgy'") as caught:
        parse_topic("technolgy", TOPICS)
    assert caught.value.suggestions == ("Technology",)
    assert parse_topic("Lindholm", TOPICS).key == "free:lindholm"


def test_top_stories_are_all_stories_but_those_with_an_excluded_word(
    reports: list[StoryReport],
) -> None:
    topic = parse_topic("news -brexit", TOPICS)
    assert topic.name.startswith("Top stories")
    found = match_topic(topic, np.zeros((0, EMBEDDING_WIDTH), dtype=np.float32), reports)
    assert {report.story_id for report, _ in found} == set(STORIES) - {"vote"}
