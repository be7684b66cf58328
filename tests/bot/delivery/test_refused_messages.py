"""What Telegram refuses or the network loses is held, tried again or given up, chat by chat."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any, Literal

import pytest

from bot.delivery import Sender, Sent
from summarizer.errors import ConfigError
from summarizer.models import Topic
from summarizer.storage import Storage, Subscription
from tests.bot.delivery.conftest import HOUR, NOW, OPERATOR, know, make_bot, make_sender, plan
from tests.telegram_server import TelegramServer


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
    fault.get("hold", asyncio.Event()).set()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
