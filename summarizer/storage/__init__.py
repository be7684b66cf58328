"""The database: SQLite in a file, or PostgreSQL by its URL.

::

    storage = await Storage.open(url)
    storage.articles    articles, and the feeds they come from
    storage.stories     stories, their reports and facts
    storage.chats       chats and their subscriptions
    storage.told        what chats were told
    storage.follows     the stories that chats follow, and those they want fewer of
    storage.deliveries  what is to be sent, and how far that has come
    storage.corrections the pages to read again, the messages to edit
    storage.updates     what the messenger sent, kept before it is acted on
    storage.queries     the vectors that topics are matched by

Every method is one transaction, and doing any of them twice changes nothing more than once.
Times are aware, in UTC; chats and threads are opaque ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

from summarizer.errors import StorageError
from summarizer.storage.articles import Added, Articles
from summarizer.storage.backups import backup, restore, verify
from summarizer.storage.chats import Chat, ChatKind, Chats, Subscription
from summarizer.storage.corrections import CitedPage, Corrections, SentMessage
from summarizer.storage.database import Database, Enqueue, Work, make_engine, parse_url
from summarizer.storage.deliveries import Deliveries, Delivery, Figures, OutMessage, Plan
from summarizer.storage.follows import Follow, Follows
from summarizer.storage.locking import WAKE, Hold
from summarizer.storage.messages import PendingMessage
from summarizer.storage.opening import upgrade
from summarizer.storage.queries import Queries
from summarizer.storage.stories import Stories
from summarizer.storage.told import Told
from summarizer.storage.updates import Updates
from summarizer.storage.vitals import Vitals, read_vitals

__all__ = [
    "WAKE",
    "Added",
    "Articles",
    "Chat",
    "ChatKind",
    "Chats",
    "CitedPage",
    "Corrections",
    "Deliveries",
    "Delivery",
    "Enqueue",
    "Figures",
    "Follow",
    "Follows",
    "Hold",
    "OutMessage",
    "PendingMessage",
    "Plan",
    "Purged",
    "Queries",
    "SentMessage",
    "Storage",
    "Stories",
    "Subscription",
    "Updates",
    "Vitals",
    "Work",
    "backup",
    "restore",
    "upgrade",
    "verify",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How many rows a purge deleted."""

    stories: int
    articles: int
    deliveries: int
    updates: int


class Storage:
    """An open database; see the module for its parts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.articles = Articles(database)
        self.stories = Stories(database)
        self.chats = Chats(database)
        self.told = Told(database)
        self.follows = Follows(database)
        self.deliveries = Deliveries(database)
        self.corrections = Corrections(database)
        self.updates = Updates(database)
        self.queries = Queries(database)

    @classmethod
    async def open(
        cls, url: str, *, timeout_s: float = 30.0, enqueue: Enqueue | None = None
    ) -> Storage:
        """Open the database at a URL, made or upgraded where needed; see `opening.upgrade`.

        `timeout_s` is how long a locked database is waited for; `enqueue` hands what a transaction
        leaves to be done to other processes. Raises NewerDatabaseError and
        StorageError, also later, from any method, when the database fails.
        """
        await upgrade(url, timeout_s=timeout_s)
        database = Database(make_engine(parse_url(url), timeout_s=timeout_s), enqueue)
        try:
            async with database.read():  # the first connection may fail where the upgrade's did not
                return cls(database)
        except StorageError:
            await database.close()
            raise

    async def close(self) -> None:
        await self._database.close()

    def exclusive(
        self, name: str, woken: asyncio.Event | None = None
    ) -> AbstractAsyncContextManager[Hold]:
        """Wait for the lock `name` and hold it, among all processes on this database.

        `woken` is what is set when one of them has something for the holder.
        """
        return self._database.exclusive(name, woken)

    async def leave(self, work: Sequence[Work]) -> None:
        """Leave work to be done to other processes; nothing happens where there are none."""
        async with self._database.write() as connection:
            await self._database.leave(connection, work)

    async def vitals(self, overdue: datetime) -> Vitals:
        """Return how it goes, in figures; what was due before `overdue` counts as overdue."""
        return await read_vitals(self._database, overdue)

    async def purge(self, before: datetime) -> Purged:
        """Delete what is older, as retention has it; chats, subscriptions and feeds stay."""
        stories = await self.stories.purge(before)
        articles = await self.articles.purge(before)
        await self.articles.purge_entries(before)
        await self.chats.purge(before)
        await self.told.purge(before)
        await self.queries.purge(before)
        await self.follows.purge(before)
        await self.corrections.purge(before)
        return Purged(
            stories=stories,
            articles=articles,
            deliveries=await self.deliveries.purge(before),
            updates=await self.updates.purge(before),
        )
