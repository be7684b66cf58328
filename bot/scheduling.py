"""What is due is composed, rendered and planned; a timer looks every few seconds.

Nothing here sends: a digest is a planned delivery, stored in one transaction with the next time its
subscriptions are due, and the sender takes it from there.
"""

from __future__ import annotations

import asyncio
import math
import time as clocks
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
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
from summarizer.errors import DigestError
from summarizer.models import Digest, Vector, derive_id
from summarizer.pipeline import Look
from summarizer.storage import Chat, Delivery, OutMessage, Plan, Storage, Subscription
from summarizer.storage.told import NOTHING, FactsAndStories

log = structlog.get_logger(__name__)

BATCH = 100
"""Digests in one transaction: enough to share its cost, few enough not to hold others up."""
RENDERED = 500
"""Digests kept as they are rendered."""
LATE = timedelta(minutes=10)
"""A digest planned this long after its time says that it is late."""
RETRY = timedelta(minutes=5)
STOP_S = 5
"""How long a job that runs at the stop may take; collecting goes on where it was."""
CLOCK_S = 10
"""How often it is looked whether the machine's clock was set, by more than `CLOCK_SET_S`."""
CLOCK_SET_S = 30
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
    at_most: float = math.inf,
    ending: str = "",
) -> Round:
    """Plan the digests that are due at `now`, each chat and thread on its own.

    They are read and kept `at_once` at a time, so that memory does not grow with them, until there
    are none or `at_most` are done; only of chats whose id ends in `ending`. A failure holds up
    nobody else and is tried again in some minutes.
    """
    planner = Planner(now, settings=settings, storage=storage, composer=composer)
    while sum(planner.counts.values()) < at_most:
        # Whatever becomes of one, it is due later afterwards.
        batch = await storage.chats.due(now, at_once, ending=ending)
        if not batch:
            break
        await planner.plan(batch)
    return Round(**planner.counts)


Due = tuple[Chat, Sequence[Subscription]]
"""A chat, and the subscriptions of it or of one of its threads that are due together."""


