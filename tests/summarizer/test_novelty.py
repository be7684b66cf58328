from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from summarizer.models import Fact, Sentence, SourceSentence, StoryReport
from summarizer.writing.novelty import date_facts

EVENING = datetime(2026, 3, 1, 20, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=12)

OLD = SourceSentence(article_id="a", n=1, position=0, text="The ferry ran aground off Lindholm.")
SAME = SourceSentence(article_id="b", n=2, position=0, text="A ferry is aground near Lindholm.")
COUNT = SourceSentence(article_id="b", n=2, position=1, text="The ferry with 212 is aground.")
OTHER = SourceSentence(article_id="b", n=2, position=2, text="The captain was arrested.")
SENTENCES = [OLD, SAME, COUNT, OTHER]


def vector(degrees: float) -> list[float]:
    return [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]


VECTORS = np.array([vector(0), vector(10), vector(12), vector(80)], dtype=np.float32)


def fact(*sentences: SourceSentence) -> Fact:
    key = sentences[0].key
    return Fact(id=key, sentences=sentences, score=1.0, published_at=EVENING)


def report(*told: Fact, read: tuple[SourceSentence, ...] = (OLD,)) -> StoryReport:
    return StoryReport(
        story_id="s",
        version=1,
        headline="Ferry runs aground",
        headline_articles=(1,),
        sentences=tuple(
            Sentence(text=f.best.text, fact_id=f.id, method="source", evidence=(), new_at=EVENING)
            for f in told
        ),
        differences=(),
        articles=(),
        independent_reports=1,
        vector=np.zeros(2, dtype=np.float32),
        opened_at=EVENING,
        updated_at=EVENING,
        written_at=EVENING + timedelta(minutes=5),
        sentence_keys=tuple(s.key for s in read),
    )


def test_everything_is_new_in_a_first_version() -> None:
    facts = [fact(OLD), fact(OTHER)]
    assert set(date_facts(facts, SENTENCES, VECTORS, previous=None, now=MORNING).values()) == {
        MORNING
    }


def test_a_fact_that_was_told_keeps_its_date() -> None:
    told = fact(OLD)
    dates = date_facts([told], SENTENCES, VECTORS, previous=report(told), now=MORNING)
    assert dates[told.id] == EVENING


def test_what_an_article_said_then_and_the_report_left_out_is_not_news() -> None:
    left_out = fact(OTHER)
    before = report(read=(OLD, OTHER))
    dates = date_facts([left_out], SENTENCES, VECTORS, previous=before, now=MORNING)
    assert dates[left_out.id] == before.written_at


def test_a_new_article_that_says_the_same_in_other_words_is_no_news() -> None:
    again = fact(SAME)
    before = report(read=(OLD,))
    dates = date_facts([again], SENTENCES, VECTORS, previous=before, now=MORNING)
    assert dates[again.id] == before.written_at


def test_a_number_nobody_had_before_is_news() -> None:
    count = fact(COUNT)
    dates = date_facts([count], SENTENCES, VECTORS, previous=report(), now=MORNING)
    assert dates[count.id] == MORNING


def test_another_event_of_the_story_is_news() -> None:
    other = fact(OTHER)
    dates = date_facts([other], SENTENCES, VECTORS, previous=report(), now=MORNING)
    assert dates[other.id] == MORNING


def test_everything_is_news_where_all_articles_were_replaced() -> None:
    other = fact(OTHER)
    before = report(read=(SourceSentence(article_id="z", n=1, position=0, text="Gone."),))
    dates = date_facts([other], SENTENCES, VECTORS, previous=before, now=MORNING)
    assert dates[other.id] == MORNING
