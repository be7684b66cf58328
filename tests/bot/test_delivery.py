"""Planned messages reach their chats once, whatever Telegram and the network do."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import HTTPXRequest

from bot.delivery import Sender, Sent
from bot.rendering import Form
from summarizer.errors import ConfigError
from summarizer.models import Topic, derive_id
from summarizer.storage import Chat, Delivery, OutMessage, Storage, Subscription
from tests import telegram_chats
from tests.telegram_server import TelegramServer

NOW = datetime(2023, 3, 21, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPERATOR = 77


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(strict_limits=True) as running:
        yield running


def make_bot(server: TelegramServer, *, read_timeout: float = 60) -> Bot:
    request = HTTPXRequest(connection_pool_size=64, read_timeout=read_timeout)
    return Bot(server.token, base_url=f"{server.url}/bot", request=request)


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    made = make_bot(server)
    async with made:
        yield made


@pytest.fixture
def sender(bot: Bot, sqlite_storage: Storage) -> Sender:
    return make_sender(bot, sqlite_storage)


def make_sender(bot: Bot, storage: Storage) -> Sender:
    return Sender(
        bot,
        storage,
        late=12 * HOUR,
        operator_chats=[OPERATOR],
        form_of=lambda chat: Form(timezone=chat.timezone),
    )


async def know(storage: Storage, chat: telegram_chats.Chat, timezone: str = "UTC") -> None:
    await storage.chats.upsert(
        Chat(id=str(chat.id), kind=chat.type, timezone=timezone, created_at=NOW)
    )


async def plan(
    storage: Storage,
    chat: telegram_chats.Chat,
    *texts: str,
    at: datetime = NOW,
    kind: Literal["scheduled", "request", "notice"] = "scheduled",
    thread_id: int = 0,
    **values: object,
) -> str:
    """Plan a delivery of these texts and return its id."""
    delivery = Delivery(
        id=derive_id(str(chat.id), str(thread_id), kind, at.isoformat()),
        chat_id=str(chat.id),
        thread_id=thread_id,
        scheduled_at=at,
        kind=kind,
        created_at=at,
    )
    parts = [
        OutMessage(part=i, text=text, **values)  # type: ignore[arg-type]  # its own fields
        for i, text in enumerate(texts)
    ]
    await storage.deliveries.plan(delivery, parts)
    return delivery.id


# --- what arrives ---------------------------------------------------------------------------------


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


# --- refusals -------------------------------------------------------------------------------------


async def test_a_chat_that_must_wait_is_held_alone(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    held, other = server.private_chat(), server.private_chat()
    await know(sqlite_storage, held)
    server.fail_next("sendMessage", retry_after=30, chat_id=held.id)
    await plan(sqlite_storage, held, "held")
    await plan(sqlite_storage, other, "other")
    assert await sender.send_due(NOW) == Sent(sent=1, retried=1)
    assert await sender.send_due(NOW + timedelta(seconds=29)) == Sent()
    assert await sender.send_due(NOW + timedelta(seconds=35)) == Sent(sent=1)
    assert (held.texts, other.texts) == (["held"], ["other"])


async def test_a_chat_that_shut_the_bot_out_is_served_no_more_until_it_is_back(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    await know(sqlite_storage, chat)
    chat.set_bot_status("kicked")
    await plan(sqlite_storage, chat, "one", "two")
    assert await sender.send_due(NOW) == Sent(retried=1)
    known = await sqlite_storage.chats.get(str(chat.id))
    assert known is not None
    assert (known.active, known.inactive_reason) == (
        False,
        "Forbidden: bot was blocked by the user",
    )
    assert await sender.send_due(NOW + HOUR) == Sent()
    chat.set_bot_status("member")
    await sqlite_storage.chats.reactivate(str(chat.id))
    assert await sender.send_due(NOW + HOUR) == Sent(sent=2)
    assert chat.texts == ["one\nSent late.", "two"]


async def test_a_channel_where_rights_were_lost_is_served_no_more(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.channel()
    await know(sqlite_storage, chat)
    chat.set_bot_status("administrator", may_send=False)
    await plan(sqlite_storage, chat, "news")
    await sender.send_due(NOW)
    known = await sqlite_storage.chats.get(str(chat.id))
    assert known is not None
    assert not known.active


async def test_an_upgraded_group_gets_its_messages_under_the_new_id(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    group = server.group()
    await know(sqlite_storage, group)
    await plan(sqlite_storage, group, "one", "two")
    new = group.upgrade()
    assert await sender.send_due(NOW) == Sent(sent=2, retried=1)
    assert (group.texts, new.texts) == ([], ["one", "two"])
    assert await sqlite_storage.chats.get(str(group.id)) is None


async def test_a_group_that_is_muted_for_a_while_gets_its_digest_afterwards(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    group, other = server.supergroup(), server.private_chat()
    for chat in (group, other):
        await know(sqlite_storage, chat)
        await plan(sqlite_storage, chat, "a digest")
    group.bot_may_send = False
    assert await sender.send_due(NOW) == Sent(sent=1, retried=1)
    group.bot_may_send = True
    assert await sender.send_due(NOW + timedelta(minutes=59)) == Sent()
    assert await sender.send_due(NOW + timedelta(minutes=61)) == Sent(sent=1)
    assert group.texts == ["a digest\nSent late."]


async def test_the_digests_of_a_topic_that_was_deleted_pause_and_general_hears_of_it(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    forum = server.supergroup(forum=True)
    await know(sqlite_storage, forum)
    threads = [forum.add_topic("News"), forum.add_topic("Sport")]
    kept = []
    for thread_id in threads:
        subscription = Subscription(
            id="",
            chat_id=str(forum.id),
            thread_id=thread_id,
            topic=Topic(key="world", name="World", queries=("world",)),
            times=("08:00",),
            next_due_at=NOW + 24 * HOUR,
            since=NOW,
            created_at=NOW,
        )
        kept.append((await sqlite_storage.chats.subscribe(subscription))[0].id)
        await plan(sqlite_storage, forum, f"for {thread_id}", thread_id=thread_id)
    forum.delete_topic(threads[0])
    assert await sender.send_due(NOW) == Sent(sent=2, failed=1)
    found = [await sqlite_storage.chats.subscription(id) for id in kept]
    assert [s.paused for s in found if s is not None] == [True, False]
    said = {m.thread_id: m.text for m in forum.messages}
    assert said.keys() == {threads[1], None}
    assert "the forum topic that got World" in said[None]


async def test_a_message_telegram_does_not_take_fails_for_good_and_operators_hear_of_it(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    operator, chat = server.private_chat(user_id=OPERATOR), server.private_chat()
    delivery_id = await plan(sqlite_storage, chat, "<p>wrong</p>", "right")
    assert await sender.send_due(NOW) == Sent(sent=2, failed=1)
    assert chat.texts == ["right"]
    assert operator.texts == [
        f"Telegram refused message {delivery_id}.0 to chat {chat.id}: "
        'Can\'t parse entities: unsupported start tag "p" at byte offset 0'
    ]
    await plan(sqlite_storage, operator, "<p>wrong</p>", kind="notice")
    assert await sender.send_due(NOW) == Sent(failed=1)


async def test_a_message_to_an_operator_who_never_started_the_bot_fails(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    await plan(sqlite_storage, server.private_chat(), "<p>wrong</p>")
    assert await sender.send_due(NOW) == Sent(failed=2)
    assert (await sqlite_storage.deliveries.figures()).failed == 2


@pytest.mark.parametrize(
    ("cut", "copies", "doubtful"), [("after", 2, 1), ("before", 1, 1), (None, 1, 0)]
)
async def test_a_broken_connection_is_tried_again_and_a_possible_duplicate_counted(
    server: TelegramServer,
    sender: Sender,
    sqlite_storage: Storage,
    cut: Literal["before", "after"] | None,
    copies: int,
    doubtful: int,
) -> None:
    chat = server.private_chat()
    server.fail_next("sendMessage", cut=cut, status=502)
    await plan(sqlite_storage, chat, "news")
    assert await sender.send_due(NOW) == Sent(retried=1)
    assert await sender.send_due(NOW + timedelta(seconds=4)) == Sent()
    assert await sender.send_due(NOW + timedelta(seconds=12)) == Sent(sent=1)
    assert chat.texts == ["news"] * copies
    assert (await sqlite_storage.deliveries.figures()).possible_duplicates == doubtful


async def test_an_answer_that_does_not_come_in_time_is_a_possible_duplicate(
    server: TelegramServer, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    server.fail_next("sendMessage", delay_s=0.5)
    async with make_bot(server, read_timeout=0.1) as impatient:
        await plan(sqlite_storage, chat, "news")
        assert await make_sender(impatient, sqlite_storage).send_due(NOW) == Sent(retried=1)
    assert (await sqlite_storage.deliveries.figures()).possible_duplicates == 1


async def test_retries_come_at_growing_intervals(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    chat = server.private_chat()
    server.fail_next("sendMessage", status=500, times=20)
    await plan(sqlite_storage, chat, "news")
    tries = []
    for seconds in range(0, 900, 15):
        if (await sender.send_due(NOW + timedelta(seconds=seconds))).retried:
            tries.append(seconds)
    gaps = [after - before for before, after in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert gaps[0] <= 15
    assert 270 <= max(gaps) <= 315


async def test_a_token_that_is_not_taken_stops_the_sender_and_loses_nothing(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage
) -> None:
    server.fail_next("sendMessage", status=401)
    chat = server.private_chat()
    await plan(sqlite_storage, chat, "news")
    with pytest.raises(ConfigError, match="does not take the token"):
        await sender.send_due(NOW)
    assert await sender.send_due(NOW + timedelta(minutes=1)) == Sent(sent=1)


@pytest.mark.parametrize(
    "fault",
    [
        {"hold": asyncio.Event()},
        {"retry_after": 300},
        {"status": 500},
        {"status": 502},
        {"status": 403, "description": "Forbidden: bot was kicked from the group chat"},
        {"cut": "before"},
        {"cut": "after"},
    ],
    ids=["hold", "retry_after", "500", "502", "403", "cut before", "cut after"],
)
async def test_one_bad_chat_holds_up_no_other(
    server: TelegramServer, sender: Sender, sqlite_storage: Storage, fault: dict[str, Any]
) -> None:
    first = server.private_chat()
    others = [server.private_chat() for _ in range(12)]
    server.fail_next("sendMessage", chat_id=first.id, times=1000, **fault)
    for number, chat in enumerate((first, *others)):
        await plan(sqlite_storage, chat, "news", at=NOW - timedelta(seconds=60 - number))
    sending = asyncio.create_task(sender.send_due(NOW))
    # The bad one is the first and stays bad: who waited for it would wait for ever.
    for chat in others:
        await chat.wait_for_message("news", timeout_s=30)
    assert sum(text == "news" for text in first.texts) <= 1  # where only the answer is kept back
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


# --- too late -------------------------------------------------------------------------------------


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


# --- both databases, and a crash ------------------------------------------------------------------


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
