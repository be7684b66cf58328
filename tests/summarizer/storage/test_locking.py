import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import URL, make_url

from summarizer.errors import StorageError
from summarizer.storage import Storage
from summarizer.storage.locking import WAKE, advisory_lock


@pytest.fixture
async def other(database_url: str, storage: Storage) -> AsyncIterator[Storage]:
    """What another process has open: on SQLite, which only one process uses, the same."""
    if database_url.startswith("sqlite"):
        yield storage
        return
    opened = await Storage.open(database_url)
    yield opened
    await opened.close()


async def test_one_holds_a_lock_and_the_next_gets_it_afterwards(
    storage: Storage, other: Storage
) -> None:
    order = []

    async def second() -> None:
        async with other.exclusive("grouping"):
            order.append("second")

    async with storage.exclusive("grouping"):
        waiting = asyncio.create_task(second())
        async with other.exclusive("sending"):  # another lock is free
            await asyncio.sleep(0.05)
        order.append("first")
    await asyncio.wait_for(waiting, 5)
    assert order == ["first", "second"]


async def test_who_holds_a_lock_is_woken_by_other_processes(
    postgres_database: URL,
) -> None:
    url = postgres_database.render_as_string(hide_password=False)
    storage = await Storage.open(url)
    async with storage.exclusive("sending") as hold:
        assert not hold.woken.is_set()
        plain = postgres_database.set(drivername="postgresql")
        with psycopg.connect(plain.render_as_string(hide_password=False)) as connection:
            connection.execute(f"NOTIFY {WAKE}".encode())
        await asyncio.wait_for(hold.woken.wait(), 5)
        assert not hold.lost.is_set()
    await storage.close()


async def test_a_broken_connection_is_noticed_and_another_takes_the_lock(
    postgres_database: URL,
) -> None:
    url = postgres_database.render_as_string(hide_password=False)
    storage = await Storage.open(url)
    plain = postgres_database.set(drivername="postgresql").render_as_string(hide_password=False)
    async with storage.exclusive("sending") as hold:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND granted"
            )
        async with storage.exclusive("sending") as next_hold:
            await asyncio.wait_for(hold.lost.wait(), 5)
            assert not next_hold.lost.is_set()
    await storage.close()


async def test_a_server_that_is_away_is_named() -> None:
    gone = make_url("postgresql+psycopg://digest@127.0.0.1:1/digest")
    with pytest.raises(StorageError, match="no connection for the lock 'sending'"):
        async with advisory_lock(gone, "sending"):
            raise AssertionError("unreachable")
