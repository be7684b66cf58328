"""Jobs in PostgreSQL, for any number of processes; procrastinate is the queue.

A job is put in inside the transaction of the data that it is about: neither is there without the
other. Jobs that went well are deleted at once, failed ones are kept for the operator.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job
from procrastinate.schema import SchemaManager
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import Order, order_of
from summarizer.errors import StorageError
from summarizer.storage import WAKE, Work

# Any number, the same in every process: the lock under which the queue's tables are made.
_LOCK = 0x6469676573740002
_INDEX = "CREATE INDEX digest_bot_jobs_key ON procrastinate_jobs (coalesce(queueing_lock, lock))"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFigures:
    """How many jobs of one task wait, run and have failed."""

    task: str
    waiting: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedJob:
    """A job that was given up; the log of the worker that ran it says why."""

    id: int
    task: str
    arguments: Mapping[str, Any]
    attempts: int
    failed_at: datetime


class Queue:
    """The jobs in one PostgreSQL database; use it with `async with`."""

    def __init__(self, url: URL) -> None:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.timeout_s = 30.0
        """How long the server is waited for."""
        self._pool = AsyncConnectionPool(
            plain,
            min_size=1,
            max_size=8,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )
        self.connector = procrastinate.PsycopgConnector()
        self.jobs = procrastinate.App(connector=self.connector).job_manager

    async def __aenter__(self) -> Queue:
        try:
            with _mapped():
                await self._pool.open(wait=True, timeout=self.timeout_s)
                await self.connector.open_async(self._pool)
                await self._make_tables()
        except BaseException:
            await self._pool.close()
            raise
        return self

    async def __aexit__(self, *args: object) -> None:
        await self._pool.close()

    async def _make_tables(self) -> None:
        async with self.connector.pool.connection() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            found = await connection.execute("SELECT to_regclass('procrastinate_jobs')")
            if await found.fetchone() == (None,):
                await connection.execute(SchemaManager.get_schema())
                await connection.execute(_INDEX)

    async def enqueue(self, connection: AsyncConnection, work: Sequence[Work]) -> None:
        """Put work into its queues in the transaction of `connection`; see `storage.Enqueue`."""
        raw = (await connection.get_raw_connection()).driver_connection
        assert isinstance(raw, psycopg.AsyncConnection)
        with _mapped():
            await self._put(raw, [o for piece in work if (o := order_of(piece)) is not None])
            if any(piece.kind == "send" for piece in work):
                await raw.execute(f"NOTIFY {WAKE}".encode())

    async def put(self, orders: Iterable[Order]) -> None:
        """Put those jobs into their queues that neither wait there nor run.

        What one that runs leaves undone is found by the next look.
        """
        with _mapped():
            async with self.connector.pool.connection() as connection:
                await self._put(connection, list(orders), behind_running=False)

    async def _put(
        self,
        connection: psycopg.AsyncConnection[Any],
        orders: Sequence[Order],
        *,
        behind_running: bool = True,
    ) -> None:
        if not orders:
            return
        found = await connection.execute(
            "SELECT coalesce(queueing_lock, lock), status::text FROM procrastinate_jobs j"
            " WHERE coalesce(queueing_lock, lock) = ANY(%s) AND (status IN ('todo', 'doing')"
            " OR status = 'failed' AND EXISTS (SELECT FROM procrastinate_events e WHERE"
            " e.job_id = j.id AND e.type = 'failed' AND e.at > now() - interval '15 minutes'))",
            [[order.key for order in orders]],
        )
        there = set(await found.fetchall())
        new = {
            order.key: order
            for order in orders
            if (order.key, "todo") not in there
            and (order.key, "failed") not in there
            and (
                (behind_running and order.queueing_lock is None)
                or (order.key, "doing") not in there
            )
        }
        await self._insert(connection, list(new.values()))

    async def _insert(
        self, connection: psycopg.AsyncConnection[Any], orders: Sequence[Order]
    ) -> None:
        """Insert jobs; one that another process has put in meanwhile is left out."""
        if not orders:
            return
        jobs = [
            Job(
                queue=order.queue,
                task_name=order.task,
                lock=order.lock,
                queueing_lock=order.queueing_lock,
                priority=order.priority,
                task_kwargs=dict(order.arguments),
            )
            for order in orders
        ]
        try:
            # A savepoint: the data that these jobs go with stays, whoever was first.
            async with connection.transaction():
                await self.jobs.batch_defer_jobs_async(jobs, connection=connection)
        except AlreadyEnqueued:
            if len(orders) > 1:
                for order in orders:
                    await self._insert(connection, [order])

    async def figures(self) -> list[TaskFigures]:
        """Return what is in the queues, by task."""
        with _mapped():
            return [
                TaskFigures(
                    task=row["name"],
                    waiting=row["todo"],
                    running=row["doing"],
                    failed=row["failed"],
                )
                for row in await self.jobs.list_tasks_async()
            ]

    async def failed(self) -> list[FailedJob]:
        """Return the jobs that were given up, the latest first."""
        with _mapped():
            rows = await self.connector.execute_query_all_async(
                "SELECT j.id, task_name, args, attempts, max(e.at) AS at FROM procrastinate_jobs j"
                " JOIN procrastinate_events e ON e.job_id = j.id WHERE status = 'failed'"
                " GROUP BY j.id ORDER BY at DESC"
            )
        return [
            FailedJob(
                id=row["id"],
                task=row["task_name"],
                arguments=row["args"],
                attempts=row["attempts"],
                failed_at=row["at"].astimezone(UTC),
            )
            for row in rows
        ]

    async def retry_failed(self, ids: Iterable[int]) -> int:
        """Put failed jobs back into their queues; return how many were there."""
        count = 0
        for id in ids:
            try:
                await self.jobs.retry_job_by_id_async(id, datetime.now(UTC))
            except UniqueViolation:  # the same work waits already
                pass
            except ConnectorException:
                continue
            count += 1
        return count


@contextlib.contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.OperationalError) as exc:
        raise StorageError(f"the queue cannot be used: {exc.__cause__ or exc}") from exc
