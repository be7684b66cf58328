"""Processes killed at random while a crowd of chats gets its digests: what must hold at the end.

Two bots behind a proxy and three workers, one PostgreSQL. Every `kill_every_s` seconds one of the
five gets SIGKILL and is started again a second later. Afterwards database and Bot API server are
asked what became of every digest, article, update and periodic task.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks.scale_world import Member, Outlets, Proxy, Telegram, free_port, multiply
from bot.queueing import Queue
from summarizer.models import Feed, Topic
from summarizer.storage import Chat, Storage, Subscription
from tests.telegram_chats import Chat as TelegramChat

TOPIC = Topic(key="top", name="Top stories", queries=())
WORKERS = ("collect,write,deliver", "collect,deliver", "deliver")
MINUTE = timedelta(minutes=1)
MOST_MB = 250
"""Of a process without the write queue."""
START_S = 12
"""The processes come up before the first digests are due."""
# Fired tasks leave the queue as soon as they are done; this keeps a note of each.
_NOTE = """
CREATE TABLE fired (task text, at bigint);
CREATE FUNCTION note_fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO fired VALUES (NEW.task_name, (NEW.args->>'timestamp')::bigint); RETURN NEW;
END $$;
CREATE TRIGGER note_fired AFTER INSERT ON procrastinate_jobs FOR EACH ROW
  WHEN (NEW.args ? 'timestamp') EXECUTE FUNCTION note_fired();
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens: `minutes` of digests, each chat's `apart` minutes from the next."""

    feeds: int
    chats: int
    kills: int
    kill_every_s: float
    minutes: int
    apart: int
    event_every_s: float
    read_every_s: int
    """How long a feed rests between two reads."""
    askers: int = 10
    seed: int = 1


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of it; `wrong` is empty if everything held."""

    wrong: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    digests: int = 0
    covered: int = 0
    """Digests that were so late that the next one of their chat told them too."""
    messages: int = 0
    repeated: int = 0
    """Messages that came twice; all of them were on their way at a kill."""
    published: int = 0
    articles: int = 0
    reports: int = 0
    answers: int = 0
    fired: int = 0
    lateness_s: list[float] = field(default_factory=list)
    """From a digest's time to its arrival."""
    memory: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Most megabytes of each process in the first and in the second half."""
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    """What the processes logged as errors."""


async def run_chaos(
    url: str, folder: Path, plan: Plan, say: Callable[[str], None] = lambda text: None
) -> Outcome:
    """Run the plan on the empty database at `url`; see the module."""
    outcome = Outcome()
    began = time.monotonic()
    chance = random.Random(plan.seed)
    async with Outlets(plan.feeds) as outlets, Telegram() as telegram:
        proxy = Proxy()
        environ = {
            "DIGEST_PATHS__DATA": str(folder),
            "DIGEST_DATABASE__URL": url,
            "DIGEST_TELEGRAM__TOKEN": telegram.token,
            "DIGEST_TELEGRAM__API_URL": telegram.url,
            "DIGEST_TELEGRAM__WEBHOOK_URL": f"http://127.0.0.1:{await proxy.start()}/hook",
            "DIGEST_COLLECTING__CATALOG_FEEDS": "false",
            "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
            "DIGEST_COLLECTING__RESPECT_ROBOTS": "false",
            "DIGEST_COLLECTING__INTERVAL_S": str(plan.read_every_s),
            "DIGEST_COLLECTING__MIN_INTERVAL_S": str(plan.read_every_s),
            "DIGEST_COLLECTING__MAX_INTERVAL_S": str(plan.read_every_s),
            "DIGEST_SCHEDULE__TICK_S": "5",
            "DIGEST_SCHEDULE__COLLECT_S": "10",
            "DIGEST_LOG__JSON": "true",
        }
        proxy.ports = [free_port() for _ in range(2)]
        members = [
            Member(
                name=f"bot {n}", command=["bot"], environ={**environ, "DIGEST_WEB__PORT": str(p)}
            )
            for n, p in enumerate(proxy.ports)
        ] + [
            Member(name=f"worker {queues}", command=["worker", "--queues", queues], environ=environ)
            for queues in WORKERS
        ]
        async with Queue(make_url(url)) as queue:
            async with queue.connector.pool.connection() as connection:
                await connection.execute(_NOTE.encode())
            storage = await Storage.open(url)
            try:
                feeds = [
                    Feed(url=u, outlet=f"Outlet {n}") for n, u in enumerate(outlets.feed_urls())
                ]
                await storage.articles.sync_feeds(feeds)
                first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=START_S)
                due = await _subscribe(storage, queue, telegram, plan, first)
                askers = [telegram.private_chat(name="Asker") for _ in range(plan.askers)]
                for member in members:
                    member.start()
                say(
                    f"{plan.feeds} feeds, {plan.chats} chats, {len(due)} digests, the first ones "
                    f"at {first:%H:%M:%S}"
                )
                asked = await _live(plan, first, chance, outlets, members, askers, outcome, say)
                await _wait_until_done(queue, storage, due, outlets, telegram, asked, members)
            finally:
                for member in members:
                    await member.stop()
                await proxy.stop()
            await _judge(queue, storage, due, outlets, telegram, asked, outcome)
            await storage.close()
    _judge_members(members, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


Due = set[tuple[str, datetime]]


async def _subscribe(
    storage: Storage, queue: Queue, telegram: Telegram, plan: Plan, first: datetime
) -> Due:
    """Give each chat its times, as many in each minute; return which digests that makes."""
    now = datetime.now(UTC)
    minute = first.replace(second=0)
    moments = {
        str(telegram.private_chat(name=f"Reader {n}").id): [
            minute + MINUTE * m if m else first
            for m in range(n % plan.apart, plan.minutes, plan.apart)
        ]
        for n in range(plan.chats)
    }
    model, *others = moments
    await storage.chats.upsert(Chat(id=model, kind="private", title="Reader", created_at=now))
    subscription, _ = await storage.chats.subscribe(
        Subscription(
            id="",
            chat_id=model,
            topic=TOPIC,
            times=_times(moments[model]),
            next_due_at=moments[model][0],
            since=now - timedelta(hours=1),
            created_at=now,
        )
    )
    await multiply(queue, "chats", model, {"id": others})
    columns = {
        "id": [f"subscription {chat}" for chat in others],
        "chat_id": others,
        "times": [json.dumps(_times(moments[chat])) for chat in others],
        "next_due_at": [moments[chat][0] for chat in others],
    }
    await multiply(queue, "subscriptions", subscription.id, columns)
    return {(chat, moment) for chat, all_ in moments.items() for moment in all_}


def _times(moments: list[datetime]) -> tuple[str, ...]:
    return tuple(f"{moment:%H:%M}" for moment in moments)


async def _live(
    plan: Plan,
    first: datetime,
    chance: random.Random,
    outlets: Outlets,
    members: list[Member],
    askers: list[TelegramChat],
    outcome: Outcome,
    say: Callable[[str], None],
) -> Counter[int]:
    """Let time pass: events, questions, kills; return how often each asker asked."""
    asked: Counter[int] = Counter()
    end = (first + MINUTE * (plan.minutes - 1)).timestamp() + START_S
    loop_s = 0.25
    next_event = next_question = time.time()
    # The processes get a moment to come up before the first of them is killed.
    next_kill = time.time() + START_S
    while time.time() < end or outcome.kills.total() < plan.kills:
        now = time.time()
        if now >= next_event and now < end:
            outlets.publish(reported_by=2 + (outlets.events % 2))
            next_event += plan.event_every_s
        if now >= next_question and now < end:
            asker = chance.choice(askers)
            await asker.send_text("/help")
            asked[asker.id] += 1
            next_question += 2.0
        if now >= next_kill and outcome.kills.total() < plan.kills:
            victim = chance.choice(members)
            if victim.kill():
                outcome.kills[victim.name] += 1
                say(f"killed {victim.name} ({outcome.kills.total()} of {plan.kills})")
                next_kill = now + plan.kill_every_s
        for member in members:
            member.look()
        await asyncio.sleep(loop_s)
    return asked


async def _wait_until_done(
    queue: Queue,
    storage: Storage,
    due: Due,
    outlets: Outlets,
    telegram: Telegram,
    asked: Counter[int],
    members: list[Member],
    timeout_s: float = 1200,
) -> None:
    """Give the processes time to do what is left."""
    until = time.time() + timeout_s
    while time.time() < until:
        for member in members:
            member.look()
        figures = await storage.deliveries.figures()
        planned = await _planned(queue)
        unread = await _unread(queue, outlets)
        open_ = await storage.stories.unwritten(1) or await storage.articles.ungrouped_languages()
        answered = Counter(chat for _, chat, _ in telegram.received)
        waiting = any(answered[asker] < times for asker, times in asked.items())
        idle = figures.pending == figures.sending == 0 and not _missing(due, planned)
        if idle and not unread and not open_ and not waiting:
            return
        await asyncio.sleep(0.5)


async def _planned(queue: Queue) -> dict[tuple[str, datetime], str]:
    """Return the state of each chat's digest of each time."""
    query = "SELECT chat_id, scheduled_at, state FROM deliveries WHERE kind = 'scheduled'"
    return {(row[0], row[1].astimezone(UTC)): row[2] for row in await _rows(queue, query)}


