"""The feeds, their health, and what was read of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, and_, delete, func, or_, select, update

from summarizer.models import Feed, FeedState, Reading
from summarizer.storage.database import Database, batches
from summarizer.storage.schema import AHEAD, articles, entries, feeds, skipped


class Feeds:
    """What is read and how it goes; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sync_feeds(self, catalogue: Sequence[Feed]) -> int:
        """Add the catalogue's feeds that are not here and return how many were new.

        Feeds an operator removed stay removed, and names an operator gave are kept; the catalogue's
        own feeds get its current outlet and language.
        """
        async with self._database.write() as connection:
            known = {row.url for row in await connection.execute(select(feeds.c.url))}
            insert = self._database.insert(feeds)
            statement = insert.on_conflict_do_update(
                index_elements=[feeds.c.url],
                set_={"outlet": insert.excluded.outlet, "language": insert.excluded.language},
                where=feeds.c.added.is_(False),
            )
            rows = [_columns(feed) for feed in {f.url: f for f in catalogue}.values()]
            if rows:
                await connection.execute(statement, rows)
        return len({row["url"] for row in rows} - known)

    async def add_feed(self, feed: Feed) -> bool:
        """Add a feed on an operator's word, healthy and due at once; False if it was read already.

        Also brings back a feed that was removed, and renews one that was disabled.
        """
        fresh = {
            **_columns(feed),
            "added": True,
            "removed": False,
            "disabled": False,
            "failures": 0,
            "last_error": None,
            "next_at": None,
        }
        async with self._database.write() as connection:
            query = select(feeds.c.removed, feeds.c.disabled).where(feeds.c.url == feed.url)
            row = (await connection.execute(query)).one_or_none()
            statement = self._database.insert(feeds).values(fresh)
            await connection.execute(
                statement.on_conflict_do_update(index_elements=[feeds.c.url], set_=fresh)
            )
        return row is None or row.removed or row.disabled

    async def remove_feed(self, url: str) -> bool:
        """Stop reading a feed, also against the catalogue; False if it was not read."""
        statement = update(feeds).where(feeds.c.url == url, feeds.c.removed.is_(False))
        async with self._database.write() as connection:
            result = await connection.execute(statement.values(removed=True))
        return result.rowcount > 0

    async def feeds(self) -> list[tuple[Feed, FeedState]]:
        """Return every feed that is read or was disabled, by outlet and address."""
        query = select(feeds).where(feeds.c.removed.is_(False))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(feeds.c.outlet, feeds.c.url))
            return [_feed(row) for row in rows]

    async def due_feeds(
        self, now: datetime, urls: Iterable[str] | None = None
    ) -> list[tuple[Feed, FeedState]]:
        """Return the feeds, or those of `urls`, to read at `now`: never-read ones first.

        One that was read while the clock was ahead does not wait until it gets there.
        """
        query = (
            select(feeds)
            .where(
                feeds.c.removed.is_(False),
                feeds.c.disabled.is_(False),
                or_(
                    feeds.c.next_at.is_(None),
                    feeds.c.next_at <= now,
                    feeds.c.last_tried_at > now + AHEAD,
                ),
            )
            .order_by(feeds.c.next_at.nulls_first(), feeds.c.url)
        )
        if urls is not None:
            query = query.where(feeds.c.url.in_(list(urls)))
        async with self._database.read() as connection:
            return [_feed(row) for row in await connection.execute(query)]

    async def feeds_to_tell(
        self, failures: int
    ) -> tuple[list[tuple[Feed, FeedState]], list[tuple[Feed, FeedState]]]:
        """Return the feeds that broke, and those that work again, since operators were told.

        Broken are those that failed so often in a row, and those that were disabled.
        """
        query = select(feeds).where(feeds.c.removed.is_(False)).order_by(feeds.c.outlet)
        broken = or_(feeds.c.failures >= failures, feeds.c.disabled.is_(True))
        well = and_(feeds.c.failures == 0, feeds.c.disabled.is_(False))
        async with self._database.read() as connection:
            new = await connection.execute(query.where(feeds.c.alerted.is_(False), broken))
            old = await connection.execute(query.where(feeds.c.alerted.is_(True), well))
            return [_feed(row) for row in new], [_feed(row) for row in old]

    async def mark_told(self, urls: Iterable[str], *, broken: bool) -> None:
        """Remember that operators were told that these feeds are broken, or that they work."""
        async with self._database.write() as connection:
            for batch in batches(urls):
                await connection.execute(
                    update(feeds).where(feeds.c.url.in_(batch)).values(alerted=broken)
                )

    async def save_feed_state(self, state: FeedState) -> None:
        """Keep what was learned of a feed; one that is not here is not added."""
        async with self._database.write() as connection:
            await connection.execute(
                update(feeds)
                .where(feeds.c.url == state.url)
                .values(
                    etag=state.etag,
                    last_modified=state.last_modified,
                    next_at=state.next_at,
                    interval_s=state.interval_s,
                    failures=state.failures,
                    last_error=state.last_error,
                    last_ok_at=state.last_ok_at,
                    last_tried_at=state.last_tried_at,
                    disabled=state.disabled,
                )
            )

    async def seen_entry_urls(self, urls: Iterable[str]) -> frozenset[str]:
        """Return those of the entries' URLs that were dealt with before, whatever came of them."""
        seen: set[str] = set()
        async with self._database.read() as connection:
            for batch in batches(urls):
                rows = await connection.execute(
                    select(entries.c.url).where(entries.c.url.in_(batch))
                )
                seen.update(row.url for row in rows)
        return frozenset(seen)

    async def mark_entries_seen(
        self,
        urls: Iterable[str],
        at: datetime,
        skipped_for: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Remember that the entries at these URLs were dealt with, so that they are not again.

        `skipped_for` holds the languages of those that were skipped for theirs. They are counted by
        the hour, each once: another round may have read the same feed meanwhile.
        """
        rows = [{"url": url, "seen_at": at} for url in dict.fromkeys(urls)]
        if not rows:
            return
        insert = self._database.insert(entries)
        async with self._database.write() as connection:
            new: Counter[str] = Counter()
            for url, language in skipped_for.items():
                first = insert.values(url=url, seen_at=at).on_conflict_do_nothing()
                taken = await connection.execute(first.returning(entries.c.url))
                new[language] += len(taken.all())
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[entries.c.url], set_={"seen_at": insert.excluded.seen_at}
                ),
                rows,
            )
            for language, n in new.items():
                counted = self._database.insert(skipped).values(
                    hour=_hour(at), language=language, articles=n
                )
                await connection.execute(
                    counted.on_conflict_do_update(
                        index_elements=[skipped.c.hour, skipped.c.language],
                        set_={"articles": skipped.c.articles + counted.excluded.articles},
                    )
                )

    async def reading(self, since: datetime, now: datetime) -> Reading:
        """Return what was read from `since` to `now`.

        A feed counts once it was tried. It is ok if its last read went well, or one in the period
        did. Skipped articles count from the hour that `since` is in.
        """
        collected = select(func.count()).select_from(articles)
        collected = collected.where(articles.c.fetched_at >= since, articles.c.fetched_at <= now)
        well = func.count().filter(
            or_(
                feeds.c.last_ok_at >= since,
                (feeds.c.failures == 0)
                & feeds.c.disabled.is_(False)
                & feeds.c.last_ok_at.is_not(None),
            )
        )
        health = select(func.count().label("tried"), well.label("ok")).select_from(feeds)
        health = health.where(feeds.c.removed.is_(False), feeds.c.last_tried_at.is_not(None))
        languages = (
            select(skipped.c.language, func.sum(skipped.c.articles).label("n"))
            .where(skipped.c.hour >= _hour(since), skipped.c.hour <= now)
            .group_by(skipped.c.language)
            .order_by(skipped.c.language)
        )
        async with self._database.read() as connection:
            tried, ok = (await connection.execute(health)).one()
            return Reading(
                articles=(await connection.execute(collected)).scalar_one(),
                feeds_ok=ok,
                feeds=tried,
                skipped_languages={
                    row.language: int(row.n) for row in await connection.execute(languages)
                },
            )

    async def purge_entries(self, before: datetime) -> None:
        """Forget the entries and skipped languages of before; their feeds have dropped them."""
        async with self._database.write() as connection:
            await connection.execute(delete(entries).where(entries.c.seen_at < before))
            await connection.execute(delete(skipped).where(skipped.c.hour < before))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _columns(feed: Feed) -> dict[str, str]:
    return {"url": feed.url, "outlet": feed.outlet, "language": feed.language}


def _feed(row: Row[*tuple[Any, ...]]) -> tuple[Feed, FeedState]:
    feed = Feed(url=row.url, outlet=row.outlet, language=row.language)
    state = FeedState(
        url=row.url,
        etag=row.etag,
        last_modified=row.last_modified,
        next_at=row.next_at,
        interval_s=row.interval_s,
        failures=row.failures,
        last_error=row.last_error,
        last_ok_at=row.last_ok_at,
        last_tried_at=row.last_tried_at,
        disabled=row.disabled,
    )
    return feed, state
