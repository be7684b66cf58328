"""The sample news day: what its outlets serve, read with the real collector."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from bot.sample import SampleServer
from bot.sample_pages import read_items, read_outlets
from summarizer.collecting.extracting import extract_article
from summarizer.collecting.fetching import Client, fetch_feed, fetch_page
from summarizer.collecting.parsing import canonical_url, parse_feed
from summarizer.errors import UnreachableError
from summarizer.models import Article, Entry, Feed, FeedState, Fetched, NotModified

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture
async def sample() -> AsyncIterator[SampleServer]:
    async with SampleServer(now=NOW) as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(contact="tests", allow_private_addresses=True) as opened:
        yield opened


def named(sample: SampleServer, outlet: str) -> Feed:
    return next(feed for feed in sample.feeds if feed.outlet == outlet)


async def read(client: Client, feed: Feed, now: datetime) -> list[Entry]:
    fetched = await fetch_feed(client, feed, FeedState(url=feed.url), limit_bytes=10**6)
    assert isinstance(fetched, Fetched)
    return parse_feed(fetched, feed, now=now)


async def article(client: Client, entry: Entry, now: datetime) -> Article:
    page = await fetch_page(client, entry.url, limit_bytes=10**6)
    return extract_article(entry, page, now=now)


def test_the_sample_is_of_the_last_day_whose_evening_has_come() -> None:
    assert SampleServer(now=NOW).now == datetime(2026, 3, 3, 20, 0, tzinfo=UTC)
    late = NOW.replace(hour=21)
    assert SampleServer(now=late).now == datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
    assert SampleServer(now=late, day=2).now == datetime(2026, 3, 5, 8, 0, tzinfo=UTC)


async def test_every_article_is_of_the_day_and_older_than_the_sample_s_time(
    sample: SampleServer, client: Client
) -> None:
    articles = 0
    for feed in sample.feeds:
        if feed.outlet == "Radio Fjordline":
            continue
        entries = await read(client, feed, sample.now)
        articles += len({canonical_url(entry.url) for entry in entries})
        for entry in entries:
            assert entry.published_at is not None
            assert sample.now - timedelta(hours=15) < entry.published_at < sample.now
            assert entry.title
            assert entry.text
    assert articles == 31


async def test_articles_are_read_without_the_furniture_of_their_pages_and_at_their_time(
    sample: SampleServer, client: Client
) -> None:
    items = {item.path: item for item in read_items(read_outlets(), day=1, first=sample.now.date())}
    for feed in sample.feeds:
        if feed.outlet == "Radio Fjordline":
            continue
        for entry in await read(client, feed, sample.now):
            found = await article(client, entry, sample.now)
            item = items[urlsplit(entry.url).path]
            texts = found.text.split("\n\n")
            assert set(texts) <= {*item.paragraphs, item.summary}, entry.url
            lost = [text for text in item.paragraphs if text not in texts]
            assert found.summary_only or all("? " in text for text in lost)  # 'Vote in our poll.'
            assert found.published_at == entry.published_at


async def test_texts_name_days_and_dates_as_seen_from_the_sample_s_day(
    sample: SampleServer, client: Client
) -> None:
    entries = await read(client, named(sample, "Skerry Post"), sample.now)
    ferry = next(entry for entry in entries if "Ferry" in entry.title)
    assert "shortly before 22:40 on Monday" in ferry.text
    tribune = await read(client, named(sample, "Transmarine Tribune"), sample.now)
    dam = await article(client, next(e for e in tribune if "dam" in e.title), sample.now)
    assert "will be held March 17" in dam.text
    observer = await read(client, named(sample, "Orrin Observer"), sample.now)
    pause = await article(client, next(e for e in observer if "dam" in e.title), sample.now)
    assert "in Orrin on 15 March" in pause.text


def test_nothing_is_left_to_fill_in_and_every_article_has_the_length_of_news() -> None:
    items = read_items(read_outlets(), day=2, first=NOW.date())
    for item in items:
        text = " ".join([item.title, item.summary, item.photo, *item.paragraphs])
        assert "{" not in text
        assert "_" not in text
        if item.page == "open":
            assert 80 <= len(text.split()) <= 500, item.path


def test_every_story_of_several_outlets_is_told_by_at_least_two() -> None:
    items = read_items(read_outlets(), day=1, first=NOW.date())
    stories = {
        "Maren Viken": 5,
        "Karsk": 6,
        "Corvane": 4,
        "Tessera": 4,
        "arsh fever": 3,
        "Raunby": 3,
    }
    for word, outlets in stories.items():
        found = {i.outlet for i in items if word in f"{i.title} {' '.join(i.paragraphs)}"}
        assert len(found) == outlets, word


async def test_a_feed_that_has_not_changed_answers_304_until_the_next_morning(
    sample: SampleServer, client: Client
) -> None:
    for feed in sample.feeds[:3]:
        first = await fetch_feed(client, feed, FeedState(url=feed.url), limit_bytes=10**6)
        assert isinstance(first, Fetched)
        state = FeedState(url=feed.url, etag=first.etag, last_modified=first.last_modified)
        assert isinstance(await fetch_feed(client, feed, state, limit_bytes=10**6), NotModified)
        by_date = FeedState(url=feed.url, last_modified=first.last_modified)
        assert isinstance(await fetch_feed(client, feed, by_date, limit_bytes=10**6), NotModified)
    sample.advance()
    courier = sample.feeds[0]
    assert courier.outlet == "The Aldervik Courier"
    again = await fetch_feed(client, courier, FeedState(url=courier.url), limit_bytes=10**6)
    state = FeedState(url=courier.url, etag='"older"')
    assert isinstance(again, Fetched)
    assert isinstance(await fetch_feed(client, courier, state, limit_bytes=10**6), Fetched)


async def test_the_next_morning_brings_articles_and_changes_one(
    sample: SampleServer, client: Client
) -> None:
    meridian = named(sample, "Meridian Eight")
    evening = {e.url: e for e in await read(client, meridian, sample.now)}
    before = sample.now
    sample.advance()
    morning = {e.url: e for e in await read(client, meridian, sample.now)}
    assert sample.now == before + timedelta(hours=12)
    assert [e.title for url, e in morning.items() if url not in evening] == [
        "Magnitude 5.9 earthquake shakes Port Amaro in Ruvenna"
    ]
    changed = [e for url, e in morning.items() if url in evening and e != evening[url]]
    assert [e.title for e in changed] == ["Tessera says 3.1 million card payments failed in outage"]
    assert changed[0].published_at is not None
    assert changed[0].published_at < before < (changed[0].updated_at or before)
    assert "3.1 million" in (await article(client, changed[0], sample.now)).text


async def test_outlets_misbehave_as_outlets_do(sample: SampleServer, client: Client) -> None:
    ledger = named(sample, "Tollgate Ledger")
    moved = await fetch_feed(client, ledger, FeedState(url=ledger.url), limit_bytes=10**6)
    assert isinstance(moved, Fetched)
    assert moved.url != ledger.url
    assert moved.content.count(b"athletic-selwyn-cup-final-report</link>") == 1
    assert moved.content.count(b"athletic-selwyn-cup-final-report?utm_source=rss&amp;") == 1

    house = await read(client, named(sample, "Counting House"), sample.now)
    walled = next(e for e in house if "Tilbrook" in e.title)
    assert (await article(client, walled, sample.now)).summary_only

    tribune = await read(client, named(sample, "Transmarine Tribune"), sample.now)
    missing = next(e for e in tribune if "comet" in e.title)
    assert (await fetch_page(client, missing.url, limit_bytes=10**6)).error == "status 404"

    german = await read(client, named(sample, "Tarnauer Abendbote"), sample.now)
    text = await article(client, german[0], sample.now)
    assert text.language == "de"
    assert "Füllung" in text.text

    with pytest.raises(UnreachableError):
        await read(client, named(sample, "Radio Fjordline"), sample.now)


async def test_front_pages_name_their_feeds_and_other_paths_are_not_found(
    sample: SampleServer,
) -> None:
    courier = named(sample, "The Aldervik Courier")
    base = courier.url.removesuffix("/feeds/news.rss")
    async with httpx.AsyncClient() as http:
        front = await http.get(f"{base}/")
        robots = await http.get(f"{base}/robots.txt")
        nothing = await http.get(f"{base}/nothing")
    assert 'type="application/rss+xml" href="/feeds/news.rss"' in front.text
    assert "Disallow: /account/" in robots.text
    assert nothing.status_code == 404
    assert ("courier", "/nothing", "404 Not Found") in sample.requests


async def test_a_request_that_is_none_is_dropped(sample: SampleServer) -> None:
    host, port = named(sample, "Skerry Post").url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"hello")
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert sample.requests == []
