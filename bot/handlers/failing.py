"""What happens when a handler fails: a reference for the person, what failed for the operators."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot.handlers.arriving import make_call
from bot.handlers.calls import Call
from bot.handlers.desk import Desk
from bot.handlers.managing import aside, tell
from bot.refusals import judge
from bot.texts import translator
from summarizer.errors import StorageError
from summarizer.models import derive_id
from summarizer.storage import Delivery, OutMessage

log = structlog.get_logger(__name__)

Handle = Callable[[Update], Awaitable[None]]


class Failures:
    """Answers for those who get none."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._passing: dict[int, Exception] = {}

    async def process(self, handle: Handle, update: Update) -> None:
        """Let python-telegram-bot handle an update; raises what will pass, for another try later.

        That is StorageError, and TelegramError where Telegram is away or asks to wait.
        """
        await handle(update)
        error = self._passing.pop(update.update_id, None)
        if error is not None:
            raise error

    async def take(self, update: object, error: Exception | None) -> None:
        """Log an unexpected error under a reference that the person and the operators get."""
        if error is not None and isinstance(update, Update) and _will_pass(error):
            self._passing[update.update_id] = error
            return
        reference = secrets.token_hex(3).upper()
        log.error("handler failed", reference=reference, exc_info=error)
        if isinstance(update, Update) and update.effective_chat is not None:
            try:
                call = await make_call(self._desk, update)
                if isinstance(error, TelegramError) and await self.take_refusal(call, error):
                    return
                await self._apologise(call, reference)
            except Exception:
                log.exception("failure not told", reference=reference)
        await self._alert(reference, error)

    async def take_refusal(self, call: Call, error: TelegramError) -> bool:
        """Stop for a chat that the bot may not write in, and tell who asked; False if it may."""
        refusal = judge(error)
        if refusal.step == "leave":
            await self._desk.storage.chats.deactivate(call.place, refusal.reason)
        elif refusal.step not in ("mute", "thread"):
            return False
        log.info("answer refused", chat=call.place, reason=refusal.reason)
        await call.toast(call.words.plain("I may not write here. An admin can change that."))
        person = await aside(call)
        if person is not None and person.place != call.place:
            _ = person.words
            said = (
                _("I may not write there, so I cannot answer. An admin can give me that right.")
                if refusal.step != "thread"
                else _("I may not write in that topic: it is closed or gone. Ask me in another.")
            )
            await tell(person, said)
        return True

    async def _apologise(self, call: Call, reference: str) -> None:
        _ = call.words
        await call.toast()
        await call.say(
            _(
                "Something went wrong (ref {reference}). Please try again in a moment; if it "
                "stays, tell the operator this reference.",
                reference=reference,
            )
        )

    async def _alert(self, reference: str, error: Exception | None) -> None:
        now = self._desk.clock()
        for operator in self._desk.settings.telegram.operator_chats:
            chat = await self._desk.storage.chats.get(str(operator))
            _ = translator(chat.language if chat else "en")
            text = _(
                "A handler failed (ref {reference}): {kind}. The log has the details.",
                reference=reference,
                kind=type(error).__name__,
            )
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


def _will_pass(error: Exception) -> bool:
    if isinstance(error, TelegramError):
        return judge(error).step in ("hold", "retry")
    return isinstance(error, StorageError)
