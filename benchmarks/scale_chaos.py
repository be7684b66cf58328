"""Processes killed at random while a crowd of chats gets its digests: what must hold at the end.

Two bots behind a proxy and three workers, one PostgreSQL. Every `kill_every_s` seconds one of the
five gets SIGKILL and is started again a second later. There is an order to keep: some chats get
several digests, with updates of stories that they know, and askers ask two things at once.
Afterwards `scale_promises` asks database and Bot API server what became of it all.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url

from benchmarks.scale_promises import (
    Due,
    Outcome,
    judge,
    judge_members,
    missing_digests,
    planned_digests,
    unread_articles,
)
from benchmarks.scale_world import Member, Outlets, Proxy, Telegram, free_port, multiply
from bot.queueing import Queue
from summarizer.models import Feed, Topic
from summarizer.storage import Chat, Storage, Subscription
from tests.telegram_chats import Chat as TelegramChat

TOPIC = Topic(key="top", name="Top stories", queries=())
WORKERS = ("collect,write,deliver", "collect,deliver", "deliver")
MINUTE = timedelta(minutes=1)
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
    """What happens: `minutes` of digests, each chat's `apart` minutes from the next.

    Of one chat in `often_one_in` they are `often_apart` minutes apart.
    """

    feeds: int
    chats: int
    kills: int
    kill_every_s: float
    minutes: int
    apart: int
    often_apart: int
    often_one_in: int = 8
    event_every_s: float
    read_every_s: int
    """How long a feed rests between two reads."""
    askers: int = 10
    seed: int = 1


LARGE = Plan(
    feeds=500,
    chats=5000,
    kills=36,
    kill_every_s=20,
    minutes=12,
    apart=12,
    often_apart=3,
    often_one_in=25,  # with their updates more would come near to Telegram's 30 messages a second
    event_every_s=6,
    read_every_s=90,
)
SMALL = Plan(
    feeds=60,
    chats=300,
    kills=3,
    kill_every_s=5,
    minutes=3,
    apart=3,
    often_apart=2,
    event_every_s=3,
    read_every_s=20,
)


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
                asked = await _live(plan, due, chance, outlets, members, askers, outcome, say)
                await _wait_until_done(queue, storage, due, outlets, telegram, asked, members)
            finally:
                for member in members:
                    await member.stop()
                await proxy.stop()
            await judge(queue, storage, due, outlets, telegram, asked, outcome)
            await storage.close()
    judge_members(members, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


async def _subscribe(
    storage: Storage, queue: Queue, telegram: Telegram, plan: Plan, first: datetime
) -> Due:
    """Give each chat its times, as many in each minute; return which digests that makes."""
    now = datetime.now(UTC)
    # The second minute begins half a minute after the first digests at least.
    minute = (first + MINUTE / 2).replace(second=0)
    moments: dict[str, list[datetime]] = {}
    for n in range(plan.chats):
        apart = plan.apart if n % plan.often_one_in else plan.often_apart
        moments[str(telegram.private_chat(name=f"Reader {n}").id)] = [
            minute + MINUTE * m if m else first for m in range(n % apart, plan.minutes, apart)
        ]
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
    due: Due,
    chance: random.Random,
    outlets: Outlets,
    members: list[Member],
    askers: list[TelegramChat],
    outcome: Outcome,
    say: Callable[[str], None],
) -> dict[int, list[str]]:
    """Let time pass: events, questions, kills; return what each asker asked."""
    asked: dict[int, list[str]] = defaultdict(list)
    end = max(moment for _, moment in due).timestamp() + START_S
    loop_s = 0.25
    next_event = next_question = time.time()
    # The processes get a moment to come up before the first of them is killed.
    next_kill = time.time() + START_S
    while time.time() < end or len(outcome.kills) < plan.kills:
        now = time.time()
        if now >= next_event and now < end:
            outlets.publish_next()
            next_event += plan.event_every_s
        if now >= next_question and now < end:
            asker = chance.choice(askers)
            for n in (1, 2):  # at once: the second must not be answered first
                name = f"question {asker.id} {len(asked[asker.id])} {n}"
                await asker.send_text(f"/unsubscribe {name}")
                asked[asker.id].append(f"“{name}”")
            next_question += 4.0
        if now >= next_kill and len(outcome.kills) < plan.kills:
            victim = chance.choice(members)
            if victim.kill():
                outcome.kills.append((now, victim.name))
                say(f"killed {victim.name} ({len(outcome.kills)} of {plan.kills})")
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
    asked: Mapping[int, Sequence[str]],
    members: list[Member],
    timeout_s: float = 1200,
) -> None:
    """Give the processes time to do what is left."""
    until = time.time() + timeout_s
    while time.time() < until:
        for member in members:
            member.look()
        figures = await storage.deliveries.figures()
        planned = await planned_digests(queue)
        unread = await unread_articles(queue, outlets)
        open_ = await storage.stories.unwritten(1) or await storage.articles.ungrouped_languages()
        answered = Counter(chat for _, chat, _ in telegram.received)
        waiting = any(answered[asker] < len(said) for asker, said in asked.items())
        idle = figures.pending == figures.sending == 0 and not missing_digests(due, planned)
        if idle and not unread and not open_ and not waiting:
            return
        await asyncio.sleep(0.5)
