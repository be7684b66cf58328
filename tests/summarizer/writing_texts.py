"""Invented articles and sentences for the tests of writing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

from summarizer.embedding import Embedder
from summarizer.models import Article, SourceSentence
from summarizer.writing.salience import measure_salience, project_words

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


def chances(sentences: Sequence[SourceSentence], titles: Sequence[str]) -> dict[str, float]:
    """Return how likely each stem of the sentences is told."""
    texts = [s.text for s in sentences]
    words = [
        project_words(t, e) for t, e in zip(texts, _embedder().embed_words(texts), strict=True)
    ]
    return measure_salience(sentences, titles, words)


@cache
def _embedder() -> Embedder:
    return Embedder.load()
