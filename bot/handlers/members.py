"""The bot added to a chat, removed, blocked, its rights taken away and given back; migration."""

from __future__ import annotations

import structlog
from telegram import ChatMember, ChatMemberUpdated
from telegram.constants import ChatMemberStatus

from bot.handlers.buttons import Keyboard, button
from bot.handlers.calls import Call
from bot.handlers.managing import MANAGE, aside, tell
from bot.handlers.starting import Starting
from bot.handlers.subscriptions import describe, paused_hint, subscriptions_of
from bot.rendering import Button
from bot.texts import lines

log = structlog.get_logger(__name__)

_OUT = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


class Members:
    """The bot's own membership."""

    def __init__(self, starting: Starting) -> None:
        self._starting = starting

    async def change(self, call: Call, update: ChatMemberUpdated) -> None:
        """Stop for a chat where the bot may not write any more, begin or go on where it may."""
        was_in, is_in = _may_send(update.old_chat_member), _may_send(update.new_chat_member)
        chats = call.desk.storage.chats
        if not is_in:
            status = update.new_chat_member.status
            stopped = await chats.deactivate(call.chat.id, status)
            log.info("chat left", chat=call.chat.id, status=status)
            person = await aside(call) if stopped and status not in _OUT else None
            if person is not None:
                _ = person.words
                await tell(
                    person,
                    _(
                        "I may not write there any more, so nothing comes. Give me that right "
                        "back, and its topics go on as they were."
                    ),
                )
        elif not was_in:
            await chats.reactivate(call.chat.id)
            log.info("chat joined", chat=call.chat.id, kind=call.chat.kind)
            # A private chat begins, or is taken up again, with /start, which answers itself.
            if not call.is_private:
                await self._begin(call)

    async def migrate(self, call: Call, old_id: str, new_id: str) -> None:
        """Take everything of a group along to the supergroup it became."""
        await call.desk.storage.chats.migrate(old_id, new_id)
        log.info("chat migrated", old=old_id, new=new_id)

    async def reopen(self, call: Call) -> None:
        """Say what takes the digests up again that were paused while a forum topic was closed."""
        mine = await subscriptions_of(call)
        if mine and all(s.paused for s in mine):
            await call.say(paused_hint(call))

    async def _begin(self, call: Call) -> None:
        mine = await call.desk.storage.chats.subscriptions(call.chat.id)
        if not mine and call.chat.kind == "channel":
            await self._begin_channel(call)
        elif not mine:
            await self._starting.greet(call)
        else:
            # A channel's readers need not see it.
            told = await aside(call) if call.chat.kind == "channel" else call
            if told is not None:
                _ = told.words
                said = _("I may write here again, and all topics are still there.")
                await tell(told, lines(said, describe(told, mine[0])))

    async def _begin_channel(self, call: Call) -> None:
        """Offer a channel its topics: in private to who added the bot, else by a link there."""
        person = await aside(call)
        if person is not None:
            _ = person.words
            said = _("Thanks for adding me! Now choose what this channel gets.")
            choose: Keyboard = [[button(_.plain("Choose a topic"), "topics")]]
            if await tell(person, said, choose):
                return
        _ = call.words
        link = f"https://t.me/{call.desk.bot.username}?start={MANAGE}{call.chat.id}"
        await call.say(
            _("I am ready to post news here. An admin sets it up in a private chat with me."),
            [[Button(text=_.plain("Set up"), url=link)]],
        )


def _may_send(member: ChatMember) -> bool:
    if member.status in _OUT:
        return False
    may_send = getattr(member, "can_send_messages", None)
    may_post = getattr(member, "can_post_messages", None)
    if member.status == ChatMemberStatus.RESTRICTED:
        return bool(may_send)
    # Channels alone have this right.
    return may_post is not False
