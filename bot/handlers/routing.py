"""Which command, button or event goes to which handler, and what happens when one fails."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

import structlog
from telegram import BotCommand, InlineKeyboardMarkup, Message, Update
from telegram.error import Forbidden
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    ExtBot,
    MessageHandler,
    filters,
)

from bot.handlers.access import may_change, may_use
from bot.handlers.buttons import Press, in_rows, read_press
from bot.handlers.calls import Call
from bot.handlers.channels import act_for
from bot.handlers.commands import Command, Deed, always, with_text
from bot.handlers.desk import Desk
from bot.handlers.explaining import explain, refuse
from bot.handlers.members import Members
from bot.handlers.preferences import Preferences
from bot.handlers.privacy import Privacy
from bot.handlers.schedules import Schedules
from bot.handlers.sources import Sources
from bot.handlers.starting import Starting
from bot.handlers.status import Status
from bot.handlers.stories import Stories
from bot.handlers.subscriptions import Subscriptions
from bot.handlers.summaries import Summaries
from bot.handlers.topics import Topics
from bot.languages import find_language
from bot.rendering import STORY_DATA, Button
from bot.texts import Translator, translator
from summarizer.errors import (
    RequestError,
)
from summarizer.models import derive_id
from summarizer.storage import Chat, ChatKind, Delivery, OutMessage

log = structlog.get_logger(__name__)

BotApplication = Application[
    ExtBot[int], ContextTypes.DEFAULT_TYPE, dict[Any, Any], dict[Any, Any], dict[Any, Any], Any
]


class Routes:
    """Every way into the bot."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        subscriptions = Subscriptions()
        topics = Topics(subscriptions)
        schedules = Schedules(subscriptions)
        self._summaries = Summaries(subscriptions)
        preferences, privacy, stories = Preferences(), Privacy(), Stories()
        sources, status = Sources(), Status(subscriptions)
        starting = Starting(subscriptions)
        self._members = Members(starting)
        self._stories = stories
        _ = _menu_text
        self.commands = (
            Command(names=("start",), run=starting.start),
            Command(
                names=("digest", "summary", "today"),
                run=self._summaries.digest,
                menu=_("A summary now"),
            ),
            Command(
                names=("subscribe", "sub", "follow"),
                run=subscriptions.subscribe,
                elsewhere=True,
                menu=_("Get a topic every day"),
                changes=always,
            ),
            Command(
                names=("topics", "list"),
                run=topics.show,
                menu=_("Your topics and times"),
                elsewhere=True,
            ),
            Command(
                names=("unsubscribe", "unsub", "unfollow"),
                run=subscriptions.unsubscribe,
                elsewhere=True,
                menu=_("Stop a topic"),
                changes=always,
            ),
            Command(
                names=("schedule",),
                run=schedules.schedule,
                elsewhere=True,
                menu=_("Times and weekdays"),
                changes=with_text,
            ),
            Command(
                names=("timezone", "tz"),
                run=schedules.timezone,
                elsewhere=True,
                menu=_("Your time zone"),
                changes=with_text,
            ),
            Command(
                names=("quiet",),
                run=schedules.quiet,
                elsewhere=True,
                menu=_("Hours without messages"),
                changes=with_text,
            ),
            Command(
                names=("sources",),
                run=sources.show,
                elsewhere=True,
                menu=_("What is read; mute an outlet"),
                changes=with_text,
            ),
            Command(names=("settings", "set"), run=preferences.show, menu=_("Length and more")),
            Command(names=("status",), run=status.show, menu=_("Is all well"), private=True),
            Command(names=("help",), run=starting.help, menu=_("What I can do")),
            Command(names=("privacy",), run=privacy.explain, menu=_("What I keep"), private=True),
            Command(names=("export",), run=privacy.export, changes=always),
            Command(names=("deletedata",), run=privacy.ask_deletion, changes=always),
        )
        self.deeds = {
            "topics": Deed(run=subscriptions.pick_topic),
            "pick": Deed(run=subscriptions.offer_times, arguments=1),
            "sub": Deed(run=subscriptions.subscribe_by_button, arguments=2),
            "rm": Deed(run=subscriptions.remove, arguments=1),
            "none": Deed(run=subscriptions.remove_all, arguments=1),
            "list": Deed(run=topics.show, changes=False),
            "s": Deed(run=topics.page, arguments=1),
            "time": Deed(run=topics.choose_time, arguments=1),
            "at": Deed(run=topics.set_time, arguments=2),
            "days": Deed(run=topics.choose_days, arguments=1),
            "on": Deed(run=topics.set_days, arguments=2),
            "drop": Deed(run=topics.remove, arguments=1),
            "zone": Deed(run=schedules.set_zone, arguments=1),
            "len": Deed(run=preferences.set_length, arguments=1),
            "links": Deed(run=preferences.set_links, arguments=1),
            "unmute": Deed(run=sources.unmute, arguments=1),
            "wipe": Deed(run=privacy.delete, arguments=1),
            "dig": Deed(run=self._summaries.digest_by_button, arguments=1, changes=False),
            "now": Deed(run=self._summaries.digest_of_subscription, arguments=1, changes=False),
            "cmp": Deed(run=stories.compare, arguments=1, changes=False),
            "flw": Deed(run=stories.follow, arguments=2),
            "less": Deed(run=stories.dislike, arguments=2),
            "back": Deed(run=stories.close, changes=False),
        }

    def add_to(self, application: BotApplication) -> None:
        """Register everything with python-telegram-bot."""
        posts = filters.UpdateType.MESSAGE | filters.UpdateType.CHANNEL_POST
        handlers: list[BaseHandler[Update, ContextTypes.DEFAULT_TYPE, None]] = [
            CommandHandler(c.names, self._command(c), filters=posts) for c in self.commands
        ]
        text = filters.UpdateType.MESSAGE & filters.ChatType.PRIVATE & filters.TEXT
        handlers += [
            CallbackQueryHandler(self._press),
            ChatMemberHandler(self._membership, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(filters.StatusUpdate.MIGRATE, self._migration),
            MessageHandler(text & ~filters.COMMAND, self._text),
            MessageHandler(text & filters.COMMAND, self._unknown_command),
        ]
        application.add_handlers(handlers)
        application.add_error_handler(self._fail)

    def menu(self, words: Translator, *, private: bool) -> list[BotCommand]:
        """Return the commands for Telegram's menu."""
        return [
            BotCommand(c.names[0], words.plain(c.menu))
            for c in self.commands
            if c.menu and (private or not c.private)
        ]

    def _command(
        self, command: Command
    ) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]:
        async def run(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            call = await self._call(update, " ".join(context.args or ()))
            if not may_use(self._desk.settings, call.chat.id):
                await call.say(refuse(call))
            elif command.changes(call.text) and not await may_change(call):
                await call.say(call.words("Only admins can change this chat's settings."))
            elif command.elsewhere and call.is_private and call.text.startswith("@"):
                await self._answer(call, lambda: self._elsewhere(call, command))
            else:
                await self._answer(call, lambda: command.run(call))

        return run

    async def _elsewhere(self, call: Call, command: Command) -> None:
        """Run a command for the channel or group that its text begins with."""
        name, _space, rest = call.text.partition(" ")
        found = await act_for(call, name, rest.strip())
        if isinstance(found, Call):
            await self._answer(found, lambda: command.run(found))
        else:
            await call.say(found)

    async def _text(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        call = await self._call(update, (message.text if message else None) or "")
        if may_use(self._desk.settings, call.chat.id):
            await self._answer(call, lambda: self._summaries.read_text(call))
        else:
            await call.say(refuse(call))

    async def _unknown_command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        call = await self._call(update, "")
        if may_use(self._desk.settings, call.chat.id):
            await call.say(call.words("I do not know this command. /help shows all that I can do."))
        else:
            await call.say(refuse(call))

    async def _press(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        query = update.callback_query
        assert query is not None
        if update.effective_chat is None:  # a message that was shared into another chat
            await query.answer()
            return
        call = await self._call(update, "")
        data = query.data or ""
        if data.startswith(STORY_DATA):
            deed: Deed | None = Deed(run=self._stories.open, arguments=1, changes=False)
            press: Press | None = Press(action="", arguments=(data.removeprefix(STORY_DATA),))
        else:
            press = read_press(data)
            deed = self.deeds.get(press.action) if press else None
        _ = call.words
        if not may_use(self._desk.settings, call.chat.id):
            await call.toast(_.plain("This bot is not open to this chat."))
        elif press is None or deed is None or len(press.arguments) != deed.arguments:
            await call.toast(
                _.plain("This button is out of date. /help shows what there is."), alert=True
            )
        elif deed.changes and not await may_change(call):
            await call.toast(_.plain("Only admins can change this chat's settings."), alert=True)
        else:
            arguments = press.arguments
            await self._answer(call, lambda: deed.run(call, *arguments))
        await call.toast()

    async def _membership(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        change = update.my_chat_member
        assert change is not None
        call = await self._call(update, "")
        await self._members.change(call, change)

    async def _migration(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.effective_message
        assert message is not None
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        call = await self._call(update, "")
        await self._members.migrate(call, str(old), str(new))

    async def _answer(self, call: Call, run: Callable[[], Awaitable[None]]) -> None:
        """Run a handler; what a person asked for and cannot have is explained to them."""
        try:
            await run()
        except RequestError as exc:
            text, buttons = explain(exc, call)
            await call.say(text, in_rows(buttons, 2))
        except Forbidden as exc:
            await self._desk.storage.chats.deactivate(call.chat.id, exc.message)

    async def _fail(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log an unexpected error under a reference that the person and the operators get."""
        reference = secrets.token_hex(3).upper()
        error = context.error
        log.error("handler failed", reference=reference, exc_info=error)
        if not isinstance(update, Update) or update.effective_chat is None:
            return
        if isinstance(error, Forbidden):
            chat_id = str(update.effective_chat.id)
            await self._desk.storage.chats.deactivate(chat_id, error.message)
            return
        try:
            call = await self._call(update, "")
            await call.toast()
            await call.say(
                call.words(
                    "Something went wrong (ref {reference}). Please try again in a moment; if it "
                    "stays, tell the operator this reference.",
                    reference=reference,
                )
            )
        except Exception:
            log.exception("failure not told", reference=reference)
        await self._alert(reference, error)

    async def _alert(self, reference: str, error: Exception | None) -> None:
        now = self._desk.clock()
        _ = translator("en")
        text = _(
            "A handler failed (ref {reference}): {kind}. The log has the details.",
            reference=reference,
            kind=type(error).__name__,
        )
        for operator in self._desk.settings.telegram.operator_chats:
            await self._desk.storage.deliveries.plan(
                Delivery(
                    id=derive_id(str(operator), "alert", reference),
                    chat_id=str(operator),
                    scheduled_at=now,
                    kind="notice",
                    created_at=now,
                ),
                [OutMessage(part=0, text=text)],
            )
        self._desk.wake_sender()

    async def _call(self, update: Update, text: str) -> Call:
        """Return the call of an update, with its chat as it is stored."""
        chat, user, query = update.effective_chat, update.effective_user, update.callback_query
        assert chat is not None
        now = self._desk.clock()
        stored = await self._desk.storage.chats.upsert(
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
            await self._desk.storage.chats.reactivate(stored.id)
        message = update.effective_message
        shown = message if isinstance(message, Message) else None
        sender = shown.sender_chat if shown and query is None else None
        return Call(
            desk=self._desk,
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


def _menu_text(text: str) -> str:
    """Mark a text for translation that is looked up later."""
    return text


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
