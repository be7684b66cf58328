"""The articles: kept once, revised under the same id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from summarizer.models import Article, Vector, derive_id
from summarizer.storage.columns import plain
from summarizer.storage.database import Work, batches
from summarizer.storage.feeds import Feeds
from summarizer.storage.schema import UNGROUPED, articles, members


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What adding articles changed; both hold the articles as they are now kept."""

    new: tuple[Article, ...] = ()
    revised: tuple[Article, ...] = ()


# What is read back of an article: not its vector, which is as large as a short text.
ARTICLE_COLUMNS = (
    articles.c.id,
    articles.c.url,
    articles.c.outlet,
    articles.c.title,
    articles.c.text,
    articles.c.published_at,
    articles.c.fetched_at,
    articles.c.language,
    articles.c.summary_only,
    articles.c.revision,
)


class Articles(Feeds):
    """The articles, and the feeds they come from; each method is one transaction."""

    async def add(
        self, batch: Sequence[Article], vectors: NDArray[np.float32] | None = None
    ) -> Added:
        """Keep articles; say what is new, which leaves it to be grouped.

        `vectors` (row i belongs to article i) are kept where they are known; else grouping makes
        them.

        Unchanged ones change nothing. A changed title or text is a new revision under the same id,
        to be grouped again; but the feed's summary never replaces a page's full text. The same text
        of the same outlet at a second address is left out.
        """
        async with self._database.write() as connection:
            clean = [_clean(article) for article in batch]
            kept = await self._kept(connection, [article.id for article in clean])
            copies = await self._copies(connection, clean)
            new: dict[str, tuple[Article, Vector | None]] = {}
            revised: dict[str, tuple[Article, Vector | None]] = {}
            rows = repeat(None, len(clean)) if vectors is None else iter(vectors)
            for article, vector in zip(clean, rows, strict=True):
                before = kept.get(article.id)
                owner = copies.setdefault(text_hash(article), article.id)
                if before is None:
                    if owner == article.id:
                        kept[article.id] = article
                        new[article.id] = (article, vector)
                elif _changed(before, article):
                    if article.id in new:  # twice in one batch: the later one is the article
                        kept[article.id] = article
                        new[article.id] = (article, vector)
                    else:
                        kept[article.id] = replace(article, revision=before.revision + 1)
                        revised[article.id] = (kept[article.id], vector)
            inserted = await self._insert(connection, list(new.values()))
            for article, vector in revised.values():
                statement = update(articles).where(articles.c.id == article.id)
                await connection.execute(statement.values(_values(article, vector)))
            ungrouped = {a.language for a, _ in (*new.values(), *revised.values())}
            await self._database.leave(
                connection, [Work(kind="group", id=language) for language in sorted(ungrouped)]
            )
        return Added(
            new=tuple(article for article, _ in new.values() if article.id in inserted),
            revised=tuple(article for article, _ in revised.values()),
        )

    async def known(self, ids: Iterable[str]) -> dict[str, int]:
        """Return the revision of each of the articles that is kept."""
        found: dict[str, int] = {}
        async with self._database.read() as connection:
            for batch in batches(ids):
                query = select(articles.c.id, articles.c.revision).where(articles.c.id.in_(batch))
                found.update({row.id: row.revision for row in await connection.execute(query)})
        return found

    async def get(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return those of the articles that are kept, by id."""
        async with self._database.read() as connection:
            return await self._kept(connection, ids)

    async def with_vectors(self, ids: Iterable[str]) -> dict[str, tuple[Article, Vector]]:
        """Return those of the articles that are kept, by id, with their vectors."""
        found: dict[str, tuple[Article, Vector]] = {}
        async with self._database.read() as connection:
            for batch in batches(ids):
                query = select(*ARTICLE_COLUMNS, articles.c.vector).where(articles.c.id.in_(batch))
                for row in await connection.execute(query):
                    found[row.id] = (read_article(row), row.vector)
        return found

    async def ungrouped(
        self, limit: int, *, language: str | None = None
    ) -> list[tuple[Article, Vector | None]]:
        """Return articles that are new or revised since they were grouped, oldest first."""
        query = (
            select(*ARTICLE_COLUMNS, articles.c.vector)
            .where(UNGROUPED)
            .order_by(articles.c.published_at, articles.c.id)
            .limit(limit)
        )
        if language is not None:
            query = query.where(articles.c.language == language)
        async with self._database.read() as connection:
            return [(read_article(row), row.vector) for row in await connection.execute(query)]

    async def ungrouped_languages(self) -> list[str]:
        """Return the languages of the articles that are to be grouped."""
        query = select(articles.c.language).where(UNGROUPED).distinct()
        async with self._database.read() as connection:
            return sorted((await connection.execute(query)).scalars())

    async def save_vectors(self, batch: Sequence[Article], vectors: NDArray[np.float32]) -> None:
        """Keep the vectors of articles (row i belongs to article i), unless they were revised."""
        async with self._database.write() as connection:
            for article, vector in zip(batch, vectors, strict=True):
                same = (articles.c.id == article.id) & (articles.c.revision == article.revision)
                await connection.execute(update(articles).where(same).values(vector=vector))

    async def count_since(self, since: datetime) -> int:
        """Return how many kept articles were fetched since."""
        query = select(func.count()).select_from(articles).where(articles.c.fetched_at >= since)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one()

    async def save_validators(
        self, validators: Mapping[str, tuple[str | None, str | None]]
    ) -> None:
        """Keep the ETag and Last-Modified that articles' pages came with."""
        async with self._database.write() as connection:
            for id, (etag, last_modified) in validators.items():
                statement = update(articles).where(articles.c.id == id)
                await connection.execute(statement.values(etag=etag, last_modified=last_modified))

    async def purge(self, before: datetime) -> int:
        """Delete the articles fetched before that are in no story; return how many."""
        in_story = select(members.c.article_id).where(members.c.article_id == articles.c.id)
        statement = delete(articles).where(articles.c.fetched_at < before, ~in_story.exists())
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount

    async def _kept(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Article]:
        found: dict[str, Article] = {}
        for batch in batches(ids):
            query = select(*ARTICLE_COLUMNS).where(articles.c.id.in_(batch))
            found.update({row.id: read_article(row) for row in await connection.execute(query)})
        return found

    async def _copies(
        self, connection: AsyncConnection, batch: Sequence[Article]
    ) -> dict[str, str]:
        """Return which kept article has each of the batch's texts, by its hash."""
        found: dict[str, str] = {}
        for hashes in batches({text_hash(article) for article in batch}):
            query = select(articles.c.text_hash, articles.c.id)
            query = query.where(articles.c.text_hash.in_(hashes))
            for row in await connection.execute(query):
                found[row.text_hash] = min(row.id, found.get(row.text_hash, row.id))
        return found

    async def _insert(
        self, connection: AsyncConnection, rows: list[tuple[Article, Vector | None]]
    ) -> set[str]:
        """Insert new articles; return the ids that no other process inserted meanwhile."""
        if not rows:
            return set()
        statement = self._database.insert(articles).on_conflict_do_nothing()
        result = await connection.execute(
            statement.returning(articles.c.id), [_values(*row) for row in rows]
        )
        return {row.id for row in result}


def text_hash(article: Article) -> str:
    """Return what tells one text of an outlet from another; short ones count with their title."""
    words = " ".join(article.text.split())
    return derive_id(article.outlet, "" if len(words) >= 200 else article.title, words)


def read_article(row: Row[*tuple[Any, ...]]) -> Article:
    """Return the article of a row that has an article's columns."""
    return Article(
        id=row.id,
        url=row.url,
        outlet=row.outlet,
        title=row.title,
        text=row.text,
        published_at=row.published_at,
        fetched_at=row.fetched_at,
        language=row.language,
        summary_only=row.summary_only,
        revision=row.revision,
    )


def _changed(before: Article, after: Article) -> bool:
    if after.summary_only and not before.summary_only:
        return False
    return before.title.split() != after.title.split() or before.text.split() != after.text.split()


def _clean(article: Article) -> Article:
    return replace(article, title=plain(article.title), text=plain(article.text), revision=1, n=0)


def _values(article: Article, vector: Vector | None) -> dict[str, object]:
    return {
        "id": article.id,
        "url": article.url,
        "outlet": article.outlet,
        "title": article.title,
        "text": article.text,
        "text_hash": text_hash(article),
        "published_at": article.published_at,
        "fetched_at": article.fetched_at,
        "language": article.language,
        "summary_only": article.summary_only,
        "revision": article.revision,
        "vector": vector,
    }
