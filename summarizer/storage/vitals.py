"""How it goes, in figures: what operators and their monitoring ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.storage.database import Database, sqlite_file
from summarizer.storage.schema import (
    UNGROUPED,
    UNWRITTEN,
    articles,
    chats,
    feeds,
    messages,
    stories,
    subscriptions,
    updates,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """The figures at one moment."""

    feeds_well: int = 0
    feeds_failing: int = 0
    feeds_disabled: int = 0
    last_read_at: datetime | None = None
    """When a feed was last read without an error."""
    least_interval_s: int = 0
    """How often the feed is read that is read most often; 0 without any."""
    articles: int = 0
    articles_ungrouped: int = 0
    stories: int = 0
    stories_unwritten: int = 0
    chats_active: int = 0
    chats_inactive: int = 0
    subscriptions: int = 0
    digests_overdue: int = 0
    """Subscriptions that were due before the time asked for and are not planned."""
    messages: Mapping[str, int] = field(default_factory=dict)
    """By state."""
    messages_overdue: int = 0
    """Messages that could have been sent before the time asked for and were not."""
    possible_duplicates: int = 0
    updates_waiting: int = 0
    oldest_update_at: datetime | None = None
    database_bytes: int = 0


async def read_vitals(database: Database, overdue: datetime) -> Vitals:
    """Return the figures; what was due before `overdue` and is not done counts as overdue."""
    working = feeds.c.removed.is_(False) & feeds.c.disabled.is_(False)
    active = or_(chats.c.id.is_(None), chats.c.active.is_(True))
    held = or_(messages.c.not_before > overdue, chats.c.not_before > overdue)
    late = (
        select(func.count())
        .select_from(messages.outerjoin(chats, chats.c.id == messages.c.chat_id))
        .where(
            messages.c.state == "pending",
            messages.c.scheduled_at < overdue,
            active,
            func.coalesce(held, False).is_(False),
        )
    )
    undone = (
        _count(subscriptions)
        .join(chats, chats.c.id == subscriptions.c.chat_id)
        .where(
            subscriptions.c.next_due_at < overdue,
            subscriptions.c.paused.is_(False),
            chats.c.active.is_(True),
        )
    )
    waiting = updates.c.handled_at.is_(None)
    states = select(messages.c.state, func.count().label("n")).group_by(messages.c.state)
    async with database.read() as connection:

        async def one(query: Select[Any]) -> Any:
            return (await connection.execute(query)).scalar_one()

        return Vitals(
            feeds_well=await one(_count(feeds).where(working, feeds.c.failures == 0)),
            feeds_failing=await one(_count(feeds).where(working, feeds.c.failures > 0)),
            feeds_disabled=await one(
                _count(feeds).where(feeds.c.removed.is_(False), feeds.c.disabled.is_(True))
            ),
            last_read_at=await one(select(func.max(feeds.c.last_ok_at)).where(working)),
            least_interval_s=await one(select(func.min(feeds.c.interval_s)).where(working)) or 0,
            articles=await one(_count(articles)),
            articles_ungrouped=await one(_count(articles).where(UNGROUPED)),
            stories=await one(_count(stories).where(stories.c.merged_into.is_(None))),
            stories_unwritten=await one(_count(stories).where(UNWRITTEN)),
            chats_active=await one(_count(chats).where(chats.c.active.is_(True))),
            chats_inactive=await one(_count(chats).where(chats.c.active.is_(False))),
            subscriptions=await one(_count(subscriptions)),
            digests_overdue=await one(undone),
            messages={row.state: row.n for row in await connection.execute(states)},
            messages_overdue=await one(late),
            possible_duplicates=await one(
                _count(messages).where(messages.c.possible_duplicate.is_(True))
            ),
            updates_waiting=await one(_count(updates).where(waiting)),
            oldest_update_at=await one(select(func.min(updates.c.received_at)).where(waiting)),
            database_bytes=await _size(database, connection),
        )


def _count(table: Table) -> Select[int]:
    return select(func.count()).select_from(table)


async def _size(database: Database, connection: AsyncConnection) -> int:
    file = sqlite_file(database.engine.url)
    if file is not None:
        return (await asyncio.to_thread(file.stat)).st_size
    query = text("SELECT pg_database_size(current_database())")
    return int((await connection.execute(query)).scalar_one())
