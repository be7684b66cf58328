"""Invented articles and sentences for the tests of writing."""

from __future__ import annotations

from datetime import UTC, datetime

from summarizer.models import Article, SourceSentence

MONDAY = datetime(2026, 3, 16, 9, tzinfo=UTC)


def article(
    n: int,
    *,
    outlet: str = "",
    title: str = "Ferry runs aground off Lindholm",
    text: str = "",
    published_at: datetime = MONDAY,
) -> Article:
    """Return an article with this number."""
    return Article(
        id=f"a{n}",
        url=f"https://outlet{n}.example/ferry",
        outlet=outlet or f"Outlet {n}",
        title=title,
        text=text,
        published_at=published_at,
        fetched_at=published_at,
        n=n,
    )


def sentence(text: str, n: int = 1, position: int = 0) -> SourceSentence:
    """Return a sentence of article `n`."""
    return SourceSentence(article_id=f"a{n}", n=n, position=position, text=text)
