"""How fast one bot may send: Telegram's limits, kept ahead of time so that nobody is refused.

One message a second in a private chat, 20 a minute in a group or channel, 30 a second in all
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Times are seconds
of any one clock.
"""

from __future__ import annotations

import asyncio
from collections import deque

PRIVATE_S = 1.0
GROUP_MESSAGES = 20
GROUP_S = 60.0
MESSAGES = 30
WINDOW_S = 1.1
"""So many messages start within this at most. The tenth of a second beyond Telegram's is for those
that are slow on their way: with half of it one in 400 was refused."""
APART_S = 1 / 40
"""Between any two messages; what a busy moment held up is caught up with at this pace."""


class Pacer:
    """Knows when each chat may be sent the next message.

    A chat counts from the answer to the message before, so that a slow one is not caught up with.
    """

    def __init__(self) -> None:
        self._answered: dict[str, deque[float]] = {}
        self._started: deque[float] = deque(maxlen=MESSAGES)
        self._turn = asyncio.Lock()

    def wait_for_chat(self, chat_id: str, private: bool, now: float) -> float:
        """Return in how many seconds this chat may be sent a message."""
        times = self._answered.get(chat_id)
        if not times:
            return 0.0
        if private:
            return max(0.0, times[-1] + PRIVATE_S - now)
        if len(times) < GROUP_MESSAGES:
            return 0.0
        return max(0.0, times[-GROUP_MESSAGES] + GROUP_S - now)

    def wait_for_all(self, now: float) -> float:
        """Return in how many seconds any message may start."""
        if not self._started:
            return 0.0
        free_at = self._started[-1] + APART_S
        if len(self._started) == MESSAGES:
            free_at = max(free_at, self._started[0] + WINDOW_S)
        return max(0.0, free_at - now)

    def note_start(self, now: float) -> None:
        """Count a message that starts."""
        self._started.append(now)

    async def take_slot(self) -> None:
        """Return when a message may start, by the running loop's clock; it is counted then.

        One after the other: waits that were planned ahead would all end at once after the loop was
        busy for a moment.
        """
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(self.wait_for_all(loop.time()))
            self.note_start(loop.time())

    def note_answer(self, chat_id: str, now: float) -> None:
        """Count a message that was answered."""
        times = self._answered.pop(chat_id, None) or deque(maxlen=GROUP_MESSAGES)
        times.append(now)
        self._answered[chat_id] = times  # at the end: the first is the longest silent
        while self._answered[first := next(iter(self._answered))][-1] < now - GROUP_S:
            del self._answered[first]
