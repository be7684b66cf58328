"""Locks that one process of all holds: PostgreSQL's advisory locks on a connection of their own.

The lock is the connection's: when its process dies the server gives it to the next that waits.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import URL

from summarizer.errors import StorageError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

WAKE = "digest_bot_wake"
"""The channel on which whoever holds a lock is told that there is something to do."""
# A host that loses power closes no connection: without these the server would keep its lock for
# two hours (https://www.postgresql.org/docs/current/runtime-config-connection.html).
_KEEPALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


class Hold:
    """A lock that is held."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        """Set when the connection broke: another process may hold the lock by now."""
        self.woken = asyncio.Event()
        """Set when a transaction was committed that left something for the holder."""


@asynccontextmanager
async def advisory_lock(url: URL, name: str) -> AsyncIterator[Hold]:
    """Wait for the lock and hold it until the block ends; raises StorageError without a server."""
    import psycopg

    hold = Hold()
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
