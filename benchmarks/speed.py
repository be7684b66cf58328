"""How long the commands a person waits for take: `python -m benchmarks.speed`.

Whole processes are timed from outside (wall seconds and peak memory of the process); stories and a
digest are timed inside this one, after the models' load, which is printed apart.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from bot.composing import preferences_of
from bot.sample import SampleServer
from config.catalog import load_catalog
from config.settings import Settings, load_settings
from summarizer.digests.matching import catalog_topics, parse_topic
from summarizer.embedding import Embedder
from summarizer.models import Article
from summarizer.pipeline import Pipeline
from summarizer.reporting import SENTENCES_PER_ARTICLE, Writer
from summarizer.sentences import source_sentences
from summarizer.storage import Storage

RUNS = 5
LARGE = 4
"""Articles of a story that is timed."""


def time_process(*arguments: str) -> tuple[float, float]:
    """Run `digest-bot ARGUMENTS`; return wall seconds and peak memory in MB."""
    command = [str(Path(sys.executable).with_name("digest-bot")), *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    assert process.stderr is not None
    if status:
        sys.exit(f"{' '.join(command)} failed: {process.stderr.read().decode()[-500:]}")
    return seconds, usage.ru_maxrss / 1024


def show(name: str, figures: list[float], unit: str, limit: str) -> None:
    ordered = sorted(figures)
    middle = median(ordered)
    print(f"{name:44} {middle:8.2f} {unit:3} ({ordered[0]:.2f}-{ordered[-1]:.2f})  bar {limit}")


async def collect_sample(pipeline: Pipeline, storage: Storage) -> datetime:
    """Fill `storage` with the sample day, reports included; return its time."""
    async with SampleServer() as server:
        await storage.articles.sync_feeds(server.feeds)
        await pipeline.collect(server.now)
        await pipeline.group(server.now)
        await pipeline.write(server.now)
        return server.now


async def time_inside(folder: Path) -> None:
    settings = load_settings(
        environ={
            "DIGEST_PATHS__DATA": str(folder),
            "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
        }
    )
    storage = await Storage.open(settings.database_url)
    async with Pipeline(settings=settings, storage=storage) as pipeline:
        now = await collect_sample(pipeline, storage)
        ids = [s.article_ids for s in await storage.stories.open_stories(now - timedelta(days=3))]
        found = await storage.articles.get([id for story in ids for id in story])
        time_stories(settings, [[found[id] for id in story] for story in ids], now)
        await time_digest(pipeline, settings, now)
    await storage.close()


def time_stories(settings: Settings, stories: list[list[Article]], now: datetime) -> None:
    """Time each large story once, since a second time much of it is in memory."""
    start = time.perf_counter()
    embedder = Embedder.load()
    writer = Writer.load(settings, embedder)
    show("load of both models", [time.perf_counter() - start], "s", "-")
    whole, vectors = [], []
    for articles in sorted(stories, key=len):
        start = time.perf_counter()
        writer.write_articles(articles, now=now)
        middle = time.perf_counter()
        embedder.embed([a.lead for a in articles])
        read = [s for a in articles for s in source_sentences(a, most=SENTENCES_PER_ARTICLE)]
        embedder.embed_words([s.text for s in read] + [a.title for a in articles])
        if len(articles) >= LARGE:
            whole.append(middle - start)
            vectors.append(time.perf_counter() - middle)
    show(f"a story of {LARGE} or 5 articles, text to report", whole, "s", "< 3")
    known = [a - b for a, b in zip(whole, vectors, strict=True)]
    show("  without making its sentences' vectors", known, "s", "< 1.5")


async def time_digest(pipeline: Pipeline, settings: Settings, now: datetime) -> None:
    topic = parse_topic("world", catalog_topics(load_catalog()))
    milliseconds = []
    for _ in range(RUNS * 4):
        start = time.perf_counter()
        await pipeline.compose(
            [topic],
            preferences=preferences_of(settings, "normal"),
            told=frozenset(),
            told_stories=frozenset(),
            since=now - timedelta(hours=24),
            now=now,
        )
        milliseconds.append((time.perf_counter() - start) * 1000)
    show("a cached digest, matched and composed", milliseconds[1:], "ms", "< 100")


def main() -> None:
    show("digest-bot --help", [time_process("--help")[0] for _ in range(RUNS)], "s", "< 1")
    runs = [time_process("demo") for _ in range(3)]
    show("digest-bot demo", [s for s, _ in runs], "s", "< 30")
    show("digest-bot demo, peak memory", [m for _, m in runs], "MB", "< 1536")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(time_inside(Path(folder)))


if __name__ == "__main__":
    main()
