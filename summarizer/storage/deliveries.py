"""What is to be sent to which chat, and how far that has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.storage.columns import UtcDateTime
from summarizer.storage.corrections import reread_times
from summarizer.storage.database import Work
from summarizer.storage.follows import Follow, keep_follow, reach_back
from summarizer.storage.messages import (
    DeliveryKind,
    DeliveryState,
    Messages,
    PendingMessage,
    finish,
    forget,
)
from summarizer.storage.schema import (
    chats,
    deliveries,
    messages,
    posts,
    rereads,
    subscriptions,
    told,
)

__all__ = ["Deliveries", "Delivery", "Figures", "OutMessage", "PendingMessage", "Plan"]

REACH = timedelta(hours=24)
TELLING: tuple[DeliveryKind, ...] = ("scheduled", "follow")
"""What these tell is on the chat's record; what is sent on request is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutMessage:
    """One message of a delivery, rendered, before it is planned."""

    part: int
    """Its place in the delivery; parts are sent in order."""
    text: str
    keyboard: str | None = None
    """JSON; kept as it is."""
    silent: bool = False
    reply_to_story: str | None = None
    """Sent as a reply to the message that told of this story, if there was one."""
    story_ids: tuple[str, ...] = ()
    """The stories it begins to tell of: later messages may reply to it."""
    fact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one chat is sent at one time; `id` is derived from chat, thread and `scheduled_at`."""

    id: str
    chat_id: str
    thread_id: int = 0
    scheduled_at: datetime
    kind: DeliveryKind = "scheduled"
    created_at: datetime
    """When it was planned."""
    state: DeliveryState = "pending"
    late: bool = False
    reason: str | None = None
    """Why it was skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A delivery with all that is kept together with it; see `Deliveries.plan`."""

    delivery: Delivery
    parts: tuple[OutMessage, ...]
    advance: tuple[tuple[str, datetime | None, datetime], ...] = ()
    follow: Follow | None = None
    cites: tuple[str, ...] = ()

    @property
    def state(self) -> DeliveryState:
        return self.delivery.state if self.parts else "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Messages by state, for operators."""

    pending: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    possible_duplicates: int = 0
    oldest_pending_at: datetime | None = None
    """When the longest-waiting message of an active chat was due."""


