"""A running bot on a real database, with Telegram played by our own server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import structlog

from bot.app import App, build_app, run
from config.settings import Settings, load_settings
from summarizer.digests.composing import Preferences, compose_digest
from summarizer.models import Article, Digest, Story, StoryReport, Topic
from summarizer.pipeline import Look
from summarizer.rereading import Correct, Rereader
from summarizer.storage import Storage, Subscription
from tests.bot.shell import Shell, serve
from tests.telegram_chats import Chat
from tests.telegram_messages import User
from tests.telegram_server import TelegramServer

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
"""A Tuesday."""

CATALOGUE = (
    Topic(key="world", name="World", queries=("world news",)),
    Topic(key="technology", name="Technology", queries=("technology news",)),
    Topic(key="science", name="Science", queries=("science news",)),
    Topic(key="sport", name="Sport", queries=("sport news",)),
)


class Shelf:
    """A pipeline without models: what is on the shelf is told to everybody."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.rounds = 0
        self.second_round = asyncio.Event()
        self.composed = 0
        self.slow_s = 0.0
        self.broken: Exception | None = None
        self.rereader: Rereader | None = None
        self.by_link: dict[str, StoryReport] = {}

    async def add(self, report: StoryReport, at: datetime) -> None:
        dated = replace(report, opened_at=at, updated_at=at, written_at=at)
        article = Article(
            id=f"{dated.story_id}-1",
            url=None,
            outlet=dated.articles[0].outlet,
            title=dated.headline,
            text=dated.headline,
            published_at=at,
            fetched_at=at,
        )
        await self._storage.articles.add([article], np.stack([dated.vector]))
        story = Story(
            id=dated.story_id,
            article_ids=(article.id,),
            centroid=dated.vector,
            opened_at=at,
            updated_at=at,
            version=dated.version,
        )
        await self._storage.stories.save([story])
        await self._storage.stories.save_report(dated)

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
    ) -> Digest:
        self.composed += 1
        await asyncio.sleep(self.slow_s)
        if self.broken is not None:
            raise self.broken
        return compose_digest(
            topics=topics,
            matched=await self._storage.stories.reports(since),
            told=told,
            told_stories=told_stories,
            preferences=preferences,
            reading=await self._storage.articles.reading(since, now),
            since=since,
            now=now,
        )

    async def find_story(self, url: str) -> StoryReport | None:
        return self.by_link.get(url)

    async def collect(self, now: datetime) -> object:
        self.rounds += 1
        if self.rounds == 2:
            self.second_round.set()
        return None

    async def reread(self, now: datetime, correct: Correct) -> int:
        return await self.rereader.reread(now, correct) if self.rereader else 0

    async def group(self, now: datetime) -> object:
        return None

    async def write(self, now: datetime) -> object:
        return None


class Town:
    """The bot, running, and all that a test needs to live in it."""

    def __init__(self, server: TelegramServer, storage: Storage, folder: Path) -> None:
        self.server = server
        self.storage = storage
        self.shelf = Shelf(storage)
        self.now = NOON
        self._folder = folder
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.app: App = self.build()

    def settings(self, **environ: str) -> Settings:
        return load_settings(
            environ={
                "DIGEST_PATHS__DATA": str(self._folder),
                "DIGEST_TELEGRAM__TOKEN": self.server.token,
                "DIGEST_TELEGRAM__API_URL": self.server.url,
                # Tests look for what is due themselves, at times of their own.
                "DIGEST_SCHEDULE__TICK_S": "3600",
                "DIGEST_SCHEDULE__COLLECT_S": "3600",
                **environ,
            }
        )

    def build(self, **environ: str) -> App:
        self.app = build_app(
            self.settings(**environ), self.storage, self.shelf, CATALOGUE, lambda: self.now
        )
        return self.app

    async def start(self, *, introduced: bool = True, **environ: str) -> None:
        """Run the bot; one that is `introduced` sets no menus, which takes many requests."""
        if environ:
            self.build(**environ)
        self._stop = asyncio.Event()
        self._running = asyncio.create_task(run(self.app, self._stop, introduced=introduced))

    async def stop(self) -> None:
        self._stop.set()
        if self._running is not None:
            await self._running
        self._running = None

    async def ask(
        self,
        chat: Chat,
        text: str,
        wanted: str = "",
        *,
        user: User | None = None,
        thread_id: int | None = None,
    ) -> str:
        """Write to the bot and return what it answers."""
        await chat.send_text(text, user=user, thread_id=thread_id)
        return (await chat.wait_for_message(wanted)).text

    async def subscriptions(self, chat: Chat) -> list[Subscription]:
        return await self.storage.chats.subscriptions(str(chat.id))

    async def pass_time(self, **how_long: float) -> None:
        """Let time pass, then look for what is due and send it."""
        self.now += timedelta(**how_long)
        await self.app.rounds.deliver()


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log failures in plain text: drawing every local of a traceback takes seconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
        wrapper_class=structlog.BoundLogger,
        logger_factory=structlog.PrintLoggerFactory(),
    )


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def resting(
    server: TelegramServer, sqlite_storage: Storage, tmp_path: Path
) -> AsyncIterator[Town]:
    """The bot, not started yet; stopped at the end."""
    town = Town(server, sqlite_storage, tmp_path)
    yield town
    with contextlib.suppress(Exception):
        await town.stop()


@pytest.fixture
async def town(resting: Town) -> Town:
    """The bot, running."""
    await resting.start()
    return resting


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.setenv("DIGEST_PATHS__DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIGEST_COLLECTING__CATALOG_FEEDS", "false")
    monkeypatch.setenv("DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES", "true")
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(capsys=capsys, monkeypatch=monkeypatch)


@pytest.fixture
def site() -> Iterator[str]:
    """A web site with a home page that names a feed, and an article."""
    with serve() as url:
        yield url
