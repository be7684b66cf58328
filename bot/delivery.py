"""Sending what is planned: each message once, each chat in its order, no chat waiting for another.

::

    pending ─ claim (committed) ─ send ─ sent, with its message id
                                   └── refused: bot.refusals says what that means

A message that was being sent when the process died is sent again at the next start; nothing else
can arrive twice, and nothing planned is lost.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from telegram import (
    Bot,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.markup import escaped
from bot.pacing import Pacer
from bot.refusals import MUTED, Refusal, judge
from bot.rendering import PLAIN, Form, with_note
from summarizer.errors import ConfigError
from summarizer.models import derive_id
from summarizer.storage import Chat, Delivery, OutMessage, PendingMessage, Storage

log = structlog.get_logger(__name__)

BATCH = 300
AHEAD = 60
"""Messages that wait for their turn at most: an answer that comes behind them is soon sent."""
IN_FLIGHT = 5
"""Messages on their way at the same time, slow ones aside: what a crash may repeat."""
SLOW_S = 0.25
"""A message that is on its way for longer makes room: a slow chat holds up no other, and ten that
hang at once hold up all others for half a second."""
SLOW_AT_ONCE = 48
"""Messages on their way at most, slow ones included."""
LOOK_S = 0.5
"""While some sends are slow, what else may be sent is looked for so often."""
PATIENCE_S = 1.5
"""A message that must wait longer is left for a later round."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)
LATE = timedelta(minutes=30)
"""A digest that goes out so long after its time says so."""
WORTH_SAYING = timedelta(days=2)
"""Who comes back after longer need not hear of a digest that was left out."""
ANSWER_LIFE = timedelta(hours=1)
"""Nobody waits longer for the answer to a request."""

