"""Following stories that were merged into others."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.storage.database import batches
from summarizer.storage.schema import stories


async def find_heirs(connection: AsyncConnection, story_ids: Iterable[str]) -> dict[str, str]:
    """Return the story that each merged one ended in; those that were not merged are left out."""
    heirs: dict[str, str] = {}
    frontier = set(story_ids)
    while frontier:
        steps: dict[str, str] = {}
        for batch in batches(sorted(frontier)):
            query = select(stories.c.id, stories.c.merged_into)
            query = query.where(stories.c.id.in_(batch), stories.c.merged_into.is_not(None))
            steps.update({row.id: row.merged_into for row in await connection.execute(query)})
        frontier = set(steps.values()) - set(heirs)
        heirs.update(steps)
    return {story_id: _last(heirs, story_id) for story_id in heirs}


async def find_family(connection: AsyncConnection, story_id: str) -> set[str]:
    """Return the story and all that were merged into it, directly or through others."""
    family = {story_id}
    frontier = {story_id}
    while frontier:
        query = select(stories.c.id).where(stories.c.merged_into.in_(sorted(frontier)))
        frontier = {row.id for row in await connection.execute(query)} - family
        family |= frontier
    return family


def _last(steps: dict[str, str], story_id: str) -> str:
    passed = {story_id}
    while (step := steps.get(story_id)) is not None and step not in passed:
        story_id = step
        passed.add(step)
    return story_id
