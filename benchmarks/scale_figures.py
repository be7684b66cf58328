"""The measurements of `benchmarks.scale`: reading, writing, the archive's growth, many subscribers.

Times are of the wall and of the processor; where others use the machine too, only the latter tell.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import event, make_url

from benchmarks.delivery import NOW, add_story, subscribe
from benchmarks.scale_world import Member, Outlets, tell
from bot.queueing import Queue
from bot.rounds import Rounds
from bot.working import QUEUES, Role, choose_crew
from config.catalog import load_catalog
from config.settings import load_settings
from summarizer.digests.matching import catalog_topics
from summarizer.models import EMBEDDING_WIDTH, Article, Feed, derive_id
from summarizer.pipeline import Pipeline
from summarizer.reporting import make_story
from summarizer.storage import Storage

OPEN = 4000
"""Articles in stories that are open, in every archive."""
TIMED = 1000
TIMED_AT_ONCE = 100
TICKS = os.sysconf("SC_CLK_TCK")


async def measure_collecting(url: str, folder: Path, *, workers: int, feeds: int = 256) -> float:
    """Return how many articles a second so many workers read from outlets that are slow."""
    async with Outlets(feeds, page_s=4.0) as outlets, Queue(make_url(url)) as queue:
        for _ in range(feeds // 2):
            outlets.publish(reported_by=2)
        environ = _environ(url, folder) | {"DIGEST_SCHEDULE__COLLECT_S": "1"}
        async with _running(queue, environ, "collect", workers):
            storage = await Storage.open(url)
            urls = outlets.feed_urls()
            await storage.articles.sync_feeds([Feed(url=u, outlet=u) for u in urls])
            # For its first pages each worker loads what it reads them with.
            loading = workers * QUEUES["collect"]["collect"]
            await _wait_for(queue, "SELECT count(*) FROM articles", loading)
            began = time.monotonic()
            await _wait_for(queue, "SELECT count(*) FROM articles", feeds)
            seconds = time.monotonic() - began
            await storage.close()
    return (feeds - loading) / seconds


async def measure_writing(
    url: str, folder: Path, *, workers: int, stories: int = 120
) -> tuple[float, float]:
    """Return how many reports so many workers write a second, and their processor seconds each.

    From when all have loaded their models until one of them may have nothing left to take.
    """
    async with Queue(make_url(url)) as queue:
        storage = await Storage.open(url, enqueue=queue.enqueue)
        for n in range(stories):
            # Grouped by what they say, these would make a few large stories.
            articles, vectors = _make_articles(3, datetime.now(UTC))
            articles = [
                replace(article, outlet=f"Outlet {k}", title=title, text=text)
                for k, (article, (title, text)) in enumerate(
                    zip(articles, tell(n, reported_by=3), strict=True)
                )
            ]
            await storage.articles.add(articles, vectors)
            await storage.stories.save(
                [replace(make_story(articles, vectors), version=1)], articles
            )
        environ = _environ(url, folder)
        async with _running(queue, environ, "write", workers) as members:
            query = "SELECT count(*) FROM reports"
            while not all("ctranslate2" in member.loaded for member in members):
                await asyncio.sleep(0.1)
                for member in members:
                    member.look()
            [(there,)] = await _rows(queue, query)
            taken = workers * QUEUES["write"]["write"]
            first = await _wait_for(queue, query, there + taken)
            began, busy = time.monotonic(), sum(_processor_s(m.pid) for m in members)
            written = await _wait_for(queue, query, stories - taken) - first
            seconds = time.monotonic() - began
            busy = sum(_processor_s(m.pid) for m in members) - busy
        await storage.close()
    return written / seconds, busy / written


async def measure_archive(url: str, stored: int) -> tuple[float, list[str]]:
    """Return the processor milliseconds of an article's storing and grouping, and the plans.

    Both sides are counted, this process and the server. So many articles are stored before, all
    but 4,000 of them in stories that are closed; 1,000 more are timed, 100 at once, and deleted
    again. The plans are those of all statements that this takes.
    """
    storage = await Storage.open(url)
    settings = load_settings(environ={"DIGEST_DATABASE__URL": url})
    statements: dict[str, Any] = {}
    costs = []
    async with (
        Queue(make_url(url)) as queue,
        Pipeline(settings=settings, storage=storage) as pipeline,
    ):
        await _fill(storage, queue, url, stored)
        now = datetime.now(UTC)
        for _ in range(TIMED // TIMED_AT_ONCE):
            articles, vectors = _make_articles(TIMED_AT_ONCE, now)
            before = time.process_time() + await _server_s(queue)
            with _recorded(storage, statements):
                await storage.articles.add(articles, vectors)
                await pipeline.group(now, language="en")
            costs.append(time.process_time() + await _server_s(queue) - before)
        await _run(url, "DELETE FROM stories WHERE updated_at > now() - interval '1 hour'")
        await _run(url, "DELETE FROM articles WHERE fetched_at > now() - interval '1 hour'")
    plans = []
    async with storage._database.read() as connection:
        for statement, parameters in statements.items():
            explained = await connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(row[0][:120] for row in explained))
    await storage.close()
    return statistics.median(costs) / TIMED_AT_ONCE * 1000, plans


async def measure_subscribers(url: str, *, chats: int, due: int) -> dict[str, float]:
    """Return what a digest of 20 topics costs where `due` of so many chats are due at once.

    They are planned by the jobs of one process. Processor times are this process's and the
    server's.
    """
    topics = [topic for topic in catalog_topics(load_catalog()) if topic.queries][:20]
    _, vectors = _make_articles(len(topics), NOW)
    settings = load_settings(environ={"DIGEST_DATABASE__URL": url})
    async with choose_crew(settings, ["deliver"]) as crew, Queue(make_url(url)) as queue:
        storage = await Storage.open(url, enqueue=crew.enqueue)
        async with Pipeline(settings=settings, storage=storage, computes=False) as pipeline:
            for topic, vector in zip(topics, vectors, strict=True):
                await storage.queries.save(topic.queries, np.stack([vector] * len(topic.queries)))
                for story in range(6):
                    await add_story(storage, f"{topic.key}-{story}", vector)
            await subscribe(storage, range(1, chats + 1), topics)
            await _run(url, _LATER.format(due=due))
            reports = len(await storage.stories.reports(NOW - timedelta(days=2)))
            rounds = Rounds(
                settings=settings,
                storage=storage,
                pipeline=pipeline,
                wake=asyncio.Event(),
                clock=lambda: NOW,
            )
            stop = asyncio.Event()
            memory = _begin_peak()
            began, busy, served = time.monotonic(), time.process_time(), await _server_s(queue)
            working = asyncio.create_task(crew.run(rounds, None, stop))
            await _wait_for(queue, "SELECT count(*) FROM deliveries", due)
            seconds, busy = time.monotonic() - began, time.process_time() - busy
            served = await _server_s(queue) - served
            memory = _memory_mb("VmHWM") - memory
            stop.set()
            await working
            written = len(await storage.stories.reports(NOW - timedelta(days=2))) - reports
        await storage.close()
    return {
        "digests": due,
        "seconds": seconds,
        "processor ms each": busy / due * 1000,
        "of the server": served / due * 1000,
        "MB more at most": memory,
        "reports written": written,
    }


_LATER = "UPDATE subscriptions SET next_due_at = 'infinity' WHERE chat_id::bigint > {due}"

# Two articles a story, one story a second, the last of them three days closed.
_FILL = """
CREATE TEMP VIEW old AS SELECT n, now() - interval '7 days' - n * interval '1 second' AS at,
  vector, centroid FROM generate_series({first}, {last}) n,
  (SELECT vector FROM articles LIMIT 1) a, (SELECT centroid FROM stories LIMIT 1) s;
