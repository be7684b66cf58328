"""Jobs run at their intervals, whatever happens to them and to the clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bot import scheduling
from bot.scheduling import Timer
from summarizer.errors import StorageError


async def test_a_job_of_the_scheduler_runs_again_and_again_and_never_twice_at_once() -> None:
    running = most = rounds = 0
    enough = asyncio.Event()

    async def job() -> None:
        nonlocal running, most, rounds
        running += 1
        most = max(most, running)
        rounds += 1
        await asyncio.sleep(0.05)
        running -= 1
        if rounds == 3:
            enough.set()

    timer = Timer([("job", 0.02, job)])
    timer.start()
    [made] = timer.scheduler.get_jobs()
    assert (made.coalesce, made.max_instances, made.misfire_grace_time) == (True, 1, 3600)
    await asyncio.wait_for(enough.wait(), 5)
    await timer.stop(1)
    assert most == 1
    assert running == 0


async def test_a_job_that_fails_runs_again_and_one_that_hangs_is_cut_off() -> None:
    rounds = 0
    hanging = asyncio.Event()

    async def job() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise RuntimeError("no")
        hanging.set()
        await asyncio.sleep(3600)

    timer = Timer([("job", 0.02, job)])
    timer.start()
    await asyncio.wait_for(hanging.wait(), 5)
    async with asyncio.timeout(5):
        await timer.stop(0.01)
    assert rounds == 2


async def test_jobs_go_on_where_the_clock_was_ahead_and_is_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scheduling, "CLOCK_S", 0.01)
    rounds, stop = asyncio.Queue[None](), asyncio.Event()
    ahead = 864_000.0

    async def job() -> None:
        rounds.put_nowait(None)

    timer = Timer([("job", 60, job)], clock=lambda: time.time() + ahead)
    running = asyncio.create_task(timer.run(stop))
    await asyncio.wait_for(rounds.get(), 5)
    [made] = timer.scheduler.get_jobs()
    made.modify(next_run_time=datetime.now(UTC) + timedelta(days=10))  # as it was reckoned then
    await asyncio.sleep(0.05)
    assert rounds.empty()
    ahead = 0
    await asyncio.wait_for(rounds.get(), 5)
    stop.set()
    await running


async def test_what_the_database_gets_wrong_is_said_in_a_line() -> None:
    stop = asyncio.Event()

    async def job() -> None:
        stop.set()
        raise StorageError("disk is full: 'digest.db'")

    with capture_logs() as logged:
        await Timer([("job", 60, job)]).run(stop)
    assert logged == [
        {
            "event": "job failed",
            "log_level": "error",
            "job": "job",
            "error": "disk is full: 'digest.db'",
        }
    ]


@pytest.mark.parametrize("steps", range(8))
async def test_a_stop_soon_after_the_start_cuts_off_no_job(
    steps: int, caplog: pytest.LogCaptureFixture
) -> None:
    begun = ended = 0

    async def job() -> None:
        nonlocal begun, ended
        begun += 1
        await asyncio.sleep(0.05)
        ended += 1

    timer = Timer([("job", 60, job)])
    timer.start()
    for _ in range(steps):
        await asyncio.sleep(0)
    await timer.stop(5)
    await asyncio.sleep(0.01)
    assert begun == ended
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
