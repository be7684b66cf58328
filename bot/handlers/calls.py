"""One thing a person did (a command, a text, a press) and the ways to answer it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import TypeVar

import structlog
from telegram import LinkPreviewOptions, ReplyKeyboardMarkup, ReplyKeyboardRemove
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter

from bot.handlers.buttons import Keyboard, aim, fits, to_markup
from bot.handlers.desk import Desk
from bot.texts import Html, Translator, bold
from summarizer.storage import Chat

log = structlog.get_logger(__name__)

T = TypeVar("T")
ReplyMarkup = ReplyKeyboardMarkup | ReplyKeyboardRemove

_ATTEMPTS = 4
_LONGEST_WAIT = timedelta(minutes=1)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
ELSEWHERE = re.compile(
    r"(?P<code><code>)?(?<![\w/])(?P<command>/(?:deletedata|digest|export|lang|quiet|schedule|settings"
    r"|sources|status|subscribe|timezone|topics|unsubscribe))\b"
)
"""The commands that can be given for another chat, where a message names them."""


@dataclass(slots=True, kw_only=True)
class Call:
    """What was done, where and by whom, with how to answer there."""

    desk: Desk
    chat: Chat
    """The chat it is about."""
    words: Translator
    now: datetime
    update_id: int
    thread_id: int = 0
    user_id: int | None = None
    is_chat_itself: bool = False
    """Sent in the name of the chat: an anonymous admin, or a channel's post."""
    text: str = ""
    """What follows the command, or the whole text."""
    message_id: int | None = None
    """For a press: the message that the button stands under."""
    keyboard: Keyboard = ()
    """For a press: that message's buttons as they are now."""
    query_id: str | None = None
    managed_from: str | None = None
    """The private chat where an admin manages `chat`: answers go there, their buttons act here."""
    target: str = ""
    """What names that chat in a command: '/topics @channel'."""
    suggests: str = "pick"
    """What a suggested topic's button does: subscribe ('pick') or summarise ('dig')."""
    answered: bool = field(default=False, init=False)

    @property
    def is_private(self) -> bool:
        return self.chat.kind == "private"

    @property
    def place(self) -> str:
        """The chat where the answer goes."""
        return self.managed_from or self.chat.id

    def fits(self, action: str, *arguments: str) -> bool:
        """Return whether a button of this call's answer can carry this."""
        chat_id = self.chat.id if self.managed_from is not None else None
        return fits(action, *arguments, chat_id=chat_id)

    async def say(
        self, text: Html, keyboard: Keyboard = (), *, below: ReplyMarkup | None = None
    ) -> int:
        """Send a message to where the call came from; return its id.

        `below` is a keyboard in place of the person's own, or takes it away again.
        """
        text, keyboard = self.addressed(text, keyboard)

        async def send(chat_id: str) -> int:
            message = await self.desk.bot.send_message(
                chat_id,
                text,
                parse_mode=ParseMode.HTML,
                reply_markup=below or to_markup(keyboard),
                message_thread_id=self.thread_id or None,
                link_preview_options=_NO_PREVIEW,
            )
            return message.message_id

        try:
            return await patiently(lambda: send(self.place))
        except ChatMigrated as exc:
            new_id = str(exc.new_chat_id)
            await self.desk.storage.chats.migrate(self.chat.id, new_id)
            return await patiently(lambda: send(new_id))

    async def show(self, text: Html, keyboard: Keyboard = ()) -> None:
        """Put this in place of the message the pressed button stands under, or send it."""
        if self.message_id is None or not await self.edit(self.message_id, text, keyboard):
            await self.say(text, keyboard)

    async def edit(self, message_id: int, text: Html, keyboard: Keyboard = ()) -> bool:
        """Change a message; False if it cannot be changed any more."""
        text, keyboard = self.addressed(text, keyboard)
        return await self._change(
            lambda: self.desk.bot.edit_message_text(
                text,
                self.place,
                message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=to_markup(keyboard),
                link_preview_options=_NO_PREVIEW,
            )
        )

    async def change_buttons(self, keyboard: Keyboard) -> bool:
        """Change the buttons under the message of the pressed one; False if that is too late."""
        return await self._change(
            lambda: self.desk.bot.edit_message_reply_markup(
                self.place, self.message_id, reply_markup=to_markup(keyboard)
            )
        )

    async def remove(self, message_id: int) -> bool:
        """Delete one of the bot's messages; False if that is not possible any more."""
        return await self._change(lambda: self.desk.bot.delete_message(self.place, message_id))

    async def toast(self, text: str = "", *, alert: bool = False) -> None:
        """Answer a press with a short plain notice, or with nothing; once."""
        if self.query_id is None or self.answered:
            return
        self.answered = True
        query_id = self.query_id
        # A press that is older than some minutes cannot be answered any more.
        await self._change(
            lambda: self.desk.bot.answer_callback_query(query_id, text[:200], show_alert=alert)
        )

    def addressed(self, text: Html, keyboard: Keyboard = ()) -> tuple[Html, Keyboard]:
        """Return text and buttons that say which chat they are about, where it is another one.

        Commands in the text name it too, else they would be about the chat where they are given.
        """
        if self.managed_from is None:
            return text, keyboard
        text = Html(ELSEWHERE.sub(self._aimed, text))
        return Html(f"{bold(self.chat.title)}\n{text}"), aim(keyboard, self.chat.id)

    def _aimed(self, found: re.Match[str]) -> str:
        command = f"{found['command']} {escape(self.target)}"
        return f"<code>{command}" if found["code"] else f"<code>{command}</code>"

    async def _change(self, change: Callable[[], Awaitable[object]]) -> bool:
        try:
            await patiently(change)
        except BadRequest as exc:
            return "not modified" in exc.message.lower()
        return True


async def patiently(request: Callable[[], Awaitable[T]]) -> T:
    """Return what the request returns, tried again where Telegram or the network ask for it."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return await request()
        except BadRequest:  # is a NetworkError, but stays wrong
            raise
        except RetryAfter as exc:
            given = exc.retry_after
            wait = given if isinstance(given, timedelta) else timedelta(seconds=given)
            if attempt == _ATTEMPTS or wait > _LONGEST_WAIT:
                raise
            log.info("Telegram asks to wait", wait_s=wait.total_seconds())
            await asyncio.sleep(wait.total_seconds())
        except NetworkError as exc:
            if attempt == _ATTEMPTS:
                raise
            log.info("Telegram asked again", error=exc.message)
            await asyncio.sleep(0.25 * 4 ** (attempt - 1))
    raise AssertionError("unreachable")
