"""Reading the feeds that are due: from the network into the database, without any model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import random
from typing import Any

import structlog

from config.catalog import load_catalog
from config.settings import Settings
from summarizer.collecting.extracting import extract_article
from summarizer.collecting.fetching import Client, fetch_feed, fetch_page
from summarizer.collecting.parsing import canonical_url, parse_feed, parse_ttl
from summarizer.collecting.planning import plan_next
from summarizer.errors import DigestError, StopError, UnreadableError
from summarizer.models import Article, Entry, Feed, FeedState, NotModified, derive_id
from summarizer.storage import Storage

log = structlog.get_logger(__name__)

READ_S = 60.0
"""What one feed's new pages may take of a round; the rest is read in the next. So a host that
answers slowly, or a feed with hundreds of entries, holds up no other for long."""
PART_S = 2.0
"""What was read of them is stored so often: a process that is killed again and again gets on."""

Validators = tuple[str | None, str | None]
"""The ETag and Last-Modified that a page came with."""
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What one round of collecting did."""

    feeds: int = 0
    unchanged: int = 0
    failed: int = 0
    articles: int = 0
    revised: int = 0
    summary_only: int = 0
    skipped: int = 0
    """Articles in a language the model does not read."""


class Reader:
    """Reads feeds through one HTTP client, which keeps what hosts asked for."""

    def __init__(self, *, settings: Settings, storage: Storage, client: Client) -> None:
        self._settings = settings
        self._storage = storage
        self._client = client

    async def collect(
        self,
        now: datetime,
        *,
        urls: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Collected:
        """Read the feeds that are due, or those of `urls` that are, and store what is new.

        A feed's validators are stored after its articles, so a stop in between reads it again
        rather than losing them. One feed's failure is recorded and holds up no other.
        """
        due = await self._storage.articles.due_feeds(now, urls)
        chosen = self._settings.collecting
        total = Collected(feeds=len(due))
        slots = asyncio.Semaphore(chosen.concurrency)
        done = 0

        async def read(feed: Feed, state: FeedState) -> Collected:
            nonlocal done
            async with slots:
                result = await self._read_feed(feed, state, now)
            done += 1
            if progress:
                progress(done, len(due))
            return result

        for result in await asyncio.gather(*(read(f, s) for f, s in due)):
            total = _add(total, result)
        log.info("collected", feeds=total.feeds, articles=total.articles, failed=total.failed)
        return total

    async def _read_feed(self, feed: Feed, state: FeedState, now: datetime) -> Collected:
        chosen = self._settings.collecting
        max_age_s = None
        outcome: Any = "unchanged"
        taken = Collected()
        left: Sequence[Entry] = ()
        try:
            fetched = await fetch_feed(self._client, feed, state, limit_bytes=chosen.feed_bytes)
            max_age_s = fetched.max_age_s
            if not isinstance(fetched, NotModified):
                max_age_s = max(max_age_s or 0, parse_ttl(fetched) or 0)
                found = await asyncio.to_thread(parse_feed, fetched, feed, now=now)
                left = await self._choose_entries(found, now)
                started = time.monotonic()
                while left and time.monotonic() - started < READ_S:
                    part, left = await self._take_part(left, now)
                    taken = _add(taken, part)
                if not left:
                    state = replace(state, etag=fetched.etag, last_modified=fetched.last_modified)
                outcome = "new" if taken.articles or taken.revised else "unchanged"
        except StopError:
            raise  # the database's failure is not the feed's
        except DigestError as exc:
            log.warning("feed failed", feed=feed.url, error=str(exc))
            outcome = exc
        except Exception as exc:
            # A bug of ours that one feed brings up must not keep all others from being read.
            log.exception("feed failed", feed=feed.url)
            outcome = UnreadableError(f"cannot be read: {feed.url!r}: {type(exc).__name__}")
        planned = plan_next(
            state,
            now=now,
            outcome=outcome,
            interval_s=chosen.interval_s,
            min_interval_s=chosen.min_interval_s,
            max_interval_s=chosen.max_interval_s,
            max_age_s=max_age_s,
            jitter=random(),
        )
        if left:
            planned = replace(planned, next_at=now)
        await self._storage.articles.save_feed_state(planned)
        return replace(
            taken,
            unchanged=int(outcome == "unchanged"),
            failed=int(isinstance(outcome, DigestError)),
        )

    async def _choose_entries(self, entries: Sequence[Entry], now: datetime) -> list[Entry]:
        """Return the entries that are recent and either new or changed since they were read."""
        oldest = now - timedelta(hours=self._settings.collecting.max_age_hours)
        recent = {
            canonical_url(e.url): e
            for e in entries
            if e.published_at is None or e.published_at >= oldest
        }
        seen = await self._storage.articles.seen_entry_urls(recent)
        stored = await self._storage.articles.get(derive_id(url) for url in recent)
        chosen = []
        for url, entry in recent.items():
            known = stored.get(derive_id(url))
            changed = known and entry.updated_at and entry.updated_at > known.fetched_at
            if changed or (known is None and url not in seen):
                chosen.append(entry)
        return chosen

    async def _take_part(
        self, entries: Sequence[Entry], now: datetime
    ) -> tuple[Collected, Sequence[Entry]]:
        """Store what can be read of the entries in a part's time; return it and those left."""
        chosen = self._settings.collecting
        articles: list[tuple[Article, Validators]] = []
        skipped: dict[str, str] = {}
        started = time.monotonic()
        done = 0
        while done < len(entries) and (not done or time.monotonic() - started < PART_S):
            entry = entries[done]
            page = await fetch_page(self._client, entry.url, limit_bytes=chosen.page_bytes)
            article = await asyncio.to_thread(extract_article, entry, page, now=now)
            if article.language not in chosen.languages:
                skipped[canonical_url(entry.url)] = article.language
            elif article.text:
                articles.append((article, (page.etag, page.last_modified)))
            done += 1
        result = await self._storage.articles.add([article for article, _ in articles])
        await self._storage.articles.save_validators(
            {article.id: validators for article, validators in articles}
        )
        urls = [canonical_url(e.url) for e in entries[:done]]
        await self._storage.articles.mark_entries_seen(urls, now, skipped)
        part = Collected(
            articles=len(result.new),
            revised=len(result.revised),
            summary_only=sum(a.summary_only for a, _ in articles),
            skipped=len(skipped),
        )
        return part, entries[done:]


def make_client(settings: Settings) -> Client:
    """Return an HTTP client that keeps the configured limits; use it with `async with`."""
    chosen = settings.collecting
    return Client(
        contact=chosen.contact,
        allow_private_addresses=chosen.allow_private_addresses,
        respect_robots=chosen.respect_robots,
        timeout_s=chosen.timeout_s,
        max_redirects=chosen.max_redirects,
    )


def configured_feeds(settings: Settings) -> list[Feed]:
    """Return the feeds that the settings name, then the catalogue's if they are wanted."""
    chosen = settings.collecting
    feeds = [Feed(url=f.url, outlet=f.outlet, language=f.language) for f in chosen.feeds]
    if chosen.catalog_feeds:
        listed = load_catalog().feeds
        feeds += [Feed(url=f.url, outlet=f.outlet, language=f.language) for f in listed]
    return feeds


def _add(a: Collected, b: Collected) -> Collected:
    return Collected(
        feeds=a.feeds,
        unchanged=a.unchanged + b.unchanged,
        failed=a.failed + b.failed,
        articles=a.articles + b.articles,
        revised=a.revised + b.revised,
        summary_only=a.summary_only + b.summary_only,
        skipped=a.skipped + b.skipped,
    )
