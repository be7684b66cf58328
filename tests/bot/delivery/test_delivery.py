"""Planned messages reach their chats once, whatever Telegram and the network do."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

from bot.delivery import Sender, Sent
from summarizer.storage import Storage
from tests.bot.delivery.conftest import HOUR, NOW, know, make_sender, plan
from tests.telegram_server import TelegramServer


async def test_what_is_planned_arrives_once(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    await know(sqlite_storage, chat)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("1", callback_data="st:a")]]).to_json()
    await plan(
        sqlite_storage, chat, "<b>News</b>", keyboard=keyboard, silent=True, story_ids=("a",)
    )
    assert await sender.send_due(NOW) == Sent(sent=1)
    assert await sender.send_due(NOW + HOUR) == Sent()
    (message,) = chat.messages
    assert (message.text, message.buttons, message.silent) == ("News", [["1"]], True)
    assert not message.preview
    assert (await sqlite_storage.deliveries.figures()).sent == 1
    assert await sqlite_storage.deliveries.post(str(chat.id), 0, "a") == message.id


async def test_an_update_replies_to_the_post_of_its_story_or_goes_alone(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.group()
    await know(sqlite_storage, chat)
    await plan(sqlite_storage, chat, "first", story_ids=("a",))
    await sender.send_due(NOW)
    await plan(sqlite_storage, chat, "second", at=NOW + HOUR, reply_to_story="a")
    await sender.send_due(NOW + HOUR)
    first, second = chat.messages
    assert second.reply_to == first.id
    del chat.history[first.id]
    await plan(sqlite_storage, chat, "third", at=NOW + 2 * HOUR, reply_to_story="a")
    await sender.send_due(NOW + 2 * HOUR)
    assert [(m.text, m.reply_to) for m in chat.messages[1:]] == [("third", None)]


async def test_parts_come_in_order_and_at_telegrams_pace(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    people = [server.private_chat(name=f"P{i}") for i in range(8)]
    for person in people:
        await know(sqlite_storage, person)
        await plan(sqlite_storage, person, "one", "two")
    assert await sender.send_due(NOW) == Sent(sent=16)
    assert all(person.texts == ["one", "two"] for person in people)
    assert not [call for call in server.calls if call.refused]
    # No chat's second message holds up another's first.
    first, second = server.calls_of("sendMessage")[:2]
    assert (first.parameters["text"], second.parameters["text"]) == ("one", "one")


async def test_a_group_gets_twenty_messages_a_minute_and_the_rest_later(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    group, person = server.group(), server.private_chat()
    await plan(sqlite_storage, group, *[f"part {i}" for i in range(22)])
    await plan(sqlite_storage, person, "hello", at=NOW + timedelta(seconds=1))
    assert (await sender.send_due(NOW + timedelta(seconds=2))).sent == 21
    assert (len(group.messages), person.texts) == (20, ["hello"])
    assert not [call for call in server.calls if call.refused]
    assert (await sqlite_storage.deliveries.figures()).pending == 2


async def test_a_slow_chat_holds_up_nobody_else(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    slow, quick = server.private_chat(), server.private_chat()
    answer = asyncio.Event()
    server.fail_next("sendMessage", hold=answer, chat_id=slow.id)
    await plan(sqlite_storage, slow, "slow")
    await plan(sqlite_storage, quick, "one", "two")
    sending = asyncio.create_task(sender.send_due(NOW))
    await quick.wait_for_message("two", timeout_s=30)
    assert not sending.done()
    answer.set()
    assert await sending == Sent(sent=3)


async def test_many_hung_chats_hold_up_the_others_for_a_moment_alone(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    answer, quick = asyncio.Event(), server.private_chat()
    for number in range(20):
        hung = server.private_chat()
        server.fail_next("sendMessage", hold=answer, chat_id=hung.id)
        await plan(sqlite_storage, hung, "hung", at=NOW - timedelta(minutes=20 - number))
    await plan(sqlite_storage, quick, "quick")
    sending = asyncio.create_task(sender.send_due(NOW))
    await quick.wait_for_message("quick", timeout_s=1.9)  # they come five at a time
    answer.set()
    assert (await sending).sent == 21


async def test_messages_planned_while_it_sends_are_taken_along(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    first, second = server.private_chat(), server.private_chat()
    answer = asyncio.Event()
    server.fail_next("sendMessage", hold=answer)
    await plan(sqlite_storage, first, "one")
    sending = asyncio.create_task(sender.send_due(NOW))
    await server.world.wait_until(lambda: bool(first.messages), 30, "nothing came")
    await plan(sqlite_storage, second, "two")
    assert await sender.send_due(NOW) == Sent()
    answer.set()
    assert await sending == Sent(sent=2)
    assert second.texts == ["two"]


async def test_closing_waits_for_what_is_on_its_way_and_begins_nothing(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    answer = asyncio.Event()
    server.fail_next("sendMessage", hold=answer)
    await plan(sqlite_storage, chat, "one", "two")
    sending = asyncio.create_task(sender.send_due(NOW))
    await server.world.wait_until(lambda: bool(chat.messages), 30, "nothing came")
    closing = asyncio.create_task(sender.close())
    await asyncio.sleep(0)
    answer.set()
    await closing
    assert await sending == Sent(sent=1)
    figures = await sqlite_storage.deliveries.figures()
    assert (figures.sent, figures.pending, figures.sending) == (1, 1, 0)


async def test_a_digest_that_could_not_be_sent_in_time_is_left_out_and_said(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    await know(sqlite_storage, chat, timezone="Europe/Berlin")
    await plan(sqlite_storage, chat, "one", "two")
    assert await sender.send_due(NOW + 13 * HOUR) == Sent(sent=1, skipped=1)
    assert chat.texts == [
        "The digest of Tue 21 Mar, 08:00 could not be sent in time and was left out. "
        "/digest shows a summary now."
    ]
    assert (await sqlite_storage.deliveries.figures()).skipped == 2


async def test_a_digest_older_than_the_next_one_is_left_out(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    group = server.group()
    await know(sqlite_storage, group)
    await plan(sqlite_storage, group, "morning")
    await plan(sqlite_storage, group, "noon", at=NOW + 5 * HOUR)
    assert await sender.send_due(NOW + 5 * HOUR) == Sent(sent=2, skipped=1)
    assert group.texts[0] == "noon"
    assert group.texts[1].startswith("The digest of Tue 21 Mar, 07:00 could not be sent in time")


async def test_an_answer_that_nobody_waits_for_any_more_is_left_out_quietly(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    await plan(sqlite_storage, chat, "answer", kind="request")
    assert await sender.send_due(NOW + 2 * HOUR) == Sent(skipped=1)
    assert chat.texts == []


async def test_what_was_on_its_way_when_the_process_died_is_sent_again(
    server: TelegramServer, bot: Bot, storage: Storage
) -> None:
    chat = server.private_chat()
    await plan(storage, chat, "one", "two")
    (message,) = await storage.deliveries.pending(NOW, 10)
    await storage.deliveries.mark_sending([message.id])
    sender = make_sender(bot, storage)
    assert await sender.send_due(NOW) == Sent()
    assert await sender.recover() == 1
    assert await sender.send_due(NOW) == Sent(sent=2)
    assert chat.texts == ["one", "two"]
    assert (await storage.deliveries.figures()).possible_duplicates == 1


async def test_two_senders_send_each_message_once(
    server: TelegramServer, bot: Bot, storage: Storage
) -> None:
    people = [server.private_chat(name=f"P{i}") for i in range(6)]
    for person in people:
        await plan(storage, person, "news")
    rounds = await asyncio.gather(
        make_sender(bot, storage).send_due(NOW), make_sender(bot, storage).send_due(NOW)
    )
    assert sum(one.sent for one in rounds) == 6
    assert all(person.texts == ["news"] for person in people)


_CHILD = """
import asyncio, sys
from datetime import datetime, timedelta
from telegram import Bot
from bot.delivery import Sender
from summarizer.storage import Storage

