"""Channels and groups managed from a private chat: `/subscribe @channel world 08:00`."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from telegram.error import BadRequest, Forbidden

from bot.handlers.access import ADMINS, may_use
from bot.handlers.calls import Call, patiently
from bot.texts import Html
from summarizer.storage import Chat, ChatKind


async def act_for(call: Call, name: str, rest: str) -> Call | Html:
    """Return the call as one about the chat `name` ('@…'), or why that is not possible.

    Who asks must be an admin there, and so must the bot; answers stay in the private chat.
    """
    _ = call.words
    bot = call.desk.bot
    user_id = call.user_id or 0
    try:
        chat = await patiently(lambda: bot.get_chat(name))
        person = await patiently(lambda: bot.get_chat_member(chat.id, user_id))
        own = await patiently(lambda: bot.get_chat_member(chat.id, bot.id))
    except (BadRequest, Forbidden):
        return _(
            "I cannot see {name}. Make me an admin of it first, with the right to post, then try "
            "again.",
            name=name,
        )
    if chat.type == "private" or person.status not in ADMINS:
        return _("Only admins of {name} can change what it gets.", name=name)
    if chat.type == "channel" and not getattr(own, "can_post_messages", False):
        return _("I may not post in {name}. Give me that right, then try again.", name=name)
    if not may_use(call.desk.settings, str(chat.id)):
        return _(
            "This bot is not open to {name}. Its operator can let it in: its number is "
            "<code>{chat}</code>.",
            name=name,
            chat=chat.id,
        )
    stored = await call.desk.storage.chats.upsert(
        Chat(
            id=str(chat.id),
            kind=cast(ChatKind, str(chat.type)),
            title=chat.title or "",
            language=call.chat.language,
            created_at=call.now,
        )
    )
    return replace(call, chat=stored, thread_id=0, text=rest, answers_to=call.chat.id)
