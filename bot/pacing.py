"""How fast one bot may send: Telegram's limits, kept ahead of time so that nobody is refused.

One message a second in a private chat, 20 a minute in a group or channel, 30 a second in all
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Times are seconds
of any one clock.
"""

from __future__ import annotations

from collections import deque

PRIVATE_S = 1.0
GROUP_MESSAGES = 20
GROUP_S = 60.0
APART_S = 1 / 27
"""Between any two messages: a little under 30 a second, since the network bunches them up."""


class Pacer:
    """Knows when each chat may be sent the next message.

    A chat counts from the answer to the message before, so that a slow one is not caught up with.
    """

    def __init__(self) -> None:
        self._answered: dict[str, deque[float]] = {}
        self._next_slot = float("-inf")

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

    def take_slot(self, now: float) -> float:
        """Reserve the next moment for any message; return in how many seconds it comes."""
        slot = max(now, self._next_slot)
        self._next_slot = slot + APART_S
        return slot - now

    def note_answer(self, chat_id: str, now: float) -> None:
        """Count a message that was answered."""
        times = self._answered.pop(chat_id, None) or deque(maxlen=GROUP_MESSAGES)
        times.append(now)
        self._answered[chat_id] = times  # at the end: the first is the longest silent
        while self._answered[first := next(iter(self._answered))][-1] < now - GROUP_S:
            del self._answered[first]
