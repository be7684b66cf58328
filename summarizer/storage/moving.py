"""All rows of one chat, whichever tables they are in: moved, deleted, written out."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import and_, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.storage.columns import VectorBytes
from summarizer.storage.schema import (
    chats,
    deliveries,
    dislikes,
    follows,
    messages,
    posts,
    requests,
    subscriptions,
    told,
    updates,
)

# A table with a chat_id that is missing here is found by a test.
CHAT_TABLES = (subscriptions, follows, dislikes, requests, deliveries, messages, told, posts)

# What makes a row of these tables unique beside the chat.
_KEYS = {
    subscriptions: ("thread_id", "topic_key"),
    follows: ("thread_id", "story_id"),
    dislikes: ("thread_id", "story_id"),
    told: ("thread_id", "kind", "subject_id"),
}


async def move_rows(connection: AsyncConnection, old_id: str, new_id: str) -> None:
    """Give the rows of one chat to another, which keeps its own where both have the same."""
    await connection.execute(delete(posts).where(posts.c.chat_id == old_id))
    for table, names in _KEYS.items():
        other = table.alias()
        same = and_(other.c.chat_id == new_id, *(other.c[n] == table.c[n] for n in names))
        doubled = exists(select(other.c.chat_id).where(same))
        await connection.execute(delete(table).where(table.c.chat_id == old_id, doubled))
    for table in (*CHAT_TABLES, updates):
        await connection.execute(
            update(table).where(table.c.chat_id == old_id).values(chat_id=new_id)
        )


async def delete_rows(connection: AsyncConnection, chat_id: str) -> None:
    """Delete a chat's rows; of its updates only the number stays, so that none is handled twice."""
    for table in CHAT_TABLES:
        await connection.execute(delete(table).where(table.c.chat_id == chat_id))
    await connection.execute(
        update(updates)
        .where(updates.c.chat_id == chat_id)
        .values(chat_id=None, payload="", handled_at=updates.c.received_at)
    )


async def export_rows(connection: AsyncConnection, chat_id: str) -> dict[str, object]:
    """Return a chat's rows by table, as JSON types."""
    found: dict[str, object] = {}
    for table in (chats, *CHAT_TABLES, updates):
        key = table.c.id if table is chats else table.c.chat_id
        # A vector is what a story is compared by, and says nothing to people.
        columns = [c for c in table.columns if not isinstance(c.type, VectorBytes)]
        query = select(*columns).where(key == chat_id).order_by(*table.primary_key.columns)
        rows = (await connection.execute(query)).mappings().all()
        found[table.name] = [{name: _json(name, row[name]) for name in row} for row in rows]
    return found


def _json(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if name == "topic" and isinstance(value, str):
        return json.loads(value)
    return value
