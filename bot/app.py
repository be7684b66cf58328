"""A process wired once, with all roles or some: updates, handlers, sending, rounds, web.

::

    open_app(settings)         opens the storage and builds the parts
    run(app, stop, roles)      runs them until `stop` is set, then ends them in order
    run_roles(settings, roles) both, with SIGTERM and SIGINT setting `stop`
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from starlette.routing import BaseRoute
from telegram import Bot
from telegram.error import InvalidToken, NetworkError
from telegram.ext import AIORateLimiter, Application

from bot.composing import form_of
from bot.correcting import Editor
from bot.delivery import Sender
from bot.handlers.desk import Desk
from bot.handlers.menus import introduce
from bot.handlers.routing import BotApplication, Routes
from bot.health import Rival
from bot.polling import Poller
from bot.receiving import Inbox
from bot.rounds import Rounds, Stages, now_utc
from bot.turns import in_turn
from bot.web.monitoring import Monitoring
from bot.web.server import WebServer
from bot.web.webhook import Webhook
from bot.working import ROLES, Crew, Role, Timed, choose_crew
from config.catalog import load_catalog
from config.settings import Settings
from summarizer.computing import keep_loaded
from summarizer.digests.matching import catalog_topics
from summarizer.errors import ConfigError, StorageError
from summarizer.models import Topic
from summarizer.pipeline import Pipeline
from summarizer.reading import configured_feeds
from summarizer.storage import Storage

log = structlog.get_logger(__name__)

LOOK_S = 2.0
"""How often messages that wait for a retry are looked for."""
STOP_S = 5
"""How long the menus may still be set at the stop."""
_START_WAIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The parts of a process that talks to Telegram."""

    rounds: Rounds
    crew: Crew
    application: BotApplication
    routes: Routes
    sender: Sender
    editor: Editor
    inbox: Inbox
    entrance: Poller | Webhook | None
    """The way updates come in; None where another process lets them in."""
    web: WebServer | None
    """None where nothing is to be served."""

    async def receive(self, stop: asyncio.Event) -> None:
        """Let updates in until `stop` is set; by webhook any number of processes may."""
        assert self.entrance is not None, "not a bot's process"
        if isinstance(self.entrance, Webhook) and self.crew.shared:
            await self.entrance.run(stop)
            return
        name = f"receiving {self.application.bot.id}"
        # Two that poll would take each other's updates.
        await in_turn(self.rounds.storage, name, stop, self._receive)

    async def _receive(self, stop: asyncio.Event) -> None:
        """Take up what was left unhandled, then let updates in."""
        assert self.entrance is not None
        if not self.crew.shared:
            await self.inbox.replay()
        await self.entrance.run(stop)

    async def send(self, stop: asyncio.Event) -> None:
        """Send what is pending until `stop` is set, while it is this process's turn."""
        name = f"sending {self.application.bot.id}"
        # Telegram's limits are one bot's, and what another is sending looks like a crash's.
        await in_turn(self.rounds.storage, name, stop, self._send, woken=self.rounds.wake)

    async def _send(self, stop: asyncio.Event) -> None:
        """Send what is pending, at once when woken."""
        await self.sender.recover()
        while not stop.is_set():
            self.rounds.wake.clear()
            try:
                await self._send_pending(stop)
                while not stop.is_set() and await self.editor.edit_due(self.rounds.clock()):
                    await self._send_pending(stop)
            except StorageError as exc:
                log.warning("sending failed", error=str(exc))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.rounds.wake.wait(), LOOK_S)

    async def _send_pending(self, stop: asyncio.Event) -> None:
        """Send until the rest has to wait; what is on its way when `stop` comes is finished."""
        sending = asyncio.create_task(self.sender.send_due(self.rounds.clock()))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                await self.sender.close()
            await sending
        finally:
            stopping.cancel()


def build_app(
    settings: Settings,
    storage: Storage,
    pipeline: Stages,
    catalogue: Sequence[Topic],
    clock: Callable[[], datetime] = now_utc,
    crew: Crew | None = None,
    roles: Collection[Role] = ROLES,
) -> App:
    """Wire the parts; nothing is started. Raises ConfigError where there is no token.

    Without a `crew` the process does all by itself.
    """
    crew = crew or Timed()
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
    rounds = Rounds(
        settings=settings, storage=storage, pipeline=pipeline, wake=asyncio.Event(), clock=clock
    )
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
        wake_sender=rounds.wake.set,
    )
    routes = Routes(desk)
    routes.add_to(application)
    inbox = Inbox(
        bot=application.bot,
        storage=storage,
        process=partial(routes.process, application),
        clock=clock,
        queued=crew.shared,
    )
    entrance, web = _open_to_the_world(settings, application.bot, inbox, rounds, roles)
    return App(
        rounds=rounds,
        crew=crew,
        application=application,
        routes=routes,
        sender=sender,
        editor=Editor(application.bot, storage, sender.pacer),
        inbox=inbox,
        entrance=entrance,
        web=web,
    )


