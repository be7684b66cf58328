"""One database: its connections, its transactions, and foreign errors made ours."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import URL, Connection, NullPool, Table, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from summarizer.errors import StorageError
from summarizer.storage.locking import Hold, advisory_lock, file_lock

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a transaction leaves to be done once it is committed.

    `group` a language, `write` a version of a story, `embed` the queries that have no vector,
    `handle` an update of a chat, `send` what is pending.
    """

    kind: Literal["group", "write", "embed", "handle", "send"]
    id: str = ""
    version: int = 0
    weight: int = 0
    """What weighs more goes first."""
    chat_id: str = ""


Enqueue = Callable[[AsyncConnection, Sequence[Work]], Awaitable[None]]
"""Puts work into a queue in the transaction of the connection, so that neither is without the
other."""


class Database:
    """Connections to one database; `read` and `write` give transactions.

    A transaction is committed when its block ends and rolled back when the block raises. What goes
    wrong in the database itself (gone, locked, full, damaged) comes out as StorageError; wrong SQL
    and broken constraints are bugs and come out as they are.
    """

    def __init__(self, engine: AsyncEngine, enqueue: Enqueue | None = None) -> None:
        self.engine = engine
        self._enqueue = enqueue
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._writer = engine.execution_options(writing=True)
        # SQLite has one writer at a time: waiting here is fair, its own busy handler is not.
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with mapped(self.engine.url):
            async with self.engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a transaction that may write; do not ask for another one inside."""
        with mapped(self.engine.url):
            if self._turn is None:
                async with self._writer.begin() as connection:
                    yield connection
            else:
                async with self._turn, self._writer.begin() as connection:
                    yield connection

    async def leave(self, connection: AsyncConnection, work: Sequence[Work]) -> None:
        """Leave work to other processes; in one process the next round finds it by itself."""
        if self._enqueue is not None and work:
            await self._enqueue(connection, work)

    @asynccontextmanager
    async def exclusive(self, name: str, woken: asyncio.Event | None = None) -> AsyncIterator[Hold]:
        """Wait for the lock `name` and hold it, among all processes on this database.

        `woken` is what is set when one of them has something for the holder.
        """
        if self.engine.dialect.name == "postgresql":
            async with advisory_lock(self.engine.url, name, woken) as hold:
                yield hold
        else:
            folder = Path(f"{self.engine.url.database}.locks")
            async with self._locks[name], file_lock(folder, name) as hold:
                yield hold

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """Return this dialect's insert, which knows ON CONFLICT."""
        if self.engine.dialect.name == "sqlite":
            return sqlite.insert(table)
        return postgresql.insert(table)

    async def close(self) -> None:
        await self.engine.dispose()


def batches(items: Iterable[str], size: int = 1000) -> Iterator[list[str]]:
    """Yield the items in lists that fit into one statement's parameters."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def parse_url(text: str) -> URL:
    """Return the URL with the driver we use; raises StorageError for what is neither database."""
    try:
        url = make_url(text)
    except ArgumentError as exc:
        hidden = re.sub(r":[^:@/]*@", ":[password]@", text)
        raise StorageError(
            f"not a database URL: {hidden!r}: write sqlite+aiosqlite:///FILE or postgresql+psycopg://…"
        ) from exc
    dialect = url.get_backend_name()
    if dialect not in _DRIVERS:
        raise StorageError(f"not a supported database: {dialect!r}: use sqlite or postgresql")
    if dialect == "sqlite" and (not url.database or url.database == ":memory:"):
        raise StorageError("a database in memory would forget everything: name a file")
    return url.set(drivername=_DRIVERS[dialect])


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database, None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def make_engine(url: URL, *, timeout_s: float, migrating: bool = False) -> AsyncEngine:
    """Return an engine; `timeout_s` is how long a locked database is waited for.

    With `migrating` its connections are not pooled and SQLite does not enforce foreign keys:
    rebuilding a table under enforcement would delete the rows that refer to it
    (https://www.sqlite.org/lang_altertable.html#otheralter). It also leaves the journal's mode as
    it is: the file may yet turn out to be another program's.
    """
    pooling: dict[str, Any] = {"poolclass": NullPool} if migrating else {}
    if url.get_backend_name() == "postgresql":
        if not migrating:
            pooling["pool_pre_ping"] = True  # a server may have gone; a file does not
        try:
            asked = {"connect_timeout": max(2, round(timeout_s)), "client_encoding": "utf8"}
            return create_async_engine(url, connect_args=asked, **pooling)
        except ModuleNotFoundError as exc:
            raise StorageError(
                "PostgreSQL needs more packages: pip install 'digest-bot[distributed]'"
            ) from exc
    engine = create_async_engine(url, connect_args={"timeout": timeout_s}, **pooling)

    # SQLAlchemy's recipe for SQLite: the driver's own BEGIN is off (it leaves DDL outside of
    # transactions) and ours is sent instead; a writer takes its lock at once, since a reader that
    # turns into a writer fails with 'locked' without waiting.
    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            cursor.execute("PRAGMA synchronous = FULL")
            if not migrating:
                cursor.execute("PRAGMA journal_mode = WAL")
                cursor.execute("PRAGMA foreign_keys = ON")
        except Exception:
            connection.close()  # it is not in the pool yet: nothing else would stop its thread
            raise
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


@contextmanager
def mapped(url: URL) -> Iterator[None]:
    """Turn what the database itself gets wrong inside the block into StorageError."""
    try:
        yield
    except (DataError, IntegrityError, NotSupportedError, ProgrammingError):
        raise
    except (DatabaseError, InterfaceError) as exc:
        raise StorageError(explain(str(exc.orig), url)) from exc


def explain(problem: str, url: URL) -> str:
    """Return a message for a person about what the driver said."""
    name = repr(url.database if sqlite_file(url) else url.render_as_string(hide_password=True))
    for sign, message in (
        ("locked", f"database is locked by another program: {name}: close it and try again"),
        ("not a database", f"not a SQLite database: {name}"),
        ("unable to open", f"cannot open the database: {name}: does its folder exist, writable?"),
        ("readonly", f"database is read-only: {name}: make the file and its folder writable"),
        ("is full", f"disk is full: {name}"),
        ("I/O error", f"disk is full or fails: {name}"),
        ("malformed", f"database is damaged: {name}: restore a backup"),
    ):
        if sign in problem:
            return message
    return f"database failed: {name}: {problem.strip().splitlines()[0] if problem.strip() else ''}"
