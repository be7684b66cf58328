"""Composing and queueing 10,000 due digests: how long it takes, and how much memory it adds.

    python -m benchmarks.delivery [--chats 10000]

The chats subscribe to topics of the catalogue in turn, all due at once; the stories are made up.
The product's own pipeline composes, on a new SQLite database with its full durability.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from collections.abc import Sequence
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import structlog
from sqlalchemy import insert

from bot.scheduling import deliver_due
from config.catalog import load_catalog
from config.settings import Settings, load_settings
from summarizer.digests.matching import catalog_topics
from summarizer.embedding import Embedder
from summarizer.models import (
    Article,
    ArticleRef,
    Evidence,
    Sentence,
    Story,
    StoryReport,
    Topic,
    Vector,
    derive_id,
)
from summarizer.pipeline import Pipeline
from summarizer.storage import Chat, Storage, schema
from summarizer.storage.records import write_topic

NOW = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
STORIES_A_TOPIC = 6
OUTLETS = 4
FACTS = 8


async def main(chats: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    topics = [topic for topic in catalog_topics(load_catalog()) if topic.queries]
    vectors = Embedder.load().embed([topic.queries[0] for topic in topics])
    with TemporaryDirectory(prefix="digest-bench-") as folder:
        settings = load_settings(environ={"DIGEST_PATHS__DATA": folder})
        storage = await Storage.open(f"sqlite+aiosqlite:///{Path(folder) / 'digest.db'}")
        try:
            async with Pipeline(settings=settings, storage=storage) as pipeline:
                for topic, vector in zip(topics, vectors, strict=True):
                    for number in range(STORIES_A_TOPIC):
                        await add_story(storage, f"{topic.key}-{number}", vector)
                await subscribe(storage, range(1, chats + 1), topics)
                await measure(settings, storage, pipeline, chats)
        finally:
            await storage.close()


async def measure(settings: Settings, storage: Storage, pipeline: Pipeline, chats: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, busy = time.monotonic(), time.process_time()
    found = await deliver_due(NOW, settings=settings, storage=storage, composer=pipeline)
    seconds, busy = time.monotonic() - started, time.process_time() - busy
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    pending = (await storage.deliveries.figures()).pending
    print(
        f"{found.planned} of {chats} digests composed and queued in {seconds:.1f} s, "
        f"{busy / chats * 1000:.1f} ms of processor time each"
    )
    print(f"{pending} messages wait; peak memory grew by {grown:.0f} MB")


async def add_story(storage: Storage, story_id: str, vector: Vector) -> None:
    articles = [
        Article(
            id=f"{story_id}-{n}",
            url=f"https://outlet{n}.example.org/{story_id}",
            outlet=f"Outlet {n}",
            title=f"Headline of {story_id}",
            text=f"Text {n} of {story_id}.",
            published_at=NOW - timedelta(hours=2),
            fetched_at=NOW - timedelta(hours=2),
        )
        for n in range(1, OUTLETS + 1)
    ]
    story = Story(
        id=story_id,
        article_ids=tuple(a.id for a in articles),
        centroid=vector,
        opened_at=NOW - timedelta(hours=2),
        updated_at=NOW - timedelta(hours=2),
    )
    await storage.articles.add(articles)
    await storage.articles.save_vectors(articles, np.stack([vector] * OUTLETS))
    await storage.stories.save([story], articles)
    await storage.stories.save_report(
        StoryReport(
            story_id=story_id,
            version=1,
            headline=f"Headline of {story_id}",
            headline_articles=(1,),
            sentences=tuple(
                Sentence(
                    text=f"Sentence {fact} of story {story_id} has some ten words in all here.",
                    fact_id=f"{story_id}-{fact}",
                    method="rewritten",
                    evidence=(Evidence(article_id=f"{story_id}-1", n=1, text="As it was said."),),
                    new_at=NOW - timedelta(hours=1),
                )
                for fact in range(FACTS)
            ),
            differences=(),
            articles=tuple(
                ArticleRef(
                    id=a.id,
                    n=n,
                    outlet=a.outlet,
                    title=a.title,
                    url=a.url,
                    published_at=a.published_at,
                )
                for n, a in enumerate(articles, start=1)
            ),
            independent_reports=OUTLETS,
            vector=vector,
            opened_at=story.opened_at,
            updated_at=story.updated_at,
            written_at=NOW - timedelta(hours=1),
        )
    )


async def subscribe(storage: Storage, numbers: Sequence[int], topics: Sequence[Topic]) -> None:
    """Let chats of these numbers subscribe to the topics in turn, all due at the same time."""
    rows = [
        {
            "id": derive_id(str(number), topic.key),
            "chat_id": str(number),
            "topic_key": topic.key,
            "topic": write_topic(topic),
            "times": ("08:00",),
            "weekdays": "0123456",
            "next_due_at": NOW,
            "since": NOW - timedelta(days=1),
            "created_at": NOW,
        }
        for number, topic in zip(numbers, cycle(topics), strict=False)
    ]
    columns = {f.name: f.default for f in fields(Chat) if f.default is not MISSING}
    # One by one, each in its transaction, they would take longer than what is measured.
    async with storage._database.write() as connection:
        await connection.execute(
            insert(schema.chats),
            [
                {**columns, "id": str(number), "kind": "private", "created_at": NOW}
                for number in numbers
            ],
        )
        await connection.execute(insert(schema.subscriptions), rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=10_000)
    asyncio.run(main(parser.parse_args().chats))
