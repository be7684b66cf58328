"""Everything in one process, wired once: updates, handlers, sending, timers, web, the pipeline.

::

    open_app(settings)   opens the storage and builds the parts
    run(app, stop)       runs them until `stop` is set, then ends them in order
    run_app(settings)    both, with SIGTERM and SIGINT setting `stop`
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from starlette.routing import BaseRoute
from telegram import Bot
from telegram.error import InvalidToken, NetworkError
from telegram.ext import AIORateLimiter, Application

from bot.composing import form_of
from bot.delivery import Sender
from bot.following import deliver_followed
from bot.handlers.desk import Composer, Desk
from bot.handlers.menus import introduce
from bot.handlers.routing import BotApplication, Routes
from bot.polling import Poller
from bot.receiving import Inbox
from bot.scheduling import Timer, deliver_due
from bot.turns import in_turn
from bot.web.server import WebServer
from bot.web.webhook import Webhook
from config.catalog import load_catalog
from config.settings import Settings
from summarizer.digests.matching import catalog_topics
from summarizer.errors import ConfigError, StorageError
from summarizer.models import Topic
from summarizer.pipeline import Pipeline
from summarizer.reading import configured_feeds
from summarizer.storage import Storage

log = structlog.get_logger(__name__)

PURGE_S = 6 * 3600
LOOK_S = 2.0
"""How often messages that wait for a retry are looked for."""
STOP_S = 5
"""How long a job that runs at the stop may take; collecting goes on where it was."""
_START_WAIT_S = 60.0


class Stages(Composer, Protocol):
    """The pipeline, as far as the app drives it."""

    async def collect(self, now: datetime) -> object: ...

    async def group(self, now: datetime) -> object: ...

    async def write(self, now: datetime) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The parts of the running bot."""

    settings: Settings
    storage: Storage
    pipeline: Stages
    application: BotApplication
    routes: Routes
    sender: Sender
    inbox: Inbox
    entrance: Poller | Webhook
    """The way updates come in."""
    web: WebServer | None
    """None where nothing is to be served."""
    wake: asyncio.Event
    """Set where there is something to send."""
    clock: Callable[[], datetime]

    async def deliver(self) -> None:
        """Plan what is due now and let the sender know."""
        await deliver_due(
            self.clock(), settings=self.settings, storage=self.storage, composer=self.pipeline
        )
        await deliver_followed(self.clock(), settings=self.settings, storage=self.storage)
        self.wake.set()

    async def receive(self, stop: asyncio.Event) -> None:
        """Take up what was left unhandled, then let updates in until `stop` is set."""
        await self.inbox.replay()
        await self.entrance.run(stop)

    async def send(self, stop: asyncio.Event) -> None:
        """Send what is pending, at once when woken, until `stop` is set."""
        await self.sender.recover()
        while not stop.is_set():
            self.wake.clear()
            try:
                await self.sender.send_due(self.clock())
            except StorageError as exc:
                log.warning("sending failed", error=str(exc))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), LOOK_S)

    async def collect(self) -> None:
        """Read the feeds that are due, group what is new, write its reports."""
        await self.pipeline.collect(self.clock())
        await self.pipeline.group(self.clock())
        await self.pipeline.write(self.clock())

    async def purge(self) -> None:
        """Delete what is older than the retention."""
        await self.storage.purge(
            self.clock() - timedelta(days=self.settings.stories.retention_days)
        )


def now_utc() -> datetime:
    """Return the time it is."""
    return datetime.now(UTC)


def build_app(
    settings: Settings,
    storage: Storage,
    pipeline: Stages,
    catalogue: Sequence[Topic],
    clock: Callable[[], datetime] = now_utc,
) -> App:
    """Wire the parts; nothing is started. Raises ConfigError where there is no token."""
    token = settings.telegram.token.get_secret_value()
    if not token:
        raise ConfigError(
            "no token: set telegram.token (DIGEST_TELEGRAM__TOKEN) to the one from @BotFather"
        )
    api_url = settings.telegram.api_url.rstrip("/")
    application = (
        Application.builder()
        .token(token)
        .base_url(f"{api_url}/bot")
        .base_file_url(f"{api_url}/file/bot")
        .updater(None)
        .job_queue(None)
        # Its own retries would hold up every chat when one has to wait.
        .rate_limiter(AIORateLimiter(max_retries=0))
        .build()
    )
    wake = asyncio.Event()
    sender = Sender(
        application.bot,
        storage,
        late=timedelta(hours=settings.digests.late_hours),
        operator_chats=settings.telegram.operator_chats,
        in_flight=settings.telegram.in_flight,
        form_of=form_of,
    )
    desk = Desk(
        settings=settings,
        storage=storage,
        composer=pipeline,
        bot=application.bot,
        catalogue=tuple(catalogue),
        clock=clock,
        wake_sender=wake.set,
    )
    routes = Routes(desk)
    routes.add_to(application)
    inbox = Inbox(
        bot=application.bot, storage=storage, process=application.process_update, clock=clock
    )
    entrance, web = _open_to_the_world(settings, application.bot, inbox)
    return App(
        settings=settings,
        storage=storage,
        pipeline=pipeline,
        application=application,
        routes=routes,
        sender=sender,
        inbox=inbox,
        entrance=entrance,
        web=web,
        wake=wake,
        clock=clock,
    )


