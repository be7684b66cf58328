"""The tables. What is here must equal what the migrations build; a test compares them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    and_,
)

from summarizer.storage.columns import (
    PlainText,
    Strings,
    UtcDateTime,
    VectorBytes,
    flag,
    number,
    text,
    time,
)

AHEAD = timedelta(hours=1)
"""What was done at a time so long after now was done by a clock that was wrong."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


feeds = Table(
    "feeds",
    metadata,
    text("url", key=True),
    text("outlet"),
    text("language"),
    flag("added"),  # by an operator: the catalogue's names do not replace theirs
    flag("removed"),  # kept, so that the catalogue does not bring it back
    text("etag", null=True),
    text("last_modified", null=True),
    time("next_at", null=True),
    number("interval_s", 900),
    number("failures"),
    text("last_error", null=True),
    time("last_ok_at", null=True),
    time("last_tried_at", null=True),
    flag("disabled"),
    flag("alerted"),  # the operators were told that it is broken
)

entries = Table(  # every feed entry that was dealt with, kept or not
    "entries", metadata, text("url", key=True), time("seen_at"), Index(None, "seen_at")
)

skipped = Table(
    "skipped",
    metadata,
    Column("hour", UtcDateTime, primary_key=True),
    text("language", key=True),
    number("articles"),
)

articles = Table(
    "articles",
    metadata,
    text("id", key=True),
    text("url", null=True),
    text("outlet"),
    text("title"),
    text("text"),
    text("text_hash"),
    time("published_at"),
    time("fetched_at"),
    text("language"),
    flag("summary_only"),
    number("revision", 1),
    number("grouped_revision"),
    Column("vector", VectorBytes(16)),  # made when it is grouped
    text("etag", null=True),
    text("last_modified", null=True),
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
    text("id", key=True),
    text("text"),
    Column("vector", VectorBytes(32)),
    time("asked_at"),
    Index(None, "asked_at"),
)
WANTED = queries.c.vector.is_(None)
Index("ix_queries_wanted", queries.c.asked_at, sqlite_where=WANTED, postgresql_where=WANTED)

stories = Table(
    "stories",
    metadata,
    text("id", key=True),
    text("language"),
    time("opened_at"),
    time("updated_at"),
    number("version", 1),
    number("reported_version"),  # of its latest report; 0: none yet
    number("outlets"),
    text("merged_into", null=True),
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
    number("position"),
    Index(None, "article_id"),
)

reports = Table(
    "reports",
    metadata,
    Column("story_id", PlainText, ForeignKey(stories.c.id, ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    time("updated_at"),
    text("body"),
    Column("vector", VectorBytes(32), nullable=False),
    Index(None, "updated_at"),
)

facts = Table(
    "facts",
    metadata,
    Column("story_id", PlainText, ForeignKey(stories.c.id, ondelete="CASCADE"), primary_key=True),
    text("sentence_key", key=True),
    text("fact_id"),
)

chats = Table(
    "chats",
    metadata,
    text("id", key=True),
    text("kind"),
    text("title"),
    text("language"),
    text("timezone"),
    text("length"),
    flag("links", True),
    text("quiet_from", null=True),
    text("quiet_to", null=True),
    Column("muted_outlets", Strings, nullable=False),
    flag("active", True),
    text("inactive_reason", null=True),
    time("not_before", null=True),
    Column("location_button", BigInteger),  # the message that put it below the chat
    time("created_at"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    text("id", key=True),
    Column("chat_id", PlainText, ForeignKey(chats.c.id, ondelete="CASCADE"), nullable=False),
    number("thread_id"),
    text("topic_key"),
    text("topic"),
    Column("times", Strings, nullable=False),
    text("weekdays"),  # '0123456', 0 is Monday
    time("next_due_at", null=True),
    time("since"),
    time("created_at"),
    flag("paused"),
    UniqueConstraint("chat_id", "thread_id", "topic_key"),
    Index(None, "next_due_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    text("chat_id"),
    time("at"),
    Index(None, "chat_id", "at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    text("id", key=True),
    text("chat_id"),
    number("thread_id"),
    time("scheduled_at"),
    text("kind"),
    time("created_at"),
    text("state"),
    flag("late"),
    text("reason", null=True),
    CheckConstraint("state IN ('pending', 'sent', 'failed', 'skipped')", name="state"),
    Index(None, "chat_id"),
    Index(None, "created_at"),
)

messages = Table(
    "messages",
    metadata,
    text("id", key=True),
    Column("delivery_id", PlainText, ForeignKey(deliveries.c.id, ondelete="CASCADE")),
    Column("part", Integer, nullable=False),
    text("chat_id"),
    number("thread_id"),
    time("scheduled_at"),  # the delivery's, for the order of sending
    text("text"),
    text("keyboard", null=True),
    flag("silent"),
    text("reply_to_story", null=True),
    Column("story_ids", Strings, nullable=False),
    text("state"),
    Column("message_id", BigInteger),
    number("attempts"),
    flag("possible_duplicate"),
    time("not_before", null=True),
    time("sent_at", null=True),
    time("edit_at", null=True),  # when the chat's copy is to be given this text
    text("error", null=True),
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
    text("article_id", key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Index(None, "due_at"),
)

told = Table(  # the facts and stories that scheduled digests told a chat
    "told",
    metadata,
    text("chat_id", key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    text("kind", key=True),  # 'fact' or 'story'
    text("subject_id", key=True),
    text("delivery_id"),
    Column("part", Integer, nullable=False),
    time("told_at"),
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
    time("since"),
    time("not_before"),
    Index(None, "story_id"),
    Index(None, "not_before"),
)

dislikes = Table(  # the stories that a chat wants fewer of
    "dislikes",
    metadata,
    Column("chat_id", PlainText, ForeignKey(chats.c.id, ondelete="CASCADE"), primary_key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    text("story_id", key=True),
    Column("vector", VectorBytes(16), nullable=False),
    time("at"),
    Index(None, "at"),
)

posts = Table(  # which message told a chat of a story
    "posts",
    metadata,
    text("chat_id", key=True),
    Column("thread_id", Integer, primary_key=True, autoincrement=False),
    text("story_id", key=True),
    Column("message_id", BigInteger, nullable=False),
    time("sent_at"),
    Index(None, "sent_at"),
    Index(None, "story_id"),
)

updates = Table(
    "updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    text("chat_id", null=True),
    text("payload"),
    time("received_at"),
    time("handled_at", null=True),
    Index(None, "chat_id"),
    Index(None, "handled_at"),
)
