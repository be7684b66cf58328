"""What is done again and again, as plain async functions.

A timer calls them in one process, jobs call them in several: `bot.working` knows which.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.alerting import tell_about_feeds, tell_of_rival
from bot.correcting import correct_messages
from bot.following import deliver_followed
from bot.handlers.desk import Composer
from bot.scheduling import deliver_due, set_right
from config.settings import Settings
from summarizer.rereading import Change, Correct
from summarizer.storage import Storage


class Stages(Composer, Protocol):
    """The pipeline, as far as the rounds drive it."""

    async def collect(self, now: datetime, *, urls: Sequence[str] | None = None) -> object: ...

    async def reread(self, now: datetime, correct: Correct) -> int: ...

    async def group(self, now: datetime, *, language: str | None = None) -> object: ...

    async def write(self, now: datetime) -> object: ...

    async def write_story(self, story_id: str, now: datetime) -> object: ...

    async def embed_topics(self) -> object: ...


DIGESTS_AT_ONCE = 1000
"""Of a share of the chats: some seconds, in which the next look for due chats comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The rounds on one database; each is safe to repeat and to break off."""

    settings: Settings
    storage: Storage
    pipeline: Stages
    wake: asyncio.Event
    """Set where there is something to send."""
    clock: Callable[[], datetime]

    async def collect(self) -> None:
        """Read the feeds that are due, group what is new, write its reports."""
        await self.pipeline.collect(self.clock())
        await self.pipeline.group(self.clock())
        await self.pipeline.write(self.clock())

    async def collect_feeds(self, urls: Sequence[str]) -> None:
        """Read those of the feeds that are due."""
        await self.pipeline.collect(self.clock(), urls=urls)

    async def reread(self) -> None:
        """Read the cited pages that are due again; let what they take back be corrected."""
        now = self.clock()

        async def correct(changes: Sequence[Change]) -> None:
            if await correct_messages(changes, now, storage=self.storage):
                self.wake.set()

        await self.pipeline.reread(now, correct)

    async def group(self, language: str) -> None:
        """Group the new articles of one language."""
        await self.pipeline.group(self.clock(), language=language)

    async def write_story(self, story_id: str) -> None:
        """Write the report of a story, unless its version has one."""
        await self.pipeline.write_story(story_id, self.clock())

    async def embed_topics(self) -> None:
        """Make the topics' vectors that other processes wait for."""
        await self.pipeline.embed_topics()

    async def deliver(self) -> None:
        """Plan what is due now and let the sender know."""
        await deliver_due(
            self.clock(), settings=self.settings, storage=self.storage, composer=self.pipeline
        )
        await self.deliver_followed()
        self.wake.set()

    async def deliver_followed(self) -> None:
        """Plan what is new in the stories that chats follow."""
        await deliver_followed(self.clock(), settings=self.settings, storage=self.storage)

    async def deliver_share(self, ending: str) -> None:
        """Plan what is due now to the chats whose id ends so, or a good part of it."""
        await deliver_due(
            self.clock(),
            settings=self.settings,
            storage=self.storage,
            composer=self.pipeline,
            at_most=DIGESTS_AT_ONCE,
            ending=ending,
        )

    async def watch(self) -> None:
        """Tell the operators which feeds broke or work again."""
        operators = self.settings.telegram.operator_chats
        if await tell_about_feeds(self.storage, operators, self.clock()):
            self.wake.set()

    async def tell_of_rival(self, now: datetime) -> None:
        """Tell the operators that another program takes the bot's updates."""
        await tell_of_rival(self.storage, self.settings.telegram.operator_chats, now)
        self.wake.set()

    async def purge(self) -> None:
        """Delete what is older than the retention, and mend what a wrong clock left."""
        await set_right(self.clock(), self.storage)
        await self.storage.purge(
            self.clock() - timedelta(days=self.settings.stories.retention_days)
        )


def now_utc() -> datetime:
    """Return the time it is."""
    return datetime.now(UTC)
