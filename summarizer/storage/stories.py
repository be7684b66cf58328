"""The stories, their articles and their reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.models import Article, Story, StoryReport, Vector
from summarizer.storage.articles import ARTICLE_COLUMNS, read_article
from summarizer.storage.database import Database, Work, batches
from summarizer.storage.merging import find_family, find_heirs
from summarizer.storage.records import read_report, write_report
from summarizer.storage.schema import UNWRITTEN, articles, facts, members, reports, stories


class Stories:
    """The stories; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._parsed: dict[tuple[str, int], StoryReport] = {}
        """The reports that `reports` returned last: parsing them takes far longer than asking
        which versions are the latest, and a version's report hardly ever changes."""

    async def open_stories(self, since: datetime, *, language: str | None = None) -> list[Story]:
        """Return the unmerged stories with an article published since, oldest first."""
        query = select(stories).where(
            stories.c.updated_at >= since, stories.c.merged_into.is_(None)
        )
        if language is not None:
            query = query.where(stories.c.language == language)
        query = query.order_by(stories.c.opened_at, stories.c.id)
        async with self._database.read() as connection:
            return await _read(connection, (await connection.execute(query)).all())

    async def get(self, story_id: str) -> Story | None:
        """Return a story, also one that was merged into another."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(stories).where(stories.c.id == story_id))
            found = await _read(connection, rows.all())
        return found[0] if found else None

    async def story_of(self, article_id: str) -> str | None:
        """Return the id of the living story that an article is in."""
        query = (
            select(stories.c.id)
            .join(members, members.c.story_id == stories.c.id)
            .where(members.c.article_id == article_id, stories.c.merged_into.is_(None))
            .order_by(stories.c.updated_at.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def members(self, story_ids: Iterable[str]) -> dict[str, tuple[Article, Vector]]:
        """Return the articles of the stories with their vectors, by article id.

        Each has the revision it was grouped with, so that grouping sees which were revised since.
        """
        found: dict[str, tuple[Article, Vector]] = {}
        async with self._database.read() as connection:
            for batch in batches(story_ids):
                query = (
                    select(*ARTICLE_COLUMNS, articles.c.vector, articles.c.grouped_revision)
                    .join(members, members.c.article_id == articles.c.id)
                    .where(members.c.story_id.in_(batch))
                    .order_by(members.c.story_id, members.c.position)
                )
                for row in await connection.execute(query):
                    if row.id not in found:
                        article = replace(read_article(row), revision=row.grouped_revision)
                        found[row.id] = (article, row.vector)
        return found

    async def save(self, changed: Sequence[Story], grouped: Iterable[Article] = ()) -> None:
        """Keep new and changed stories and mark their articles as grouped.

        `grouped` are the articles that were given to the grouping: each is marked at the revision
        it was read with, so one that was revised meanwhile is grouped again; without it the
        stories' articles are marked as they are. A story is never replaced by an older version.
        """
        taken = list(grouped)
        async with self._database.write() as connection:
            ids = [story.id for story in changed]
            versions: dict[str, int] = {}
            for batch in batches(ids):
                query = select(stories.c.id, stories.c.version).where(stories.c.id.in_(batch))
                versions.update({r.id: r.version for r in await connection.execute(query)})
            current = [s for s in changed if s.version >= versions.get(s.id, 0)]
            if current:
                await self._replace(connection, current)
                await self._database.leave(
                    connection,
                    [
                        Work(
                            kind="write",
                            id=story.id,
                            version=story.version,
                            weight=len(story.article_ids),
                        )
                        for story in current
                        if story.merged_into is None
                    ],
                )
            for article in taken:
                await connection.execute(
                    update(articles)
                    .where(articles.c.id == article.id)
                    .values(grouped_revision=article.revision)
                )
            if not taken:
                for batch in batches(id_ for story in changed for id_ in story.article_ids):
                    await connection.execute(
                        update(articles)
                        .where(articles.c.id.in_(batch))
                        .values(grouped_revision=articles.c.revision)
                    )

    async def unwritten(self, limit: int) -> list[Story]:
        """Return stories whose version has no report: of most outlets first, then the newest."""
        query = (
            select(stories)
            .where(UNWRITTEN)
            .order_by(stories.c.outlets.desc(), stories.c.updated_at.desc(), stories.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            return await _read(connection, (await connection.execute(query)).all())

    async def unwritten_version(self, story_id: str) -> Story | None:
        """Return a story whose version has no report; None if it has, or the story is no more."""
        query = select(stories).where(UNWRITTEN, stories.c.id == story_id)
        async with self._database.read() as connection:
            found = await _read(connection, (await connection.execute(query)).all())
        return found[0] if found else None

    async def save_report(self, report: StoryReport) -> None:
        """Keep a report and its facts' ids; writing a version again replaces its report.

        A fact keeps the id that its sentences had first. The report of a story that was purged
        meanwhile is dropped.
        """
        written = self._database.insert(reports).values(
            story_id=report.story_id,
            version=report.version,
            updated_at=report.updated_at,
            body=write_report(report),
            vector=report.vector,
        )
        self._parsed.pop((report.story_id, report.version), None)
        newer = stories.c.reported_version < report.version
        known = {key: s.fact_id for s in report.sentences for key in s.fact_keys}
        async with self._database.write() as connection:
            done = await connection.execute(
                update(stories)
                .where(stories.c.id == report.story_id)
                .values(
                    reported_version=case((newer, report.version), else_=stories.c.reported_version)
                )
            )
            if done.rowcount == 0:
                return
            await connection.execute(
                written.on_conflict_do_update(
                    index_elements=[reports.c.story_id, reports.c.version],
                    set_={
                        "updated_at": written.excluded.updated_at,
                        "body": written.excluded.body,
                        "vector": written.excluded.vector,
                    },
                )
            )
            if known:
                await connection.execute(
                    self._database.insert(facts).on_conflict_do_nothing(),
                    [
                        {"story_id": report.story_id, "sentence_key": key, "fact_id": fact}
                        for key, fact in known.items()
                    ],
                )

    async def reports(self, since: datetime) -> list[StoryReport]:
        """Return the latest report of each story with articles since, newest first.

        Stories that were merged into others are left out.
        """
        latest = _latest().with_only_columns(reports.c.story_id, reports.c.version)
        latest = latest.where(reports.c.updated_at >= since, stories.c.merged_into.is_(None))
        latest = latest.order_by(reports.c.updated_at.desc(), reports.c.story_id)
        async with self._database.read() as connection:
            keys = [(r.story_id, r.version) for r in await connection.execute(latest)]
            parsed = {key: self._parsed[key] for key in keys if key in self._parsed}
            for batch in batches(story_id for story_id, _ in set(keys) - set(parsed)):
                query = _latest().where(reports.c.story_id.in_(batch))
                for row in await connection.execute(query):
                    report = read_report(row.body, row.vector)
                    parsed[report.story_id, report.version] = report
        self._parsed = parsed
        return [parsed[key] for key in keys]

    async def report(self, story_id: str) -> StoryReport | None:
        """Return the latest report of a story; of the one it was merged into, where it was."""
        async with self._database.read() as connection:
            heir = (await find_heirs(connection, [story_id])).get(story_id, story_id)
            for candidate in (heir, story_id):
                query = _latest().where(reports.c.story_id == candidate)
                row = (await connection.execute(query)).one_or_none()
                if row is not None:
                    return read_report(row.body, row.vector)
        return None

    async def known_facts(self, story_id: str) -> dict[str, str]:
        """Return the fact id of each source sentence's key told in any version of the story.

        The facts of stories that were merged into it are its facts too.
        """
        async with self._database.read() as connection:
            family = await find_family(connection, story_id)
            query = select(facts).where(facts.c.story_id.in_(family))
            rows = (await connection.execute(query.order_by(facts.c.story_id))).all()
        # A sentence known to both keeps the id it had in the story itself.
        return {
            row.sentence_key: row.fact_id
            for row in sorted(rows, key=lambda r: r.story_id == story_id)
        }

    async def purge(self, before: datetime) -> int:
        """Delete the stories without an article published since, with their reports and facts."""
        async with self._database.write() as connection:
            statement = delete(stories).where(stories.c.updated_at < before)
            return (await connection.execute(statement)).rowcount

    async def _replace(self, connection: AsyncConnection, changed: Sequence[Story]) -> None:
        insert = self._database.insert(stories)
        columns = ("language", "opened_at", "updated_at", "version", "merged_into", "centroid")
        await connection.execute(
            insert.on_conflict_do_update(
                index_elements=[stories.c.id],
                set_={name: insert.excluded[name] for name in columns},
            ),
            [{"id": s.id, **{name: getattr(s, name) for name in columns}} for s in changed],
        )
        for batch in batches(story.id for story in changed):
            await connection.execute(delete(members).where(members.c.story_id.in_(batch)))
        await connection.execute(
            self._database.insert(members),
            [
                {"story_id": story.id, "article_id": article_id, "position": position}
                for story in changed
                for position, article_id in enumerate(dict.fromkeys(story.article_ids))
            ],
        )
        outlets = (
            select(func.count(articles.c.outlet.distinct()))
            .join(members, members.c.article_id == articles.c.id)
            .where(members.c.story_id == stories.c.id)
            .scalar_subquery()
        )
        for batch in batches(story.id for story in changed):
            await connection.execute(
                update(stories).where(stories.c.id.in_(batch)).values(outlets=outlets)
            )


async def _read(connection: AsyncConnection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Story]:
    """Return the stories of the rows, with their article ids in the order they joined."""
    joined: dict[str, list[str]] = {row.id: [] for row in rows}
    for batch in batches(joined):
        query = select(members.c.story_id, members.c.article_id)
        query = query.where(members.c.story_id.in_(batch)).order_by(members.c.position)
        for row in await connection.execute(query):
            joined[row.story_id].append(row.article_id)
    return [
        Story(
            id=row.id,
            article_ids=tuple(joined[row.id]),
            centroid=row.centroid,
            opened_at=row.opened_at,
            updated_at=row.updated_at,
            language=row.language,
            version=row.version,
            merged_into=row.merged_into,
        )
        for row in rows
    ]


def _latest() -> Select[str, Vector]:
    return select(reports.c.body, reports.c.vector).join(
        stories,
        (stories.c.id == reports.c.story_id) & (stories.c.reported_version == reports.c.version),
    )
