"""The stories that chats follow, and those they want fewer of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.models import Vector
from summarizer.storage.database import Database, batches
from summarizer.storage.merging import find_family, find_heirs
from summarizer.storage.schema import chats, dislikes, follows, stories


@dataclass(frozen=True, slots=True, kw_only=True)
class Follow:
    """A story whose news a chat, or one thread of it, is told as they come."""

    chat_id: str
    thread_id: int = 0
    story_id: str
    version: int
    """Of the story, as it was when last looked at."""
    since: datetime
    """What came up after this is news."""
    not_before: datetime
    """Nothing is told before."""


class Follows:
    """What chats think of single stories; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow(self, follow: Follow) -> None:
        """Follow a story from now on; one that is followed already stays as it is."""
        async with self._database.write() as connection:
            heirs = await find_heirs(connection, [follow.story_id])
            story_id = heirs.get(follow.story_id, follow.story_id)
            values = _values(replace(follow, story_id=story_id))
            statement = self._database.insert(follows).values(values)
            await connection.execute(statement.on_conflict_do_nothing())

    async def unfollow(self, chat_id: str, thread_id: int, story_id: str) -> None:
        """Follow a story no more, nor those that were merged into it."""
        async with self._database.write() as connection:
            family = await self._relatives(connection, story_id)
            place = _place(follows, chat_id, thread_id)
            await connection.execute(delete(follows).where(place, follows.c.story_id.in_(family)))

    async def end(self, chat_id: str, thread_id: int) -> int:
        """Follow nothing any more in a thread of a chat; return how many stories it were."""
        async with self._database.write() as connection:
            place = _place(follows, chat_id, thread_id)
            return (await connection.execute(delete(follows).where(place))).rowcount

    async def followed(self, chat_id: str, thread_id: int) -> frozenset[str]:
        """Return the stories that a chat follows, with all that were merged into these."""
        query = select(follows.c.story_id).where(_place(follows, chat_id, thread_id))
        found: set[str] = set()
        async with self._database.read() as connection:
            for row in (await connection.execute(query)).all():
                found |= await self._relatives(connection, row.story_id)
        return frozenset(found)

    async def due(self, now: datetime, limit: int) -> list[Follow]:
        """Return the follows of active chats whose story has a new version, or was merged."""
        changed = or_(
            stories.c.reported_version > follows.c.version, stories.c.merged_into.is_not(None)
        )
        query = (
            select(*follows.c)
            .join(stories, stories.c.id == follows.c.story_id)
            .join(chats, chats.c.id == follows.c.chat_id)
            .where(follows.c.not_before <= now, changed, chats.c.active.is_(True))
            .order_by(follows.c.not_before, follows.c.chat_id, follows.c.story_id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [Follow(**row._mapping) for row in await connection.execute(query)]

    async def keep(self, follow: Follow) -> None:
        """Keep a follow as it is given; one that was ended meanwhile stays so."""
        async with self._database.write() as connection:
            await keep_follow(connection, follow)

    async def move(self, follow: Follow, story_id: str) -> Follow:
        """Let a follow go on with the story that its own was merged into; return it."""
        moved = replace(follow, story_id=story_id, version=0)
        async with self._database.write() as connection:
            done = await connection.execute(delete(follows).where(_same(follow)))
            if done.rowcount:
                statement = self._database.insert(follows).values(_values(moved))
                await connection.execute(statement.on_conflict_do_nothing())
        return moved

    async def dislike(
        self, chat_id: str, thread_id: int, story_id: str, vector: Vector, at: datetime
    ) -> None:
        """Remember that a chat wants fewer stories like this one."""
        statement = self._database.insert(dislikes).values(
            chat_id=chat_id, thread_id=thread_id, story_id=story_id, vector=vector, at=at
        )
        async with self._database.write() as connection:
            await connection.execute(statement.on_conflict_do_nothing())

    async def forgive(self, chat_id: str, thread_id: int, story_id: str) -> None:
        """Take a dislike back."""
        place = _place(dislikes, chat_id, thread_id)
        async with self._database.write() as connection:
            await connection.execute(delete(dislikes).where(place, dislikes.c.story_id == story_id))

    async def disliked(self, chat_id: str, thread_id: int) -> dict[str, Vector]:
        """Return the vectors of the stories that a chat wants fewer of, by story id."""
        return (await self.disliked_all([chat_id])).get((chat_id, thread_id), {})

    async def disliked_all(
        self, chat_ids: Iterable[str]
    ) -> dict[tuple[str, int], dict[str, Vector]]:
        """Return `disliked` for each chat and thread that wants fewer of any."""
        found: dict[tuple[str, int], dict[str, Vector]] = {}
        async with self._database.read() as connection:
            for batch in batches(chat_ids):
                query = select(dislikes).where(dislikes.c.chat_id.in_(batch))
                for row in await connection.execute(query):
                    disliked = found.setdefault((row.chat_id, row.thread_id), {})
                    disliked[row.story_id] = row.vector
        return found

    async def purge(self, before: datetime) -> None:
        """Forget the dislikes from before; follows end with their stories."""
        async with self._database.write() as connection:
            await connection.execute(delete(dislikes).where(dislikes.c.at < before))

    async def _relatives(self, connection: AsyncConnection, story_id: str) -> set[str]:
        heirs = await find_heirs(connection, [story_id])
        return {story_id} | await find_family(connection, heirs.get(story_id, story_id))


async def keep_follow(connection: AsyncConnection, follow: Follow) -> None:
    """Change a follow that is there to what is given."""
    await connection.execute(
        update(follows)
        .where(_same(follow))
        .values(version=follow.version, since=follow.since, not_before=follow.not_before)
    )


async def reach_back(
    connection: AsyncConnection, chat_id: str, thread_id: int, planned_at: datetime, to: datetime
) -> None:
    """Let the follows that an update planned at `planned_at` moved on look at `to` and after."""
    place = _place(follows, chat_id, thread_id)
    await connection.execute(
        update(follows).where(place, follows.c.since >= planned_at).values(since=to, version=0)
    )


def _same(follow: Follow) -> ColumnElement[bool]:
    place = _place(follows, follow.chat_id, follow.thread_id)
    return and_(place, follows.c.story_id == follow.story_id)


def _place(table: Table, chat_id: str, thread_id: int) -> ColumnElement[bool]:
    return and_(table.c.chat_id == chat_id, table.c.thread_id == thread_id)


def _values(follow: Follow) -> dict[str, object]:
    return {f.name: getattr(follow, f.name) for f in fields(Follow)}
