"""Periodic tasks are fired once among all processes, whatever the clock does."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import URL

from bot.jobs import host_order
from bot.queueing import Queue
from bot.workers import Periodic, Workers
from tests.bot.queueing.looking import rows


async def test_a_periodic_task_is_fired_once_among_processes_and_outlives_its_failures(
    url: URL, queue: Queue
) -> None:
    fired: list[int] = []
    stop = asyncio.Event()

    async def tick() -> None:
        fired.append(int(time.time()))
        if len(fired) == 3:
            stop.set()
        raise RuntimeError("a bug")

    every = Periodic(name="tick", queue="deliver", every_s=1, run=tick)
    async with Queue(url) as other:
        await asyncio.wait_for(
            asyncio.gather(
                *(
                    Workers(each).run({}, [every], concurrency={"deliver": 2}, stop=stop)
                    for each in (queue, other)
                )
            ),
            20,
        )
    assert len(fired) == len(set(fired))


async def test_a_process_that_was_held_up_fires_nothing_a_second_time(queue: Queue) -> None:
    every = Periodic(name="tick", queue="deliver", every_s=5, run=lambda: asyncio.sleep(0))
    fired: list[int] = []
    for number in (20, 21, 20, 22, 21, 20):
        await Workers(queue)._put(every, number)
        fired += [row[0]["timestamp"] for row in await rows(queue, "args")]
        async with queue.connector.pool.connection() as connection:
            await connection.execute("DELETE FROM procrastinate_jobs")
    assert fired == [20, 21, 22]


async def test_a_periodic_task_that_takes_long_runs_once_at_a_time(queue: Queue) -> None:
    stop = asyncio.Event()
    running: list[int] = []
    runs = most = 0

    async def tick() -> None:
        nonlocal runs, most
        runs += 1
        running.append(runs)
        most = max(most, len(running))
        await asyncio.sleep(2.2)
        running.pop()
        if runs == 2:
            stop.set()

    every = Periodic(name="tick", queue="deliver", every_s=1, run=tick)
    await asyncio.wait_for(
        Workers(queue).run({}, [every], concurrency={"deliver": 4}, stop=stop), 60
    )
    assert most == 1


@pytest.mark.parametrize("set_by", [-3600, 86400, -86400])
async def test_periodic_tasks_go_on_where_the_clock_is_set(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, set_by: float
) -> None:
    ahead, stop = 0.0, asyncio.Event()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    began = time.monotonic()
    fired: list[float] = []

    async def tick() -> None:
        nonlocal ahead
        fired.append(time.monotonic() - began)
        if len(fired) == 2:
            ahead = set_by
        if len(fired) == 5:
            stop.set()

    every = Periodic(name="tick", queue="deliver", every_s=1, run=tick)
    await asyncio.wait_for(
        Workers(queue).run({}, [every], concurrency={"deliver": 2}, stop=stop), 20
    )
    assert fired[4] - fired[1] > 1.5, "those of the time left out are not made up for"


async def test_a_periodic_task_passes_a_full_queue(queue: Queue) -> None:
    stop = asyncio.Event()
    done: list[str] = []

    async def collect(urls: list[str]) -> None:
        done.extend(urls)
        await asyncio.sleep(0.05)

    async def tick() -> None:
        stop.set()

    await queue.put(host_order(str(n), [str(n)]) for n in range(200))
    every = Periodic(name="tick", queue="collect", every_s=1, run=tick)
    workers_ = Workers(queue)
    await asyncio.wait_for(
        workers_.run({"collect": collect}, [every], concurrency={"collect": 1}, stop=stop), 20
    )
    assert len(done) < 100
