"""Inline mode: `@bot topic` in any chat offers a digest, and each of its stories, to share."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.composing import form_of
from bot.handlers.access import may_use
from bot.handlers.calls import patiently
from bot.handlers.desk import Desk
from bot.handlers.digests import Digests
from bot.handlers.starting import payload_of
from bot.languages import find_language
from bot.rendering import Form, render_digest
from bot.texts import clip, translator
from summarizer.digests.matching import parse_topic
from summarizer.errors import UnknownTopicError
from summarizer.models import Digest, Reading, Topic, derive_id
from summarizer.storage import Chat

log = structlog.get_logger(__name__)

CACHE_S = 300
TYPING = 6
"""Writing one topic asks so many times; so much more than summaries may be asked for in an hour."""
_PREFIX = 3


class Inline:
    """Digests for sharing; nothing is stored of who asks."""

    def __init__(self, desk: Desk, digests: Digests) -> None:
        self._desk = desk
        self._digests = digests
        self._asked: dict[int, deque[datetime]] = {}

    async def answer(self, query: InlineQuery) -> None:
        """Offer the digest of the topic that is being written."""
        now = self._desk.clock()
        person = query.from_user
        chat = await self._desk.storage.chats.get(str(person.id)) or Chat(
            id=str(person.id),
            kind="private",
            language=find_language(person.language_code),
            created_at=now,
        )
        _ = translator(chat.language)
        if not may_use(self._desk.settings, chat.id):
            await self._reply(query, [], _.plain("This bot is not open to you yet"))
            return
        try:
            topic = await self._topic(chat, query.query.strip())
        except UnknownTopicError:
            await self._reply(query, [], _.plain("Write a topic in a few words"))
            return
        digest = self._digests.fresh(chat, [topic], now)
        if digest is None and not self._may_ask(person.id, now):
            await self._reply(query, [], _.plain("That is enough for now, try again later"))
            return
        digest = digest or await self._digests.compose(chat, [topic], now)
        if not digest.stories:
            await self._reply(query, [], _.plain("Nothing on this today. Other topics…"))
            return
        results = self._results(digest, topic, form_of(chat))
        await self._reply(query, results, _.plain("Get this every day"), payload_of(topic))

    async def _topic(self, chat: Chat, text: str) -> Topic:
        """Return the topic that is being written: one that begins so, else the words themselves."""
        catalogue = self._desk.catalogue
        _ = translator(chat.language)
        if not text:
            mine = await self._desk.storage.chats.subscriptions(chat.id)
            return mine[0].topic if mine else catalogue[0]
        for topic in catalogue:
            names = (_.topic(topic).casefold(), topic.name.casefold())
            written = text.casefold()
            if written in names or (
                len(written) >= _PREFIX and any(name.startswith(written) for name in names)
            ):
                return topic
        return parse_topic(text, catalogue)

    def _may_ask(self, person: int, now: datetime) -> bool:
        limit = self._desk.settings.limits.requests_per_hour * TYPING
        hour = now - timedelta(hours=1)
        self._asked = {p: times for p, times in self._asked.items() if times[-1] > hour}
        times = self._asked.setdefault(person, deque(maxlen=limit))
        if len(times) == limit and times[0] > hour:
            return False
        times.append(now)
        return True

    def _results(self, digest: Digest, topic: Topic, form: Form) -> list[InlineQueryResultArticle]:
        _ = translator(form.locale)
        count = len(digest.stories)
        whole = self._result(
            digest,
            topic,
            form,
            title=_.plain("Digest: {topic}", topic=_.topic(topic)),
            about=_.plural("{n} story", "{n} stories", count),
        )
        each = [
            self._result(
                replace(digest, topics=(), stories=(story,), reading=Reading()),
                topic,
                form,
                title=clip(story.report.headline, 100),
                about=story.sentences[0].text if story.sentences else "",
            )
            for story in digest.stories
        ]
        return [whole, *each] if count > 1 else each

    def _result(
        self, digest: Digest, topic: Topic, form: Form, *, title: str, about: str
    ) -> InlineQueryResultArticle:
        text = _in_one_message(digest, form)
        _ = translator(form.locale)
        payload = payload_of(topic)
        link = f"https://t.me/{self._desk.bot.username}"
        return InlineQueryResultArticle(
            id=derive_id(text),
            title=title,
            description=clip(about, 120),
            input_message_content=InputTextMessageContent(
                text,
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            ),
            reply_markup=InlineKeyboardMarkup.from_button(
                InlineKeyboardButton(
                    _.plain("Get such digests"), url=f"{link}?start={payload}" if payload else link
                )
            ),
        )

    async def _reply(
        self,
        query: InlineQuery,
        results: Sequence[InlineQueryResultArticle],
        label: str,
        payload: str | None = None,
    ) -> None:
        try:
            await patiently(
                lambda: self._desk.bot.answer_inline_query(
                    query.id,
                    results,
                    cache_time=CACHE_S if results else 0,
                    is_personal=True,
                    button=InlineQueryResultsButton(label, start_parameter=payload or "inline"),
                )
            )
        except BadRequest as exc:  # the person has written on, and this answer comes too late
            log.info("inline query not answered", error=exc.message)


def _in_one_message(digest: Digest, form: Form) -> str:
    """Return the digest with as many of its stories as one message holds."""
    for count in range(len(digest.stories), 1, -1):
        fewer = replace(digest, stories=digest.stories[:count], updates=())
        messages = render_digest(fewer, form)
        if len(messages) == 1:
            return messages[0].text
    return render_digest(replace(digest, stories=digest.stories[:1], updates=()), form)[0].text
