"""Correcting what was sent: what its sources took back is struck out in the chat's copy.

::

    Change ─ correct_messages ─ the message's new text, in the database ─ Editor ─ the chat's copy

A message is edited until it reads as the database has it. Doing that twice changes nothing, so
nothing has to be remembered but that it is to be edited.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.composing import form_of
from bot.forms import PLAIN, Form
from bot.markup import escaped, fits
from bot.pacing import Pacer
from bot.refusals import judge
from bot.texts import clock
from summarizer.rereading import Change
from summarizer.storage import SentMessage, Storage

log = structlog.get_logger(__name__)

EDITABLE = timedelta(hours=48)
"""Older messages are left as they are: nobody reads them again."""
BATCH = 500
EDITS = 30
"""Messages edited in a row: then those that are to be sent have their turn."""
PATIENCE_S = 1.5
"""An edit that must wait longer is left for a later round."""
RETRY = timedelta(minutes=1)
_CITED = r'(?: (?:<a href="[^"]*">)?\[[^\n]*?\](?:</a>)?)?'
"""The numbers behind a sentence, linked or not."""
_HEADLINE_ENDS = "</b>(?:</a>)?"


async def correct_messages(changes: Sequence[Change], now: datetime, *, storage: Storage) -> int:
    """Strike out what is not borne out any more in the messages that said it; return how many."""
    story_ids = frozenset[str]().union(*(change.story_ids for change in changes))
    words = [escaped(_parts(change)[0]) for change in changes]
    count, last = 0, ""
    while found := await storage.corrections.sent(
        story_ids, words, since=now - EDITABLE, after=last, limit=BATCH
    ):
        revised = {}
        for message in found:
            chat = await storage.chats.get(message.chat_id)
            form = form_of(chat) if chat is not None else PLAIN
            text = message.text
            for change in changes:
                text = strike_out(text, change, form, now)
            if text != message.text:
                revised[message] = text
        await storage.corrections.revise(revised, now)
        count += len(revised)
        last = found[-1].id
    if count:
        log.info("messages corrected", messages=count)
    return count


def strike_out(html: str, change: Change, form: Form, at: datetime) -> str:
    """Return a message with what changed struck out, when, and what its source says now.

    Where there is no room for all that it says less; what was struck out before stays as it is.
    """
    told = _CITED.join(re.escape(escaped(part)) for part in _parts(change))
    rest = _HEADLINE_ENDS if change.is_headline else _CITED
    place = re.compile(rf"(?<!<s>)(?P<told>{told})(?P<rest>{rest})")
    for shorten in (_struck_with_words, _struck, _replaced):
        corrected = place.sub(partial(shorten, change, form, at), html)
        if fits(corrected):
            return corrected
    log.warning("no room for a correction", outlet=change.outlet)
    return html


def _parts(change: Change) -> list[str]:
    """Return what stands in a message, in the parts behind which there are numbers."""
    if not change.values:
        return [change.text]
    first, *others = change.values
    return [f"{change.text}: {first}", *(f", {value}" for value in others)]


def _struck_with_words(change: Change, form: Form, at: datetime, found: re.Match[str]) -> str:
    said = form.texts.gettext("Corrected {time}: {outlet} now says “{words}”").format(
        time=_local(at, form), outlet=change.outlet, words=change.now_says
    )
    return f"<s>{found['told']}</s>{found['rest']} <i>{escaped(said)}</i>"


def _struck(change: Change, form: Form, at: datetime, found: re.Match[str]) -> str:
    return f"<s>{found['told']}</s>{found['rest']} {_note(change, form, at)}"


def _replaced(change: Change, form: Form, at: datetime, found: re.Match[str]) -> str:
    note = _note(change, form, at)
    return note + found["rest"] if change.is_headline else note


def _note(change: Change, form: Form, at: datetime) -> str:
    said = form.texts.gettext("Corrected {time}: {outlet} says this no longer.").format(
        time=_local(at, form), outlet=change.outlet
    )
    return f"<i>{escaped(said)}</i>"


def _local(at: datetime, form: Form) -> str:
    return clock(at.astimezone(ZoneInfo(form.timezone)))


class Editor:
    """Edits the messages that were corrected, at the pace of the one process that sends."""

    def __init__(self, bot: Bot, storage: Storage, pacer: Pacer) -> None:
        self._bot = bot
        self._storage = storage
        self._pacer = pacer
        self._turn = asyncio.Lock()

    async def edit_due(self, now: datetime) -> int:
        """Edit some of the messages that are to be edited; return how many were looked at.

        What Telegram refuses for good (deleted, the bot was removed) is left alone.
        """
        async with self._turn:
            due = await self._storage.corrections.due_edits(now, EDITS)
            for message in due:
                retry_at = await self._edit_in_time(message, now)
                await self._storage.corrections.finish_edit(message, retry_at)
        return len(due)

    async def _edit_in_time(self, message: SentMessage, now: datetime) -> datetime | None:
        loop = asyncio.get_running_loop()
        private = not message.chat_id.startswith("-")
        wait = self._pacer.wait_for_chat(message.chat_id, private, loop.time())
        if wait > PATIENCE_S:
            return now + timedelta(seconds=wait)
        await asyncio.sleep(wait)
        slot = await self._pacer.take_slot()
        try:
            return await self._edit(message, now)
        finally:
            self._pacer.free(slot)
            self._pacer.note_answer(message.chat_id, loop.time())

    async def _edit(self, message: SentMessage, now: datetime) -> datetime | None:
        """Edit a message; return when to try again, None where that is not needed."""
        keyboard = json.loads(message.keyboard) if message.keyboard else None
        try:
            await self._bot.edit_message_text(
                chat_id=message.chat_id,
                message_id=message.message_id,
                text=message.text,
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=InlineKeyboardMarkup.de_json(keyboard, self._bot)
                if keyboard
                else None,
            )
        except TelegramError as exc:
            refusal = judge(exc)
            log.warning("edit refused", message=message.id, reason=refusal.reason[:200])
            if refusal.step == "hold":
                return now + refusal.wait
            return now + RETRY if refusal.step in ("retry", "stop") else None
        log.info("message edited", message=message.id, chat=message.chat_id)
        return None
