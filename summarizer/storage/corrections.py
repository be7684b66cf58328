"""What was sent and may stand no longer: cited pages to read again, messages to edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, or_, select, update

from summarizer.models import Article, StoryReport
from summarizer.storage.articles import ARTICLE_COLUMNS, read_article
from summarizer.storage.chats import ChatKind
from summarizer.storage.database import Database, Work
from summarizer.storage.records import read_report
from summarizer.storage.schema import articles, chats, members, messages, posts, reports, rereads

REREAD_AFTER = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
GRAIN_S = 15 * 60
"""The times for a page are rounded to this, so that many digests share one reading of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedPage:
    """An article whose page is to be read again, with what its last reading came with."""

    article: Article
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message as its chat has it."""

    id: str
    chat_id: str
    chat_kind: ChatKind | None
    message_id: int
    text: str
    keyboard: str | None


class Corrections:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due_pages(self, now: datetime, limit: int) -> list[CitedPage]:
        """Return the pages that are to be read again, the longest due first, `limit` at most."""
        due = select(rereads.c.article_id).where(rereads.c.due_at <= now)
        due = due.order_by(rereads.c.due_at, rereads.c.article_id).limit(limit)
        columns = (*ARTICLE_COLUMNS, articles.c.etag, articles.c.last_modified)
        async with self._database.read() as connection:
            ids = dict.fromkeys((await connection.execute(due)).scalars())
            query = select(*columns).where(articles.c.id.in_(ids))
            found = {
                row.id: CitedPage(
                    article=read_article(row), etag=row.etag, last_modified=row.last_modified
                )
                for row in await connection.execute(query)
            }
        return [found[id] for id in ids if id in found]

    async def finish_page(self, page: CitedPage, now: datetime) -> None:
        """Keep the validators a page was read with; what was due of it by `now` is done."""
        id = page.article.id
        async with self._database.write() as connection:
            await connection.execute(
                update(articles)
                .where(articles.c.id == id)
                .values(etag=page.etag, last_modified=page.last_modified)
            )
            await connection.execute(
                delete(rereads).where(rereads.c.article_id == id, rereads.c.due_at <= now)
            )

    async def citing(self, article_id: str) -> list[StoryReport]:
        """Return all reports of the stories that an article belongs to, each story's in order."""
        query = (
            select(reports.c.body, reports.c.vector)
            .join(members, members.c.story_id == reports.c.story_id)
            .where(members.c.article_id == article_id)
            .order_by(reports.c.story_id, reports.c.version)
        )
        async with self._database.read() as connection:
            return [read_report(row.body, row.vector) for row in await connection.execute(query)]

    async def sent(
        self,
        story_ids: Iterable[str],
        words: Sequence[str],
        *,
        since: datetime,
        after: str = "",
        limit: int,
    ) -> list[SentMessage]:
        """Return messages sent since to those who were told of the stories, that have the words.

        They come in the order of their ids, those behind `after` alone.
        """
        told = select(posts.c.chat_id).where(posts.c.story_id.in_(sorted(story_ids)))
        query = (
            _messages()
            .where(
                messages.c.chat_id.in_(told),
                messages.c.state == "sent",
                messages.c.sent_at >= since,
                messages.c.id > after,
                or_(*(messages.c.text.contains(text, autoescape=True) for text in words)),
            )
            .order_by(messages.c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [SentMessage(**row._mapping) for row in await connection.execute(query)]

    async def revise(self, texts: Mapping[SentMessage, str], now: datetime) -> None:
        """Let messages read as given: they are to be edited. One changed meanwhile is left out."""
        async with self._database.write() as connection:
            for message, text in texts.items():
                same = (messages.c.id == message.id) & (messages.c.text == message.text)
                await connection.execute(
                    update(messages).where(same).values(text=text, edit_at=now)
                )
            if texts:
                await self._database.leave(connection, [Work(kind="send")])

    async def due_edits(self, now: datetime, limit: int) -> list[SentMessage]:
        """Return the messages that are to be edited."""
        query = _messages().where(messages.c.edit_at <= now)
        query = query.order_by(messages.c.edit_at, messages.c.id).limit(limit)
        async with self._database.read() as connection:
            return [SentMessage(**row._mapping) for row in await connection.execute(query)]

    async def finish_edit(self, message: SentMessage, retry_at: datetime | None = None) -> None:
        """Record that a message was edited, or cannot be; or when that is tried again.

        One whose text was changed meanwhile stays to be edited.
        """
        same = (messages.c.id == message.id) & (messages.c.text == message.text)
        async with self._database.write() as connection:
            await connection.execute(update(messages).where(same).values(edit_at=retry_at))

    async def purge(self, before: datetime) -> None:
        """Forget the pages that were to be read before: their articles are gone."""
        async with self._database.write() as connection:
            await connection.execute(delete(rereads).where(rereads.c.due_at < before))


def reread_times(at: datetime) -> list[datetime]:
    """Return when the pages that a digest of this time cites are read again."""
    times = (at + wait for wait in REREAD_AFTER)
    return [
        time + timedelta(seconds=round(time.timestamp() / GRAIN_S) * GRAIN_S - time.timestamp())
        for time in times
    ]


def _messages() -> Select[*tuple[Any, ...]]:
    return select(
        messages.c.id,
        messages.c.chat_id,
        chats.c.kind.label("chat_kind"),
        messages.c.message_id,
        messages.c.text,
        messages.c.keyboard,
    ).outerjoin(chats, chats.c.id == messages.c.chat_id)
