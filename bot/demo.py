"""`digest-bot demo`: a day of news and the next morning, the whole way, offline.

The outlets are the sample's, read over HTTP on the loopback; collector, stories, model, checks and
digests are the real ones, on a database that is thrown away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.table import Table
from telegram import Bot, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.composing import preferences_of
from bot.rendering import PLAIN, Message, render_digest
from bot.sample import SampleServer
from bot.terminal import messages_to_terminal
from config.catalog import load_catalog
from config.settings import Settings
from summarizer.digests.matching import catalog_topics, parse_topic
from summarizer.errors import ConfigError, UnreachableError
from summarizer.models import Digest
from summarizer.pipeline import Pipeline, Written
from summarizer.reading import Collected
from summarizer.storage import Storage

TOPIC = "top"
"""What the demo's chat is subscribed to."""
PAUSE_S = 1.0
"""Telegram wants no more than one message a second in a chat (Bots FAQ)."""


class Screen(Protocol):
    """Where the demo's digests are shown: the terminal or a chat."""

    async def show(self, messages: Sequence[Message]) -> None:
        """Show the messages of one digest."""


async def run_demo(
    settings: Settings, *, telegram: bool, console: Console, now: datetime | None = None
) -> None:
    """Play the sample: the evening's digest, then the next morning's, with only what is new.

    `telegram` posts both to the first operator chat instead. Raises ConfigError without one, and
    UnreachableError when Telegram cannot be reached.
    """
    started = time.monotonic()
    screen: Screen = TerminalScreen(console)
    if telegram:
        screen = ChatScreen(settings)
        await screen.show(())  # a wrong token is said before the work, not after it
    with TemporaryDirectory(prefix="digest-demo-") as folder, _without_warnings():
        settings = _for_the_sample(settings, Path(folder))
        storage = await Storage.open(settings.database_url)
        try:
            async with (
                Pipeline(settings=settings, storage=storage) as pipeline,
                SampleServer(now=now) as sample,
            ):
                await storage.articles.sync_feeds(sample.feeds)
                demo = _Demo(settings=settings, pipeline=pipeline, console=console, screen=screen)
                outlets = len(sample.feeds)
                console.print(_rule(f"An invented day of news, {outlets} outlets", sample.now))
                evening = await demo.play(sample.now)
                sample.advance()
                console.print(_rule("The next morning: only what is new", sample.now))
                await demo.play(sample.now, told=evening)
        finally:
            await storage.close()
    console.print(f"\nThe whole demo took {time.monotonic() - started:.1f} s.", highlight=False)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Keep the log from saying between the lines what the table says: an outlet does not answer."""
    log = logging.getLogger("summarizer.reading")
    before = log.level
    if log.getEffectiveLevel() == logging.WARNING:
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _for_the_sample(settings: Settings, folder: Path) -> Settings:
    """Return the settings with a new database, and with requests to the loopback allowed."""
    return settings.model_copy(
        update={
            "database": settings.database.model_copy(
                update={"url": f"sqlite+aiosqlite:///{folder / 'demo.db'}"}
            ),
            "collecting": settings.collecting.model_copy(
                update={"allow_private_addresses": True, "languages": ("en",)}
            ),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demo:
    settings: Settings
    pipeline: Pipeline
    console: Console
    screen: Screen

    async def play(self, now: datetime, told: Digest | None = None) -> Digest:
        """Run every stage at `now`; show the digest of a chat that was `told` one before."""
        laps = _Laps()
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=self.console,
            transient=True,
        ) as progress:
            reading = progress.add_task("Reading feeds and pages", total=None)
            collected = await self.pipeline.collect(
                now, progress=lambda done, of: progress.update(reading, completed=done, total=of)
            )
            laps.end("read", _say_collected(collected))
            stories = await self.pipeline.group(now)
            laps.end("grouped", f"{len(stories)} stories new or changed")
            writing = progress.add_task("Writing stories", total=None)
            written = await self.pipeline.write(
                now, progress=lambda done, of: progress.update(writing, completed=done, total=of)
            )
            laps.end("written", _say_written(written))
        digest = await self._compose(now, told)
        laps.end(
            "composed",
            f"{len(digest.stories)} stories, {len(digest.updates)} updates to earlier ones",
        )
        await self.screen.show(render_digest(digest))
        self.console.print(laps.table())
        return digest

    async def _compose(self, now: datetime, told: Digest | None) -> Digest:
        chosen = self.settings.digests
        since = told.composed_at if told else now - timedelta(hours=chosen.hours)
        stories = (*told.stories, *told.updates) if told else ()
        catalogue = catalog_topics(load_catalog())
        return await self.pipeline.compose(
            [parse_topic(TOPIC, catalogue)],
            preferences=preferences_of(self.settings, "normal"),
            told=frozenset(told.known_ids) if told else frozenset(),
            told_stories=frozenset(story.report.story_id for story in stories),
            since=since,
            now=now,
        )


class _Laps:
    """How long each stage took, and what it did."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._rows: list[tuple[str, str, float]] = []

    def end(self, stage: str, said: str) -> None:
        now = time.monotonic()
        self._rows.append((stage, said, now - self._last))
        self._last = now

    def table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for stage, said, seconds in self._rows:
            table.add_row(f"[dim]{stage}[/]", said, f"[dim]{seconds:.1f} s[/]")
        return table


