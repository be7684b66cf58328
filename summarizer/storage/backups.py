"""Copies of a SQLite database, made while it is in use and checked before they count."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from summarizer.errors import StorageError
from summarizer.storage.database import explain, parse_url, sqlite_file


def backup(url: str, target: Path) -> None:
    """Copy the database to a new file `target`; other programs may go on using it.

    Raises StorageError where the target exists, the database is damaged or is PostgreSQL.
    """
    copy(_file(url, "back it up with pg_dump"), target)


def restore(url: str, source: Path, *, timeout_s: float = 10.0) -> None:
    """Put the content of the backup `source` in the place of the database's.

    What was there is first copied to `….before-restore`. The backup is checked before anything is
    touched and the change is one transaction. An older backup is upgraded at the next start.
    Raises StorageError where the source is no sound digest-bot database, the database is in use or
    is PostgreSQL.
    """
    file = _file(url, "restore it with pg_restore from what pg_dump wrote")
    _check(source)
    if file.exists():
        copy(file, file.with_name(f"{file.name}.before-restore"), replace=True)
    _copy_pages(source, file, timeout_s=timeout_s)


def copy(source: Path, target: Path, *, replace: bool = False) -> None:
    """Copy one SQLite file to another, through a checked copy beside the target."""
    if not source.is_file():
        raise StorageError(f"no such database: {str(source)!r}")
    if target.exists() and not replace:
        raise StorageError(f"file exists: {str(target)!r}: choose another name")
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        _copy_pages(source, partial)
        _check(partial)
        partial.replace(target)
    except OSError as exc:
        raise StorageError(f"cannot write the copy: {str(target)!r}: {exc.strerror}") from exc
    finally:
        for name in (partial, partial.with_name(f"{partial.name}-journal")):
            if name.exists():
                name.unlink()


def _copy_pages(source: Path, target: Path, *, timeout_s: float = 10.0) -> None:
    try:
        with closing(_open(source, "ro")) as old, closing(_open(target, "rwc", timeout_s)) as new:
            # A copy travels as one file, without what WAL keeps beside it; and this fails at once
            # where the target is open in another program.
            new.execute("PRAGMA journal_mode = DELETE")
            old.backup(new, progress=_progress())
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as exc:
        failed = parse_url(f"sqlite:///{target if target.exists() else source}")
        raise StorageError(explain(str(exc), failed)) from exc


def _progress() -> Callable[[int, int, int], None]:
    """Return what stops a copy from waiting for ever for a locked database: ten seconds do."""
    tries = itertools.count()

    def check(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and next(tries) >= 40:
            raise sqlite3.OperationalError("database is locked")

    return check


def _check(file: Path) -> None:
    """Raise StorageError unless the file is a sound digest-bot database."""
    if not file.is_file():
        raise StorageError(f"no such file: {str(file)!r}")
    try:
        with closing(_open(file, "ro")) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.execute("SELECT version_num FROM digest_bot_version").fetchone()
    except sqlite3.Error as exc:
        raise StorageError(f"not a sound digest-bot database: {str(file)!r}: {exc}") from exc
    if verdict != "ok":
        raise StorageError(f"database is damaged: {str(file)!r}: {verdict}")


def _open(file: Path, mode: str, timeout_s: float = 10.0) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=timeout_s)


def _file(text_url: str, advice: str) -> Path:
    file = sqlite_file(parse_url(text_url))
    if file is None:
        raise StorageError(f"not for PostgreSQL: {advice}")
    return file