def _open_to_the_world(
    settings: Settings, bot: Bot, inbox: Inbox, rounds: Rounds, roles: Collection[Role]
) -> tuple[Poller | Webhook | None, WebServer | None]:
    """Return the way updates come in, and the web server with all that it serves."""
    rival = Rival()
    monitoring = Monitoring(rounds.storage, rival=rival, clock=rounds.clock)
    routes: list[BaseRoute] = monitoring.routes
    entrance: Poller | Webhook | None = None
    if "bot" in roles and settings.telegram.webhook_url:
        if not settings.web.port:
            raise ConfigError(
                "telegram.webhook_url needs a port to listen on: set web.port (DIGEST_WEB__PORT)"
            )
        entrance = Webhook(bot=bot, inbox=inbox, url=settings.telegram.webhook_url)
        routes.append(entrance.route)
    elif "bot" in roles:
        entrance = Poller(bot=bot, inbox=inbox, rival=rival, on_rival=rounds.tell_of_rival)
    if not settings.web.port:
        return entrance, None
    return entrance, WebServer(routes, host=settings.web.host, port=settings.web.port)


@asynccontextmanager
async def open_parts(
    settings: Settings, crew: Crew, *, computes: bool = True
) -> AsyncIterator[tuple[Storage, Pipeline]]:
    """Open the storage with the configured feeds, the crew and the pipeline; close all at the end.

    `computes` is whether this process may load the models.
    """
    storage = await Storage.open(settings.database_url, enqueue=crew.enqueue)
    try:
        await storage.articles.sync_feeds(configured_feeds(settings))
        async with crew, Pipeline(settings=settings, storage=storage, computes=computes) as stages:
            yield storage, stages
    finally:
        await storage.close()


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[App]:
    """Open everything that one process with all roles needs, and build the app on it."""
    crew = choose_crew(settings)
    async with open_parts(settings, crew) as (storage, pipeline):
        catalogue = catalog_topics(load_catalog())
        yield build_app(settings, storage, pipeline, catalogue, crew=crew)


async def run(
    app: App,
    stop: asyncio.Event,
    roles: Collection[Role] = ROLES,
    *,
    introduced: bool = False,
) -> None:
    """Run these roles until `stop` is set; what is being sent is finished first.

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
    log.info("connected", username=app.application.bot.username)
    works = [app.crew.run(app.rounds, app.inbox if "bot" in roles else None, stop)]
    introducing = None
    if "deliver" in roles:
        works.append(app.send(stop))
    if "bot" in roles:
        works.append(app.receive(stop))
        if not introduced:
            introducing = asyncio.create_task(introduce(app.application.bot))
    if app.web is not None:
        works.append(app.web.run(stop))
    try:
        await run_together(works, stop, app.rounds.wake)
    finally:
        if introducing is not None:
            # A request that is cut off would leave its connection open.
            await asyncio.wait({introducing}, timeout=STOP_S)
            introducing.cancel()
            await asyncio.gather(introducing, return_exceptions=True)
        await app.inbox.close()
        await app.application.shutdown()
        log.info("stopped")


async def run_together(
    works: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event, wake: asyncio.Event
) -> None:
    """Run until `stop` is set; one that ends or fails ends the others: half a bot helps nobody."""
    tasks = [asyncio.create_task(work) for work in works]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        wake.set()
        ended = await asyncio.gather(*tasks, stopping, return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException):
            raise result


async def run_roles(
    settings: Settings, roles: Sequence[Role] = ROLES, *, concurrency: int | None = None
) -> None:
    """Run these roles in this process until SIGTERM or SIGINT.

    `concurrency` is how many jobs of each queue run at the same time. Raises ConfigError for what
    the settings do not allow.
    """
    crew = choose_crew(settings, roles, concurrency)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_parts(settings, crew, computes="write" in roles) as (storage, pipeline):
        keep_loaded()
        if {"bot", "deliver"} & set(roles):
            catalogue = catalog_topics(load_catalog())
            app = build_app(settings, storage, pipeline, catalogue, crew=crew, roles=roles)
            await run(app, stop, roles)
        else:
            rounds = Rounds(
                settings=settings,
                storage=storage,
                pipeline=pipeline,
                wake=asyncio.Event(),
                clock=now_utc,
            )
            await crew.run(rounds, None, stop)


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
