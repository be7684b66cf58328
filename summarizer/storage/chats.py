"""The chats and their subscriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from summarizer.models import Length, Topic, derive_id
from summarizer.storage.database import Database, batches
from summarizer.storage.moving import delete_rows, export_rows, move_rows
from summarizer.storage.records import read_topic, write_topic
from summarizer.storage.schema import AHEAD, chats, requests, subscriptions

ChatKind = Literal["private", "group", "supergroup", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One chat and its settings. Times of day are 'HH:MM' in its own time zone."""

    id: str
    kind: ChatKind
    title: str = ""
    language: str = "en"
    """Of the interface."""
    timezone: str = "UTC"
    length: Length = "normal"
    links: bool = True
    quiet_from: str | None = None
    quiet_to: str | None = None
    muted_outlets: tuple[str, ...] = ()
    active: bool = True
    """False once the bot was removed or blocked: nothing is due and nothing is sent."""
    inactive_reason: str | None = None
    not_before: datetime | None = None
    """Nothing is sent before: the messenger asked to wait."""
    location_button: int | None = None
    """The message that put a button below the chat which shares the location, while it is there."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One topic that a chat, or one thread of it, is told of at its times."""

    id: str
    chat_id: str
    thread_id: int = 0
    """0: the chat itself."""
    topic: Topic
    times: tuple[str, ...]
    """'HH:MM', local to the chat."""
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    """0 is Monday."""
    next_due_at: datetime | None
    since: datetime
    """The end of the period its last digest covered."""
    created_at: datetime
    paused: bool = False


_SETTINGS = frozenset(f.name for f in fields(Chat)) - {
    "id",
    "active",
    "inactive_reason",
    "created_at",
}


