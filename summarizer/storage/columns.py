"""How types are kept in columns: times in UTC, vectors as little-endian floats, tuples as JSON.

The same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Text,
    TypeDecorator,
    false,
    true,
)

from summarizer.models import Vector


def plain(text: str) -> str:
    """Return the text without what cannot be kept: NUL characters and lone surrogates."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime; given in any zone, kept and returned in UTC. Naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite has no zones: what comes back is the UTC time that was put in, naive.
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text without what PostgreSQL or UTF-8 cannot hold: NUL characters and lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else plain(value)


class Strings(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, as a JSON list."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(list(value), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(json.loads(value))


class VectorBytes(TypeDecorator[Vector]):
    """A vector as its bytes; 16 bits do for articles: a cosine moves by less than 1e-3."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, bits: Literal[16, 32] = 32) -> None:
        super().__init__()
        self.bits = bits

    def process_bind_param(self, value: Vector | None, dialect: Dialect) -> bytes | None:
        return None if value is None else np.asarray(value).astype(f"<f{self.bits // 8}").tobytes()

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Vector | None:
        kind = f"<f{self.bits // 8}"
        return None if value is None else np.frombuffer(value, dtype=kind).astype(np.float32)


def text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, PlainText, primary_key=key, nullable=null)


def time(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=null)


def number(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(start))


def flag(name: str, start: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=true() if start else false())
