"""The stages joined, on what the unit tests of the stages cannot see."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from config.settings import load_settings
from summarizer.models import Article
from summarizer.pipeline import Pipeline
from summarizer.storage import Storage

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
VECTORS = np.eye(1, 384, dtype=np.float32)


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
