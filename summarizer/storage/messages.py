"""The messages of the deliveries on their way out, one chat's after another."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.storage.chats import ChatKind
from summarizer.storage.database import Database, batches
from summarizer.storage.merging import find_family
from summarizer.storage.schema import chats, deliveries, messages, posts, told

DeliveryKind = Literal["scheduled", "follow", "request", "notice"]
DeliveryState = Literal["pending", "sent", "failed", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMessage:
    """One planned message, with what its sending needs."""

    id: str
    delivery_id: str
    part: int
    chat_id: str
    thread_id: int
    chat_kind: ChatKind | None
    """None for a chat that is not known here, such as an operator's."""
    kind: DeliveryKind
    scheduled_at: datetime
    late: bool
    text: str
    keyboard: str | None
    silent: bool
    reply_to: int | None
    """The message id to reply to."""
    story_ids: tuple[str, ...]
    attempts: int
    possible_duplicate: bool
    """It may have arrived: it was being sent when the process died, or nobody answered."""
    superseded: bool = False
    """A later scheduled delivery was planned for the same place."""


class Messages:
    """The messages; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pending(self, now: datetime, limit: int) -> list[PendingMessage]:
        """Return the next message of each chat that may be sent at `now`: answers, then the oldest.

        A delivery's parts go in order and a chat's deliveries oldest first; one that waits for its
        retry lets the chat's other deliveries pass. Left out: chats that are inactive, held, or
        have a message on its way.
        """
        ready = _ready(now).subquery()
        order = (ready.c.may_wait, ready.c.scheduled_at, ready.c.created_at, ready.c.delivery_id)
        # Texts are read of those alone that are returned: there may be many thousands.
        first = select(ready).where(ready.c.turn == 1).order_by(*order).limit(limit).subquery()
        order = (first.c.may_wait, first.c.scheduled_at, first.c.created_at, first.c.delivery_id)
        later = deliveries.alias()
        superseded = exists(
            select(later.c.id).where(
                later.c.chat_id == messages.c.chat_id,
                later.c.thread_id == messages.c.thread_id,
                later.c.kind == "scheduled",
                later.c.state != "skipped",
                later.c.scheduled_at > messages.c.scheduled_at,
            )
        )
        query = (
            select(
                messages,
                chats.c.kind.label("chat_kind"),
                deliveries.c.kind,
                deliveries.c.late,
                superseded.label("superseded"),
            )
            .join(first, first.c.id == messages.c.id)
            .join(deliveries, deliveries.c.id == messages.c.delivery_id)
            .outerjoin(chats, chats.c.id == messages.c.chat_id)
            .order_by(*order)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
            return [
                _pending(
                    row, await find_post(connection, row.chat_id, row.thread_id, row.reply_to_story)
                )
                for row in rows
            ]

    async def mark_sending(self, ids: Iterable[str]) -> frozenset[str]:
        """Claim messages for sending, to be called before each send; return those now claimed.

        A message that is not pending any more (claimed by another process, skipped) is left out.
        """
        claimed: set[str] = set()
        async with self._database.write() as connection:
            for batch in batches(ids):
                rows = await connection.execute(
                    update(messages)
                    .where(messages.c.id.in_(batch), messages.c.state == "pending")
                    .values(state="sending", attempts=messages.c.attempts + 1)
                    .returning(messages.c.id)
                )
                claimed.update(row.id for row in rows)
        return frozenset(claimed)

    async def mark_sent(self, id: str, message_id: int, sent_at: datetime) -> None:
        """Record that a message arrived and under which message id its stories can be found."""
        async with self._database.write() as connection:
            row = await _set_state(
                connection,
                messages.c.id == id,
                state="sent",
                message_id=message_id,
                sent_at=sent_at,
                error=None,
            )
            if row is None:
                return
            for story_id in row.story_ids:
                statement = self._database.insert(posts).values(
                    chat_id=row.chat_id,
                    thread_id=row.thread_id,
                    story_id=story_id,
                    message_id=message_id,
                    sent_at=sent_at,
                )
                await connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=[posts.c.chat_id, posts.c.thread_id, posts.c.story_id],
                        set_={"message_id": message_id, "sent_at": sent_at},
                    )
                )
            await finish(connection, row.delivery_id)

    async def mark_failed(
        self, id: str, error: str, retry_at: datetime | None, *, may_have_arrived: bool = False
    ) -> None:
        """Record that a send failed: pending again from `retry_at`, or for good with None.

        What failed for good was not told: its facts are taken off the chat's record. What may have
        arrived all the same is counted as a possible duplicate.
        """
        async with self._database.write() as connection:
            row = await _set_state(
                connection,
                and_(messages.c.id == id, messages.c.state.in_(("pending", "sending"))),
                state="pending" if retry_at else "failed",
                not_before=retry_at,
                error=error,
                possible_duplicate=messages.c.possible_duplicate | literal(may_have_arrived),
            )
            if row is not None and retry_at is None:
                await forget(connection, row.delivery_id, [row.part])
                await finish(connection, row.delivery_id)

    async def hold_chat(self, chat_id: str, until: datetime) -> None:
        """Send nothing to a chat before `until`."""
        async with self._database.write() as connection:
            result = await connection.execute(
                update(chats).where(chats.c.id == chat_id).values(not_before=until)
            )
            if result.rowcount == 0:  # a chat that is not known here: hold what waits for it
                await connection.execute(
                    update(messages)
                    .where(messages.c.chat_id == chat_id, messages.c.state == "pending")
                    .values(not_before=until)
                )

    async def recover(self) -> int:
        """Put back what was being sent when the last process died; return how many.

        To be called at start, by the one process that sends. Each of these may arrive twice.
        """
        async with self._database.write() as connection:
            result = await connection.execute(
                update(messages)
                .where(messages.c.state == "sending")
                .values(state="pending", possible_duplicate=True)
            )
        return result.rowcount

    async def post(self, chat_id: str, thread_id: int, story_id: str) -> int | None:
        """Return the message that last told a chat of a story, or of one merged into it."""
        async with self._database.read() as connection:
            return await find_post(connection, chat_id, thread_id, story_id)


async def find_post(
    connection: AsyncConnection, chat_id: str, thread_id: int, story_id: str | None
) -> int | None:
    """Return the message that last told a chat of a story, or of one merged into it."""
    if story_id is None:
        return None
    family = await find_family(connection, story_id)
    query = (
        select(posts.c.message_id)
        .where(
            posts.c.chat_id == chat_id,
            posts.c.thread_id == thread_id,
            posts.c.story_id.in_(sorted(family)),
        )
        .order_by(posts.c.sent_at.desc(), posts.c.message_id.desc())
        .limit(1)
    )
    return (await connection.execute(query)).scalar_one_or_none()


async def _set_state(
    connection: AsyncConnection, which: ColumnElement[bool], **values: object
) -> Row[*tuple[Any, ...]] | None:
    statement = update(messages).where(which).values(**values).returning(*messages.c)
    return (await connection.execute(statement)).one_or_none()


async def finish(connection: AsyncConnection, delivery_id: str) -> None:
    """Close a delivery that has nothing left to send: failed or skipped if any part of it was."""
    query = select(messages.c.state).where(messages.c.delivery_id == delivery_id).distinct()
    states = {row.state for row in await connection.execute(query)}
    if states & {"pending", "sending"}:
        return
    state = next(s for s in ("failed", "skipped", "sent") if s in states)
    await connection.execute(
        update(deliveries).where(deliveries.c.id == delivery_id).values(state=state)
    )


async def forget(connection: AsyncConnection, delivery_id: str, parts: Collection[int]) -> None:
    await connection.execute(
        delete(told).where(told.c.delivery_id == delivery_id, told.c.part.in_(parts))
    )


def _ready(now: datetime) -> Select[*tuple[Any, ...]]:
    """Return a select of the messages that may be sent, each with its turn in its chat."""
    may_send = or_(
        chats.c.id.is_(None),
        and_(
            chats.c.active.is_(True), or_(chats.c.not_before.is_(None), chats.c.not_before <= now)
        ),
    )
    before, other = messages.alias(), messages.alias()
    first_part = ~exists(
        select(before.c.id).where(
            before.c.delivery_id == messages.c.delivery_id,
            before.c.part < messages.c.part,
            before.c.state.in_(("pending", "sending")),
        )
    )
    idle = ~exists(
        select(other.c.id).where(other.c.chat_id == messages.c.chat_id, other.c.state == "sending")
    )
    order = (messages.c.scheduled_at, deliveries.c.created_at, messages.c.delivery_id)
    turn = func.row_number().over(partition_by=messages.c.chat_id, order_by=order).label("turn")
    return (
        select(
            messages.c.id,
            messages.c.scheduled_at,
            messages.c.delivery_id,
            deliveries.c.created_at,
            (deliveries.c.kind != "request").label("may_wait"),
            turn,
        )
        .join(deliveries, deliveries.c.id == messages.c.delivery_id)
        .outerjoin(chats, chats.c.id == messages.c.chat_id)
        .where(
            messages.c.state == "pending",
            or_(messages.c.not_before.is_(None), messages.c.not_before <= now),
            may_send,
            first_part,
            idle,
        )
    )


def _pending(row: Row[*tuple[Any, ...]], reply_to: int | None) -> PendingMessage:
    return PendingMessage(
        id=row.id,
        delivery_id=row.delivery_id,
        part=row.part,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        chat_kind=row.chat_kind,
        kind=row.kind,
        scheduled_at=row.scheduled_at,
        late=row.late,
        text=row.text,
        keyboard=row.keyboard,
        silent=row.silent,
        reply_to=reply_to,
        story_ids=row.story_ids,
        attempts=row.attempts,
        possible_duplicate=row.possible_duplicate,
        superseded=bool(row.superseded),
    )