async def main(url, token, base):
    storage = await Storage.open(url)
    async with Bot(token, base_url=base) as bot:
        sender = Sender(bot, storage, late=timedelta(hours=12))
        await sender.recover()
        await sender.send_due(datetime.fromisoformat("2023-03-21T07:00+00:00"))
    await storage.close()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.slow
async def test_a_sender_killed_midway_loses_nothing_and_repeats_only_what_was_in_flight(
    sqlite_url: str, sqlite_storage: Storage
) -> None:
    async with TelegramServer() as server:
        people = [server.private_chat(name=f"P{i}") for i in range(20)]
        for person in people:
            await plan(sqlite_storage, person, "one", "two")

        async def run_sender() -> asyncio.subprocess.Process:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _CHILD,
                sqlite_url,
                server.token,
                f"{server.url}/bot",
                env={**os.environ, "PTB_TIMEDELTA": "true"},
            )

        child = await run_sender()
        await server.world.wait_until(
            lambda: len(server.calls_of("sendMessage")) >= 12, 30, "too few messages"
        )
        child.send_signal(signal.SIGKILL)
        await child.wait()
        child = await run_sender()
        assert await asyncio.wait_for(child.wait(), 60) == 0
        figures = await sqlite_storage.deliveries.figures()
        assert (figures.sent, figures.pending, figures.sending) == (40, 0, 0)
        repeated = 0
        for person in people:
            assert list(dict.fromkeys(person.texts)) == ["one", "two"]
            repeated += len(person.texts) - 2
        assert repeated <= figures.possible_duplicates