INSERT INTO articles (id, url, outlet, title, text, text_hash, published_at, fetched_at, language,
  revision, grouped_revision, vector) SELECT 'old ' || n, 'https://example.org/' || n,
  'Outlet ' || n % 40, 'Title ' || n, repeat(md5(n::text) || ' ', 60), md5(n::text), at, at, 'en',
  1, 1, vector FROM old;
INSERT INTO stories (id, language, opened_at, updated_at, version, reported_version, outlets,
  centroid) SELECT 'story ' || n / 2, 'en', at, at, 1, 1, 2, centroid FROM old WHERE n % 2 = 0;
INSERT INTO members (story_id, article_id, position)
  SELECT 'story ' || n / 2, 'old ' || n, n % 2 FROM old;
DROP VIEW old;
"""


async def _fill(storage: Storage, queue: Queue, url: str, stored: int) -> None:
    """Store articles until there are so many: the first 4,000 in open stories."""
    [(there,)] = await _rows(queue, "SELECT count(*) FROM articles")
    if not there:
        then = datetime.now(UTC) - timedelta(hours=12)
        for _ in range(OPEN // 500):
            articles, vectors = _make_articles(500, then)
            stories = [make_story([a], v[None]) for a, v in zip(articles, vectors, strict=True)]
            await storage.articles.add(articles, vectors)
            await storage.stories.save([replace(story, version=1) for story in stories], articles)
        await _run(url, "UPDATE stories SET reported_version = version")
        there = OPEN
    # In steps of even numbers, so that both articles of a story are of one step.
    for first in range(there - OPEN, stored - OPEN, 100_000):
        last = min(first + 100_000, stored - OPEN) - 1
        await _run(url, _FILL.format(first=first, last=last))
    await _run(url, "VACUUM ANALYZE")


def _make_articles(count: int, at: datetime) -> tuple[list[Article], NDArray[np.float32]]:
    """Return articles of words and meanings by chance."""
    generator = np.random.default_rng()
    vectors = generator.standard_normal((count, EMBEDDING_WIDTH), dtype=np.float32)
    articles = []
    for words in generator.integers(0, 50_000, (count, 150)):
        said = " ".join(f"word{n}" for n in words)
        url = f"https://example.org/{derive_id(said)}"
        articles.append(
            Article(
                id=derive_id(url),
                url=url,
                outlet=f"Outlet {words[0] % 40}",
                title=said[:60],
                text=said,
                published_at=at,
                fetched_at=at,
            )
        )
    return articles, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


async def _server_s(queue: Queue) -> float:
    """Return the processor seconds of the server's connections, which is on this machine."""
    pids = await _rows(
        queue, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
    )
    return sum(_processor_s(pid) for (pid,) in pids)


