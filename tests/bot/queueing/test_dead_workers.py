"""What a worker that died has left: given back once, or given up."""

from __future__ import annotations

import asyncio

from bot import workers
from bot.jobs import CITED, DUE, FOLLOWED, Order
from bot.queueing import Queue
from bot.workers import Workers
from tests.bot.queueing.looking import change, rows


async def test_the_job_of_a_worker_that_died_is_run_by_another(queue: Queue) -> None:
    await queue.put(DUE[:1])
    await change(queue, "status = 'doing', worker_id = NULL")
    assert await Workers(queue).retry_stalled() == 1
    assert [row[3] for row in await rows(queue)] == ["todo"]
    assert await Workers(queue).retry_stalled() == 0


async def test_what_a_dead_worker_left_is_given_back_once(queue: Queue) -> None:
    await queue.put(DUE)
    await change(queue, "status = 'doing', worker_id = NULL")
    counts = await asyncio.gather(*(Workers(queue).retry_stalled() for _ in range(3)))
    assert sorted(counts) == [0, 0, len(DUE)]


async def test_a_dead_workers_job_whose_like_waits_already_is_dropped(queue: Queue) -> None:
    twin = Order(task="write", queue="write", queueing_lock="write s 1")
    await queue.put([twin])
    await change(queue, "status = 'doing', worker_id = NULL")
    async with queue.connector.pool.connection() as connection:
        await queue._insert(connection, [twin])
    assert await Workers(queue).retry_stalled() == 1
    assert [row[3] for row in await rows(queue)] == ["todo"]


async def test_a_job_that_costs_worker_after_worker_its_life_is_given_up(queue: Queue) -> None:
    await queue.put(DUE[:1])
    await change(queue, f"status = 'doing', worker_id = NULL, attempts = {workers.ATTEMPTS}")
    await Workers(queue).retry_stalled()
    assert [row[3] for row in await rows(queue)] == ["failed"]
    await Workers(queue).forget_failed()
    assert [row[3] for row in await rows(queue)] == ["failed"]  # not yet old


async def test_what_was_noted_while_the_clock_was_ahead_does_not_wait_for_it(queue: Queue) -> None:
    await queue.put([CITED, FOLLOWED])
    async with queue.connector.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 day')"
        )
    await change(queue, "scheduled_at = now() + interval '1 day'")
    await change(
        queue,
        "status = 'doing', worker_id = (SELECT id FROM procrastinate_workers) "
        "WHERE lock = 'reread'",
    )
    await Workers(queue).retry_stalled()
    found = sorted(await rows(queue, "lock, scheduled_at <= now()"))
    assert found == [("follow", True), ("reread", False)]
    async with queue.connector.pool.connection() as connection:
        await connection.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'"
        )
    assert await Workers(queue).retry_stalled() == 1
    assert await rows(queue, "status::text, scheduled_at <= now()") == [("todo", True)] * 2