class Chats:
    """The chats; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, chat_id: str) -> Chat | None:
        """Return a chat, None if it is not known."""
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(chats).where(chats.c.id == chat_id))
            ).one_or_none()
        return None if row is None else _chat(row)

    async def upsert(self, chat: Chat) -> Chat:
        """Add a chat, or take over only the kind and title of one that is known; return it."""
        known = await self.get(chat.id)
        if known is not None and (known.kind, known.title) == (chat.kind, chat.title):
            return known  # as with nearly every update: nothing is to be written
        statement = self._database.insert(chats).values(_chat_values(chat))
        async with self._database.write() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[chats.c.id], set_={"kind": chat.kind, "title": chat.title}
                )
            )
            return _chat(
                (await connection.execute(select(chats).where(chats.c.id == chat.id))).one()
            )

    async def update(self, chat_id: str, **settings: object) -> Chat | None:
        """Change settings, named as the fields of Chat, and return the chat as it is then.

        Returns None for a chat that is not known; raises ValueError for what is no setting.
        """
        if unknown := set(settings) - _SETTINGS:
            raise ValueError(f"not a chat setting: {min(unknown)!r}")
        async with self._database.write() as connection:
            if settings:
                await connection.execute(
                    update(chats).where(chats.c.id == chat_id).values(**settings)
                )
            row = (
                await connection.execute(select(chats).where(chats.c.id == chat_id))
            ).one_or_none()
        return None if row is None else _chat(row)

    async def deactivate(self, chat_id: str, reason: str) -> bool:
        """Stop everything for a chat that cannot be reached; False if it was stopped or unknown.

        Its subscriptions stay and its messages wait, for the day it is reactivated.
        """
        return await self._activate(chat_id, False, reason)

    async def reactivate(self, chat_id: str) -> bool:
        """Take a chat up again; False if it was active or is not known."""
        return await self._activate(chat_id, True, None)

    async def active(self) -> list[Chat]:
        """Return every active chat, by id."""
        query = select(chats).where(chats.c.active.is_(True)).order_by(chats.c.id)
        async with self._database.read() as connection:
            return [_chat(row) for row in await connection.execute(query)]

    async def migrate(self, old_id: str, new_id: str) -> None:
        """Move everything of a chat to its new id; settings of the old one win, twice is harmless.

        Posts are not moved: the old chat's message ids mean nothing in the new one.
        """
        async with self._database.write() as connection:
            query = select(chats).where(chats.c.id == old_id)
            row = (await connection.execute(query)).one_or_none()
            if row is not None:
                values = {**row._mapping, "id": new_id}
                statement = self._database.insert(chats).values(values)
                await connection.execute(
                    statement.on_conflict_do_update(index_elements=[chats.c.id], set_=values)
                )
            await move_rows(connection, old_id, new_id)
            await connection.execute(delete(chats).where(chats.c.id == old_id))

    async def delete_chat(self, chat_id: str) -> bool:
        """Delete all there is of a chat, in every table; False if there was no such chat."""
        async with self._database.write() as connection:
            await delete_rows(connection, chat_id)
            result = await connection.execute(delete(chats).where(chats.c.id == chat_id))
        return result.rowcount > 0

    async def export_chat(self, chat_id: str) -> Mapping[str, object]:
        """Return all there is of a chat as JSON types: a list of rows by table."""
        async with self._database.read() as connection:
            return await export_rows(connection, chat_id)

    async def subscribe(self, subscription: Subscription) -> tuple[Subscription, bool]:
        """Add a subscription; return it, or the one there is on the topic, and whether it is new.

        Its id is given here: derived from chat, thread and topic.
        """
        new_id = derive_id(
            subscription.chat_id, str(subscription.thread_id), subscription.topic.key
        )
        values = {**_subscription_values(subscription), "id": new_id}
        same = and_(
            subscriptions.c.chat_id == subscription.chat_id,
            subscriptions.c.thread_id == subscription.thread_id,
            subscriptions.c.topic_key == subscription.topic.key,
        )
        async with self._database.write() as connection:
            result = await connection.execute(
                self._database.insert(subscriptions)
                .values(values)
                .on_conflict_do_nothing()
                .returning(subscriptions.c.id)
            )
            is_new = result.one_or_none() is not None
            row = (await connection.execute(select(subscriptions).where(same))).one()
        return _subscription(row), is_new

    async def unsubscribe(self, subscription_id: str) -> bool:
        """Delete a subscription; False if there is none."""
        statement = delete(subscriptions).where(subscriptions.c.id == subscription_id)
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount > 0

    async def unsubscribe_all(self, chat_id: str, thread_id: int | None = None) -> int:
        """Delete all subscriptions of a chat, or of one of its threads; return how many."""
        statement = delete(subscriptions).where(_place(chat_id, thread_id))
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount

    async def subscription(self, subscription_id: str) -> Subscription | None:
        """Return a subscription, None if there is none."""
        query = select(subscriptions).where(subscriptions.c.id == subscription_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _subscription(row)

    async def subscriptions(self, chat_id: str, thread_id: int | None = None) -> list[Subscription]:
        """Return the subscriptions of a chat, or of one of its threads, oldest first."""
        query = select(subscriptions).where(_place(chat_id, thread_id))
        query = query.order_by(subscriptions.c.created_at, subscriptions.c.id)
        async with self._database.read() as connection:
            return [_subscription(row) for row in await connection.execute(query)]

    async def count_subscriptions(self) -> int:
        """Return how many subscriptions there are in all."""
        query = select(func.count()).select_from(subscriptions)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    async def schedule(
        self,
        subscription_id: str,
        *,
        times: Sequence[str],
        weekdays: Sequence[int],
        next_due_at: datetime | None,
        paused: bool = False,
        since: datetime | None = None,
    ) -> Subscription | None:
        """Give a subscription new times and weekdays and when it is due next; return it.

        Its next digest reaches back to `since`, where that is given.
        """
        reach = {} if since is None else {"since": since}
        async with self._database.write() as connection:
            await connection.execute(
                update(subscriptions)
                .where(subscriptions.c.id == subscription_id)
                .values(
                    times=tuple(times),
                    weekdays=_write_weekdays(weekdays),
                    next_due_at=next_due_at,
                    paused=paused,
                    **reach,
                )
            )
            query = select(subscriptions).where(subscriptions.c.id == subscription_id)
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _subscription(row)

    async def due(
        self, now: datetime, limit: int, *, ending: str = ""
    ) -> list[tuple[Chat, list[Subscription]]]:
        """Return what active chats are to be told at `now`, the longest overdue first.

        One item for each chat and thread, at most `limit`, with all of its subscriptions that are
        due, by the time they are; only of chats whose id ends so.
        """
        first = (
            select(subscriptions.c.chat_id, subscriptions.c.thread_id)
            .join(chats, chats.c.id == subscriptions.c.chat_id)
            .where(_is_due(now), chats.c.active.is_(True))
            .order_by(subscriptions.c.next_due_at)
            .limit(limit)
        )
        if ending:
            first = first.where(subscriptions.c.chat_id.endswith(ending))
        async with self._database.read() as connection:
            # In the order of the index: however many are due, only so many rows are read.
            chosen: dict[tuple[str, int], list[Subscription]] = {
                (row.chat_id, row.thread_id): [] for row in await connection.execute(first)
            }
            for batch in batches({chat_id for chat_id, _ in chosen}):
                query = select(subscriptions).where(
                    _is_due(now), subscriptions.c.chat_id.in_(batch)
                )
                query = query.order_by(subscriptions.c.next_due_at, subscriptions.c.id)
                for row in await connection.execute(query):
                    if (row.chat_id, row.thread_id) in chosen:
                        chosen[row.chat_id, row.thread_id].append(_subscription(row))
            known: dict[str, Chat] = {}
            for batch in batches({chat_id for chat_id, _ in chosen}):
                query = select(chats).where(chats.c.id.in_(batch))
                known.update({row.id: _chat(row) for row in await connection.execute(query)})
        # One that was deleted between the statements is not due any more.
        groups = [(known.get(chat_id), group) for (chat_id, _), group in chosen.items()]
        return [(chat, group) for chat, group in groups if chat is not None and group]

    async def ahead(self, now: datetime) -> list[tuple[Chat, Subscription]]:
        """Return the subscriptions that a clock may have moved on which was ahead of `now`."""
        late = subscriptions.c.next_due_at > now + timedelta(days=1) + AHEAD
        query = select(subscriptions).where(or_(late, subscriptions.c.since > now + AHEAD))
        async with self._database.read() as connection:
            found = [_subscription(row) for row in await connection.execute(query)]
            known: dict[str, Chat] = {}
            for batch in batches({s.chat_id for s in found}):
                query = select(chats).where(chats.c.id.in_(batch))
                known.update({row.id: _chat(row) for row in await connection.execute(query)})
        return [(known[s.chat_id], s) for s in found if s.chat_id in known]

    async def count_requests(self, chat_id: str, since: datetime) -> int:
        """Return how many summaries a chat asked for since."""
        query = select(func.count()).select_from(requests)
        query = query.where(requests.c.chat_id == chat_id, requests.c.at >= since)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    async def log_request(self, chat_id: str, at: datetime) -> None:
        """Remember that a chat asked for a summary."""
        async with self._database.write() as connection:
            await connection.execute(insert(requests).values(chat_id=chat_id, at=at))

    async def purge(self, before: datetime) -> None:
        """Forget the requests before; chats and subscriptions stay."""
        async with self._database.write() as connection:
            await connection.execute(delete(requests).where(requests.c.at < before))

    async def _activate(self, chat_id: str, active: bool, reason: str | None) -> bool:
        statement = update(chats).where(chats.c.id == chat_id, chats.c.active.is_(not active))
        async with self._database.write() as connection:
            result = await connection.execute(
                statement.values(active=active, inactive_reason=reason, not_before=None)
            )
        return result.rowcount > 0


def _place(chat_id: str, thread_id: int | None) -> ColumnElement[bool]:
    chat = subscriptions.c.chat_id == chat_id
    return chat if thread_id is None else chat & (subscriptions.c.thread_id == thread_id)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (subscriptions.c.next_due_at <= now) & subscriptions.c.paused.is_(False)


def _chat_values(chat: Chat) -> dict[str, object]:
    return {f.name: getattr(chat, f.name) for f in fields(Chat)}


def _chat(row: Row[*tuple[Any, ...]]) -> Chat:
    return Chat(**row._mapping)


def _subscription_values(subscription: Subscription) -> dict[str, object]:
    return {
        "id": subscription.id,
        "chat_id": subscription.chat_id,
        "thread_id": subscription.thread_id,
        "topic_key": subscription.topic.key,
        "topic": write_topic(subscription.topic),
        "times": subscription.times,
        "weekdays": _write_weekdays(subscription.weekdays),
        "next_due_at": subscription.next_due_at,
        "since": subscription.since,
        "created_at": subscription.created_at,
        "paused": subscription.paused,
    }


def _subscription(row: Row[*tuple[Any, ...]]) -> Subscription:
    return Subscription(
        id=row.id,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        topic=read_topic(row.topic),
        times=row.times,
        weekdays=tuple(int(day) for day in row.weekdays),
        next_due_at=row.next_due_at,
        since=row.since,
        created_at=row.created_at,
        paused=row.paused,
    )


def _write_weekdays(weekdays: Sequence[int]) -> str:
    return "".join(str(day) for day in sorted(set(weekdays)))
