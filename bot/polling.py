"""Long polling that loses nothing.

::

    getUpdates → taken into the inbox (the next getUpdates confirms only what was stored)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter

from bot.health import Rival
from bot.receiving import UPDATES, Inbox
from summarizer.errors import ConfigError, StorageError

log = structlog.get_logger(__name__)

POLL_S = 30
CONFLICTS = 2
"""In a row, from which there is another program."""

OnRival = Callable[[datetime], Awaitable[None]]
"""Tells the operators that another program polls."""


class Poller:
    """Asks Telegram for updates."""

    def __init__(
        self,
        *,
        bot: Bot,
        inbox: Inbox,
        rival: Rival,
        on_rival: OnRival,
        poll_s: int = POLL_S,
        backoff_s: float = 1.0,
    ) -> None:
        self._bot = bot
        self._inbox = inbox
        self._rival = rival
        self._on_rival = on_rival
        self._poll_s = poll_s
        self._backoff_s = backoff_s

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop` is set. Raises ConfigError where Telegram does not know the token."""
        stopping = asyncio.create_task(stop.wait())
        polling = asyncio.create_task(self._poll())
        try:
            await asyncio.wait({stopping, polling}, return_when=asyncio.FIRST_COMPLETED)
            if polling.done():
                polling.result()
        finally:
            for task in (stopping, polling):
                task.cancel()
            await asyncio.gather(stopping, polling, return_exceptions=True)

    async def _poll(self) -> None:
        offset = None
        is_free = False
        failures = conflicts = 0
        while True:
            try:
                if not is_free:
                    # A webhook that was set once would keep all updates from us.
                    is_free = await self._bot.delete_webhook()
                updates = await self._bot.get_updates(
                    offset=offset, timeout=self._poll_s, allowed_updates=UPDATES
                )
                for update in updates:
                    await self._inbox.take(update)
                    offset = update.update_id + 1
            except InvalidToken as exc:
                raise ConfigError(
                    "Telegram does not know this token: set telegram.token "
                    "(DIGEST_TELEGRAM__TOKEN) to the one from @BotFather"
                ) from exc
            except Conflict:
                failures += 1
                conflicts += 1
                is_free = False
                await self._note(conflicts)
                await asyncio.sleep(self._wait(failures + 2))
            except RetryAfter as exc:
                given = exc.retry_after
                wait_s = given if isinstance(given, int) else given.total_seconds()
                log.info("Telegram asks to wait", wait_s=wait_s)
                await asyncio.sleep(wait_s)
            except (NetworkError, StorageError) as exc:
                failures += 1
                log.warning("polling failed", error=str(exc), failures=failures)
                await asyncio.sleep(self._wait(failures))
            else:
                failures = conflicts = 0
                self._rival.since = None
            await self._inbox.wait_for_room()

    async def _note(self, conflicts: int) -> None:
        """Say that another program polls, or has set a webhook.

        Once is no sign of that: the last process of ours may have been killed in the middle.
        """
        log.error("another program takes this bot's updates; waiting", conflicts=conflicts)
        if conflicts < CONFLICTS:
            return
        now = datetime.now(UTC)
        self._rival.since = self._rival.since or now
        try:
            await self._on_rival(now)
        except StorageError as exc:
            log.warning("operators not told", error=str(exc))

    def _wait(self, failures: int) -> float:
        return min(60.0, self._backoff_s * 2.0 ** (failures - 1))
