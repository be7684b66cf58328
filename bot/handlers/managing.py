"""Channels and groups managed from a private chat: `/subscribe @channel world 08:00`.

What is asked there acts on the channel; answers and their buttons stay in the private chat.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import cast

import structlog
from telegram import ChatFullInfo, ChatMember
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.handlers.access import ADMINS, may_use
from bot.handlers.buttons import Keyboard
from bot.handlers.calls import Call, patiently
from bot.texts import Html, translator
from summarizer.storage import Chat, ChatKind

log = structlog.get_logger(__name__)

MANAGE = "chat_"
"""A deep link's payload: this and the chat's number."""

_TARGET = re.compile(r"(?:(?:https?://)?t\.me/(?P<name>\w{4,})|(?P<id>@\w{4,}|-\d{6,}))(?:\s+|$)")


def split_target(text: str) -> tuple[str | None, str]:
    """Return the chat that a text begins with ('@name', '-100…', a t.me link), and the rest."""
    match = _TARGET.match(text)
    if match is None:
        return None, text
    return match["id"] or f"@{match['name']}", text[match.end() :].strip()


async def act_for(call: Call, target: str, rest: str) -> Call | Html:
    """Return the call as one about the chat `target`, or why that is not possible.

    Who asks must be an admin there, and so must the bot; answers stay in the private chat.
    """
    _ = call.words
    bot = call.desk.bot
    user_id = call.user_id or 0
    where: str | int = int(target) if target.lstrip("-").isdecimal() else target
    try:
        chat = await patiently(lambda: bot.get_chat(where))
        person = await patiently(lambda: bot.get_chat_member(chat.id, user_id))
        own = await patiently(lambda: bot.get_chat_member(chat.id, bot.id))
    except ChatMigrated as exc:
        await call.desk.storage.chats.migrate(target, str(exc.new_chat_id))
        return await act_for(call, str(exc.new_chat_id), rest)
    except (BadRequest, Forbidden):
        return _(
            "I cannot see {name}. Make me an admin of it first, with the right to post, then try "
            "again.",
            name=await _known_title(call, target),
        )
    name = chat.title or target
    if chat.type == "private" or not _may_manage(chat, person):
        return _("Only admins of {name} who may post there can change what it gets.", name=name)
    if not _may_write(chat, own):
        return _(
            "I may not post in {name}. Give me that right in its admin settings, then try again.",
            name=name,
        )
    if not may_use(call.desk.settings, str(chat.id)):
        return _(
            "This bot is not open to {name}. Its operator can let it in: its number is "
            "<code>{chat}</code>.",
            name=name,
            chat=str(chat.id),
        )
    stored = await call.desk.storage.chats.upsert(
        Chat(
            id=str(chat.id),
            kind=cast(ChatKind, str(chat.type)),
            title=name,
            language=call.chat.language,
            timezone=call.chat.timezone,
            created_at=call.now,
        )
    )
    if not stored.active:
        await call.desk.storage.chats.reactivate(stored.id)
    return replace(
        call,
        chat=stored,
        thread_id=0,
        text=rest,
        managed_from=call.chat.id,
        target=f"@{chat.username}" if chat.username else stored.id,
    )


async def _known_title(call: Call, target: str) -> str:
    chat = await call.desk.storage.chats.get(target)
    return chat.title if chat is not None and chat.title else target


def _may_manage(chat: ChatFullInfo, person: ChatMember) -> bool:
    """Return whether a person's word counts there: in channels that of admins who may post."""
    if person.status not in ADMINS:
        return False
    may_post = getattr(person, "can_post_messages", None)
    return chat.type != "channel" or person.status == ChatMember.OWNER or bool(may_post)


def _may_write(chat: ChatFullInfo, own: ChatMember) -> bool:
    if chat.type == "channel":
        return bool(getattr(own, "can_post_messages", False))
    if own.status == ChatMember.RESTRICTED:
        return bool(getattr(own, "can_send_messages", False))
    if own.status == ChatMember.MEMBER and chat.permissions is not None:
        return bool(chat.permissions.can_send_messages)
    return own.status in (*ADMINS, ChatMember.MEMBER)


async def aside(call: Call) -> Call | None:
    """Return the call as one answered in private to who acted; None if they never wrote."""
    if call.user_id is None or call.is_private:
        return None
    private = await call.desk.storage.chats.get(str(call.user_id))
    if private is None or not private.active:
        return None
    words = translator(private.language)
    return replace(
        call,
        managed_from=private.id,
        target=call.chat.id,
        thread_id=0,
        message_id=None,
        words=words,
    )


async def tell(call: Call, text: Html, keyboard: Keyboard = ()) -> bool:
    """Say something that may as well not arrive; return whether it did."""
    try:
        await call.say(text, keyboard)
    except TelegramError as exc:
        log.info("person not told", chat=call.place, error=str(exc))
        return False
    return True
