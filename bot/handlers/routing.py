"""Which command, button or event goes to which handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.error import BadRequest, Forbidden
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    ExtBot,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.handlers.access import may_change, may_use
from bot.handlers.arriving import make_call
from bot.handlers.buttons import Press, in_rows, read_press
from bot.handlers.calls import Call
from bot.handlers.commands import Command, Deed, Handlers, list_commands, list_deeds
from bot.handlers.desk import Desk
from bot.handlers.digests import Digests
from bot.handlers.explaining import explain, refuse
from bot.handlers.failing import Failures
from bot.handlers.inline import Inline
from bot.handlers.managing import act_for, split_target
from bot.handlers.members import Members
from bot.handlers.preferences import Preferences
from bot.handlers.privacy import Privacy
from bot.handlers.quiet_hours import QuietHours
from bot.handlers.schedules import Schedules
from bot.handlers.sources import Sources
from bot.handlers.starting import Starting
from bot.handlers.status import Status
from bot.handlers.stories import Stories
from bot.handlers.subscribing import Subscribing
from bot.handlers.summaries import Summaries
from bot.handlers.timezones import Timezones
from bot.handlers.tongues import Tongues
from bot.handlers.topics import Topics
from bot.handlers.unsubscribing import Unsubscribing
from bot.rendering import STORY_DATA
from summarizer.errors import RequestError

BotApplication = Application[
    ExtBot[int], ContextTypes.DEFAULT_TYPE, dict[Any, Any], dict[Any, Any], dict[Any, Any], Any
]


BARE = ("help", "settings", "start", "stop", "topics")
"""Words that are meant as commands where they are all that somebody writes."""


class Routes:
    """Every way into the bot."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        digests = Digests(desk)
        subscribing = Subscribing()
        self._handlers = Handlers(
            starting=Starting(subscribing),
            subscribing=subscribing,
            summaries=Summaries(digests),
            unsubscribing=Unsubscribing(),
            topics=Topics(),
            schedules=Schedules(),
            timezones=Timezones(),
            quiet_hours=QuietHours(),
            tongues=Tongues(),
            preferences=Preferences(),
            sources=Sources(),
            stories=Stories(),
            status=Status(),
            privacy=Privacy(),
        )
        self._inline = Inline(desk, digests)
        self._members = Members(self._handlers.starting)
        self._failures = Failures(desk)
        self.commands = list_commands(self._handlers)
        self.deeds = list_deeds(self._handlers)

    def add_to(self, application: BotApplication) -> None:
        """Register everything with python-telegram-bot."""
        posts = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
        # A channel's post is answered in the channel, not again in its discussion group.
        posts &= ~filters.IS_AUTOMATIC_FORWARD
        handlers: list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]] = [
            CommandHandler(c.names, self._command(c), filters=posts) for c in self.commands
        ]
        private = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE
        handlers += [
            CallbackQueryHandler(self._press),
            InlineQueryHandler(self._inline_query),
            ChatMemberHandler(self._membership, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(filters.StatusUpdate.MIGRATE, self._migration),
            MessageHandler(filters.StatusUpdate.FORUM_TOPIC_REOPENED, self._reopening),
            MessageHandler(private & filters.LOCATION, self._location),
            MessageHandler(private & filters.TEXT & ~filters.COMMAND, self._text),
            MessageHandler(posts & filters.TEXT & filters.COMMAND, self._unknown_command),
            MessageHandler(private & ~filters.StatusUpdate.ALL, self._other),
        ]
        application.add_handlers(handlers)
        application.add_error_handler(self._fail)

    async def process(self, application: BotApplication, update: Update) -> None:
        """Handle an update; raises StorageError and TelegramError where a later try may do."""
        await self._failures.process(application.process_update, update)

    def _command(
        self, command: Command
    ) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]:
        async def run(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            call = await make_call(self._desk, update, " ".join(context.args or ()))
            await self._answer(call, lambda: self._run(call, command))

        return run

    async def _run(self, call: Call, command: Command) -> None:
        _ = call.words
        target, rest = split_target(call.text) if command.elsewhere else (None, "")
        if not may_use(self._desk.settings, call.chat.id):
            await call.say(refuse(call))
        elif target is not None and not call.is_private:
            await call.say(
                _(
                    "Other chats are managed in a private chat with me: t.me/{name}",
                    name=self._desk.bot.username,
                )
            )
        elif target is not None:
            found = await act_for(call, target, rest)
            if isinstance(found, Call):
                await self._answer(found, lambda: command.run(found))
            else:
                await call.say(found)
        elif command.changes(call.text) and not await may_change(call):
            await call.say(
                _(
                    "Only admins can change this chat's settings. For topics of your own, write "
                    "to me in private: t.me/{name}",
                    name=self._desk.bot.username,
                )
            )
        else:
            await command.run(call)

    async def _text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        call = await make_call(self._desk, update, (message.text if message else None) or "")
        named = call.text.strip().casefold()
        command = next((c for c in self.commands if named in BARE and named in c.names), None)
        if command is not None:
            call.text = ""
            await self._admitted(call, lambda: command.run(call))
            return
        await self._admitted(call, lambda: self._handlers.summaries.read_text(call))

    async def _location(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        location = message.location
        assert location is not None
        call = await make_call(self._desk, update)
        await self._admitted(call, lambda: self._handlers.timezones.take_location(call, location))

    async def _unknown_command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        chat, message = update.effective_chat, update.effective_message
        assert chat is not None
        assert message is not None
        command = (message.text or "").split()[0]
        if chat.type != chat.PRIVATE and not command.endswith(f"@{self._desk.bot.username}"):
            return  # it is for another bot
        call = await make_call(self._desk, update)
        _ = call.words
        said = _("I do not know this command. /help shows all that I can do.")
        await self._admitted(call, lambda: call.say(said))

    async def _other(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Say what can be read, where somebody sends a picture, a voice message, a file."""
        call = await make_call(self._desk, update)
        _ = call.words
        said = _("I only read text: a topic, or the link of an article. /help shows more.")
        await self._admitted(call, lambda: call.say(said))

    async def _admitted(self, call: Call, run: Callable[[], Awaitable[object]]) -> None:
        if may_use(self._desk.settings, call.chat.id):
            await self._answer(call, run)
        else:
            await self._answer(call, lambda: call.say(refuse(call)))

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        if update.effective_chat is None:  # a message that was shared into another chat
            await query.answer()
            return
        call = await make_call(self._desk, update)
        data = query.data or ""
        if data.startswith(STORY_DATA):
            deed: Deed | None = Deed(run=self._handlers.stories.open, arguments=1, changes=False)
            press: Press | None = Press(action="", arguments=(data.removeprefix(STORY_DATA),))
        else:
            press = read_press(data)
            deed = self.deeds.get(press.action) if press else None
        _ = call.words
        if not may_use(self._desk.settings, call.chat.id):
            await call.toast(_.plain("This bot is not open to this chat."))
        elif press is None or deed is None or not deed.takes(len(press.arguments)):
            await call.toast(
                _.plain("This button is out of date. /help shows what there is."), alert=True
            )
        else:
            wanted, what = press, deed
            await self._answer(call, lambda: self._do(call, wanted, what))
        await call.toast()

    async def _do(self, call: Call, press: Press, deed: Deed) -> None:
        """Do what a button says, here or for the channel that it names."""
        _ = call.words
        if press.chat_id is None and deed.changes and not await may_change(call):
            await call.toast(_.plain("Only admins can change this chat's settings."), alert=True)
        elif press.chat_id is None:
            await deed.run(call, *press.arguments)
        elif call.is_private:
            found = await act_for(call, press.chat_id, "")
            if isinstance(found, Call):
                await self._answer(found, lambda: deed.run(found, *press.arguments))
                call.answered = found.answered
            else:
                await call.say(found)

    async def _inline_query(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.inline_query is not None
        await self._inline.answer(update.inline_query)

    async def _membership(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        change = update.my_chat_member
        assert change is not None
        call = await make_call(self._desk, update)
        await self._answer(call, lambda: self._members.change(call, change))

    async def _migration(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        call = await make_call(self._desk, update)
        await self._members.migrate(call, str(old), str(new))

    async def _reopening(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        call = await make_call(self._desk, update)
        await self._answer(call, lambda: self._members.reopen(call))

    async def _answer(self, call: Call, run: Callable[[], Awaitable[object]]) -> None:
        """Run a handler; what a person asked for and cannot have is explained to them."""
        try:
            # Whatever they do now, they are done with choosing a place.
            await self._handlers.timezones.put_away(call)
            try:
                await run()
            except RequestError as exc:
                text, buttons = explain(exc, call)
                await call.say(text, in_rows(buttons, 2))
        except (Forbidden, BadRequest) as exc:
            if not await self._failures.take_refusal(call, exc):
                raise

    async def _fail(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        await self._failures.take(update, context.error)