def _say_collected(collected: Collected) -> str:
    parts = [f"{collected.articles} articles from {collected.feeds - collected.failed} feeds"]
    for count, what in (
        (collected.revised, "changed since"),
        (collected.summary_only, "in the feed's words, as their pages could not be read"),
        (collected.skipped, "in another language, skipped"),
        (collected.unchanged, "feeds with nothing new"),
        (collected.failed, "feed unreachable"),
    ):
        if count:
            parts.append(f"{count} {what}")
    return "; ".join(parts)


def _say_written(written: Written) -> str:
    kept = written.sentences - written.rewritten
    return (
        f"{written.stories} stories, {written.sentences} sentences, every one checked:"
        f" {written.rewritten} rewritten, {kept} in a source's words"
    )


class TerminalScreen:
    """Shows digests in the terminal as a chat would."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def show(self, messages: Sequence[Message]) -> None:
        self._console.print(Padding(messages_to_terminal(messages), (1, 2)))


class ChatScreen:
    """Posts digests to the first operator chat; updates as replies to the stories' first post."""

    def __init__(self, settings: Settings, *, pause_s: float = PAUSE_S) -> None:
        token = settings.telegram.token.get_secret_value()
        if not token:
            raise ConfigError("telegram.token is not set; get one from @BotFather")
        if not settings.telegram.operator_chats:
            raise ConfigError("telegram.operator_chats is empty; put the id of your chat there")
        self._bot = Bot(token, base_url=f"{settings.telegram.api_url}/bot")
        self._chat_id = settings.telegram.operator_chats[0]
        self._pause_s = pause_s
        self._posts: dict[str, int] = {}

    async def show(self, messages: Sequence[Message]) -> None:
        try:
            async with self._bot:
                for message in messages:
                    await self._post(message)
                    await asyncio.sleep(self._pause_s)
        except (InvalidToken, BadRequest, Forbidden) as exc:
            raise ConfigError(f"cannot post to chat {self._chat_id}: {exc}") from exc
        except TelegramError as exc:
            raise UnreachableError(f"cannot reach Telegram: {exc}") from exc

    async def _post(self, message: Message) -> None:
        """Send a message without its buttons: no bot is running that would answer them."""
        earlier = self._posts.get(message.reply_to_story or "")
        sent = await self._bot.send_message(
            self._chat_id,
            message.text,
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            disable_notification=message.silent,
            reply_parameters=ReplyParameters(earlier) if earlier else None,
        )
        for story_id in message.story_ids:
            self._posts.setdefault(story_id, sent.message_id)


def _rule(title: str, at: datetime) -> Rule:
    return Rule(f"{title} · {PLAIN.moment(at)}", align="left")
