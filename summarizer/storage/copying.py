"""Moving a database: every row of one to another, resumable, compared at the end.

Rows go in the order of their keys, so what the target has is where a copy that was broken off goes
on. A table's checksum is the sum of its rows' hashes: it does not depend on an order that the two
databases might see differently.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Table,
    Text,
    TypeDecorator,
    collate,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.errors import StorageError
from summarizer.storage.database import Database, make_engine, parse_url
from summarizer.storage.opening import upgrade
from summarizer.storage.schema import metadata

BATCH = 1000

Progress = Callable[[str, int, int], None]
"""Called with a table's name, how many of its rows are there, and how many there will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """One table, the same on both sides."""

    name: str
    rows: int
    checksum: str


async def copy_database(
    source_url: str, target_url: str, *, progress: Progress | None = None
) -> list[CopiedTable]:
    """Copy all rows of a SQLite database into a PostgreSQL one and compare the two.

    Called again after it was broken off, it goes on where it was. No process may be at work on
    either. Raises StorageError where the target holds other rows, or the two differ at the end.
    """
    source_of, target_of = parse_url(source_url), parse_url(target_url)
    if (source_of.get_backend_name(), target_of.get_backend_name()) != ("sqlite", "postgresql"):
        raise StorageError("copies go from SQLite to PostgreSQL: name a postgresql+psycopg://… URL")
    for url in (source_url, target_url):
        await upgrade(url)
    source = Database(make_engine(source_of, timeout_s=30))
    target = Database(make_engine(target_of, timeout_s=30))
    try:
        async with source.read() as old:  # one transaction: all tables as of one moment
            return [
                await _copy_table(table, old, target, progress) for table in metadata.sorted_tables
            ]
    finally:
        await source.close()
        await target.close()


async def _copy_table(
    table: Table, old: AsyncConnection, target: Database, progress: Progress | None
) -> CopiedTable:
    total = (await old.execute(select(func.count()).select_from(table))).scalar_one()
    async with target.read() as connection:
        before = await _sum(_pages(connection, table))
        last = await _last_key(connection, table)
    done = _Sum()
    async for page in _pages(old, table):
        if last is None or _key(table, page[0]) > last:
            break
        done.add([row for row in page if _key(table, row) <= last])
    if done != before:
        raise StorageError(
            f"the target has other rows in table {table.name!r}: copy into an empty database"
        )
    async for page in _pages(old, table, after=last):
        async with target.write() as connection:
            await connection.execute(target.insert(table), [dict(row._mapping) for row in page])
        done.add(page)
        if progress:
            progress(table.name, done.rows, total)
    async with target.write() as connection:
        there = await _sum(_pages(connection, table))
        await _advance_sequence(connection, table)
    if there != done:
        raise StorageError(
            f"table {table.name!r} differs: {done.rows} rows with checksum {done.checksum} here, "
            f"{there.rows} with {there.checksum} there; is another process at work on it?"
        )
    return CopiedTable(name=table.name, rows=done.rows, checksum=done.checksum)


class _Sum:
    """How many rows there are, and the sum of their hashes."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, page: Sequence[Row[*tuple[Any, ...]]]) -> None:
        self.rows += len(page)
        for row in page:
            digest = blake2b("\x1f".join(_text(value) for value in row).encode(), digest_size=8)
            self._sum = (self._sum + int.from_bytes(digest.digest())) % 2**64

    @property
    def checksum(self) -> str:
        return f"{self._sum:016x}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self.rows, self._sum) == (other.rows, other._sum)

    def __hash__(self) -> int:
        return hash((self.rows, self._sum))


async def _sum(pages: AsyncIterator[Sequence[Row[*tuple[Any, ...]]]]) -> _Sum:
    found = _Sum()
    async for page in pages:
        found.add(page)
    return found


async def _pages(
    connection: AsyncConnection, table: Table, after: tuple[Any, ...] | None = None
) -> AsyncIterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yield the rows in the order of their keys, some at a time."""
    keys = _ordered_keys(connection, table)
    while True:
        query = select(table).order_by(*keys).limit(BATCH)
        if after is not None:
            columns = table.primary_key.columns
            seen = [literal(v, c.type) for c, v in zip(columns, after, strict=True)]
            query = query.where(tuple_(*keys) > tuple_(*seen))
        page = (await connection.execute(query)).all()
        if page:
            yield page
            after = _key(table, page[-1])
        if len(page) < BATCH:
            return


async def _last_key(connection: AsyncConnection, table: Table) -> tuple[Any, ...] | None:
    descending = [key.desc() for key in _ordered_keys(connection, table)]
    query = select(*table.primary_key.columns).order_by(*descending).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else tuple(row)


def _ordered_keys(connection: AsyncConnection, table: Table) -> list[ColumnElement[Any]]:
    """Return the key's columns, compared by their bytes in both databases, as Python does."""
    columns: list[ColumnElement[Any]] = []
    for column in table.primary_key.columns:
        kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
        by_bytes = connection.dialect.name == "postgresql" and isinstance(kind, Text)
        columns.append(collate(column, "C") if by_bytes else column)
    return columns


def _key(table: Table, row: Row[*tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(row._mapping[column] for column in table.primary_key.columns)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, np.ndarray):
        return value.tobytes().hex()
    return repr(value)


async def _advance_sequence(connection: AsyncConnection, table: Table) -> None:
    """Let the numbers that the target gives out go on after those that were copied."""
    [first, *_] = table.primary_key.columns
    if table.autoincrement_column is not None and isinstance(first.type, Integer):
        await connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{first.name}'),"
                f" (SELECT max({first.name}) FROM {table.name}))"
            )
        )
