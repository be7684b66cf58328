"""A queue in a real PostgreSQL, emptied after each test, and a storage that puts its work in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import URL

from bot.queueing import Queue
from summarizer.storage import Storage
from tests.conftest import new_database
from tests.summarizer.storage.making import NOW


@pytest.fixture(scope="package")
def url(postgres_server: URL) -> Iterator[URL]:
    with new_database(postgres_server) as found:
        yield found


@pytest.fixture
async def queue(url: URL) -> AsyncIterator[Queue]:
    async with Queue(url) as opened:
        yield opened
        async with opened.connector.pool.connection() as connection:
            await connection.execute("DELETE FROM procrastinate_jobs")
            await connection.execute("DELETE FROM procrastinate_workers")


@pytest.fixture
async def storage(url: URL, queue: Queue) -> AsyncIterator[Storage]:
    text = url.render_as_string(hide_password=False)
    opened = await Storage.open(text, enqueue=queue.enqueue)
    yield opened
    await opened.purge(NOW.replace(year=9999))
    await opened.close()
