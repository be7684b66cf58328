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
WINDOW_S = 1.0
LOST_S = 1.0
"""A message on its way for longer counts as answered: hung chats must not keep their slots until
they time out. What hangs is the answer; the request has long been counted by Telegram. Not less: on
a bad line a lost packet is sent again within that time."""


class Pacer:
    """Knows when each chat, and any chat, may be sent the next message.

    Both count from answers, so that a slow message is not caught up with.
    """

    def __init__(self) -> None:
        self._answered: dict[str, deque[float]] = {}
        self._slots = asyncio.Semaphore(MESSAGES)

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

    async def take_slot(self) -> asyncio.TimerHandle:
        """Return when any message may start, with what `free` needs once it is answered.

        Telegram sees a message before its answer comes. So with 30 slots, each taken until a second
        after the answer, it never sees a 31st in one second, however long each is on its way. The
        price: 30 / (1 + s) a second where answers take s, and nothing safe wins that back, as it is
        not known when between the two Telegram counted.
        """
        await self._slots.acquire()
        return self._free_in(LOST_S + WINDOW_S)

    def free(self, slot: asyncio.TimerHandle) -> None:
        """Let another message start a second from now."""
        if slot.when() > asyncio.get_running_loop().time() + WINDOW_S:
            slot.cancel()
            self._free_in(WINDOW_S)

    def _free_in(self, seconds: float) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self._slots.release)

    def note_answer(self, chat_id: str, now: float) -> None:
        """Count a message that was answered."""
        times = self._answered.pop(chat_id, None) or deque(maxlen=GROUP_MESSAGES)
        times.append(now)
        self._answered[chat_id] = times  # at the end: the first is the longest silent
        while self._answered[first := next(iter(self._answered))][-1] < now - GROUP_S:
            del self._answered[first]
