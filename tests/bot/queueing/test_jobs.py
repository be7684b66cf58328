"""Jobs in a real PostgreSQL: put in with their data, once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import URL

from bot.jobs import DUE
from bot.queueing import Queue
from summarizer.errors import StorageError
from summarizer.storage import Storage, Work
from tests.bot.queueing.looking import change, rows
from tests.summarizer.storage.making import NOW, add_articles, make_article, make_story


async def test_a_job_is_there_if_its_data_is_and_only_then(queue: Queue, storage: Storage) -> None:
    async def be_cut_off() -> None:
        async with storage._database.write() as connection:
            await storage._database.leave(connection, [Work(kind="group", id="en")])
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        await be_cut_off()
    assert await rows(queue) == []

    await add_articles(storage, make_article("a"), make_article("b", language="de"))
    await storage.stories.save([make_story("s", "a")])
    await storage.updates.store(7, "{}", NOW, chat_id="12")
    await storage.updates.store(8, "{}", NOW)
    await storage.queries.want(["ferries"])
    assert [row[:3] for row in await rows(queue)] == [
        ("group", None, "group de"),
        ("group", None, "group en"),
        ("write", "write s 1", None),
        ("handle", "update 7", "chat 12"),
        ("handle", "update 8", None),
        ("embed", None, "embed"),
    ]


async def test_what_waits_already_is_not_put_in_again(queue: Queue, storage: Storage) -> None:
    version = [Work(kind="write", id="s", version=1)]
    await asyncio.gather(*(storage.leave(version) for _ in range(5)))
    language = [Work(kind="group", id="en")]
    await storage.leave(language)
    await storage.leave(language)
    assert [row[0] for row in await rows(queue)] == ["write", "group"]

    await change(queue, "status = 'doing'")
    await storage.leave([*version, *language])
    # A group that runs may have missed what came just now.
    assert [row[0] for row in await rows(queue)] == ["write", "group", "group"]


async def test_a_look_puts_nothing_behind_a_job_that_runs(queue: Queue) -> None:
    await queue.put(DUE[:1])
    await change(queue, "status = 'doing'")
    await queue.put(DUE[:2])
    assert [row[2:] for row in await rows(queue)] == [
        ("deliver 0", "doing"),
        ("deliver 1", "todo"),
    ]


async def test_a_server_that_is_away_is_named() -> None:
    gone = Queue(URL.create("postgresql", "digest", host="127.0.0.1", port=1, database="digest"))
    gone.timeout_s = 0.5
    with pytest.raises(StorageError, match="the queue cannot be used"):
        async with gone:
            raise AssertionError("unreachable")
