"""What chats were told by scheduled digests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select

from summarizer.storage.database import Database, batches
from summarizer.storage.merging import find_heirs
from summarizer.storage.schema import told

FactsAndStories = tuple[frozenset[str], frozenset[str]]
"""Their ids."""
NOTHING: FactsAndStories = (frozenset(), frozenset())


class Told:
    """The facts and stories that chats were told; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, chat_id: str, thread_id: int) -> FactsAndStories:
        """Return the ids of the facts and of the stories that scheduled digests told a chat.

        A story that one of these was merged into counts as told.
        """
        return (await self.of_all([chat_id])).get((chat_id, thread_id), NOTHING)

    async def of_all(self, chat_ids: Iterable[str]) -> dict[tuple[str, int], FactsAndStories]:
        """Return `of` for each chat and thread that was told anything."""
        found: dict[tuple[str, int], dict[str, frozenset[str]]] = {}
        # A chat is told thousands of facts in a month: as one string they are read much faster.
        ids = func.aggregate_strings(told.c.subject_id, " ").label("ids")
        async with self._database.read() as connection:
            for batch in batches(chat_ids):
                query = select(told.c.chat_id, told.c.thread_id, told.c.kind, ids)
                query = query.where(told.c.chat_id.in_(batch))
                query = query.group_by(told.c.chat_id, told.c.thread_id, told.c.kind)
                for row in await connection.execute(query):
                    kinds = found.setdefault((row.chat_id, row.thread_id), {})
                    kinds[row.kind] = frozenset(row.ids.split())
            stories = {place: kinds.get("story", frozenset()) for place, kinds in found.items()}
            heirs = await find_heirs(connection, frozenset[str]().union(*stories.values()))
        return {
            place: (
                kinds.get("fact", frozenset()),
                stories[place].union(heirs[id] for id in stories[place] if id in heirs),
            )
            for place, kinds in found.items()
        }

    async def purge(self, before: datetime) -> None:
        """Forget what was told before."""
        async with self._database.write() as connection:
            await connection.execute(delete(told).where(told.c.told_at < before))
