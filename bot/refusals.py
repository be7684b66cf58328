"""What an error of Telegram's means for a message and its chat, decided in one place.

::

    RetryAfter                          → hold      this chat waits, the others go on
    Forbidden                           → leave     the chat is not served any more
    BadRequest, before NetworkError: it is one of them
      chat not found, rights lost       → leave
      a group that all are muted in     → mute      nobody says when that ends: tried again
      message thread not found          → thread    the thread's subscriptions pause; what is
                                                    followed ends, or in General waits
      anything else                     → fail      for good; operators are told
    ChatMigrated                        → move      to the new id, then send again
    InvalidToken                        → stop      nothing can be sent until an operator acts
    TimedOut, connection lost           → retry     later; it may have arrived
    NetworkError, 5xx                   → retry     later
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

Step = Literal["hold", "leave", "mute", "thread", "fail", "move", "stop", "retry"]

_CHAT_LOST = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "peer_id_invalid",
    "need administrator rights in the channel",
    "chat_admin_required",
)
_MUTED = ("chat_write_forbidden", "have no rights to send", "not enough rights to send")
_THREAD_LOST = ("message thread not found", "topic_deleted", "topic_closed", "topic_id_invalid")
MUTED = timedelta(hours=1)
"""A group may let nobody write for the night; Telegram tells a bot of its own rights alone."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Before the request went out; after any other broken connection the message may have arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What to do next about a message that was not sent."""

    step: Step
    reason: str
    """Telegram's words."""
    wait: timedelta = timedelta()
    """For 'hold' and 'mute'."""
    new_chat_id: str = ""
    """For 'move'."""
    may_have_arrived: bool = False
    """For 'retry'."""


def judge(error: TelegramError) -> Refusal:
    """Return what an error means."""
    reason = error.message
    if isinstance(error, RetryAfter):
        given = error.retry_after
        wait = given if isinstance(given, timedelta) else timedelta(seconds=given)
        return Refusal(step="hold", reason=reason, wait=wait)
    if isinstance(error, ChatMigrated):
        return Refusal(step="move", reason=reason, new_chat_id=str(error.new_chat_id))
    if isinstance(error, Forbidden):
        return Refusal(step="leave", reason=reason)
    if isinstance(error, InvalidToken):
        return Refusal(step="stop", reason=reason)
    if isinstance(error, BadRequest):
        said = reason.lower()
        if any(words in said for words in _CHAT_LOST):
            return Refusal(step="leave", reason=reason)
        if any(words in said for words in _MUTED):
            return Refusal(step="mute", reason=reason, wait=MUTED)
        if any(words in said for words in _THREAD_LOST):
            return Refusal(step="thread", reason=reason)
        return Refusal(step="fail", reason=reason)
    if isinstance(error, NetworkError):
        cause = error.__cause__
        broken = isinstance(error, TimedOut) or isinstance(cause, httpx.HTTPError)
        return Refusal(
            step="retry",
            reason=reason,
            may_have_arrived=broken and not isinstance(cause, _NOT_SENT),
        )
    return Refusal(step="fail", reason=reason)
