"""What is due is composed, rendered and planned; a timer looks every few seconds.

Nothing here sends: a digest is a planned delivery, stored in one transaction with the next time its
subscriptions are due, and the sender takes it from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.composing import cited_pages, form_of, preferences_of, to_parts
from bot.handlers.desk import Composer
from bot.rendering import render_digest
from bot.texts import translator
from bot.times import next_due, next_due_at
from config.settings import Settings
from summarizer.models import derive_id
from summarizer.storage import Chat, Delivery, OutMessage, Storage, Subscription

log = structlog.get_logger(__name__)

BATCH = 500
LATE = timedelta(minutes=10)
"""A digest planned this long after its time says that it is late."""
RETRY = timedelta(minutes=5)
STOP_S = 5
"""How long a job that runs at the stop may take; collecting goes on where it was."""
MISFIRE_GRACE_S = 3600
"""A busy loop may run a job late; the library's default of one second would skip it silently."""


Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one look for due digests came to."""

    planned: int = 0
    held: int = 0
    """Put off to the end of the quiet hours."""
    skipped: int = 0
    failed: int = 0


async def deliver_due(
    now: datetime,
    *,
    settings: Settings,
    storage: Storage,
    composer: Composer,
    at_once: int = BATCH,
) -> Round:
    """Plan all the digests that are due at `now`, each chat and thread on its own.

    They are read `at_once` at a time, so that memory does not grow with them. A failure holds up
    nobody else and is tried again in some minutes.
    """
    counts = {"planned": 0, "held": 0, "skipped": 0, "failed": 0}
    batch = await storage.chats.due(now, at_once)
    while batch:
        for chat, due in batch:
            try:
                counts[await _deliver(now, chat, due, settings, storage, composer)] += 1
            except Exception:
                log.exception("digest failed", chat=chat.id)
                counts["failed"] += 1
                await _put_off(storage, due, now + RETRY)
        # Whatever became of one, it is due later now.
        batch = await storage.chats.due(now, at_once)
    return Round(**counts)


async def deliver_chat(
    chat_id: str, now: datetime, *, settings: Settings, storage: Storage, composer: Composer
) -> None:
    """Plan what is due to one chat at `now`, each of its threads on its own; raises what fails."""
    for chat, due in await storage.chats.due(now, BATCH, chat_id=chat_id):
        await _deliver(now, chat, due, settings, storage, composer)


async def _deliver(
    now: datetime,
    chat: Chat,
    due: Sequence[Subscription],
    settings: Settings,
    storage: Storage,
    composer: Composer,
) -> str:
    until = quiet_until(chat, now)
    if until is not None:
        await _put_off(storage, due, until)
        return "held"
    scheduled_at = max(last_due(s, chat.timezone, now) for s in due)
    thread_id = due[0].thread_id
    delivery = Delivery(
        id=derive_id(chat.id, str(thread_id), scheduled_at.isoformat()),
        chat_id=chat.id,
        thread_id=thread_id,
        scheduled_at=scheduled_at,
        created_at=now,
        late=now - scheduled_at > LATE,
    )
    following = [(s, next_due_at(s.times, s.weekdays, chat.timezone, now)) for s in due]
    if now - scheduled_at > timedelta(hours=settings.digests.late_hours):
        # The period stays open: the next digest covers it.
        await storage.deliveries.plan(
            _as_notice(delivery),
            [_say_missed(chat, delivery, min(at for _, at in following), now)],
            advance=[(s.id, at, s.since) for s, at in following],
        )
        log.info("digest skipped", chat=chat.id, scheduled_at=scheduled_at.isoformat())
        return "skipped"
    told, told_stories = await storage.chats.told(chat.id, thread_id)
    digest = await composer.compose(
        [s.topic for s in due],
        preferences=replace(
            preferences_of(settings, chat.length, chat.muted_outlets),
            disliked=await storage.follows.disliked(chat.id, thread_id),
        ),
        told=told,
        told_stories=told_stories,
        since=min(s.since for s in due),
        now=now,
    )
    messages = render_digest(digest, form_of(chat), scheduled_at=scheduled_at, late=delivery.late)
    await storage.deliveries.plan(
        delivery,
        to_parts(messages),
        advance=[(s.id, at, now) for s, at in following],
        cites=cited_pages(digest),
    )
    log.info("digest planned", chat=chat.id, stories=len(digest.stories), late=delivery.late)
    return "planned"


def last_due(subscription: Subscription, timezone: str, now: datetime) -> datetime:
    """Return the last time up to `now` at which a due subscription was due.

    Of several that were missed only the last one goes out; it covers the period of all.
    """
    last = subscription.next_due_at
    if last is None:
        raise ValueError(f"not due: {subscription.id!r}")
    if now - last > timedelta(days=16):  # far back: look from nearer by
        last = now - timedelta(days=16)
    times = [time.fromisoformat(t) for t in subscription.times]
    while (following := next_due(times, subscription.weekdays, timezone, last)) <= now:
        last = following
    return last


def quiet_until(chat: Chat, now: datetime) -> datetime | None:
    """Return when the quiet hours end that `now` falls into; None outside of them."""
    if chat.quiet_from is None or chat.quiet_to is None or chat.quiet_from == chat.quiet_to:
        return None
    first, last = time.fromisoformat(chat.quiet_from), time.fromisoformat(chat.quiet_to)
    local = now.astimezone(ZoneInfo(chat.timezone)).time()
    inside = first <= local < last if first < last else local >= first or local < last
    return next_due([last], range(7), chat.timezone, now) if inside else None


async def _put_off(storage: Storage, due: Sequence[Subscription], until: datetime) -> None:
    for s in due:
        await storage.chats.schedule(
            s.id, times=s.times, weekdays=s.weekdays, next_due_at=until, paused=s.paused
        )


def _as_notice(delivery: Delivery) -> Delivery:
    return Delivery(
        id=delivery.id,
        chat_id=delivery.chat_id,
        thread_id=delivery.thread_id,
        scheduled_at=delivery.scheduled_at,
        kind="notice",
        created_at=delivery.created_at,
        late=True,
        reason="missed",
    )


def _say_missed(chat: Chat, delivery: Delivery, following: datetime, now: datetime) -> OutMessage:
    _ = translator(chat.language)
    missed = form_of(chat).moment(delivery.scheduled_at)
    text = _(
        "The digest of {missed} was missed because I was not running. The next one comes {next} "
        "and covers that time too. /digest shows a summary now.",
        missed=missed,
        next=_.moment(following, chat.timezone, now),
    )
    return OutMessage(part=0, text=text, silent=True)


class Timer:
    """Runs each job (name, seconds, what) at once and at its interval, one run of it at a time.

    Its store is the memory: what is due lives in the database. A job that fails is logged and runs
    again at its next time.
    """

    def __init__(self, jobs: Sequence[tuple[str, float, Job]]) -> None:
        self._running: set[asyncio.Task[object]] = set()
        self.scheduler = AsyncIOScheduler(timezone="UTC")
        for name, seconds, job in jobs:
            self.scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=seconds),
                args=(name, job),
                id=name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=MISFIRE_GRACE_S,
                next_run_time=datetime.now(UTC),
            )

    def start(self) -> None:
        """Begin, on the running event loop."""
        self.scheduler.start()

    async def run(self, stop: asyncio.Event) -> None:
        """Run the jobs until `stop` is set."""
        self.start()
        await stop.wait()
        await self.stop(STOP_S)

    async def stop(self, timeout_s: float) -> None:
        """Start no more jobs, let those that run come to their end, cut off what takes longer."""
        self.scheduler.pause()
        await asyncio.sleep(0)  # what the scheduler has begun a moment ago enters itself
        if self._running:
            await asyncio.wait(self._running, timeout=timeout_s)
        left = list(self._running)
        self.scheduler.shutdown(wait=False)
        await asyncio.gather(*left, return_exceptions=True)

    async def _run(self, name: str, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await job()
        except Exception:
            log.exception("job failed", job=name)
        finally:
            self._running.discard(task)
