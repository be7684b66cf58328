"""Jobs as they are in the database, and workers that work on them."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.queueing import Queue
from bot.workers import Run, Workers


async def rows(queue: Queue, what: str = "task_name, queueing_lock, lock, status") -> list[Any]:
    async with queue.connector.pool.connection() as connection:
        found = await connection.execute(f"SELECT {what} FROM procrastinate_jobs ORDER BY id")
        return await found.fetchall()


async def change(queue: Queue, what: str) -> None:
    async with queue.connector.pool.connection() as connection:
        await connection.execute(f"UPDATE procrastinate_jobs SET {what}")


async def work(queue: Queue, until: asyncio.Event, tasks: dict[str, Run], **queues: int) -> None:
    """Run a process's workers until the event is set."""
    await asyncio.wait_for(
        Workers(queue).run(tasks, (), concurrency=queues or {"write": 4}, stop=until), 20
    )
