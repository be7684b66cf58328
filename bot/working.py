"""Who does the rounds: a timer in the one process on SQLite, or jobs for many on PostgreSQL.

This is the one module that knows which of the two is in use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol, Self
from urllib.parse import urlsplit

from bot.receiving import Inbox
from bot.rounds import Rounds
from bot.scheduling import Timer
from config.settings import Settings
from summarizer.errors import ConfigError
from summarizer.storage import Enqueue, Work
from summarizer.storage.database import parse_url

if TYPE_CHECKING:
    from bot.queueing import Queue

Role = Literal["bot", "collect", "write", "deliver"]
WORKER_ROLES: tuple[Role, ...] = ("collect", "write", "deliver")
ROLES: tuple[Role, ...] = ("bot", *WORKER_ROLES)

PURGE_S = 6 * 3600
SWEEP_S = 60
"""How often work is looked for that has no job."""
REREAD_S = 60
"""How often cited pages are looked for that are to be read again."""
WATCH_S = 60
"""How often operators are told what they should know."""
STALLED_S = 10
LEFT_OVER = timedelta(minutes=2)
"""An update that old without a job has lost it, or came with a copied database."""
SWEEP_BATCH = 1000

QUEUES: Mapping[Role, Mapping[str, int]] = {
    "bot": {"updates": 16},
    "collect": {"collect": 16},
    # In queues of their own: a full one must not keep the others' work waiting.
    "write": {"embed": 1, "group": 1, "write": 16},
    "deliver": {"deliver": 4},
}
"""The queues of each role, with how many jobs one process runs at the same time."""


class Crew(Protocol):
    """Does the rounds of this process."""

    shared: bool
    """Whether other processes may do what a transaction leaves to be done."""
    enqueue: Enqueue | None
    """How they are told."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *args: object) -> None: ...

    async def run(self, rounds: Rounds, inbox: Inbox | None, stop: asyncio.Event) -> None:
        """Work until `stop` is set; `inbox` is there where updates are handled."""
        ...


class Timed:
    """One process, which looks by itself for what is to be done."""

    shared = False
    enqueue: Enqueue | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        pass

    async def run(self, rounds: Rounds, inbox: Inbox | None, stop: asyncio.Event) -> None:
        schedule = rounds.settings.schedule
        timer = Timer(
            [
                ("deliver", schedule.tick_s, rounds.deliver),
                ("collect", schedule.collect_s, rounds.collect),
                ("reread", REREAD_S, rounds.reread),
                ("watch", WATCH_S, rounds.watch),
                ("purge", PURGE_S, rounds.purge),
            ]
        )
        await timer.run(stop)


class Queued:
    """One process of many; they share their work through the database."""

    shared = True

    def __init__(self, settings: Settings, roles: Sequence[Role], concurrency: int | None) -> None:
        self._queue = open_queue(settings)
        self.enqueue: Enqueue | None = self._queue.enqueue
        self._concurrency = {
            queue: concurrency if concurrency and jobs > 1 else jobs
            for role in roles
            for queue, jobs in QUEUES[role].items()
        }

    async def __aenter__(self) -> Self:
        await self._queue.__aenter__()
        return self

    async def __aexit__(self, *args: object) -> None:
        await self._queue.__aexit__()

    async def run(self, rounds: Rounds, inbox: Inbox | None, stop: asyncio.Event) -> None:
        from bot.jobs import CITED, DUE, FOLLOWED, host_order
        from bot.workers import Periodic, Run, Workers

        queue = self._queue
        workers = Workers(queue)
        storage, schedule = rounds.storage, rounds.settings.schedule

        async def find_feeds() -> None:
            hosts: dict[str, list[str]] = {}
            for feed, _ in await storage.articles.due_feeds(rounds.clock()):
                hosts.setdefault(urlsplit(feed.url).netloc, []).append(feed.url)
            await queue.put([CITED, *(host_order(host, urls) for host, urls in hosts.items())])

        async def find_chats() -> None:
            await queue.put([FOLLOWED, *DUE])

        async def sweep() -> None:
            await storage.leave(await _left_over(rounds))

        async def purge() -> None:
            await rounds.purge()
            await workers.forget_failed()

        tasks: dict[str, Run] = {
            "collect": rounds.collect_feeds,
            "reread": rounds.reread,
            "group": rounds.group,
            "write": rounds.write_story,
            "embed": rounds.embed_topics,
            "deliver": rounds.deliver_share,
            "follow": rounds.deliver_followed,
        }
        if inbox is not None:
            tasks["handle"] = inbox.handle
        periodic = (
            Periodic(name="find_chats", queue="deliver", every_s=schedule.tick_s, run=find_chats),
            Periodic(
                name="find_feeds", queue="collect", every_s=schedule.collect_s, run=find_feeds
            ),
            Periodic(name="sweep", queue="collect", every_s=SWEEP_S, run=sweep),
            Periodic(name="watch", queue="deliver", every_s=WATCH_S, run=rounds.watch),
            Periodic(name="purge", queue="collect", every_s=PURGE_S, run=purge),
            Periodic(
                name="retry_stalled",
                queue="deliver",
                every_s=STALLED_S,
                run=workers.retry_stalled,
                alone=False,
            ),
        )
        await workers.run(tasks, periodic, concurrency=self._concurrency, stop=stop)


def choose_crew(
    settings: Settings, roles: Sequence[Role] = ROLES, concurrency: int | None = None
) -> Crew:
    """Return who does the rounds of these roles.

    `concurrency` is how many jobs of each queue run at the same time. Raises ConfigError for some
    of the roles on SQLite, which is for one process alone.
    """
    if parse_url(settings.database_url).get_backend_name() == "postgresql":
        return Queued(settings, roles, concurrency)
    if set(roles) != set(ROLES):
        raise ConfigError(
            "SQLite is for one process: start 'digest-bot run'. For several processes set "
            "database.url to postgresql+psycopg://…; 'digest-bot db copy URL' takes the data along"
        )
    return Timed()


def open_queue(settings: Settings) -> Queue:
    """Return the queue of the database. Raises ConfigError for SQLite, which has none."""
    from bot.queueing import Queue  # needs the packages of the extra 'distributed'

    url = parse_url(settings.database_url)
    if url.get_backend_name() != "postgresql":
        raise ConfigError("SQLite has no queue: 'digest-bot run' does all work by itself")
    return Queue(url)


async def _left_over(rounds: Rounds) -> list[Work]:
    """Return the work that is to be done, whether it has a job or not."""
    storage = rounds.storage
    languages = await storage.articles.ungrouped_languages()
    stories = await storage.stories.unwritten(SWEEP_BATCH)
    updates = await storage.updates.left_over(rounds.clock() - LEFT_OVER, SWEEP_BATCH)
    return [
        *(Work(kind="group", id=language) for language in languages),
        *(
            Work(kind="write", id=s.id, version=s.version, weight=len(s.article_ids))
            for s in stories
        ),
        *(Work(kind="handle", id=str(id), chat_id=chat_id) for id, chat_id in updates),
        *([Work(kind="embed")] if await storage.queries.wanted(1) else []),
    ]
