"""No update is lost, none is handled twice, and no failure of one stops the others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from telegram import Bot, Update

from bot.health import Rival
from bot.polling import Poller
from bot.receiving import Inbox, Lanes
from summarizer.errors import ConfigError, StorageError
from summarizer.storage import Storage, Subscription
from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY
from tests.telegram_server import TelegramServer


def clock() -> datetime:
    return NOON


class Reader:
    """Notes the texts that reach the handlers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.changed = asyncio.Event()
        self.gate: dict[str, asyncio.Event] = {}
        self.broken: set[str] = set()

    async def process(self, update: Update) -> None:
        assert update.message is not None
        text = update.message.text or ""
        if text in self.gate:
            await self.gate[text].wait()
        if text in self.broken:
            raise RuntimeError(text)
        self.texts.append(text)
        self.changed.set()

    async def wait_for(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not done():
                self.changed.clear()
                await self.changed.wait()


async def nothing(now: datetime) -> None:
    """Tell nobody."""


@asynccontextmanager
async def polling(
    server: TelegramServer, storage: Storage, reader: Reader
) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    async with Bot(server.token, base_url=f"{server.url}/bot") as bot:
        inbox = Inbox(bot=bot, storage=storage, process=reader.process, clock=clock)
        await inbox.replay()
        poller = Poller(
            bot=bot, inbox=inbox, rival=Rival(), on_rival=nothing, poll_s=5, backoff_s=0.01
        )
        running = asyncio.create_task(poller.run(stop))
        try:
            yield stop
        finally:
            stop.set()
            await running
            await inbox.close()


async def test_an_update_is_stored_before_telegram_forgets_it_and_marked_when_done(
    server: TelegramServer, storage: Storage
) -> None:
    reader = Reader()
    chat = server.private_chat()
    reader.gate["first"] = asyncio.Event()
    async with polling(server, storage, reader):
        await chat.send_text("first")
        await server.wait_until_confirmed()
        [payload] = await storage.updates.unhandled()
        assert json.loads(payload)["message"]["text"] == "first"
        reader.gate["first"].set()
        await reader.wait_for(lambda: reader.texts == ["first"])
    assert await storage.updates.unhandled() == []


async def test_what_a_stop_left_unhandled_is_taken_up_at_the_next_start(
    server: TelegramServer, storage: Storage
) -> None:
    chat = server.private_chat()
    payload = (await chat.send_text("lost")).to_json()
    update = {"update_id": server.updates[0]["update_id"], "message": payload}
    # Stored by a process that died before it told Telegram so: it comes again too.
    await storage.updates.store(update["update_id"], json.dumps(update), NOON)
    reader = Reader()
    async with polling(server, storage, reader):
        await chat.send_text("next")
        await reader.wait_for(lambda: "next" in reader.texts)
    assert reader.texts == ["lost", "next"]


async def test_chats_are_served_side_by_side_and_each_in_its_order(
    server: TelegramServer, storage: Storage
) -> None:
    reader = Reader()
    slow, quick = server.private_chat(), server.private_chat(name="Bob")
    reader.gate["one"] = asyncio.Event()
    async with polling(server, storage, reader):
        await slow.send_text("one")
        await slow.send_text("two")
        await quick.send_text("three")
        await reader.wait_for(lambda: reader.texts == ["three"])
        reader.gate["one"].set()
        await reader.wait_for(lambda: len(reader.texts) == 3)
    assert reader.texts == ["three", "one", "two"]


async def test_an_update_that_fails_stays_and_the_others_go_on(
    server: TelegramServer, storage: Storage
) -> None:
    reader = Reader()
    reader.broken.add("bad")
    chat = server.private_chat()
    async with polling(server, storage, reader):
        await chat.send_text("bad")
        await chat.send_text("good")
        await reader.wait_for(lambda: reader.texts == ["good"])
    assert len(await storage.updates.unhandled()) == 1


@pytest.mark.parametrize(
    "fault", [{"status": 502}, {"status": 409}, {"retry_after": 1}, {"cut": "before"}]
)
async def test_polling_goes_on_after_every_passing_failure(
    server: TelegramServer, sqlite_storage: Storage, fault: dict[str, int | str]
) -> None:
    server.fail_next("getUpdates", **fault)  # type: ignore[arg-type]  # one of its own arguments
    reader = Reader()
    chat = server.private_chat()
    await chat.send_text("still here")
    async with polling(server, sqlite_storage, reader):
        await reader.wait_for(lambda: reader.texts == ["still here"])


async def test_a_database_that_fails_leaves_the_update_with_telegram(
    server: TelegramServer, sqlite_storage: Storage
) -> None:
    class Locked:
        """Storage whose first write fails."""

        def __init__(self) -> None:
            self.failures = 1

        async def store(self, *values: object, **named: object) -> bool:
            if self.failures:
                self.failures -= 1
                raise StorageError("locked")
            return await real.store(*values, **named)  # type: ignore[arg-type]  # passed on

    real = sqlite_storage.updates
    Locked.handled = real.handled  # type: ignore[attr-defined]  # passed on
    Locked.unhandled = real.unhandled  # type: ignore[attr-defined]  # passed on
    sqlite_storage.updates = Locked()  # type: ignore[assignment]  # the part of it that is used
    reader = Reader()
    chat = server.private_chat()
    await chat.send_text("kept")
    async with polling(server, sqlite_storage, reader):
        await reader.wait_for(lambda: reader.texts == ["kept"])
    assert reader.texts == ["kept"]


async def test_a_token_that_is_refused_while_polling_stops_with_a_clear_message(
    server: TelegramServer, sqlite_storage: Storage
) -> None:
    server.fail_next("getUpdates", status=401)
    async with Bot(server.token, base_url=f"{server.url}/bot") as bot:
        inbox = Inbox(bot=bot, storage=sqlite_storage, process=Reader().process, clock=clock)
        poller = Poller(bot=bot, inbox=inbox, rival=Rival(), on_rival=nothing)
        with pytest.raises(ConfigError, match=r"telegram\.token"):
            await asyncio.wait_for(poller.run(asyncio.Event()), 5)


async def test_more_updates_than_there_is_room_for_wait(server: TelegramServer) -> None:
    gate = asyncio.Event()
    done = 0

    async def process(update: Update) -> bool:
        nonlocal done
        await gate.wait()
        done += 1
        return True

    lanes = Lanes(process, side_by_side=1)
    for number in range(3):
        lanes.add(number, Update(number))
    waiting = asyncio.create_task(lanes.wait_for_room(2))
    await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    await asyncio.wait_for(waiting, 5)
    await lanes.close(5)
    assert done == 3


async def test_a_handler_that_does_not_end_is_cut_off_at_the_stop() -> None:
    started = asyncio.Event()

    async def process(update: Update) -> bool:
        started.set()
        await asyncio.sleep(3600)
        return True

    lanes = Lanes(process)
    lanes.add(1, Update(1))
    lanes.add(1, Update(2))
    await started.wait()
    async with asyncio.timeout(5):
        await lanes.close(0.01)


async def test_what_has_to_be_tried_again_waits_in_nobodys_way_and_keeps_its_order() -> None:
    order: list[int] = []
    done = asyncio.Event()
    tries = 0

    async def process(update: Update) -> bool:
        nonlocal tries
        if update.update_id == 1 and tries < 3:
            tries += 1
            return False
        order.append(update.update_id)
        if len(order) == 3:
            done.set()
        return True

    lanes = Lanes(process, side_by_side=1, first_retry_s=0.01)
    for chat, number in (("slow", 1), ("slow", 2), ("quick", 3)):
        lanes.add(chat, Update(number))
    await asyncio.wait_for(done.wait(), 5)
    assert order == [3, 1, 2]
    await lanes.close(5)


@pytest.mark.parametrize("fault", [{"status": 502}, {"retry_after": 3600}, {"cut": "before"}])
async def test_an_answer_that_telegram_does_not_take_for_long_comes_when_it_does(
    resting: Town, server: TelegramServer, fault: dict[str, int | str], quick: None
) -> None:
    chat, other = server.private_chat(), server.private_chat(name="Bob")
    server.fail_next("sendMessage", chat_id=chat.id, times=6, **fault)  # type: ignore[arg-type]  # its own
    await resting.start()
    await chat.send_text("/subscribe world")
    await resting.ask(other, "/help", "What I can do")
    await chat.wait_for_message("You have this already")
    assert len(chat.messages) == 1
    assert len(await resting.subscriptions(chat)) == 1


async def test_a_database_that_fails_for_a_while_costs_nobody_an_answer(
    resting: Town, server: TelegramServer, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 3
    subscribe = resting.storage.chats.subscribe

    async def fail_first(subscription: Subscription) -> tuple[Subscription, bool]:
        nonlocal failures
        if failures:
            failures -= 1
            raise StorageError("disk is full")
        return await subscribe(subscription)

    monkeypatch.setattr(resting.storage.chats, "subscribe", fail_first)
    await resting.start()
    chat = server.private_chat()
    await resting.ask(chat, "/subscribe world", "Done")
    await resting.stop()
    assert len(chat.messages) == 1
    assert await resting.storage.updates.unhandled() == []


@pytest.fixture
def quick(resting: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is tried again be so at once."""
    monkeypatch.setattr("bot.handlers.calls._ATTEMPTS", 1)
    resting.app.inbox._lanes._first_retry_s = 0.01


async def test_a_command_replayed_after_a_crash_changes_nothing_twice(resting: Town) -> None:
    await resting.shelf.add(FERRY, NOON)
    chat = resting.server.private_chat()
    await resting.start()
    await resting.ask(chat, "/subscribe world")
    await resting.ask(chat, "/digest world", "Ferry")
    await resting.stop()
    sent = len(chat.messages)
    # The process died between the answer and the mark.
    for number, text in ((100_001, "/subscribe world"), (100_002, "/digest world")):
        message = next(m for m in chat.history.values() if m.text == text)
        payload = json.dumps({"update_id": number, "message": message.to_json()})
        await resting.storage.updates.purge(NOON.replace(year=2030))
        await resting.storage.updates.store(number, payload, NOON)
    resting.build()
    await resting.start()
    await chat.wait_for_message("You have this already")
    await resting.ask(chat, "/help", "What I can do")
    assert len(await resting.subscriptions(chat)) == 1
    assert len(chat.messages) == sent + 2
