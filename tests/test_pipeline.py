"""The stages joined, on what the unit tests of the stages cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from config.settings import load_settings
from summarizer.embedding import Embedder
from summarizer.models import Article
from summarizer.pipeline import Pipeline, Writer, make_story
from summarizer.storage import Storage
from summarizer.writing.rewriting import Candidate

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
VECTORS = np.eye(1, 384, dtype=np.float32)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


def article(text: str) -> Article:
    return Article(
        id="a",
        url="https://post.example/ferry",
        outlet="Post",
        title="Ferry aground",
        text=text,
        published_at=NOON,
        fetched_at=NOON,
    )


async def test_a_story_gets_a_new_version_when_an_article_changes(
    sqlite_storage: Storage, tmp_path: Path
) -> None:
    settings = load_settings(environ={"DIGEST_PATHS__DATA": str(tmp_path)})
    async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
        await sqlite_storage.articles.add([article("Nine people were hurt.")], VECTORS)
        [story] = await pipeline.group(NOON)
        await sqlite_storage.articles.add([article("Twelve people were hurt.")], VECTORS)
        [changed] = await pipeline.group(NOON)
        assert (changed.id, changed.version) == (story.id, story.version + 1)
        assert await pipeline.group(NOON) == []


class Once:
    """A rewriter that counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def candidates(self, sources: Sequence[str], *, beams: int = 4) -> list[list[Candidate]]:
        self.asked += sources
        return [[] for _ in sources]


def test_a_new_version_of_a_story_rewrites_only_what_is_new(embedder: Embedder) -> None:
    rewriter = Once()
    writer = Writer(embedder, rewriter, name="none", beams=1)  # type: ignore[arg-type]  # counts
    ferry = article("A ferry with 212 people on board ran aground near Lindholm on Sunday night.")
    later = replace(
        ferry,
        id="b",
        outlet="Mail",
        text="Two tugs pulled the ferry off the reef near Lindholm on Monday morning.",
    )
    vectors = embedder.embed([ferry.lead, later.lead])
    first = writer.write(
        make_story([ferry], vectors[:1]), [ferry], known={}, previous=None, now=NOON
    )
    known = {key: s.fact_id for s in first.sentences for key in s.fact_keys}
    again = writer.write(
        make_story([ferry, later], vectors), [ferry, later], known=known, previous=first, now=NOON
    )
    assert rewriter.asked == [ferry.text, later.text]
    assert first.sentences[0].text in [s.text for s in again.sentences]