@contextmanager
def _recorded(storage: Storage, statements: dict[str, Any]) -> Iterator[None]:
    """Note the statements that read or change something, each with parameters of one run."""

    def note(
        connection: object, cursor: object, sql: str, parameters: Any, context: object, many: bool
    ) -> None:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            statements.setdefault(sql, parameters[0] if many else parameters)

    engine = storage._database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield
    event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def _running(
    queue: Queue, environ: Mapping[str, str], role: Role, count: int
) -> AsyncIterator[list[Member]]:
    """Run so many workers on these queues, and give them once they are up."""
    members = [
        Member(name=f"worker {n}", command=["worker", "--queues", role], environ=environ)
        for n in range(count)
    ]
    for member in members:
        member.start()
    try:
        query = "SELECT count(*) FROM procrastinate_workers"
        await _wait_for(queue, query, count * len(QUEUES[role]))
        yield members
    finally:
        for member in members:
            await member.stop()


async def _wait_for(queue: Queue, query: str, count: int) -> int:
    while True:
        [(there,)] = await _rows(queue, query)
        if there >= count:
            return int(there)
        await asyncio.sleep(0.1)


async def _rows(queue: Queue, query: str) -> list[Any]:
    async with queue.connector.pool.connection() as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def _run(url: str, statements: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        await connection.execute(statements.encode())


def _processor_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # a connection that was closed this moment
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def _begin_peak() -> float:
    """Let the peak of this process's memory begin now; return where that is."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory_mb("VmRSS")


def _memory_mb(line: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) / 1024


def _environ(url: str, folder: Path) -> dict[str, str]:
    return {
        "DIGEST_PATHS__DATA": str(folder),
        "DIGEST_DATABASE__URL": url,
        "DIGEST_COLLECTING__CATALOG_FEEDS": "false",
        "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
        "DIGEST_COLLECTING__RESPECT_ROBOTS": "false",
        "DIGEST_LOG__JSON": "true",
    }
