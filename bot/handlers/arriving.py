"""From an update to a call: which chat it is about, who acted, in which thread and language."""

from __future__ import annotations

from typing import cast

from telegram import InlineKeyboardMarkup, Message, Update

from bot.handlers.calls import Call
from bot.handlers.desk import Desk
from bot.languages import find_language
from bot.rendering import Button
from bot.texts import translator
from summarizer.storage import Chat, ChatKind


async def make_call(desk: Desk, update: Update, text: str = "") -> Call:
    """Return the call of an update, with its chat as it is stored.

    A chat that is new speaks the language of the app of who wrote first.
    """
    chat, user, query = update.effective_chat, update.effective_user, update.callback_query
    assert chat is not None
    now = desk.clock()
    stored = await desk.storage.chats.upsert(
        Chat(
            id=str(chat.id),
            kind=cast(ChatKind, str(chat.type)),
            title=chat.title or chat.full_name or "",
            language=find_language(user.language_code if user else None),
            created_at=now,
        )
    )
    if not stored.active and update.my_chat_member is None:
        # Somebody writes to us here, so we can be read here again.
        await desk.storage.chats.reactivate(stored.id)
    message = update.effective_message
    # Of what is too old Telegram tells the place alone, not the text and the buttons.
    shown = message if isinstance(message, Message) and message.is_accessible else None
    sender = shown.sender_chat if shown and query is None else None
    return Call(
        desk=desk,
        chat=stored,
        words=translator(stored.language),
        now=now,
        update_id=update.update_id,
        thread_id=_thread_of(shown),
        user_id=user.id if user else None,
        is_chat_itself=sender is not None and sender.id == chat.id,
        text=text,
        message_id=shown.message_id if shown and query else None,
        keyboard=_keyboard_of(shown.reply_markup if shown and query else None),
        query_id=query.id if query else None,
    )


def _thread_of(message: Message | None) -> int:
    if message is None or not message.is_topic_message:
        return 0
    return message.message_thread_id or 0


def _keyboard_of(markup: InlineKeyboardMarkup | None) -> list[list[Button]]:
    if markup is None:
        return []
    return [
        [
            Button(
                text=b.text,
                data=b.callback_data if isinstance(b.callback_data, str) else None,
                url=b.url,
            )
            for b in row
        ]
        for row in markup.inline_keyboard
    ]
