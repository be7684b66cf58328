"""A machine's clock that is set back and forth: with jobs in PostgreSQL each digest comes once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, select

from bot.rounds import Rounds
from bot.working import choose_crew
from config.settings import Settings, load_settings
from summarizer.models import Topic
from summarizer.storage import Chat, Storage, Subscription
from summarizer.storage.schema import deliveries
from tests.bot.conftest import Shelf
from tests.conftest import new_database

EIGHT = datetime(2026, 3, 10, 8, 0, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


class Clock:
    """The machine's clock, which goes on from wherever it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        monkeypatch.setattr(time, "time", lambda: time.monotonic() + self._ahead)

    def set(self, at: datetime) -> None:
        self._ahead = at.timestamp() - time.monotonic()

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)


@pytest.fixture
def settings(postgres_server: URL, tmp_path: Path) -> Iterator[Settings]:
    with new_database(postgres_server) as url:
        yield load_settings(
            environ={
                "DIGEST_PATHS__DATA": str(tmp_path),
                "DIGEST_DATABASE__URL": url.render_as_string(hide_password=False),
                "DIGEST_SCHEDULE__TICK_S": "0.5",
            }
        )


@pytest.fixture
async def storage(settings: Settings) -> AsyncIterator[Storage]:
    opened = await Storage.open(settings.database_url)
    yield opened
    await opened.close()


async def subscribe(storage: Storage, chat_id: str, due: datetime) -> None:
    """Let a chat have the news each day at this time."""
    await storage.chats.upsert(Chat(id=chat_id, kind="private", created_at=EIGHT - DAY))
    await storage.chats.subscribe(
        Subscription(
            id="",
            chat_id=chat_id,
            topic=Topic(key="world", name="World", queries=("world",)),
            times=(f"{due:%H:%M}",),
            next_due_at=due,
            since=EIGHT - DAY,
            created_at=EIGHT - DAY,
        )
    )


async def planned(storage: Storage) -> list[datetime]:
    """Return for which times digests are planned."""
    query = select(deliveries.c.scheduled_at).order_by(deliveries.c.scheduled_at)
    async with storage._database.read() as connection:
        return list((await connection.execute(query)).scalars())


async def test_no_digest_is_lost_and_none_comes_twice(
    settings: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    clock.set(EIGHT - 2 * SECOND)
    await subscribe(storage, "12", EIGHT)
    rounds = Rounds(
        settings=settings,
        storage=storage,
        pipeline=Shelf(storage),  # type: ignore[arg-type]  # of which only composing is asked
        wake=asyncio.Event(),
        clock=clock.now,
    )

    async def wait_for(count: int) -> list[datetime]:
        """Wait until so many digests are planned, and longer for those too many; return all."""
        async with asyncio.timeout(20):
            while len(await planned(storage)) < count:  # noqa: ASYNC110 - others plan them
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)
        return await planned(storage)

    stop = asyncio.Event()
    async with choose_crew(settings, ["deliver"]) as crew:
        running = asyncio.create_task(crew.run(rounds, None, stop))
        assert await wait_for(1) == [EIGHT]
        clock.set(EIGHT - HOUR)
        await rounds.purge()  # which comes every six hours: it is due at eight again
        clock.set(EIGHT - SECOND)
        await asyncio.sleep(2)
        assert await wait_for(1) == [EIGHT]
        clock.set(EIGHT + DAY - SECOND)
        assert await wait_for(2) == [EIGHT, EIGHT + DAY]
        clock.set(EIGHT + 3 * HOUR)
        await rounds.purge()
        await subscribe(storage, "13", EIGHT + 4 * HOUR)
        clock.set(EIGHT + 4 * HOUR - SECOND)
        assert await wait_for(3) == [EIGHT, EIGHT + 4 * HOUR, EIGHT + DAY]
        clock.set(EIGHT + DAY - SECOND)
        await asyncio.sleep(2)
        assert await wait_for(3) == [EIGHT, EIGHT + 4 * HOUR, EIGHT + DAY]
        stop.set()
        await running
