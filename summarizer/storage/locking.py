"""Locks that one process of all holds: it loses them when it dies, however that comes.

PostgreSQL's advisory locks are their connection's; beside SQLite's file they are the system's locks
on files, which are their process's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from sqlalchemy import URL

from summarizer.errors import StorageError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

WAKE = "digest_bot_wake"
"""The channel on which whoever holds a lock is told that there is something to do."""
# A host that loses power closes no connection: without these the server would keep its lock for
# two hours (https://www.postgresql.org/docs/current/runtime-config-connection.html).
_LOOK_S = 0.2
_KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


class Hold:
    """A lock that is held."""

    def __init__(self, woken: asyncio.Event | None = None) -> None:
        self.lost = asyncio.Event()
        """Set when the connection broke: another process may hold the lock by now."""
        self.woken = woken or asyncio.Event()
        """Set when a process on this database has something for the holder."""


@asynccontextmanager
async def advisory_lock(
    url: URL, name: str, woken: asyncio.Event | None = None
) -> AsyncIterator[Hold]:
    """Wait for the lock and hold it until the block ends; raises StorageError without a server."""
    import psycopg

    hold = Hold(woken)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await psycopg.AsyncConnection.connect(
            plain, autocommit=True, options=_KEEPALIVE, connect_timeout=30
        )
    except psycopg.OperationalError as exc:
        raise StorageError(f"no connection for the lock {name!r}: {exc}") from exc
    listening: asyncio.Task[None] | None = None
    try:
        try:
            await connection.execute("SELECT pg_advisory_lock(%s)", [_key(name)])
            await connection.execute(f"LISTEN {WAKE}".encode())
        except psycopg.OperationalError as exc:
            raise StorageError(f"connection lost before the lock {name!r} was had") from exc
        listening = asyncio.create_task(_listen(connection, hold))
        yield hold
    finally:
        if listening is not None:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        with contextlib.suppress(psycopg.Error):
            await connection.close()


@asynccontextmanager
async def file_lock(folder: Path, name: str) -> AsyncIterator[Hold]:
    """Wait for the lock and hold it until the block ends; raises StorageError without a folder."""
    lock = FileLock(folder / f"{_key(name):x}.lock", thread_local=False)
    try:
        await asyncio.to_thread(folder.mkdir, exist_ok=True)
        while True:
            with contextlib.suppress(Timeout):
                lock.acquire(blocking=False)
                break
            await asyncio.sleep(_LOOK_S)
    except OSError as exc:
        raise StorageError(f"cannot lock {str(lock.lock_file)!r}: {exc.strerror}") from exc
    try:
        yield Hold()
    finally:
        lock.release()


async def _listen(connection: AsyncConnection, hold: Hold) -> None:
    import psycopg

    try:
        async for _ in connection.notifies():
            hold.woken.set()
    except psycopg.OperationalError:
        hold.lost.set()
        hold.woken.set()


def _key(name: str) -> int:
    """Return the lock's number: 64 signed bits that are this program's and this name's."""
    digest = blake2b(f"digest-bot {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
