"""Who may use the bot, and who may change a chat's settings."""

from __future__ import annotations

from telegram.constants import ChatMemberStatus

from bot.handlers.calls import Call, patiently
from config.settings import Settings

ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


def may_use(settings: Settings, chat_id: str) -> bool:
    """Return whether the operator lets this chat use the bot."""
    telegram = settings.telegram
    listed = {str(i) for i in (*telegram.allowed_chats, *telegram.operator_chats)}
    return not telegram.allowed_chats or chat_id in listed


def is_operator(settings: Settings, chat_id: str) -> bool:
    """Return whether this is one of the operators' chats."""
    return chat_id in {str(i) for i in settings.telegram.operator_chats}


async def may_change(call: Call) -> bool:
    """Return whether who acted may change the chat's settings: in groups, admins alone."""
    if call.is_private or call.is_chat_itself:
        return True
    if call.user_id is None:
        return False
    # Where members are hidden, a bot that is no admin is told of the admins alone.
    admins = await patiently(lambda: call.desk.bot.get_chat_administrators(call.chat.id))
    return call.user_id in {admin.user.id for admin in admins}
