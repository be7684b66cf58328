"""The tables, and how our types are kept in them.

Times are UTC, vectors are little-endian float bytes, tuples and reports are JSON text: the same on
SQLite and PostgreSQL. What is here must equal what the migrations build; a test compares them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
    true,
)

from summarizer.models import Vector

AHEAD = timedelta(hours=1)
"""What was done at a time so long after now was done by a clock that was wrong."""


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


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, key: bool = False, null: bool = False) -> Column[str]:
    return Column(name, PlainText, primary_key=key, nullable=null)


def _time(name: str, *, null: bool = False) -> Column[datetime]:
    return Column(name, UtcDateTime, nullable=null)


def _number(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(start))


def _flag(name: str, start: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=true() if start else false())


feeds = Table(
    "feeds",
    metadata,
    _text("url", key=True),
    _text("outlet"),
    _text("language"),
    _flag("added"),  # by an operator: the catalogue's names do not replace theirs
    _flag("removed"),  # kept, so that the catalogue does not bring it back
    _text("etag", null=True),
    _text("last_modified", null=True),
    _time("next_at", null=True),
    _number("interval_s", 900),
    _number("failures"),
    _text("last_error", null=True),
    _time("last_ok_at", null=True),
    _time("last_tried_at", null=True),
    _flag("disabled"),
    _flag("alerted"),  # the operators were told that it is broken
)

entries = Table(  # every feed entry that was dealt with, kept or not
    "entries", metadata, _text("url", key=True), _time("seen_at"), Index(None, "seen_at")
)

skipped = Table(
    "skipped",
    metadata,
    Column("hour", UtcDateTime, primary_key=True),
    _text("language", key=True),
    _number("articles"),
)

articles = Table(
    "articles",
    metadata,
    _text("id", key=True),
    _text("url", null=True),
    _text("outlet"),
    _text("title"),
    _text("text"),
    _text("text_hash"),
    _time("published_at"),
    _time("fetched_at"),
    _text("language"),
    _flag("summary_only"),
    _number("revision", 1),
    _number("grouped_revision"),
    Column("vector", VectorBytes(16)),  # made when it is grouped
    _text("etag", null=True),
    _text("last_modified", null=True),
    Index(None, "fetched_at"),
    Index(None, "text_hash"),
)
UNGROUPED = articles.c.grouped_revision < articles.c.revision
Index(
    "ix_articles_ungrouped",
    articles.c.published_at,
    sqlite_where=UNGROUPED,
    postgresql_where=UNGROUPED,
)

queries = Table(  # the vectors of topics' texts; NULL: wanted by a process without a model
    "queries",
    metadata,
    _text("id", key=True),
    _text("text"),
    Column("vector", VectorBytes(32)),
    _time("asked_at"),
    Index(None, "asked_at"),
)
WANTED = queries.c.vector.is_(None)
Index("ix_queries_wanted", queries.c.asked_at, sqlite_where=WANTED, postgresql_where=WANTED)

stories = Table(
    "stories",
    metadata,
    _text("id", key=True),
    _text("language"),
    _time("opened_at"),
    _time("updated_at"),
    _number("version", 1),
    _number("reported_version"),  # of its latest report; 0: none yet
    _number("outlets"),
    _text("merged_into", null=True),
    Column("centroid", VectorBytes(32), nullable=False),
    Index(None, "updated_at"),
    Index(None, "merged_into"),
)
UNWRITTEN = and_(stories.c.reported_version < stories.c.version, stories.c.merged_into.is_(None))
Index(
    "ix_stories_unwritten",
    stories.c.outlets,
    stories.c.updated_at,
    stories.c.id,
    sqlite_where=UNWRITTEN,
    postgresql_where=UNWRITTEN,
)

members = Table(
    "members",
    metadata,
    Column("story_id", PlainText, ForeignKey(stories.c.id, ondelete="CASCADE"), primary_key=True),
    Column(
        "article_id", PlainText, ForeignKey(articles.c.id, ondelete="CASCADE"), primary_key=True
    ),
    _number("position"),
    Index(None, "article_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("story_id", PlainText, ForeignKey(stories.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _time("updated_at"),
    _text("body"),
    Column("vector", VectorBytes(32), nullable=False),
    Index(None, "updated_at"),
)

facts = Table(
    "facts",
    metadata,
    Column("story_id", PlainText, ForeignKey(stories.c.id, ondelete="CASCADE"), primary_key=True),
    _text("sentence_key", key=True),
    _text("fact_id"),
)

chats = Table(
    "chats",
    metadata,
    _text("id", key=True),
    _text("kind"),
    _text("title"),
    _text("language"),
    _text("timezone"),
    _text("length"),
    _flag("links", True),
    _text("quiet_from", null=True),
    _text("quiet_to", null=True),
    Column("muted_outlets", Strings, nullable=False),
    _flag("active", True),
    _text("inactive_reason", null=True),
    _time("not_before", null=True),
    _time("created_at"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    _text("id", key=True),
    Column("chat_id", PlainText, ForeignKey(chats.c.id, ondelete="CASCADE"), nullable=False),
    _number("thread_id"),
    _text("topic_key"),
    _text("topic"),
    Column("times", Strings, nullable=False),
    _text("weekdays"),  # '0123456', 0 is Monday
    _time("next_due_at", null=True),
    _time("since"),
    _time("created_at"),
    _flag("paused"),
    UniqueConstraint("chat_id", "thread_id", "topic_key"),
    Index(None, "next_due_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("chat_id"),
    _time("at"),
    Index(None, "chat_id", "at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    _text("id", key=True),
    _text("chat_id"),
    _number("thread_id"),
    _time("scheduled_at"),
    _text("kind"),
    _time("created_at"),
    _text("state"),
    _flag("late"),
    _text("reason", null=True),
    CheckConstraint("state IN ('pending', 'sent', 'failed', 'skipped')", name="state"),
    Index(None, "chat_id"),
    Index(None, "created_at"),
)

messages = Table(
    "messages",
    metadata,
    _text("id", key=True),
    Column("delivery_id", PlainText, ForeignKey(deliveries.c.id, ondelete="CASCADE")),
    Column("part", Integer, nullable=False),
    _text("chat_id"),
    _number("thread_id"),
    _time("scheduled_at"),  # the delivery's, for the order of sending
    _text("text"),
    _text("keyboard", null=True),
    _flag("silent"),
    _text("reply_to_story", null=True),
    Column("story_ids", Strings, nullable=False),
    _text("state"),
    Column("message_id", BigInteger),
    _number("attempts"),
    _flag("possible_duplicate"),
    _time("not_before", null=True),
    _time("sent_at", null=True),
    _time("edit_at", null=True),  # when the chat's copy is to be given this text
    _text("error", null=True),
    CheckConstraint("state IN ('pending', 'sending', 'sent', 'failed', 'skipped')", name="state"),
    UniqueConstraint("delivery_id", "part"),
    Index(None, "state", "scheduled_at"),
    Index(None, "chat_id", "state"),
)
Index(
    "ix_messages_possible_duplicate",
    messages.c.id,
    sqlite_where=messages.c.possible_duplicate,
    postgresql_where=messages.c.possible_duplicate,
)

EDITED = messages.c.edit_at.is_not(None)
Index("ix_messages_edit_at", messages.c.edit_at, sqlite_where=EDITED, postgresql_where=EDITED)

rereads = Table(  # when the pages of cited articles are read again
    "rereads",
    metadata,
    _text("article_id", key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Index(None, "due_at"),
)

told = Table(  # the facts and stories that scheduled digests told a chat
    "told",
    metadata,
    _text("chat_id", key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    _text("kind", key=True),  # 'fact' or 'story'
    _text("subject_id", key=True),
    _text("delivery_id"),
    Column("part", Integer, nullable=False),
    _time("told_at"),
    Index(None, "delivery_id"),
    Index(None, "told_at"),
)

follows = Table(  # the stories whose news a chat wants as it comes
    "follows",
    metadata,
    Column("chat_id", PlainText, ForeignKey(chats.c.id, ondelete="CASCADE"), primary_key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    Column("story_id", PlainText, ForeignKey(stories.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    _time("since"),
    _time("not_before"),
    Index(None, "story_id"),
    Index(None, "not_before"),
)

dislikes = Table(  # the stories that a chat wants fewer of
    "dislikes",
    metadata,
    Column("chat_id", PlainText, ForeignKey(chats.c.id, ondelete="CASCADE"), primary_key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    _text("story_id", key=True),
    Column("vector", VectorBytes(16), nullable=False),
    _time("at"),
    Index(None, "at"),
)

posts = Table(  # which message told a chat of a story
    "posts",
    metadata,
    _text("chat_id", key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    _text("story_id", key=True),
    Column("message_id", BigInteger, nullable=False),
    _time("sent_at"),
    Index(None, "sent_at"),
    Index(None, "story_id"),
)

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    _text("chat_id", null=True),
    _text("payload"),
    _time("received_at"),
    _time("handled_at", null=True),
    Index(None, "chat_id"),
    Index(None, "handled_at"),
)
