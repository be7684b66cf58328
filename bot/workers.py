"""Working on the queues: the workers of one process, what is fired, what dead ones left.

A job that fails is repeated with growing pauses and at last kept as failed. Every process fires the
periodic tasks, and the database lets each of them through once. The library has periodic tasks too,
but after the clock was ahead it fires none until the clock gets there again.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from telegram.error import TelegramError

from bot.queueing import Queue

log = structlog.get_logger(__name__)

LOOK_S = 0.5
"""A job that waits for its lock is looked for so often; new ones announce themselves."""
ATTEMPTS = 8
FIRST_RETRY_S = 5
LONGEST_RETRY_S = 300
HEARTBEAT_S = 5.0
STALLED_S = 20.0
"""A worker that was silent for so long is taken for dead."""
KEPT_HOURS = 7 * 24
"""How long failed jobs are kept."""
FIRED_FIRST = 1000
"""The priority of periodic tasks: behind a full queue a dead worker's jobs would stay its own."""
KEPT_TIMES = 4
"""Of a periodic task; after the clock was set back it may be left out so often."""
STOP_S = 10
"""How long a running job may take at the stop; after that it is given back to the queue."""

# Any number, the same in every process: the lock under which dead workers' jobs are given back.
_LOCK = 0x6469676573740003

Run = Callable[..., Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Periodic:
    """A task that is fired every so many seconds, once among all processes.

    `alone`: the next one waits until it has ended. It is then given back only after its worker's
    silence, so what gives back jobs must not be.
    """

    name: str
    queue: str
    every_s: float
    run: Run
    alone: bool = True


class Backoff(BaseRetryStrategy):
    """Eight attempts within a quarter of an hour, whatever went wrong."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if job.attempts + 1 >= ATTEMPTS:
            return None
        wait = min(FIRST_RETRY_S * 2**job.attempts, LONGEST_RETRY_S)
        return RetryDecision(retry_in={"seconds": wait})


class Workers:
    """The workers of one process on a queue."""

    def __init__(self, queue: Queue) -> None:
        self._connector = queue.connector
        self._jobs = queue.jobs

    async def run(
        self,
        tasks: Mapping[str, Run],
        periodic: Sequence[Periodic],
        *,
        concurrency: Mapping[str, int],
        stop: asyncio.Event,
    ) -> None:
        """Work on the queues that `concurrency` names until `stop` is set.

        `tasks` has what each task runs; `periodic` are fired by this process too.
        """
        app = procrastinate.App(connector=self._connector)
        for name, run in tasks.items():
            app.task(name=name, retry=Backoff())(_repeated(name, run))
        for each in periodic:
            app.task(name=each.name)(_fired(each.name, each.run))
        async with asyncio.TaskGroup() as group:
            for queue, jobs in concurrency.items():
                group.create_task(self._work(app, queue, jobs, stop))
            firing = [group.create_task(self._fire(each)) for each in periodic]
            await stop.wait()
            for task in firing:
                task.cancel()

    async def _fire(self, each: Periodic) -> None:
        """Put a periodic task into its queue at each of its times, unless another process has."""
        while True:
            number, gone_s = divmod(time.time(), each.every_s)
            await self._put(each, int(number))
            await asyncio.sleep(each.every_s - gone_s)

    async def _put(self, each: Periodic, number: int) -> None:
        job = Job(
            queue=each.queue,
            task_name=each.name,
            priority=FIRED_FIRST,
            lock=each.name if each.alone else None,
            queueing_lock=each.name,
            task_kwargs={"timestamp": number},
        )
        try:
            # The library forgets a time with the next one of the same id: the last few are kept,
            # for a process that was held up on its way here.
            await self._jobs.defer_periodic_job(job, str(number % KEPT_TIMES), number)
        except AlreadyEnqueued:
            pass
        except ConnectorException as exc:
            log.warning("periodic task not fired", task=each.name, error=str(exc))

    async def _work(
        self, app: procrastinate.App, queue: str, jobs: int, stop: asyncio.Event
    ) -> None:
        """Run a worker, and another one where it ended because the database was away."""
        stopping = asyncio.create_task(stop.wait())
        failures = 0
        while not stop.is_set():
            working = asyncio.create_task(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=jobs,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=LOOK_S,
                    shutdown_graceful_timeout=STOP_S,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_S,
                    delete_jobs="successful",
                )
            )
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
            [ended] = await asyncio.gather(working, return_exceptions=True)
            if not stop.is_set():
                failures += 1
                log.warning("worker ended, another one begins", queue=queue, error=str(ended))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(stopping), min(30, 2**failures))
        await stopping

    async def retry_stalled(self) -> int:
        """Give back the jobs of workers that died; return how many.

        One that has cost several workers their lives is given up; a periodic one comes again by
        itself. Where this is being done already it does nothing: a job that was given back and
        taken by a worker meanwhile must not be given back again.
        """
        async with self._connector.pool.connection() as connection, connection.transaction():
            found = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            return await self._give_back_stalled() if await found.fetchone() == (True,) else 0

    async def _give_back_stalled(self) -> int:
        await self._set_right()
        count = 0
        for job in await self._jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            count += 1
            log.warning("job of a dead worker", task=job.task_name, attempts=job.attempts)
            with contextlib.suppress(ConnectorException):  # another process was faster
                if "timestamp" in job.task_kwargs:
                    await self._jobs.finish_job(job, Status.ABORTED, delete_job=True)
                elif job.attempts + 1 >= ATTEMPTS:
                    await self._jobs.finish_job(job, Status.FAILED, delete_job=False)
                else:
                    await self._give_back(job)
        return count

    async def _set_right(self) -> None:
        """Bring back to now what was noted for later while the server's clock was ahead.

        A worker that died then would count as alive, and a job wait, until the clock gets there.
        """
        await self._connector.execute_query_async(
            "UPDATE procrastinate_workers SET last_heartbeat = now()"
            " WHERE last_heartbeat > now() + interval '1 minute'"
        )
        await self._connector.execute_query_async(
            "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
            " AND scheduled_at > now() + %(longest)s * interval '1 second'",
            longest=LONGEST_RETRY_S,
        )

    async def _give_back(self, job: Job) -> None:
        try:
            await self._jobs.retry_job(job)
        except UniqueViolation:  # the same work waits already
            await self._jobs.finish_job(job, Status.ABORTED, delete_job=True)

    async def forget_failed(self) -> None:
        """Delete the jobs that failed long ago."""
        await self._jobs.delete_old_jobs(
            nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )


def _repeated(name: str, run: Run) -> Run:
    async def attempt(**arguments: Any) -> None:
        try:
            await run(**arguments)
        except TelegramError as exc:  # it is away or asks to wait: the next attempt is the retry
            log.warning("job put off", task=name, error=exc.message)
            raise
        except Exception:
            log.exception("job failed", task=name)
            raise

    return attempt


def _fired(name: str, run: Run) -> Run:
    async def fire(timestamp: int) -> None:
        try:
            await run()
        except Exception:  # the next time is the retry
            log.exception("periodic task failed", task=name)

    return fire
