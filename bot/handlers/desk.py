"""What every handler works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telegram.ext import ExtBot

from config.settings import Settings
from summarizer.digests.composing import Preferences
from summarizer.models import Digest, StoryReport, Topic
from summarizer.pipeline import Look
from summarizer.storage import Storage


class Composer(Protocol):
    """Makes digests of what was written, and finds the story of an article."""

    async def compose(
        self,
        topics: Sequence[Topic],
        *,
        preferences: Preferences,
        told: frozenset[str],
        told_stories: frozenset[str],
        since: datetime,
        now: datetime,
        look: Look | None = None,
    ) -> Digest: ...

    async def find_story(self, url: str) -> StoryReport | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that handlers share, wired once by the app."""

    settings: Settings
    storage: Storage
    composer: Composer
    bot: ExtBot[int]
    catalogue: tuple[Topic, ...]
    clock: Callable[[], datetime]
    wake_sender: Callable[[], None]
    """Says that there is something to send, so that nobody waits for the next look."""