def _missing(due: Due, planned: Collection[tuple[str, datetime]]) -> Due:
    """Return which digests are due and neither planned nor told by a later one of their chat."""
    last: dict[str, datetime] = {}
    for chat, moment in planned:
        last[chat] = max(moment, last.get(chat, moment))
    return {(c, m) for c, m in due if (c, m) not in planned and (c not in last or last[c] < m)}


async def _rows(queue: Queue, query: str) -> list[Any]:
    async with queue.connector.pool.connection() as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def _unread(queue: Queue, outlets: Outlets) -> set[str]:
    stored = {row[0] for row in await _rows(queue, "SELECT url FROM articles")}
    return outlets.published - stored


async def _judge(
    queue: Queue,
    storage: Storage,
    due: Due,
    outlets: Outlets,
    telegram: Telegram,
    asked: Counter[int],
    outcome: Outcome,
) -> None:
    wrong = outcome.wrong
    planned = await _planned(queue)
    outcome.digests = len(planned)
    outcome.covered = len(due - set(planned))
    if missing := _missing(due, planned):
        wrong.append(f"{len(missing)} digests were never planned, such as {min(missing)}")
    if extra := set(planned) - due:
        wrong.append(f"{len(extra)} digests that were not due, such as {min(extra)}")
    if unsent := [key for key, state in planned.items() if state != "sent"]:
        wrong.append(f"{len(unsent)} digests not sent, such as {unsent[0]}")

    messages = await _rows(
        queue, "SELECT chat_id, state, possible_duplicate, scheduled_at, sent_at FROM messages"
    )
    came = Counter(chat for _, chat, _ in telegram.received)
    sent, perhaps_twice = Counter[int](), Counter[int]()
    for chat_id, state, twice, scheduled_at, sent_at in messages:
        sent[int(chat_id)] += state == "sent"
        perhaps_twice[int(chat_id)] += twice
        if sent_at is not None:
            outcome.lateness_s.append((sent_at - scheduled_at).total_seconds())
    outcome.messages = sum(sent.values())
    for chat, count in sent.items():
        over = came[chat] - count
        outcome.repeated += max(0, over)
        if not 0 <= over <= perhaps_twice[chat]:
            wrong.append(f"chat {chat} got {came[chat]} messages of {count}")

    outcome.answers = sum(came[asker] for asker in asked)
    for asker, times in asked.items():
        if came[asker] < times:
            wrong.append(f"an asker got {came[asker]} answers to {times} questions")
    if outcome.answers > asked.total() + outcome.kills.total() * 16:
        wrong.append(f"{outcome.answers} answers to {asked.total()} questions")

    outcome.published = len(outlets.published)
    if unread := await _unread(queue, outlets):
        wrong.append(f"{len(unread)} articles were not read, such as {min(unread)}")
    [(outcome.articles,)] = await _rows(queue, "SELECT count(*) FROM articles")
    [(outcome.reports,)] = await _rows(queue, "SELECT count(*) FROM reports")
    if await storage.stories.unwritten(1) or await storage.articles.ungrouped_languages():
        wrong.append("some articles are in no story, or some stories have no report")
    doubled = await _rows(
        queue,
        "SELECT article_id FROM members m JOIN stories s ON s.id = m.story_id"
        " WHERE merged_into IS NULL GROUP BY article_id HAVING count(*) > 1",
    )
    if doubled:
        wrong.append(f"{len(doubled)} articles are in two stories")

    twice = await _rows(
        queue, "SELECT task, at, count(*) FROM fired GROUP BY task, at HAVING count(*) > 1"
    )
    if twice:
        wrong.append(f"fired twice: {twice[:5]}")
    [(outcome.fired,)] = await _rows(queue, "SELECT count(*) FROM fired")
    failed = await queue.failed()
    if failed:
        wrong.append(f"{len(failed)} jobs failed, such as {failed[0].task} {failed[0].arguments}")


def _judge_members(members: list[Member], outcome: Outcome) -> None:
    for member in members:
        outcome.problems += [f"{member.name}: {problem}" for problem in member.problems]
        times = [at for at, _, _ in member.memory]
        half = (times[0] + times[-1]) / 2
        early = max((mb for at, _, mb in member.memory if at <= half), default=0)
        late = max((mb for at, _, mb in member.memory if at > half), default=0)
        outcome.memory[member.name] = (early, late)
        if "write" not in " ".join(member.command):
            if member.loaded:
                outcome.wrong.append(f"{member.name} has loaded {', '.join(member.loaded)}")
            if max(early, late) >= MOST_MB:
                outcome.wrong.append(f"{member.name} took {max(early, late)} MB")
