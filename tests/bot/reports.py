"""Made-up reports and digests for tests of what chats are shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from summarizer.models import (
    EMBEDDING_WIDTH,
    ArticleRef,
    Difference,
    DifferenceValue,
    Digest,
    DigestStory,
    Evidence,
    Reading,
    Sentence,
    StoryReport,
    Topic,
    derive_id,
)

NOW = datetime(2023, 3, 21, 7, 0, tzinfo=UTC)


def article(n: int, outlet: str, *, url: str | None = "", summary_only: bool = False) -> ArticleRef:
    """Return article `n`; its address is made up unless one is given."""
    made_up = f"https://{outlet.lower()}.example.org/{n}"
    return ArticleRef(
        id=f"article-{n}",
        n=n,
        outlet=outlet,
        title=f"{outlet}'s title",
        url=made_up if url == "" else url,
        published_at=NOW - timedelta(hours=12 - n),
        summary_only=summary_only,
    )


def sentence(text: str, *articles: int) -> Sentence:
    return Sentence(
        text=text,
        fact_id=derive_id(text),
        method="rewritten",
        evidence=tuple(
            Evidence(article_id=f"article-{n}", n=n, text=f"As {n} put it: {text}")
            for n in articles
        ),
    )


def report(
    headline: str,
    sentences: Sequence[Sentence],
    articles: Sequence[ArticleRef],
    *,
    differences: Sequence[Difference] = (),
    independent: int | None = None,
    story_id: str = "",
) -> StoryReport:
    return StoryReport(
        story_id=story_id or derive_id(headline),
        version=1,
        headline=headline,
        headline_articles=(articles[0].n,),
        sentences=tuple(sentences),
        differences=tuple(differences),
        articles=tuple(articles),
        independent_reports=len(articles) if independent is None else independent,
        vector=np.zeros(EMBEDDING_WIDTH, dtype=np.float32),
        opened_at=NOW,
        updated_at=NOW,
        written_at=NOW,
    )


def told(report: StoryReport, *, update: bool = False, one_line: bool = False) -> DigestStory:
    """Return all of a report as a chat gets it."""
    return DigestStory(
        report=report, sentences=report.sentences, is_update=update, one_line=one_line
    )


def digest(
    *stories: DigestStory,
    updates: Sequence[DigestStory] = (),
    topics: Sequence[str] = ("Diplomacy",),
    reading: Reading | None = None,
    empty_reason: str | None = None,
) -> Digest:
    return Digest(
        topics=tuple(Topic(key=name, name=name, queries=(name,)) for name in topics),
        stories=stories,
        updates=tuple(updates),
        reading=reading or Reading(articles=214, feeds_ok=38, feeds=40),
        composed_at=NOW,
        since=NOW - timedelta(days=1),
        empty_reason=empty_reason,
    )


VISIT = report(
    "Xi Jinping meets Vladimir Putin in Moscow",
    [
        sentence("Xi arrived in Moscow on Monday for three days of talks.", 2),
        sentence("The United States has accused China, which China has denied.", 1),
    ],
    [article(1, "Herald"), article(2, "Tribune")],
)

FERRY = report(
    "Ferry runs aground off Lindholm",
    [
        sentence("A ferry with 212 people on board ran aground on Sunday night.", 1, 2, 3),
        sentence("No one was seriously hurt, the coastguard said.", 1, 3),
    ],
    [article(1, "Post"), article(2, "Courier"), article(3, "Times", summary_only=True)],
    differences=[
        Difference(
            about="injured",
            kind="update",
            values=(
                DifferenceValue(value="9", articles=(1,)),
                DifferenceValue(value="12", articles=(2,), later=True),
            ),
        ),
        Difference(
            about="wind",
            kind="conflict",
            values=(
                DifferenceValue(value="60 km/h", articles=(1,)),
                DifferenceValue(value="75 km/h", articles=(3,)),
            ),
        ),
    ],
    independent=2,
)

SINGLE = report(
    "Council votes on the budget",
    [sentence("The council voted on Monday.", 1)],
    [article(1, "Echo")],
)
