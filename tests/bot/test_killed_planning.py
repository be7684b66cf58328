"""A process that plans many digests is killed in the midst of it: another one goes on."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL

from bot import workers
from bot.jobs import DUE
from bot.queueing import Queue
from bot.scheduling import deliver_due
from bot.workers import Workers
from config.settings import load_settings
from summarizer.models import Digest, Topic
from summarizer.storage import Chat, Storage, Subscription
from tests.bot.conftest import NOON, Shelf
from tests.bot.reports import FERRY
from tests.conftest import new_database

AT_ONCE = 20
CHATS = [str(n) for n in range(0, 25 * AT_ONCE, 10)]
"""More than two transactions' of one share."""


class Deadly(Shelf):
    """Kills its process in the midst of the second transaction's digests."""

    async def compose(self, *args: Any, **options: Any) -> Digest:
        if self.composed == AT_ONCE * 3 // 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().compose(*args, **options)


async def plan(url: str, queue: Queue, kind: type[Shelf]) -> None:
    """Run a process's worker until one job is done."""
    storage = await Storage.open(url)
    shelf = kind(storage)
    await shelf.add(FERRY, NOON)
    done = asyncio.Event()

    async def deliver(ending: str) -> None:
        await deliver_due(
            NOON,
            settings=load_settings(environ={}),
            storage=storage,
            composer=shelf,
            at_once=AT_ONCE,
            ending=ending,
        )
        done.set()

    await Workers(queue).run({"deliver": deliver}, (), concurrency={"deliver": 1}, stop=done)
    await storage.close()


def be_killed(server: URL) -> None:
    async def work() -> None:
        async with Queue(server) as queue:
            await plan(server.render_as_string(hide_password=False), queue, Deadly)

    asyncio.run(work())


async def subscribe(storage: Storage) -> None:
    for chat_id in CHATS:
        await storage.chats.upsert(Chat(id=chat_id, kind="private", created_at=NOON))
        await storage.chats.subscribe(
            Subscription(
                id="",
                chat_id=chat_id,
                topic=Topic(key="world", name="World", queries=("world",)),
                times=("12:00",),
                next_due_at=NOON,
                since=NOON - timedelta(days=1),
                created_at=NOON,
            )
        )


async def test_what_a_killed_process_left_is_planned_by_another_and_nothing_twice(
    postgres_server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_database(postgres_server) as server:
        url = server.render_as_string(hide_password=False)
        async with Queue(server) as queue:
            storage = await Storage.open(url)
            await subscribe(storage)
            await queue.put(DUE[:1])
            process = multiprocessing.get_context("spawn").Process(target=be_killed, args=(server,))
            process.start()
            await asyncio.to_thread(process.join, 60)
            assert process.exitcode == -signal.SIGKILL
            assert (await storage.deliveries.figures()).pending == AT_ONCE
            await queue.put(DUE[:1])  # nothing is put behind what seems to run

            monkeypatch.setattr(workers, "STALLED_S", 0)
            assert await Workers(queue).retry_stalled() == 1
            await asyncio.wait_for(plan(url, queue, Shelf), 60)
            waiting = await storage.deliveries.pending(NOON, 10 * len(CHATS))
            assert Counter(message.chat_id for message in waiting) == Counter(CHATS)
            assert await queue.figures() == []
            told = await storage.told.of_all(CHATS)
            assert len(told) == len(CHATS)
            await storage.close()
