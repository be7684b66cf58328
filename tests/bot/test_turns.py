"""One process has its turn; another stands by and takes over."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bot import turns
from bot.turns import in_turn
from summarizer.errors import ConfigError
from summarizer.storage import Storage
from tests.bot.conftest import Town
from tests.telegram_server import TelegramServer

_OTHER = """
import asyncio, sys
from summarizer.storage import Storage

async def main(url, name):
    storage = await Storage.open(url)
    async with storage.exclusive(name):
        print("mine", flush=True)
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_that_is_killed_leaves_its_turn_to_the_next(
    storage: Storage, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WORTH_SAYING_S", 0.05)
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OTHER, database_url, "work", stdout=asyncio.subprocess.PIPE
    )
    assert other.stdout is not None
    assert await asyncio.wait_for(other.stdout.readline(), 30) == b"mine\n"
    stop, begun = asyncio.Event(), asyncio.Event()

    async def work(ending: asyncio.Event) -> None:
        begun.set()
        await ending.wait()

    working = asyncio.create_task(in_turn(storage, "work", stop, work))
    await asyncio.sleep(0.5)
    assert not begun.is_set()
    os.kill(other.pid, signal.SIGKILL)
    await asyncio.wait_for(begun.wait(), 10)
    stop.set()
    await asyncio.wait_for(working, 5)
    await other.wait()


async def test_a_stop_ends_the_waiting_for_a_turn(storage: Storage) -> None:
    stop = asyncio.Event()

    async def work(ending: asyncio.Event) -> None:
        raise AssertionError("not its turn")

    async with storage.exclusive("work"):
        waiting = asyncio.create_task(in_turn(storage, "work", stop, work))
        await asyncio.sleep(0.05)
        stop.set()
        await asyncio.wait_for(waiting, 5)


async def test_what_the_work_raises_comes_out(storage: Storage) -> None:
    async def work(ending: asyncio.Event) -> None:
        raise ConfigError("a wrong token")

    with pytest.raises(ConfigError):
        await in_turn(storage, "work", asyncio.Event(), work)
    async with storage.exclusive("work"):  # it is free again
        pass


async def test_a_folder_that_cannot_be_written_is_named_and_tried_again(
    sqlite_storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "RETRY_S", 0.05)
    stop, begun = asyncio.Event(), asyncio.Event()
    in_the_way = tmp_path / "digest.db.locks"
    in_the_way.write_text("not a folder")

    async def work(ending: asyncio.Event) -> None:
        begun.set()
        await ending.wait()

    working = asyncio.create_task(in_turn(sqlite_storage, "work", stop, work))
    await asyncio.sleep(0.2)
    assert not begun.is_set()
    in_the_way.unlink()
    await asyncio.wait_for(begun.wait(), 5)
    stop.set()
    await working


async def test_of_two_bots_on_one_database_one_answers_and_the_other_takes_over(
    resting: Town, server: TelegramServer, tmp_path: Path
) -> None:
    await resting.start()
    chat = server.private_chat()
    await resting.ask(chat, "/help", "What I can do")
    second_storage = await Storage.open(f"sqlite+aiosqlite:///{tmp_path / 'digest.db'}")
    second = Town(server, second_storage, tmp_path)
    await second.start()
    await asyncio.sleep(0.5)
    await resting.ask(chat, "/help", "What I can do")
    assert not [call for call in server.calls_of("getUpdates") if call.refused]
    await resting.stop()
    await resting.ask(chat, "/help", "What I can do")
    assert len(chat.messages) == 3
    await second.stop()
    await second_storage.close()
