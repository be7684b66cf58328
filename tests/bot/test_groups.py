"""Groups and forum topics: who may change what, and the bot coming and going."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY
from tests.telegram_chats import Chat
from tests.telegram_server import TelegramServer


async def test_the_bot_greets_a_group_it_is_added_to(town: Town, server: TelegramServer) -> None:
    group = server.supergroup()
    group.bot_status = "left"
    group.set_bot_status("member")
    message = await group.wait_for_message("An admin can choose a topic below")
    assert message.buttons[0] == ["World", "Technology", "Science"]


async def test_in_groups_only_admins_change_settings(town: Town, server: TelegramServer) -> None:
    group = server.supergroup()
    member = group.add_member("Mia")
    admin = group.add_member("Adam", "administrator")
    refused = "Only admins can change this chat's settings."
    for text in ("/subscribe world", "/schedule 8", "/timezone berlin", "/deletedata"):
        said = await town.ask(group, text, refused, user=member)
        assert said.endswith("For topics of your own, write to me in private: t.me/digest_test_bot")
    await town.ask(group, "/subscribe world 09:00", "Done: World", user=admin)
    await group.send_text("/topics", user=member)
    listed = await group.wait_for_message("Your topic")
    press = await group.press("World", user=member, message=listed)
    assert (await press.wait_for_answer())["text"] == refused
    await group.press("World", user=admin, message=listed)
    await group.wait_for_message("Every day at 09:00")
    assert len(await town.subscriptions(group)) == 1


async def test_members_may_ask_and_open_stories(town: Town, server: TelegramServer) -> None:
    await town.shelf.add(FERRY, NOON)
    group = server.group()
    member = group.add_member("Mia")
    await group.send_text("/digest world", user=member)
    message = await group.wait_for_message("Ferry")
    await group.press("1", user=member, message=message)
    await group.wait_for_message()
    assert "1. Compare sources" in message.buttons[1]


async def test_plain_talk_in_a_group_is_not_answered(town: Town, server: TelegramServer) -> None:
    group = server.group()
    await group.send_text("what a day")
    await group.send_text("/digest@another_bot world")
    await town.ask(group, "/help@digest_test_bot", "In this chat only admins change settings.")
    assert len(group.messages) == 1


async def test_who_asks_where_the_bot_may_not_write_is_told_in_private(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/start")
    group = server.supergroup(name="Crew", owner=chat.user)
    group.bot_may_send = False
    await group.send_text("/topics")
    await chat.wait_for_message("Crew\nI may not write there, so I cannot answer.")


async def test_each_forum_topic_has_its_own_subscriptions(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    forum = server.supergroup(forum=True)
    thread = forum.add_topic("News")
    await forum.send_text("/subscribe world 18:00", thread_id=thread)
    assert (await forum.wait_for_message("Done: World")).thread_id == thread
    await forum.send_text("/topics")
    listed = await forum.wait_for_message("World (in a forum topic): Every day at 18:00")
    assert listed.thread_id is None
    await town.ask(forum, "/topics", "No topics yet", thread_id=forum.add_topic("Sport"))
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    assert (await forum.wait_for_message("Ferry runs aground")).thread_id == thread


async def test_a_forum_topic_that_is_gone_pauses_what_came_there_and_general_shows_it(
    town: Town, server: TelegramServer
) -> None:
    forum = server.supergroup(forum=True)
    thread = forum.add_topic("News")
    await town.ask(forum, "/subscribe world 18:00", "Done: World", thread_id=thread)
    forum.delete_topic(thread)
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    said = await forum.wait_for_message("the forum topic that got World: it is closed or gone")
    assert said.thread_id is None
    await forum.send_text("/topics")
    listed = await forum.wait_for_message("World (in a forum topic): Every day at 18:00. Paused: a")
    await forum.press("World (in a forum topic)", message=listed)
    await forum.wait_for_message(lambda m: "Remove" in str(m.buttons))
    await forum.press("Remove", message=listed)
    await forum.wait_for_message("No topics yet")
    assert await town.subscriptions(forum) == []


async def test_general_counts_and_tells_apart_the_topics_of_the_whole_forum(
    town: Town, server: TelegramServer
) -> None:
    forum = server.supergroup(forum=True)
    for thread in (None, forum.add_topic("News")):
        await town.ask(forum, "/subscribe world 18:00", "Done: World", thread_id=thread)
    await forum.send_text("/topics")
    listed = await forum.wait_for_message("Your 2 topics")
    assert listed.buttons[:2] == [["World"], ["World (in a forum topic)"]]
    await forum.send_text("/settings")
    settings = await forum.wait_for_message("Settings")
    assert settings.buttons[-1] == ["Topics: 2"]
    await town.ask(forum, "/status", "The 2 topics here: the next digest comes today at 18:00.")
    await town.ask(forum, "/status", "The topic here: the next digest comes", thread_id=thread)


async def test_digest_now_comes_to_the_forum_topic_that_has_the_subscription(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    forum = server.supergroup(forum=True)
    thread = forum.add_topic("News")
    await town.ask(forum, "/subscribe world 18:00", "Done: World", thread_id=thread)
    await town.ask(forum, "/topics", "World (in a forum topic)")
    await forum.press("World (in a forum topic)")
    await forum.wait_for_message(lambda m: "Digest now" in str(m.buttons))
    press = await forum.press("Digest now")
    assert "its forum topic" in (await press.wait_for_answer())["text"]
    assert (await forum.wait_for_message("Ferry runs aground")).thread_id == thread
    # Where the topic is gone, General hears of it: of what was paused before, too.
    forum.delete_topic(thread)
    for _ in range(2):
        town.now += timedelta(minutes=6)
        await forum.press("Digest now")
        said = await forum.wait_for_message("the forum topic that got World: it is closed or gone")
        assert said.thread_id is None


async def test_a_forum_topic_that_is_opened_again_says_how_to_go_on(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    forum = server.supergroup(forum=True)
    threads = (forum.add_topic("News"), 0)
    for thread in threads:
        await town.ask(forum, "/subscribe world 18:00", "Done: World", thread_id=thread or None)
        forum.close_topic(thread)
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    await _paused(town, forum)
    for thread in threads:
        forum.reopen_topic(thread)
        hint = await forum.wait_for_message("no digest comes until /schedule on")
        assert (hint.thread_id or 0) == thread
    await town.ask(forum, "/schedule on", "Next digest: tomorrow at 18:00")


async def test_one_topic_too_many_in_a_forum_topic_says_where_the_others_are(
    resting: Town, server: TelegramServer
) -> None:
    await resting.start(DIGEST_LIMITS__SUBSCRIPTIONS="1")
    forum = server.supergroup(forum=True)
    first, second = forum.add_topic("News"), forum.add_topic("Sport")
    await resting.ask(forum, "/subscribe world", "Done: World", thread_id=first)
    await resting.ask(
        forum,
        "/subscribe sport",
        "In General, /topics lists those of all forum topics.",
        thread_id=second,
    )
    await resting.ask(forum, "/unsubscribe", "Remove which topic?")
    await forum.press("✕ World (in a forum topic)")
    await forum.wait_for_message("No topics are left")


async def test_a_link_to_a_topic_changes_nothing_for_who_is_no_admin(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    member = group.add_member("Mia")
    link = "/start topic_semiconductor_export_controls_and_their_consequences_for_Europe"
    await town.ask(group, link, "Only admins can change", user=member)
    assert await town.subscriptions(group) == []
    await town.ask(group, "/start topic_world", "When shall the digest come?")


async def test_admins_are_known_where_members_are_hidden(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    group.hides_members = True
    member = group.add_member("Mia")
    await town.ask(group, "/subscribe world 09:00", "Only admins can change", user=member)
    await town.ask(group, "/subscribe world 09:00", "Done: World")


async def test_an_unknown_command_is_answered_in_a_group_where_it_names_the_bot(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    await group.send_text("/frobnicate")
    await group.send_text("/frobnicate@another_bot")
    await town.ask(group, "/frobnicate@digest_test_bot", "I do not know this command")
    assert len(group.messages) == 1


async def test_a_group_that_becomes_a_supergroup_keeps_its_topics(
    town: Town, server: TelegramServer
) -> None:
    group = server.group()
    await town.ask(group, "/subscribe world 09:00", "Done: World")
    new = group.upgrade()
    await town.ask(new, "/topics", "World: Every day at 09:00")
    assert await town.storage.chats.get(str(group.id)) is None


async def test_a_removed_bot_falls_silent_and_comes_back_with_everything(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    await town.ask(group, "/subscribe world 18:00", "Done: World")
    group.set_bot_status("kicked")
    await server.wait_until_confirmed()
    await _settle(town, str(group.id), active=False)
    await town.pass_time(hours=24)
    group.set_bot_status("member")
    await _settle(town, str(group.id), active=True)
    assert len(await town.subscriptions(group)) == 1


async def test_a_bot_that_is_muted_in_a_group_falls_silent(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    await town.ask(group, "/start", "Hello!")
    group.set_bot_status("restricted", may_send=False)
    await _settle(town, str(group.id), active=False)


async def test_what_came_due_while_the_bot_was_away_is_said_to_come_at_once(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/subscribe world 18:00")
    chat.set_bot_status("kicked")
    await _settle(town, str(chat.id), active=False)
    town.now = NOON.replace(hour=19)
    chat.bot_status = "member"
    assert "Your topics are still here: /topics" in await town.ask(chat, "/start")
    assert "The next digest comes in a moment." in await town.ask(chat, "/topics")


async def test_a_user_who_blocked_the_bot_is_served_again_when_they_write(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/subscribe world 18:00")
    chat.set_bot_status("kicked")
    await _settle(town, str(chat.id), active=False)
    chat.bot_status = "member"
    await town.ask(chat, "/topics", "Your topic")
    await _settle(town, str(chat.id), active=True)


async def test_an_answer_that_cannot_be_delivered_stops_that_chat_alone(
    town: Town, server: TelegramServer
) -> None:
    chat, other = server.private_chat(), server.private_chat(name="Bob")
    server.fail_next("sendMessage", status=403, chat_id=chat.id)
    await chat.send_text("/help")
    await _settle(town, str(chat.id), active=False)
    await town.ask(other, "/help", "What I can do")


async def test_a_bot_that_is_not_open_to_all_says_how_to_get_in(
    resting: Town, server: TelegramServer
) -> None:
    friend, stranger = server.private_chat(), server.private_chat(name="Eve")
    await resting.start(DIGEST_TELEGRAM__ALLOWED_CHATS=f"[{friend.id}]")
    for text in ("/start", "news", "/unknown"):
        assert str(stranger.id) in await resting.ask(stranger, text, "not open to everyone")
    press = await stranger.press_data("1|topics", message=stranger.messages[0])
    assert (await press.wait_for_answer())["text"] == "This bot is not open to this chat."
    await resting.ask(friend, "/start", "Hello!")


async def _paused(town: Town, forum: Chat) -> None:
    """Wait until all subscriptions of the chat are paused."""
    async with asyncio.timeout(5):
        while True:
            if all(s.paused for s in await town.subscriptions(forum)):
                return
            await asyncio.sleep(0.01)


async def _settle(town: Town, chat_id: str, *, active: bool) -> None:
    """Wait until the chat is stored as active or not."""
    async with asyncio.timeout(5):
        while True:
            chat = await town.storage.chats.get(chat_id)
            if chat is not None and chat.active == active:
                return
            await asyncio.sleep(0.01)
