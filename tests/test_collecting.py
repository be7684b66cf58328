"""The pipeline collects what it can, whatever a feed, a disk or a stop does to it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings, load_settings
from summarizer.collecting.parsing import parse_feed
from summarizer.errors import StorageError
from summarizer.models import Entry, Feed, Fetched
from summarizer.pipeline import Pipeline
from summarizer.storage import Storage
from tests.web_server import Request, WebServer, response

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
GERMAN = (
    "Der Stadtrat hat am Dienstag beschlossen, den alten Hafen für Autos zu sperren, wie die "
    "Bürgermeisterin nach der Sitzung mitteilte. "
)


def make_settings(folder: Path, **environ: str) -> Settings:
    return load_settings(
        environ={
            "DIGEST_PATHS__DATA": str(folder),
            "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
            **environ,
        }
    )


def rss(count: int, **headers: str) -> bytes:
    """Return the answer of a feed with this many stories, each with a page at its number."""
    items = "".join(
        f"<item><title>Story {n}</title><link>/{n}</link><description>It is number {n} of "
        "all the stories in this feed.</description></item>"
        for n in range(count)
    )
    return response(f"<rss><channel>{items}</channel></rss>", **headers)


async def test_one_feed_that_brings_up_a_bug_stops_no_other_and_a_full_disk_is_no_feeds_fault(
    sqlite_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with WebServer() as server:
        server.pages["/bad"] = server.pages["/good"] = rss(1)
        feeds = [Feed(url=server.url(path), outlet=path) for path in ("/bad", "/good")]
        await sqlite_storage.articles.sync_feeds(feeds)
        settings = make_settings(tmp_path, DIGEST_COLLECTING__INTERVAL_S="1")

        def parse(fetched: Fetched, feed: Feed, *, now: datetime) -> list[Entry]:
            if feed.outlet == "/bad":
                raise RuntimeError("a bug")
            return parse_feed(fetched, feed, now=now)

        monkeypatch.setattr("summarizer.reading.parse_feed", parse)
        async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
            collected = await pipeline.collect(NOON)
            assert (collected.failed, collected.feeds) == (1, 2)
            states = {f.outlet: state for f, state in await sqlite_storage.articles.feeds()}
            assert "RuntimeError" in (states["/bad"].last_error or "")
            assert states["/good"].failures == 0

            async def full(*values: object) -> object:
                raise StorageError("disk is full")

            monkeypatch.setattr(sqlite_storage.articles, "add", full)
            server.pages["/good"] = rss(2)
            with pytest.raises(StorageError):
                await pipeline.collect(NOON + timedelta(days=1))
        [state] = [s for f, s in await sqlite_storage.articles.feeds() if f.outlet == "/good"]
        assert (state.failures, state.last_ok_at) == (0, NOON)


async def test_pages_that_take_long_are_read_in_parts_and_none_is_lost(
    sqlite_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(response("no such page", status=404))

    async with WebServer() as server:
        server.pages["/rss"] = rss(5, ETag='"1"', Cache_Control="max-age=3600")
        server.pages |= {f"/{n}": slowly for n in range(5)}
        feed = Feed(url=server.url("/rss"), outlet="Post")
        await sqlite_storage.articles.sync_feeds([feed])
        settings = make_settings(tmp_path)
        monkeypatch.setattr("summarizer.reading.READ_S", 0.3)
        monkeypatch.setattr("summarizer.reading.PART_S", 0.3)
        rounds = []
        async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
            while await sqlite_storage.articles.due_feeds(NOON):
                rounds.append((await pipeline.collect(NOON)).articles)
    assert len(rounds) > 1
    assert sum(rounds) == 5
    [(_, state)] = await sqlite_storage.articles.feeds()
    assert state.etag == '"1"'


async def test_a_process_that_dies_while_it_reads_a_feed_keeps_what_it_had_read(
    sqlite_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = asyncio.Event()

    async def never(request: Request, writer: asyncio.StreamWriter) -> None:
        third.set()
        await asyncio.sleep(60)

    monkeypatch.setattr("summarizer.reading.PART_S", 0.0)
    settings = make_settings(tmp_path)
    async with WebServer() as server:
        server.pages["/rss"] = rss(4)
        server.pages["/2"] = never
        await sqlite_storage.articles.sync_feeds([Feed(url=server.url("/rss"), outlet="Post")])
        async with Pipeline(settings=settings, storage=sqlite_storage) as pipeline:
            collecting = asyncio.create_task(pipeline.collect(NOON))
            await asyncio.wait_for(third.wait(), 10)
            collecting.cancel()
            await asyncio.gather(collecting, return_exceptions=True)
    assert (await sqlite_storage.vitals(NOON)).articles == 2


async def test_an_article_in_another_language_is_counted_once_by_two_rounds_at_a_time(
    sqlite_storage: Storage, tmp_path: Path
) -> None:
    arrived: list[Request] = []
    both = asyncio.Event()

    async def page(request: Request, writer: asyncio.StreamWriter) -> None:
        arrived.append(request)
        if len(arrived) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 5)
        writer.write(response(f"<html><body><article><p>{GERMAN * 5}</p></article></body></html>"))
        await writer.drain()

    async with WebServer() as server:
        item = (
            f"<item><title>Hafen</title><link>/a</link><description>{GERMAN}</description></item>"
        )
        server.pages["/rss"] = response(f"<rss><channel>{item}</channel></rss>")
        server.pages["/a"] = page
        await sqlite_storage.articles.sync_feeds([Feed(url=server.url("/rss"), outlet="Post")])
        settings = make_settings(tmp_path)
        async with (
            Pipeline(settings=settings, storage=sqlite_storage) as one,
            Pipeline(settings=settings, storage=sqlite_storage) as other,
        ):
            await asyncio.gather(one.collect(NOON), other.collect(NOON))
        assert len(arrived) == 2
        read = await sqlite_storage.articles.reading(NOON - timedelta(days=1), NOON)
        assert read.skipped_languages == {"de": 1}
