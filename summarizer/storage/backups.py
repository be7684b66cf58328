"""Copies of a SQLite database, made while it is in use and checked before they count."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from summarizer.errors import NewerDatabaseError, StorageError
from summarizer.storage.database import explain, parse_url, sqlite_file
from summarizer.storage.migrations import VERSION_TABLE, revisions

_log = logging.getLogger(__name__)


def backup(url: str, target: Path) -> None:
    """Copy the database to a new file `target`; other programs may go on using it.

    Raises StorageError where the target exists, the database is damaged or is PostgreSQL.
    """
    copy(_file(url, "back it up with pg_dump"), target)


def restore(url: str, source: Path, *, timeout_s: float = 10.0) -> None:
    """Put the backup `source` in the place of the database, which no other program may have open.

    The database as it was, be it damaged, is kept beside it as `….before-restore`. The backup is
    checked before anything is touched; an older one is upgraded at the next start. Raises
    StorageError where the source is no sound digest-bot database of this or an earlier version, or
    the database is in use or is PostgreSQL.
    """
    file = _file(url, "restore it with pg_restore from what pg_dump wrote")
    verify(source)
    if file.exists():
        _set_aside(file, timeout_s)
    copy(source, file, replace=True)


def copy(source: Path, target: Path, *, replace: bool = False) -> None:
    """Copy one SQLite file to another, through a checked copy beside the target."""
    if not source.is_file():
        raise StorageError(f"no such database: {str(source)!r}")
    if not target.absolute().parent.is_dir():
        raise StorageError(f"no such folder: {str(target.absolute().parent)!r}")
    if target.exists() and not replace:
        raise StorageError(f"file exists: {str(target)!r}: choose another name")
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        _copy_pages(source, partial)
        verify(partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _copy_pages(source: Path, target: Path) -> None:
    try:
        with closing(_open(source, "ro")) as old, closing(_open(target, "rwc")) as new:
            old.backup(new)
            # A copy travels as one file, without what WAL keeps beside it.
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as exc:
        raise StorageError(explain(str(exc), parse_url(f"sqlite:///{target}"))) from exc
    except sqlite3.DatabaseError as exc:
        raise StorageError(explain(str(exc), parse_url(f"sqlite:///{source}"))) from exc


def _set_aside(file: Path, timeout_s: float) -> None:
    """Copy a database that is about to be replaced, whatever state it is in."""
    try:
        with closing(_open(file, "rw", timeout_s)) as connection:
            # Brings in what WAL keeps beside the file; refused while another program has it open.
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as exc:
        raise StorageError(explain(str(exc), parse_url(f"sqlite:///{file}"))) from exc
    except sqlite3.DatabaseError:
        _log.warning("the database that is replaced is damaged", extra={"file": str(file)})
    shutil.copyfile(file, file.with_name(f"{file.name}.before-restore"))
    for ending in ("-wal", "-shm"):  # of a damaged database; they would be taken for the new one's
        file.with_name(file.name + ending).unlink(missing_ok=True)


def verify(file: Path) -> None:
    """Raise StorageError unless the file is a sound digest-bot database that this code can use."""
    if not file.is_file():
        raise StorageError(f"no such file: {str(file)!r}")
    try:
        with closing(_open(file, "ro")) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
            found = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()
    except sqlite3.Error as exc:
        raise StorageError(f"not a sound digest-bot database: {str(file)!r}: {exc}") from exc
    if verdict != "ok":
        raise StorageError(f"database is damaged: {str(file)!r}: {verdict}")
    if orphan is not None:
        table, _, parent, _ = orphan
        raise StorageError(
            f"database is damaged: {str(file)!r}: a row of {table} belongs to none of {parent}"
        )
    if found is None or found[0] not in revisions():
        raise NewerDatabaseError(f"database is newer than this version: {str(file)!r}")


def _open(file: Path, mode: str, timeout_s: float = 10.0) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout_s)


def _file(text_url: str, advice: str) -> Path:
    file = sqlite_file(parse_url(text_url))
    if file is None:
        raise StorageError(f"not for PostgreSQL: {advice}")
    return file
