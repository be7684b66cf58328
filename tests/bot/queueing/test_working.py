"""Jobs are run: one lock's one after another, repeated where they fail, then kept."""

from __future__ import annotations

import asyncio
import re

import pytest
from telegram.error import RetryAfter

from bot import workers
from bot.jobs import DUE, FOLLOWED, Order, host_order
from bot.queueing import Queue
from bot.workers import Run
from tests.bot.queueing.looking import change, rows, work


async def test_jobs_with_one_lock_run_one_after_another_and_the_others_at_once(
    queue: Queue,
) -> None:
    running: list[str] = []
    most: dict[str, int] = {}
    stop = asyncio.Event()
    done = 0

    async def collect(urls: list[str]) -> None:
        nonlocal done
        host = urls[0]
        running.append(host)
        most[host] = max(most.get(host, 0), running.count(host))
        most["all"] = max(most.get("all", 0), len(running))
        await asyncio.sleep(0.3)  # on a busy machine the next job takes long to come
        running.remove(host)
        done += 1
        if done == 4:
            stop.set()

    await queue.put([host_order("a", ["a"]), host_order("b", ["b"])])
    async with queue.connector.pool.connection() as connection:
        for host in ("a", "b"):
            await queue._insert(connection, [host_order(host, [host])])
    await work(queue, stop, {"collect": collect}, collect=4)
    assert most == {"a": 1, "b": 1, "all": 2}
    assert await rows(queue) == []


async def test_a_full_write_queue_delays_nothing_else(queue: Queue) -> None:
    stop, waiting = asyncio.Event(), asyncio.Event()
    written: list[str] = []

    async def write(story_id: str) -> None:
        await waiting.wait()  # for the delivery: if that waited for a write, neither would end
        written.append(story_id)

    async def deliver(ending: str) -> None:
        assert written == []
        stop.set()
        waiting.set()

    async with queue.connector.pool.connection() as connection:
        orders = [
            Order(task="write", queue="write", queueing_lock=str(n), arguments={"story_id": str(n)})
            for n in range(1000)
        ]
        await queue._insert(connection, orders)
    await queue.put(DUE[:1])
    await work(queue, stop, {"write": write, "deliver": deliver}, write=4, deliver=1)
    assert len(written) <= 4


async def test_a_job_that_fails_is_repeated_then_kept_and_put_back_by_hand(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "FIRST_RETRY_S", 0)
    monkeypatch.setattr(workers, "LOOK_S", 0.02)
    stop = asyncio.Event()
    attempts = 0

    async def write(story_id: str) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == workers.ATTEMPTS:
            stop.set()
        if attempts <= workers.ATTEMPTS:
            raise RuntimeError("a bug")
        stop.set()

    order = Order(
        task="write", queue="write", queueing_lock="write s 1", arguments={"story_id": "s"}
    )
    await queue.put([order])
    await work(queue, stop, {"write": write})
    [failed] = await queue.failed()
    assert (failed.task, failed.arguments, failed.attempts) == ("write", {"story_id": "s"}, 8)
    assert [(f.task, f.waiting, f.failed) for f in await queue.figures()] == [("write", 0, 1)]

    await queue.put([order])  # not again at once: it would fail again
    assert len(await rows(queue)) == 1

    assert await queue.retry_failed([failed.id, failed.id + 1000]) == 1
    stop.clear()
    await work(queue, stop, {"write": write})
    assert await queue.failed() == []


async def test_a_job_that_telegram_puts_off_is_a_warning_and_another_failure_an_error(
    queue: Queue, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = asyncio.Event()
    failures: list[Exception] = [RetryAfter(3), RuntimeError("a bug")]

    async def deliver(ending: str) -> None:
        failure = failures.pop()
        if not failures:
            stop.set()
        raise failure

    await queue.put(DUE[:2])
    await work(queue, stop, {"deliver": deliver}, deliver=1)
    said = capsys.readouterr().out
    assert re.search("event='job put off'.*level='warning'", said)
    assert re.search("event='job failed'.*level='error'", said)


@pytest.mark.parametrize(("attempts", "pause_s"), [(0, 5), (3, 40), (6, 300)])
async def test_the_pauses_between_attempts_grow(
    queue: Queue, attempts: int, pause_s: float
) -> None:
    stop = asyncio.Event()

    async def deliver(ending: str) -> None:
        stop.set()
        raise RuntimeError("the database is away")

    await queue.put(DUE[:1])
    await change(queue, f"attempts = {attempts}")
    await work(queue, stop, {"deliver": deliver}, deliver=1)
    [(status, left)] = await rows(queue, "status, extract(epoch FROM scheduled_at - now())")
    assert status == "todo"
    assert pause_s - 4 < left <= pause_s


async def test_workers_whose_database_went_away_begin_anew(queue: Queue) -> None:
    stop, began = asyncio.Event(), asyncio.Event()

    async def deliver(ending: str) -> None:
        stop.set()

    async def cut_off() -> None:
        await began.wait()
        async with queue.connector.pool.connection() as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            )
            await asyncio.sleep(0.3)
        await queue.put(DUE[:1])

    await queue.put([FOLLOWED])
    tasks: dict[str, Run] = {"deliver": deliver, "follow": lambda: _set(began)}
    await asyncio.gather(work(queue, stop, tasks, deliver=1), cut_off())


async def _set(event: asyncio.Event) -> None:
    event.set()


async def test_a_stop_gives_a_job_that_takes_long_back_to_the_queue(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "STOP_S", 0.1)
    stop = asyncio.Event()

    async def deliver(ending: str) -> None:
        stop.set()
        await asyncio.sleep(60)

    await queue.put(DUE[:1])
    await work(queue, stop, {"deliver": deliver}, deliver=1)
    assert [row[3] for row in await rows(queue)] == ["todo"]
