"""Opening a database: which revision it has, a backup, the migrations."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import structlog
from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Connection, inspect, text

from summarizer.errors import NewerDatabaseError, StorageError
from summarizer.storage import backups
from summarizer.storage.database import explain, make_engine, mapped, parse_url, sqlite_file
from summarizer.storage.migrations import VERSION_TABLE, make_config, revisions

log = structlog.get_logger(__name__)

# Any number, the same in every process: the PostgreSQL lock that migrations are made under.
_LOCK = 0x6469676573740001


async def upgrade(text_url: str, *, timeout_s: float = 30.0) -> bool:
    """Bring the database to this code's schema; return whether that changed anything.

    A new database is made. A SQLite file that is about to change is first copied beside itself
    (`digest.db.before-REVISION`). All steps happen in one transaction under a lock: a kill leaves
    the old schema, and of two processes that start at once one waits and then finds nothing to do.
    Raises NewerDatabaseError for a revision this code does not know, StorageError for a database
    that cannot be used or is not ours.
    """
    url = parse_url(text_url)
    file = sqlite_file(url)
    if file is not None:
        await asyncio.to_thread(_probe, file, url, timeout_s)
    engine = make_engine(url, timeout_s=timeout_s, migrating=True)
    try:
        with mapped(url):
            async with engine.connect() as connection:
                found = await connection.run_sync(revision, url)
            if found == revisions()[0]:
                return False
            log.info("upgrading database", found=found, wanted=revisions()[0])
            if file is not None and found is not None:
                copy = file.with_name(f"{file.name}.before-{found}")
                await asyncio.to_thread(backups.copy, file, copy, replace=True)
            async with engine.execution_options(writing=True).begin() as connection:
                changed = await connection.run_sync(_migrate, url)
            log.info("database upgraded", changed=changed)
            return changed
    finally:
        await engine.dispose()


def revision(connection: Connection, url: URL) -> str | None:
    """Return the database's revision, None for an empty one.

    Raises NewerDatabaseError where this code does not know it and StorageError where the tables
    are another program's, or the server's encoding is not UTF8.
    """
    name = repr(url.database)
    if connection.dialect.name == "postgresql":
        encoding = connection.execute(text("SHOW server_encoding")).scalar()
        if encoding != "UTF8":
            raise StorageError(
                f"database {name} has the encoding {encoding}, which cannot hold every letter: "
                "make it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            )
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    found = context.get_current_revision()
    if found is None:
        tables = set(inspect(connection).get_table_names()) - {VERSION_TABLE}
        if url.get_backend_name() == "postgresql":
            # A PostgreSQL database may hold other programs' tables beside ours.
            tables &= {"articles", "chats", "subscriptions", "updates"}
        if tables:
            raise StorageError(f"not a digest-bot database: {name}: it has a table {min(tables)!r}")
    elif found not in revisions():
        raise NewerDatabaseError(
            f"database is newer than this version: {name} has revision {found!r}: update digest-bot"
        )
    return found


def _migrate(connection: Connection, url: URL) -> bool:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if revision(connection, url) == revisions()[0]:
        return False
    config = make_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise StorageError(f"migration broke references in table {broken[0]!r}; undone")
    return True


def _probe(file: Path, url: URL, timeout_s: float) -> None:
    """Raise StorageError unless the file can be opened as a database; makes a missing one.

    aiosqlite is not asked first: where it fails to open a file it leaves a thread that may outlive
    the event loop and then prints a traceback.
    """
    if not file.absolute().parent.is_dir():
        raise StorageError(f"no such folder for the database: {str(file.absolute().parent)!r}")
    try:
        with closing(sqlite3.connect(file, timeout=timeout_s)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as exc:
        raise StorageError(explain(str(exc), url)) from exc