Clock = Callable[[], datetime]
Outcome = Literal["sent", "retried", "failed", "skipped", "taken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one round of sending did."""

    sent: int = 0
    retried: int = 0
    """Put off: not reachable, or asked to wait."""
    failed: int = 0
    skipped: int = 0
    """Too old to be of use."""


class Sender:
    """Sends the messages that are pending; one for each bot token.

    `late` is how old a scheduled digest may get; `form_of` says how a chat reads.
    """

    def __init__(
        self,
        bot: Bot,
        storage: Storage,
        *,
        late: timedelta,
        operator_chats: Sequence[int] = (),
        in_flight: int = IN_FLIGHT,
        form_of: Callable[[Chat], Form] = lambda chat: PLAIN,
    ) -> None:
        self._bot = bot
        self._storage = storage
        self._late = late
        self._operators = tuple(str(chat_id) for chat_id in operator_chats)
        self._form_of = form_of
        self.pacer = Pacer()
        """Also for what else this process asks of Telegram."""
        self._running = asyncio.Lock()
        self._in_flight = asyncio.Semaphore(in_flight)
        self._slow = asyncio.Semaphore(SLOW_AT_ONCE)
        self._again = False
        self._closing = False

    async def recover(self) -> int:
        """Take up what was being sent when the last process died; to be called before sending."""
        self._closing = False
        count = await self._storage.deliveries.recover()
        if count:
            log.warning("sends repeated after a crash", messages=count)
        return count

    async def send_due(self, now: datetime) -> Sent:
        """Send all that may be sent, and return once the rest has to wait.

        Called while another call is at it, this returns at once: the other takes the new messages
        too. Raises ConfigError where Telegram does not take the token.
        """
        self._again = True
        if self._running.locked():
            return Sent()
        counts: Counter[Outcome] = Counter()
        async with self._running:
            loop = asyncio.get_running_loop()
            started = loop.time()
            while self._again:
                self._again = False
                await self._send_all(lambda: now + timedelta(seconds=loop.time() - started), counts)
        return Sent(
            sent=counts["sent"],
            retried=counts["retried"],
            failed=counts["failed"],
            skipped=counts["skipped"],
        )

    async def close(self) -> None:
        """Begin no more sends and wait for those on their way."""
        self._closing = True
        async with self._running:
            pass

    async def _send_all(self, clock: Clock, counts: Counter[Outcome]) -> None:
        """Send until nothing is left, one message a chat at a time, the chats side by side."""
        active: dict[str, asyncio.Task[Outcome]] = {}
        try:
            while True:
                ready = await self._ready(clock(), active)
                for message in ready[: AHEAD - len(active)]:
                    active[message.chat_id] = asyncio.create_task(self._send(message, clock))
                if not active:
                    return
                await asyncio.wait(active.values(), timeout=LOOK_S)
                for chat_id in [chat_id for chat_id, task in active.items() if task.done()]:
                    counts[active.pop(chat_id).result()] += 1
        finally:
            # A token that is refused, or a bug, ends the round; the others finish what they began.
            await asyncio.gather(*active.values(), return_exceptions=True)

    async def _ready(
        self, now: datetime, active: dict[str, asyncio.Task[Outcome]]
    ) -> list[PendingMessage]:
        if self._closing:
            return []
        found = await self._storage.deliveries.pending(now, BATCH)
        return [
            message
            for message in found
            if message.chat_id not in active and self._wait(message) <= PATIENCE_S
        ]

    def _wait(self, message: PendingMessage) -> float:
        now = asyncio.get_running_loop().time()
        return self.pacer.wait_for_chat(message.chat_id, _is_private(message), now)

    async def _send(self, message: PendingMessage, clock: Clock) -> Outcome:
        if self._is_too_old(message, clock()):
            return await self._skip(message, clock())
        await asyncio.sleep(self._wait(message))
        async with self._slow:
            async with self._in_flight:
                if self._closing or not await self._storage.deliveries.mark_sending([message.id]):
                    return "taken"
                # Paced last: else the time the database takes would count as being on the way.
                slot = await self.pacer.take_slot()
                sending = asyncio.ensure_future(self._send_claimed(message, slot, clock))
                await asyncio.wait({sending}, timeout=SLOW_S)
            return await sending

    async def _send_claimed(
        self, message: PendingMessage, slot: asyncio.TimerHandle, clock: Clock
    ) -> Outcome:
        try:
            message_id = await self._request(message, clock())
        except TelegramError as exc:
            return await self._take_refusal(message, judge(exc), clock(), exc)
        finally:
            self.pacer.free(slot)
            self.pacer.note_answer(message.chat_id, asyncio.get_running_loop().time())
        await self._storage.deliveries.mark_sent(message.id, message_id, clock())
        log.info("message sent", message=message.id, chat=message.chat_id)
        return "sent"

    async def _request(self, message: PendingMessage, now: datetime) -> int:
        text = message.text
        if _is_scheduled_start(message) and not message.late and now - message.scheduled_at > LATE:
            form = await self._form(message.chat_id)
            text = with_note(text, form.texts.gettext("Sent late."))
        sent = await self._bot.send_message(
            chat_id=message.chat_id,
            text=text,
            parse_mode=ParseMode.HTML,
            message_thread_id=message.thread_id or None,
            disable_notification=message.silent,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=(
                InlineKeyboardMarkup.de_json(json.loads(message.keyboard), self._bot)
                if message.keyboard
                else None
            ),
            reply_parameters=(
                # The earlier post may have been deleted; the update is news all the same.
                ReplyParameters(message.reply_to, allow_sending_without_reply=True)
                if message.reply_to is not None
                else None
            ),
        )
        return sent.message_id

    async def _take_refusal(
        self, message: PendingMessage, refusal: Refusal, now: datetime, error: TelegramError
    ) -> Outcome:
        reason = refusal.reason[:200]
        log.warning(
            "message refused",
            message=message.id,
            chat=message.chat_id,
            step=refusal.step,
            reason=reason,
        )
        deliveries, chats = self._storage.deliveries, self._storage.chats
        if refusal.step == "fail":
            await deliveries.mark_failed(message.id, reason, None)
            await self._tell_operators(message, reason, now)
            return "failed"
        if refusal.step == "thread":
            if not message.thread_id and message.kind in ("follow", "notice"):
                # General cannot be deleted: who opens it again finds what happened meanwhile.
                await deliveries.mark_failed(message.id, reason, now + MUTED)
                return "retried"
            await deliveries.mark_failed(message.id, reason, None)
            await self._pause_thread(message, now)
            return "failed"
        if refusal.step == "leave":
            known = await chats.get(message.chat_id) is not None
            # It waits with the chat's other messages for the day the chat is back.
            await deliveries.mark_failed(message.id, reason, now if known else None)
            await chats.deactivate(message.chat_id, reason)
            return "retried" if known else "failed"
        if refusal.step == "move":
            await deliveries.mark_failed(message.id, reason, now)
            await chats.migrate(message.chat_id, refusal.new_chat_id)
            return "retried"
        if refusal.step in ("hold", "mute"):
            until = now + refusal.wait
            await deliveries.mark_failed(message.id, reason, until)
            await deliveries.hold_chat(message.chat_id, until)
            return "retried"
        retry_at = now + min(FIRST_RETRY * 2 ** min(message.attempts, 10), LONGEST_RETRY)
        await deliveries.mark_failed(
            message.id, reason, retry_at, may_have_arrived=refusal.may_have_arrived
        )
        if refusal.step == "stop":
            raise ConfigError("Telegram does not take the token: 'telegram.token'") from error
        return "retried"

    def _is_too_old(self, message: PendingMessage, now: datetime) -> bool:
        """Whether nothing of a delivery was sent in time, or a later one takes its place."""
        if message.part > 0:
            return False
        age = now - message.scheduled_at
        if message.kind == "scheduled":
            return message.superseded or age > self._late
        return age > (ANSWER_LIFE if message.kind == "request" else self._late)

    async def _skip(self, message: PendingMessage, now: datetime) -> Outcome:
        await self._storage.deliveries.skip(message.delivery_id, "too old")
        log.warning("delivery skipped", delivery=message.delivery_id, chat=message.chat_id)
        if message.kind == "scheduled" and now - message.scheduled_at < WORTH_SAYING:
            form = await self._form(message.chat_id)
            said = form.texts.gettext(
                "The digest of {missed} could not be sent in time and was left out. "
                "/digest shows a summary now."
            ).format(missed=form.moment(message.scheduled_at))
            await self._plan_notice(message.chat_id, message.thread_id, said, message.id, now)
        return "skipped"

    async def _pause_thread(self, message: PendingMessage, now: datetime) -> None:
        """Stop what comes to a topic of a forum that was deleted or closed; say so in General."""
        chats = self._storage.chats
        mine = await chats.subscriptions(message.chat_id, message.thread_id)
        going = [s for s in mine if not s.paused]
        for subscription in going:
            await chats.schedule(
                subscription.id,
                times=subscription.times,
                weekdays=subscription.weekdays,
                next_due_at=None,
                paused=True,
            )
        if not message.thread_id:  # `reopen` in bot.handlers.members says how to go on
            return
        followed = await self._storage.follows.end(message.chat_id, message.thread_id)
        form = await self._form(message.chat_id)
        said = []
        # Who asked for a summary there hears of what was paused before, too.
        if stopped := mine if message.kind == "request" else going:
            said.append(
                form.texts.gettext(
                    "I may not write any more in the forum topic that got {topics}: it is closed "
                    "or gone, so nothing comes there. /topics shows what was paused."
                ).format(topics=", ".join(form.topic(s.topic) for s in stopped))
            )
        if followed:
            said.append(
                form.texts.ngettext(
                    "A story that was followed in a forum topic is followed no more, as I may not "
                    "write there: the topic is closed or gone. Ask for a /digest and press the "
                    "story's number to follow it here.",
                    "{n} stories that were followed in a forum topic are followed no more, as I "
                    "may not write there: the topic is closed or gone. Ask for a /digest and press "
                    "a story's number to follow it here.",
                    followed,
                ).format(n=followed)
            )
        if said:
            await self._plan_notice(message.chat_id, 0, "\n".join(said), message.id, now)

    async def _tell_operators(self, message: PendingMessage, reason: str, now: datetime) -> None:
        if message.chat_id in self._operators:
            return
        said = f"Telegram refused message {message.id} to chat {message.chat_id}: {reason}"
        for chat_id in self._operators:
            await self._plan_notice(chat_id, 0, said, message.id, now)

    async def _plan_notice(
        self, chat_id: str, thread_id: int, text: str, about: str, now: datetime
    ) -> None:
        """Plan a message about another one, once."""
        delivery = Delivery(
            id=derive_id(chat_id, "notice", about),
            chat_id=chat_id,
            thread_id=thread_id,
            scheduled_at=now,
            kind="notice",
            created_at=now,
        )
        part = OutMessage(part=0, text=escaped(text), silent=True)
        await self._storage.deliveries.plan(delivery, [part])

    async def _form(self, chat_id: str) -> Form:
        chat = await self._storage.chats.get(chat_id)
        return PLAIN if chat is None else self._form_of(chat)


def _is_private(message: PendingMessage) -> bool:
    if message.chat_kind is None:  # groups and channels have negative ids
        return not message.chat_id.startswith("-")
    return message.chat_kind == "private"


def _is_scheduled_start(message: PendingMessage) -> bool:
    return message.kind == "scheduled" and message.part == 0
