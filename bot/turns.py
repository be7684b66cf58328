"""What only one process may do at a time, and another takes over when that one is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from summarizer.errors import StorageError
from summarizer.storage import Storage

log = structlog.get_logger(__name__)

RETRY_S = 5.0
WORTH_SAYING_S = 1.0
"""A lock that is not had within this time is another process's; that is logged once."""

Work = Callable[[asyncio.Event], Awaitable[None]]
"""What to do until the event that it is given is set."""


async def in_turn(
    storage: Storage,
    name: str,
    stop: asyncio.Event,
    work: Work,
    *,
    woken: asyncio.Event | None = None,
) -> None:
    """Do `work` until `stop` is set, while this process is the one that holds the lock `name`.

    `woken` is set meanwhile when another process has something for this one.

    Where the lock is lost (the database's server was away) the work ends and waits for its next
    turn. What the work raises is raised.
    """
    while not stop.is_set():
        try:
            await _wait_and_work(storage, name, stop, work, woken)
        except StorageError as exc:
            log.warning("lock not had", lock=name, error=str(exc))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_S)


async def _wait_and_work(
    storage: Storage, name: str, stop: asyncio.Event, work: Work, woken: asyncio.Event | None
) -> None:
    loop = asyncio.get_running_loop()
    saying = loop.call_later(
        WORTH_SAYING_S,
        lambda: log.warning("another process has its turn; this one stands by", lock=name),
    )
    turn = storage.exclusive(name, woken)
    entering = asyncio.ensure_future(turn.__aenter__())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({entering, stopping}, return_when=asyncio.FIRST_COMPLETED)
        saying.cancel()
        if not entering.done():
            return
        hold = entering.result()
        ending = asyncio.Event()
        losing = asyncio.ensure_future(hold.lost.wait())
        for reason in (losing, stopping):
            reason.add_done_callback(lambda _: ending.set())
        try:
            await work(ending)
        finally:
            losing.cancel()
            await turn.__aexit__(None, None, None)
    finally:
        saying.cancel()
        for task in (entering, stopping):
            task.cancel()
        await asyncio.gather(entering, stopping, return_exceptions=True)