def _open_to_the_world(
    settings: Settings, bot: Bot, inbox: Inbox
) -> tuple[Poller | Webhook, WebServer | None]:
    """Return the way updates come in, and the web server with all that it serves."""
    routes: list[BaseRoute] = []
    entrance: Poller | Webhook = Poller(bot=bot, inbox=inbox)
    if settings.telegram.webhook_url:
        if not settings.web.port:
            raise ConfigError(
                "telegram.webhook_url needs a port to listen on: set web.port (DIGEST_WEB__PORT)"
            )
        entrance = Webhook(bot=bot, inbox=inbox, url=settings.telegram.webhook_url)
        routes.append(entrance.route)
    if not settings.web.port:
        return entrance, None
    return entrance, WebServer(routes, host=settings.web.host, port=settings.web.port)


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """Open the storage with the configured feeds and build the app on it; close all at the end."""
    storage = await Storage.open(settings.database_url)
    try:
        await storage.articles.sync_feeds(configured_feeds(settings))
        async with Pipeline(settings=settings, storage=storage) as pipeline:
            yield build_app(settings, storage, pipeline, catalog_topics(load_catalog()))
    finally:
        await storage.close()


async def run(app: App, stop: asyncio.Event, *, introduced: bool = False) -> None:
    """Run everything until `stop` is set; what is being sent is finished first.

    Unless the bot is `introduced` already its menus and descriptions are set meanwhile.
    Raises ConfigError for a token that Telegram does not know and an address that is taken.
    """
    try:
        await _connect(app, stop)
        if app.web is not None and not stop.is_set():
            app.web.bind()
    except ConfigError:
        await app.application.bot.shutdown()
        raise
    if stop.is_set():
        await app.application.bot.shutdown()
        return
    bot = app.application.bot
    log.info("connected", username=bot.username)
    schedule = app.settings.schedule
    timer = Timer(
        [
            ("deliver", schedule.tick_s, app.deliver),
            ("collect", schedule.collect_s, app.collect),
            ("purge", PURGE_S, app.purge),
        ]
    )
    timer.start()
    # A second process with the same token and database stands by: two would answer twice.
    tasks = [
        asyncio.create_task(in_turn(app.storage, f"{name} {bot.id}", stop, work), name=name)
        for name, work in (("receiving", app.receive), ("sending", app.send))
    ]
    if app.web is not None:
        tasks.append(asyncio.create_task(app.web.run(stop), name="serving"))
    stopping = asyncio.create_task(stop.wait(), name="stopping")
    introducing = None if introduced else asyncio.create_task(introduce(bot), name="introducing")
    try:
        # One that fails ends the other too: half a bot helps nobody.
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        app.wake.set()
        if introducing is not None:
            introducing.cancel()
            await asyncio.gather(introducing, return_exceptions=True)
        await timer.stop(STOP_S)
        await app.sender.close()
        ended = await asyncio.gather(*tasks, stopping, return_exceptions=True)
        await app.inbox.close()
        await app.application.shutdown()
        log.info("stopped")
    for result in ended:
        if isinstance(result, BaseException):
            raise result


async def run_app(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_app(settings) as app:
        await run(app, stop)


async def _connect(app: App, stop: asyncio.Event) -> None:
    """Say hello to Telegram, again and again while the network is away."""
    wait = 1.0
    while not stop.is_set():
        try:
            await app.application.initialize()
            return
        except InvalidToken as exc:
            raise ConfigError(
                "Telegram does not know this token: set telegram.token "
                "(DIGEST_TELEGRAM__TOKEN) to the one from @BotFather"
            ) from exc
        except NetworkError as exc:
            log.warning("Telegram cannot be reached", error=str(exc), wait_s=wait)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), wait)
            wait = min(_START_WAIT_S, wait * 2)