class Planner:
    """Plans what is due at one moment; what is the same for many chats is done once."""

    def __init__(
        self, now: datetime, *, settings: Settings, storage: Storage, composer: Composer
    ) -> None:
        self._now = now
        self._settings = settings
        self._storage = storage
        self._composer = composer
        self._look = Look()
        self._rendered: dict[object, tuple[OutMessage, ...]] = {}
        self.counts = {"planned": 0, "held": 0, "skipped": 0, "failed": 0}

    async def plan(self, batch: Sequence[Due]) -> None:
        """Plan the digests of these chats in one transaction, which is what takes longest."""
        ids = {chat.id for chat, _ in batch}
        told = await self._storage.told.of_all(ids)
        disliked = await self._storage.follows.disliked_all(ids)
        plans: list[tuple[Plan, Due]] = []
        for chat, due in batch:
            await asyncio.sleep(0)  # people's commands come in between
            place = (chat.id, due[0].thread_id)
            try:
                until = quiet_until(chat, self._now)
                if until is not None:
                    await _put_off(self._storage, due, until)
                    self.counts["held"] += 1
                    continue
                plan = await self._compose(
                    chat, due, told.get(place, NOTHING), disliked.get(place, {})
                )
                plans.append((plan, (chat, due)))
            except Exception:
                await self._fail(chat, due)
        await self._keep(plans)

    async def _keep(self, plans: Sequence[tuple[Plan, Due]]) -> None:
        """Keep the plans together, or each on its own where one of them cannot be kept."""
        if not plans:
            return
        try:
            await self._storage.deliveries.plan_all([plan for plan, _ in plans])
        except Exception:
            if len(plans) > 1:
                for each in plans:
                    await self._keep([each])
            else:
                await self._fail(*plans[0][1])
            return
        for plan, (chat, _) in plans:
            outcome = "skipped" if plan.delivery.kind == "notice" else "planned"
            self.counts[outcome] += 1
            log.info(f"digest {outcome}", chat=chat.id, late=plan.delivery.late)

    async def _fail(self, chat: Chat, due: Sequence[Subscription]) -> None:
        log.exception("digest failed", chat=chat.id)
        self.counts["failed"] += 1
        await _put_off(self._storage, due, self._now + RETRY)

    async def _compose(
        self,
        chat: Chat,
        due: Sequence[Subscription],
        told: FactsAndStories,
        disliked: Mapping[str, Vector],
    ) -> Plan:
        """Return the digest of a chat, or the note that it was missed, as it is to be kept."""
        now = self._now
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
        if now - scheduled_at > timedelta(hours=self._settings.digests.late_hours):
            # The period stays open: the next digest covers it.
            return Plan(
                delivery=_as_notice(delivery),
                parts=(_say_missed(chat, delivery, min(at for _, at in following), now),),
                advance=tuple((s.id, at, s.since) for s, at in following),
            )
        facts, stories = told
        digest = await self._composer.compose(
            [s.topic for s in due],
            preferences=replace(
                preferences_of(self._settings, chat.length, chat.muted_outlets), disliked=disliked
            ),
            told=facts,
            told_stories=stories,
            since=min(s.since for s in due),
            now=now,
            look=self._look,
        )
        return Plan(
            delivery=delivery,
            parts=self._render(digest, chat, delivery),
            advance=tuple((s.id, at, now) for s, at in following),
            cites=cited_pages(digest),
        )

    def _render(self, digest: Digest, chat: Chat, delivery: Delivery) -> tuple[OutMessage, ...]:
        """Return the messages of a digest: the same for all chats that read the same alike."""
        key = (
            (chat.language, chat.timezone, chat.links, chat.muted_outlets),
            (delivery.scheduled_at, delivery.late),
            (digest.topics, digest.since, digest.empty_reason),
            *(
                (story.report.story_id, story.report.version, story.one_line, story.is_update)
                for story in (*digest.stories, *digest.updates)
            ),
            digest.fact_ids,
        )
        if key not in self._rendered:
            if len(self._rendered) == RENDERED:
                self._rendered.clear()
            self._rendered[key] = tuple(
                to_parts(
                    render_digest(
                        digest,
                        form_of(chat),
                        scheduled_at=delivery.scheduled_at,
                        late=delivery.late,
                    )
                )
            )
        return self._rendered[key]


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


async def set_right(now: datetime, storage: Storage) -> None:
    """Plan anew what was planned while the clock was ahead: nobody waits until it gets there."""
    for chat, s in await storage.chats.ahead(now):
        following = next_due_at(s.times, s.weekdays, chat.timezone, now)
        if s.paused or s.next_due_at is None or (s.since <= now and s.next_due_at <= following):
            continue
        await storage.chats.schedule(
            s.id,
            times=s.times,
            weekdays=s.weekdays,
            next_due_at=following,
            since=min(s.since, now - timedelta(days=1)),
        )
        log.warning("subscription was ahead of the clock", subscription=s.id, chat=chat.id)


class Timer:
    """Runs each job (name, seconds, what) at once and at its interval, one run of it at a time.

    Its store is the memory: what is due lives in the database. A job that fails is logged and runs
    again at its next time. Where the machine's clock is set, all run at once and go on from there:
    after it was ahead for a while they would else wait until it gets there again.
    """

    def __init__(
        self, jobs: Sequence[tuple[str, float, Job]], clock: Callable[[], float] = clocks.time
    ) -> None:
        self._clock = clock
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
        ahead = self._clock() - clocks.monotonic()
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), CLOCK_S)
            found = self._clock() - clocks.monotonic()
            if abs(found - ahead) > CLOCK_SET_S:
                log.warning("the machine's clock was set", seconds=round(found - ahead))
                for job in self.scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            ahead = found
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
        except DigestError as exc:  # which says what to do
            log.error("job failed", job=name, error=str(exc))
        except asyncio.CancelledError:
            log.info("job cut off", job=name)
        except Exception:
            log.exception("job failed", job=name)
        finally:
            self._running.discard(task)