class Deliveries(Messages):
    """The deliveries and the sending of their messages; each method is one transaction."""

    async def plan(
        self,
        delivery: Delivery,
        parts: Sequence[OutMessage],
        advance: Sequence[tuple[str, datetime | None, datetime]] = (),
        follow: Follow | None = None,
        cites: Iterable[str] = (),
    ) -> bool:
        """Keep a delivery, its messages, what it tells and when its subscriptions are due next.

        All or nothing; False if it was planned before, and then nothing changes. `advance` holds
        subscription id, next time due and the end of the period covered: subscriptions only move
        forward, and one whose times were changed meanwhile keeps its new time. `follow` is kept as
        it is given; the pages of the articles in `cites` are read again later. Digests on request
        do not add to what the chat was told. A delivery without parts is kept as skipped.
        """
        given = Plan(
            delivery=delivery,
            parts=tuple(parts),
            advance=tuple(advance),
            follow=follow,
            cites=tuple(cites),
        )
        return bool(await self.plan_all([given]))

    async def plan_all(self, plans: Sequence[Plan]) -> frozenset[str]:
        """Keep all these deliveries or none; return the ids of those not planned before.

        See `plan`: it holds for each of them.
        """
        async with self._database.write() as connection:
            insert = self._database.insert
            result = await connection.execute(
                insert(deliveries).on_conflict_do_nothing().returning(deliveries.c.id),
                [_delivery_values(plan) for plan in plans],
            )
            planned = frozenset(row.id for row in result)
            new = [plan for plan in plans if plan.delivery.id in planned]
            written = [row for plan in new for row in _message_values(plan)]
            if written:
                await connection.execute(insert(messages), written)
            for table, rows in (
                (told, [row for plan in new for row in _told_values(plan)]),
                (rereads, _reread_values(new)),
            ):
                if rows:
                    await connection.execute(insert(table).on_conflict_do_nothing(), rows)
            for plan in new:
                if plan.follow is not None:
                    await keep_follow(connection, plan.follow)
            await _advance(connection, plans)
            if written:
                await self._database.leave(connection, [Work(kind="send")])
        return planned

    async def get(self, delivery_id: str) -> Delivery | None:
        """Return a delivery, None if it was not planned."""
        query = select(deliveries).where(deliveries.c.id == delivery_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Delivery(**row._mapping)

    async def skip(self, delivery_id: str, reason: str) -> int:
        """Give up the messages of a delivery that were not sent; return how many those were.

        Their facts are taken off the chat's record, and its subscriptions reach back over the
        period again, so that the next digest tells them.
        """
        open_ = and_(messages.c.delivery_id == delivery_id, messages.c.state == "pending")
        async with self._database.write() as connection:
            rows = await connection.execute(
                update(messages)
                .where(open_)
                .values(state="skipped", error=reason)
                .returning(messages.c.part)
            )
            parts = [row.part for row in rows]
            if parts:
                await forget(connection, delivery_id, parts)
                await connection.execute(
                    update(deliveries).where(deliveries.c.id == delivery_id).values(reason=reason)
                )
                await finish(connection, delivery_id)
                await self._reach_back(connection, delivery_id)
        return len(parts)

    async def _reach_back(self, connection: AsyncConnection, delivery_id: str) -> None:
        """Let what a skipped delivery moved on cover its period once more.

        A delivery does not keep how far it reached: a day is the usual, and what was told before
        that is on the chat's record.
        """
        query = select(deliveries).where(deliveries.c.id == delivery_id)
        skipped = (await connection.execute(query)).one()
        reach = skipped.created_at - REACH
        if skipped.kind == "scheduled":
            await connection.execute(
                update(subscriptions)
                .where(
                    subscriptions.c.chat_id == skipped.chat_id,
                    subscriptions.c.thread_id == skipped.thread_id,
                    subscriptions.c.since >= skipped.created_at,
                )
                .values(since=reach)
            )
        elif skipped.kind == "follow":
            await reach_back(
                connection, skipped.chat_id, skipped.thread_id, skipped.created_at, reach
            )

    async def figures(self) -> Figures:
        """Return how many messages there are in each state."""
        counts = select(messages.c.state, func.count().label("n")).group_by(messages.c.state)
        twice = select(func.count()).where(messages.c.possible_duplicate)
        oldest = (
            select(func.min(messages.c.scheduled_at))
            .outerjoin(chats, chats.c.id == messages.c.chat_id)
            .where(
                messages.c.state == "pending", or_(chats.c.id.is_(None), chats.c.active.is_(True))
            )
        )
        async with self._database.read() as connection:
            by_state = {row.state: row.n for row in await connection.execute(counts)}
            return Figures(
                **by_state,
                possible_duplicates=(await connection.execute(twice)).scalar_one(),
                oldest_pending_at=(await connection.execute(oldest)).scalar_one(),
            )

    async def purge(self, before: datetime) -> int:
        """Delete the deliveries planned before, and posts sent before; return how many."""
        async with self._database.write() as connection:
            await connection.execute(delete(posts).where(posts.c.sent_at < before))
            result = await connection.execute(
                delete(deliveries).where(deliveries.c.created_at < before)
            )
        return result.rowcount


async def _advance(connection: AsyncConnection, plans: Sequence[Plan]) -> None:
    """Move subscriptions on; see `Deliveries.plan`."""
    rows = [
        {
            "id_": id,
            "since_": since,
            "now_": max(plan.delivery.created_at, plan.delivery.scheduled_at),
            "next_": next_due_at,
        }
        for plan in plans
        for id, next_due_at, since in plan.advance
    ]
    if not rows:
        return
    this = subscriptions.c.id == bindparam("id_")
    since = bindparam("since_", type_=UtcDateTime)
    following = bindparam("next_", type_=UtcDateTime)
    await connection.execute(
        update(subscriptions).where(this, subscriptions.c.since < since).values(since=since), rows
    )
    was_due = and_(
        subscriptions.c.next_due_at <= bindparam("now_"),
        or_(following.is_(None), subscriptions.c.next_due_at < following),
    )
    await connection.execute(
        update(subscriptions).where(this, was_due).values(next_due_at=following), rows
    )


def _delivery_values(plan: Plan) -> dict[str, object]:
    delivery = plan.delivery
    return {
        "id": delivery.id,
        "chat_id": delivery.chat_id,
        "thread_id": delivery.thread_id,
        "scheduled_at": delivery.scheduled_at,
        "kind": delivery.kind,
        "created_at": delivery.created_at,
        "late": delivery.late,
        "reason": delivery.reason,
        "state": plan.state,
    }


def _message_values(plan: Plan) -> list[dict[str, object]]:
    delivery = plan.delivery
    return [
        {
            "id": f"{delivery.id}.{part.part}",
            "delivery_id": delivery.id,
            "part": part.part,
            "chat_id": delivery.chat_id,
            "thread_id": delivery.thread_id,
            "scheduled_at": delivery.scheduled_at,
            "text": part.text,
            "keyboard": part.keyboard,
            "silent": part.silent,
            "reply_to_story": part.reply_to_story,
            "story_ids": part.story_ids,
            "state": plan.state,
        }
        for part in plan.parts
    ]


def _told_values(plan: Plan) -> list[dict[str, object]]:
    delivery = plan.delivery
    if delivery.kind not in TELLING or plan.state != "pending":
        return []
    place = {
        "chat_id": delivery.chat_id,
        "thread_id": delivery.thread_id,
        "delivery_id": delivery.id,
        "told_at": delivery.created_at,
    }
    return [
        {**place, "part": part.part, "kind": kind, "subject_id": subject_id}
        for part in plan.parts
        for kind, ids in (("fact", part.fact_ids), ("story", part.story_ids))
        for subject_id in ids
    ]


def _reread_values(plans: Iterable[Plan]) -> list[dict[str, object]]:
    due = {
        (id, at)
        for plan in plans
        for at in reread_times(plan.delivery.created_at)
        for id in plan.cites
    }
    return [{"article_id": id, "due_at": at} for id, at in sorted(due)]
