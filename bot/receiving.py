"""What Telegram sends, kept before it is acted on: nothing lost, nothing handled twice.

::

    an update → stored by its id → the chat's lane → handled → marked

Chats are served side by side, each chat's own updates in their order. What fails because the
database or Telegram is away is tried again until it is back; what a stop or a crash left unhandled
is taken up at the next start. With a queue the jobs are the lanes: any process takes an update in,
any other may handle it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime

import structlog
from telegram import Bot, Update
from telegram.error import TelegramError

from summarizer.errors import StorageError
from summarizer.storage import Storage

log = structlog.get_logger(__name__)

UPDATES = ("message", "channel_post", "callback_query", "inline_query", "my_chat_member")
"""The kinds that are asked for."""
SIDE_BY_SIDE = 16
WAITING = 500
"""Updates in the lanes at most; more stay with Telegram."""
STOP_S = 10
"""How long handlers may go on after the stop; what they do not finish is replayed."""

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
PATIENCE_S = 3600.0
"""How long Telegram is tried to be reached for an answer; nobody waits for it any more then."""

Process = Callable[[Update], Awaitable[None]]
Attempt = Callable[[Update], Awaitable[bool]]
"""Handles an update; False where that has to be tried again."""


class Lanes:
    """Runs one handler a key at a time, a bounded number of keys side by side."""

    def __init__(
        self,
        process: Attempt,
        side_by_side: int = SIDE_BY_SIDE,
        *,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._process = process
        self._first_retry_s = first_retry_s
        self._closing = asyncio.Event()
        self._slots = asyncio.Semaphore(side_by_side)
        self._lanes: dict[Hashable, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.waiting = 0

    def add(self, key: Hashable, update: Update) -> None:
        """Queue an update behind those of the same key."""
        self.waiting += 1
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(update)
            return
        self._lanes[key] = deque([update])
        task = asyncio.create_task(self._run(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait_for_room(self, most: int) -> None:
        """Return once fewer than `most` are waiting."""
        while self.waiting >= most:
            self._changed.clear()
            await self._changed.wait()

    async def close(self, timeout_s: float) -> None:
        """Let what runs come to its end, then cancel what does not."""
        self._closing.set()
        for lane in self._lanes.values():
            lane.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, key: Hashable) -> None:
        lane = self._lanes[key]
        try:
            while lane:
                await self._finish(lane.popleft())
                self.waiting -= 1
                self._changed.set()
        finally:
            del self._lanes[key]

    async def _finish(self, update: Update) -> None:
        """Process an update, again and again where it has to be; the wait takes no other's slot."""
        wait = self._first_retry_s
        while True:
            async with self._slots:
                if await self._process(update):
                    return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), wait)
                return
            wait = min(LONGEST_RETRY_S, wait * 2)


class Inbox:
    """Takes updates, from whichever way they come, and sees that each is handled once.

    `queued`: storing an update puts its job into a queue, from where `handle` is called.
    """

    def __init__(
        self,
        *,
        bot: Bot,
        storage: Storage,
        process: Process,
        clock: Callable[[], datetime],
        queued: bool = False,
        first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        self._bot = bot
        self._storage = storage
        self._handle = process
        self._clock = clock
        self._queued = queued
        self._lanes = Lanes(self._process, first_retry_s=first_retry_s)
        self._failing: dict[int, float] = {}
        """Since when Telegram has not taken the answer to an update."""

    async def replay(self) -> None:
        """Take up what was not handled when the last process ended; to be called once, at start."""
        payloads = await self._storage.updates.unhandled()
        for payload in payloads:
            self._queue(Update.de_json(json.loads(payload), self._bot))
        if payloads:
            log.info("updates replayed", count=len(payloads))

    async def take(self, update: Update) -> None:
        """Store an update and queue it, unless it came before. Raises StorageError."""
        chat = update.effective_chat
        is_new = await self._storage.updates.store(
            update.update_id,
            update.to_json(),
            self._clock(),
            chat_id=None if chat is None else str(chat.id),
        )
        if is_new and not self._queued:
            self._queue(update)

    async def handle(self, update_id: int) -> None:
        """Handle an update that was stored, unless it was handled; raises what fails."""
        payload = await self._storage.updates.waiting(update_id)
        if payload is not None:
            await self._handle(Update.de_json(json.loads(payload), self._bot))
            await self._storage.updates.handled(update_id, self._clock())

    async def wait_for_room(self, most: int = WAITING) -> None:
        """Return once fewer than `most` updates wait or are handled: another may be taken."""
        await self._lanes.wait_for_room(most)

    async def close(self) -> None:
        """Let the handlers that run come to their end; the next start takes up the others."""
        await self._lanes.close(STOP_S)

    def _queue(self, update: Update) -> None:
        chat, user = update.effective_chat, update.effective_user
        place = chat.id if chat else user.id if user else None
        self._lanes.add(place, update)

    async def _process(self, update: Update) -> bool:
        number = update.update_id
        try:
            try:
                await self._handle(update)
            except TelegramError as exc:
                now = asyncio.get_running_loop().time()
                if now - self._failing.setdefault(number, now) < PATIENCE_S:
                    log.warning("answer not taken", update_id=number, error=exc.message)
                    return False
                log.error("answer given up", update_id=number, error=exc.message)
            await self._storage.updates.handled(number, self._clock())
        except StorageError as exc:
            log.warning("update not handled yet", update_id=number, error=str(exc))
            return False
        except Exception:
            # It stays unhandled and is taken up again at the next start.
            log.exception("update not handled", update_id=number)
        self._failing.pop(number, None)
        return True
