"""/digest, a topic as plain text, a link: summaries on request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from bot.composing import cited_pages, form_of, story_digest, to_parts
from bot.handlers.buttons import Keyboard, button, page_of
from bot.handlers.calls import Call
from bot.handlers.digests import Digests
from bot.handlers.subscriptions import find_topic, get_subscription, subscriptions_of
from bot.rendering import render_digest
from summarizer.errors import LimitError
from summarizer.models import Digest, Topic, derive_id
from summarizer.storage import Delivery

PATIENCE_S = 1.0
"""What takes longer says that it is being worked on."""


class Summaries:
    """Summaries on request; they leave the record of what a chat was told alone.

    One chat's updates are handled in their order, so a chat has one summary in progress.
    """

    def __init__(self, digests: Digests) -> None:
        self._digests = digests

    async def digest(self, call: Call) -> None:
        """Summarise what the text says, or the chat's topics; without any offer some.

        Raises UnknownTopicError and LimitError.
        """
        call.suggests = "dig"
        if call.text.strip():
            await self.read_text(call)
            return
        topics = [s.topic for s in await subscriptions_of(call)]
        if topics:
            await self.summarise(call, topics)
        else:
            await self.pick_topic(call)

    async def pick_topic(self, call: Call, page: str = "0") -> None:
        """Show a page of topics to summarise."""
        _ = call.words
        choices = [button(_.topic(t), "dig", t.key) for t in call.desk.catalogue]
        await call.show(
            _(
                "<b>A summary of what?</b>\nChoose a topic, or write your own words: "
                "<code>/digest chip export controls</code>"
            ),
            page_of(choices, page, "digs"),
        )

    async def digest_by_button(self, call: Call, key: str) -> None:
        """Summarise a topic of the catalogue."""
        await self.summarise(call, [find_topic(call, key)])

    async def digest_of_subscription(self, call: Call, subscription_id: str) -> None:
        """Summarise the topic of a subscription, where its digests come."""
        _ = call.words
        subscription = await get_subscription(call, subscription_id)
        if subscription is None:
            await call.toast(_.plain("This topic was removed. /topics shows what there is."))
            return
        topics, thread_id = [subscription.topic], subscription.thread_id
        await self._say_where(call, thread_id)
        await self._send(call, await self._composed(call, topics), (), thread_id)

    async def read_text(self, call: Call) -> None:
        """Take a text for a topic, or for the link of an article.

        Raises UnknownTopicError and LimitError.
        """
        call.suggests = "dig"
        words = call.text.split()
        link = next((w for w in words if w.lower().startswith(("https://", "http://"))), None)
        if link is not None:
            await self._story_of(call, link)
        else:
            await self.summarise(call, [find_topic(call, call.text)])

    async def summarise(self, call: Call, topics: Sequence[Topic]) -> None:
        """Send what happened on these topics in the last hours."""
        await self._say_where(call, call.thread_id)
        digest = await self._composed(call, topics)
        await self._send(call, digest, await self._follow_up(call, topics), call.thread_id)

    async def _say_where(self, call: Call, thread_id: int) -> None:
        """Answer a press; say where the summary goes, if that is elsewhere."""
        _ = call.words
        if call.managed_from is None and thread_id != call.thread_id:
            await call.toast(_.plain("It comes to its forum topic in a moment."))
        elif call.managed_from is None:
            await call.toast()
        elif call.query_id is None:
            await call.say(_("The summary is posted there in a moment."))
        else:
            await call.toast(_.plain("It comes to {chat} in a moment.", chat=call.chat.title))

    async def _composed(self, call: Call, topics: Sequence[Topic]) -> Digest:
        known = self._digests.fresh(call.chat, topics, call.now)
        if known is not None:
            return known
        await self._count(call)
        composing = asyncio.ensure_future(self._digests.compose(call.chat, topics, call.now))
        return await self._with_progress(call, composing)

    async def _with_progress(self, call: Call, composing: asyncio.Future[Digest]) -> Digest:
        """Wait for a digest; where it takes long, a message says so until it is there."""
        done, _waiting = await asyncio.wait({composing}, timeout=PATIENCE_S)
        if done:
            return composing.result()
        shown = await call.say(call.words("Reading and comparing… this takes a moment."))
        try:
            return await composing
        finally:
            await call.remove(shown)

    async def _count(self, call: Call) -> None:
        """Count a request; raises LimitError for one too many within the hour."""
        chats = call.desk.storage.chats
        limit = call.desk.settings.limits.requests_per_hour
        if await chats.count_requests(call.chat.id, call.now - timedelta(hours=1)) >= limit:
            raise LimitError(f"requests: {limit}")
        await chats.log_request(call.chat.id, call.now)

    async def _follow_up(self, call: Call, topics: Sequence[Topic]) -> Keyboard:
        """Return a button that subscribes to a topic that the chat does not get yet."""
        if len(topics) != 1 or call.managed_from or not call.fits("pick", topics[0].key):
            return ()
        known = {s.topic.key for s in await subscriptions_of(call)}
        if topics[0].key in known:
            return ()
        return [[button(call.words.plain("Get this every day"), "pick", topics[0].key)]]

    async def _story_of(self, call: Call, link: str) -> None:
        _ = call.words
        await self._count(call)
        report = await call.desk.composer.find_story(link)
        if report is None:
            await call.say(
                _(
                    "I have not read this article, so I cannot summarise its story. It may be from "
                    "an outlet I do not read (/sources) or too old. Write me what it is about "
                    "instead, in a few words."
                )
            )
            return
        chat = call.chat
        await self._say_where(call, call.thread_id)
        digest = story_digest(report, call.desk.settings, chat.length, chat.muted_outlets)
        await self._send(call, digest, (), call.thread_id)

    async def _send(self, call: Call, digest: Digest, follow_up: Keyboard, thread_id: int) -> None:
        """Plan the answer; asked twice with one update, it goes out once."""
        messages = render_digest(digest, form_of(call.chat))
        await call.desk.storage.deliveries.plan(
            Delivery(
                id=derive_id(call.chat.id, "request", str(call.update_id)),
                chat_id=call.chat.id,
                thread_id=thread_id,
                scheduled_at=call.now,
                kind="request",
                created_at=call.now,
            ),
            to_parts(messages, last_row=follow_up),
            cites=cited_pages(digest),
        )
        call.desk.wake_sender()
