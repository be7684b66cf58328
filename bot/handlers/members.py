"""The bot added to a chat, removed, blocked; a group that became a supergroup."""

from __future__ import annotations

import structlog
from telegram import ChatMember, ChatMemberUpdated
from telegram.constants import ChatMemberStatus

from bot.handlers.calls import Call
from bot.handlers.starting import Starting

log = structlog.get_logger(__name__)

_OUT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


class Members:
    """The bot's own membership."""

    def __init__(self, starting: Starting) -> None:
        self._starting = starting

    async def change(self, call: Call, update: ChatMemberUpdated) -> None:
        """Stop for a chat that the bot was put out of; greet one that it came to."""
        was_in, is_in = _may_send(update.old_chat_member), _may_send(update.new_chat_member)
        chats = call.desk.storage.chats
        if not is_in:
            await chats.deactivate(call.chat.id, update.new_chat_member.status)
            log.info("chat left", chat=call.chat.id, status=update.new_chat_member.status)
        elif not was_in:
            await chats.reactivate(call.chat.id)
            log.info("chat joined", chat=call.chat.id, kind=call.chat.kind)
            # A private chat begins, or is taken up again, with /start, which answers itself.
            if not call.is_private:
                await self._starting.greet(call)

    async def migrate(self, call: Call, old_id: str, new_id: str) -> None:
        """Take everything of a group along to the supergroup it became."""
        await call.desk.storage.chats.migrate(old_id, new_id)
        log.info("chat migrated", old=old_id, new=new_id)


def _may_send(member: ChatMember) -> bool:
    if member.status in _OUT:
        return False
    may_send = getattr(member, "can_send_messages", None)
    may_post = getattr(member, "can_post_messages", None)
    if member.status == ChatMemberStatus.RESTRICTED:
        return bool(may_send)
    # Channels alone have this right.
    return may_post is not False
