"""Jobs in a real PostgreSQL: put in with their data, run once, repeated, kept."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy import URL

from bot import workers
from bot.jobs import CITED, DUE, FOLLOWED, Order, host_order
from bot.queueing import Queue
from bot.workers import Periodic, Run, Workers
from summarizer.errors import StorageError
from summarizer.storage import Storage, Work
from tests.conftest import new_database
from tests.summarizer.storage.making import NOW, add_articles, make_article, make_story


@pytest.fixture(scope="module")
def url(postgres_server: URL) -> Iterator[URL]:
    with new_database(postgres_server) as found:
        yield found


@pytest.fixture
async def queue(url: URL) -> AsyncIterator[Queue]:
    async with Queue(url) as opened:
        yield opened
        async with opened.connector.pool.connection() as connection:
            await connection.execute("DELETE FROM procrastinate_jobs")
            await connection.execute("DELETE FROM procrastinate_workers")


@pytest.fixture
async def storage(url: URL, queue: Queue) -> AsyncIterator[Storage]:
    text = url.render_as_string(hide_password=False)
    opened = await Storage.open(text, enqueue=queue.enqueue)
    yield opened
    await opened.purge(NOW.replace(year=9999))
    await opened.close()


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


async def test_a_job_is_there_if_its_data_is_and_only_then(queue: Queue, storage: Storage) -> None:
    async def be_cut_off() -> None:
        async with storage._database.write() as connection:
            await storage._database.leave(connection, [Work(kind="group", id="en")])
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        await be_cut_off()
    assert await rows(queue) == []

    await add_articles(storage, make_article("a"), make_article("b", language="de"))
    await storage.stories.save([make_story("s", "a")])
    await storage.updates.store(7, "{}", NOW, chat_id="12")
    await storage.updates.store(8, "{}", NOW)
    await storage.queries.want(["ferries"])
    assert [row[:3] for row in await rows(queue)] == [
        ("group", None, "group de"),
        ("group", None, "group en"),
        ("write", "write s 1", None),
        ("handle", "update 7", "chat 12"),
        ("handle", "update 8", None),
        ("embed", None, "embed"),
    ]


async def test_what_waits_already_is_not_put_in_again(queue: Queue, storage: Storage) -> None:
    version = [Work(kind="write", id="s", version=1)]
    await asyncio.gather(*(storage.leave(version) for _ in range(5)))
    language = [Work(kind="group", id="en")]
    await storage.leave(language)
    await storage.leave(language)
    assert [row[0] for row in await rows(queue)] == ["write", "group"]

    await change(queue, "status = 'doing'")
    await storage.leave([*version, *language])
    # A group that runs may have missed what came just now.
    assert [row[0] for row in await rows(queue)] == ["write", "group", "group"]


async def test_a_look_puts_nothing_behind_a_job_that_runs(queue: Queue) -> None:
    await queue.put(DUE[:1])
    await change(queue, "status = 'doing'")
    await queue.put(DUE[:2])
    assert [row[2:] for row in await rows(queue)] == [
        ("deliver 0", "doing"),
        ("deliver 1", "todo"),
    ]


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
        await asyncio.sleep(0.05)
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


async def test_a_server_that_is_away_is_named() -> None:
    gone = Queue(URL.create("postgresql", "digest", host="127.0.0.1", port=1, database="digest"))
    gone.timeout_s = 0.5
    with pytest.raises(StorageError, match="the queue cannot be used"):
        async with gone:
            raise AssertionError("unreachable")
