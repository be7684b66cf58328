"""Digests on request, each composed once for all who ask the same within some minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.composing import preferences_of
from bot.handlers.desk import Desk
from summarizer.models import Digest, Length, Topic
from summarizer.storage import Chat

FRESH = timedelta(minutes=5)
"""A digest is given again for so long without composing it anew."""
_KEPT = 200


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What makes two digests the same."""

    topics: tuple[str, ...]
    length: Length
    muted: tuple[str, ...]


class Digests:
    """The digests of the last minutes; they leave the record of what a chat was told alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._fresh: dict[_Wanted, Digest] = {}

    def fresh(self, chat: Chat, topics: Sequence[Topic], now: datetime) -> Digest | None:
        """Return a digest that was composed just now, if there is one."""
        known = self._fresh.get(_wanted(chat, topics))
        return known if known is not None and now - known.composed_at < FRESH else None

    async def compose(self, chat: Chat, topics: Sequence[Topic], now: datetime) -> Digest:
        """Return what happened on these topics in the last hours, as the chat likes it."""
        desk = self._desk
        digest = await desk.composer.compose(
            topics,
            preferences=preferences_of(desk.settings, chat.length, chat.muted_outlets),
            told=frozenset(),
            told_stories=frozenset(),
            since=now - timedelta(hours=desk.settings.digests.hours),
            now=now,
        )
        self._fresh = {w: d for w, d in self._fresh.items() if now - d.composed_at < FRESH}
        if len(self._fresh) < _KEPT:
            self._fresh[_wanted(chat, topics)] = digest
        return digest


def _wanted(chat: Chat, topics: Sequence[Topic]) -> _Wanted:
    return _Wanted(tuple(t.key for t in topics), chat.length, chat.muted_outlets)
