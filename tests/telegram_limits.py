"""What the test server holds against requests: Telegram's limits, and faults a test asked for."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from tests.telegram_types import RefusedError

WORDING = {
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """What the next requests of a method meet."""

    method: str
    chat_id: int | None
    error: RefusedError | None
    cut: Literal["before", "after"] | None
    delay_s: float
    hold: asyncio.Event | None
    times: int


@dataclass(slots=True, kw_only=True)
class Limits:
    """Telegram's limits as sliding windows: (messages, seconds)."""

    private: tuple[int, float] = (1, 1.0)
    group: tuple[int, float] = (20, 60.0)
    overall: tuple[int, float] = (30, 1.0)
    sent: dict[int | None, deque[float]] = field(default_factory=dict)

    def take(self, chat_id: int, *, private: bool, now: float) -> None:
        """Count a message; raises RefusedError 429 where it is one too many."""
        in_chat = self.private if private else self.group
        for key, (count, seconds) in ((chat_id, in_chat), (None, self.overall)):
            times = self.sent.setdefault(key, deque())
            while times and times[0] <= now - seconds:
                times.popleft()
            if len(times) >= count:
                raise too_many_requests(max(1, math.ceil(times[0] + seconds - now)))
        for key in (chat_id, None):
            self.sent[key].append(now)


def too_many_requests(retry_after: int) -> RefusedError:
    return RefusedError(
        429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after
    )
