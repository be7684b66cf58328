"""The updates from the messenger, kept before they are acted on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update

from summarizer.storage.database import Database, Work
from summarizer.storage.schema import updates


class Updates:
    """The updates; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(
        self, update_id: int, payload: str, at: datetime, *, chat_id: str | None = None
    ) -> bool:
        """Keep an update before it is acted on; False if it is known and need not be.

        With `chat_id` its payload is among what is exported and deleted with the chat.
        """
        statement = self._database.insert(updates).values(
            update_id=update_id, payload=payload, received_at=at, chat_id=chat_id
        )
        async with self._database.write() as connection:
            result = await connection.execute(
                statement.on_conflict_do_nothing().returning(updates.c.update_id)
            )
            is_new = result.one_or_none() is not None
            if is_new:
                left = Work(kind="handle", id=str(update_id), chat_id=chat_id or "")
                await self._database.leave(connection, [left])
            return is_new

    async def waiting(self, update_id: int) -> str | None:
        """Return the payload of an update that was not acted on; None if it was."""
        query = select(updates.c.payload).where(
            updates.c.update_id == update_id, updates.c.handled_at.is_(None)
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def left_over(self, before: datetime, limit: int) -> list[tuple[int, str]]:
        """Return the ids and chats of updates received before that were not acted on, in order."""
        query = (
            select(updates.c.update_id, updates.c.chat_id)
            .where(updates.c.handled_at.is_(None), updates.c.received_at < before)
            .order_by(updates.c.update_id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return [(row.update_id, row.chat_id or "") for row in rows]

    async def handled(self, update_id: int, at: datetime) -> None:
        """Record that an update was acted on; what people wrote is not kept any longer."""
        async with self._database.write() as connection:
            await connection.execute(
                update(updates)
                .where(updates.c.update_id == update_id)
                .values(handled_at=at, payload="", chat_id=None)
            )

    async def unhandled(self) -> list[str]:
        """Return the payloads of the updates that a crash kept from being acted on, in order."""
        query = select(updates.c.payload).where(updates.c.handled_at.is_(None))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(updates.c.update_id))
            return [row.payload for row in rows]

    async def purge(self, before: datetime) -> int:
        """Forget the numbers of updates received before and handled; return how many."""
        statement = delete(updates).where(
            updates.c.received_at < before, updates.c.handled_at.is_not(None)
        )
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount
