"""Groups, channels and forum topics: who may change what, and the bot coming and going."""

from __future__ import annotations

import asyncio

from bot.handlers.calls import ELSEWHERE
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
        await group.send_text(text, user=member)
        await group.wait_for_message(refused)
    await group.send_text("/subscribe world 09:00", user=admin)
    await group.wait_for_message("Done: World")
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
    await group.send_text("/help@digest_test_bot")
    await group.wait_for_message("In this chat only admins change settings.")
    assert len(group.messages) == 1


async def test_a_channel_subscribes_by_its_posts(town: Town, server: TelegramServer) -> None:
    await town.shelf.add(FERRY, NOON)
    channel = server.channel()
    await channel.send_text("/subscribe world 18:00")
    await channel.wait_for_message("Done: World")
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    await channel.wait_for_message("Ferry runs aground")


async def test_a_channel_is_managed_from_a_private_chat_by_its_admins(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    chat, stranger = server.private_chat(), server.private_chat(name="Eve")
    channel = server.channel(name="Harbour", username="harbour", owner=chat.user)
    answer = await town.ask(chat, "/subscribe @harbour world 18:00")
    assert answer.startswith("Harbour\nDone: World\nEvery day at 18:00")
    assert "Harbour\nYour topic" in await town.ask(chat, "/topics @harbour")
    assert chat.messages[-1].buttons == [["World"], ["Add a topic"]]
    assert channel.messages == []
    assert "Only admins of Harbour" in await town.ask(stranger, "/unsubscribe @harbour all")
    assert "I cannot see @nowhere" in await town.ask(chat, "/subscribe @nowhere world")
    assert "I cannot read a time" in await town.ask(chat, "/subscribe @harbour world 25:00")
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    await channel.wait_for_message("Ferry runs aground")
    channel.set_bot_status("administrator", may_send=False)
    await town.ask(chat, "/timezone @harbour berlin", "I may not post in Harbour")
    channel.set_bot_status("administrator")
    await town.ask(chat, "/unsubscribe @harbour", "Remove which topic?")
    assert await town.subscriptions(chat) == []
    assert len(await town.subscriptions(channel)) == 1
    await chat.press("✕ World")
    await chat.wait_for_message("No topics are left")
    assert await town.subscriptions(channel) == []


async def test_the_buttons_of_a_managed_channel_act_on_it_from_the_private_chat(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    channel = server.channel(name="Harbour", owner=chat.user)
    await chat.send_text(f"/subscribe {channel.id}")
    shown = await chat.wait_for_message("Harbour\nWhich topic?")
    await chat.press("Science")
    await chat.wait_for_message("Harbour\nScience")
    await chat.press("18:00")
    await chat.wait_for_message("Harbour\nDone: Science\nEvery day at 18:00")
    await chat.press("Change")
    await chat.wait_for_message("Next digest")
    await chat.press("Add a time")
    await chat.wait_for_message("Which time shall be added?")
    await chat.press("08:00")
    await chat.wait_for_message("Every day at 08:00 and 18:00")
    assert len(chat.messages) == 1
    [subscription] = await town.subscriptions(channel)
    assert subscription.times == ("08:00", "18:00")
    channel.members[chat.user.id] = "member"
    await chat.press("Remove", message=shown)
    await chat.wait_for_message("Only admins of Harbour")
    assert len(await town.subscriptions(channel)) == 1


async def test_commands_for_a_channel_name_it_in_what_they_answer(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    chat = server.private_chat()
    channel = server.channel(name="Harbour", username="harbour", owner=chat.user)
    picker = await town.ask(chat, "/subscribe @harbour")
    assert "/subscribe @harbour chip export controls 08:00" in picker
    await town.ask(chat, "/subscribe @harbour world 18:00", "Done")
    assert "One alone: /topics @harbour" in await town.ask(chat, "/schedule @harbour")
    await town.ask(chat, "/schedule @harbour off", "no digest comes until /schedule @harbour on")
    assert "no digest comes" in await town.ask(chat, "/status @harbour")
    await chat.send_text("/export @harbour")
    document = await chat.wait_for_message(lambda m: m.document is not None)
    assert document.text == "Harbour\nAll that I keep of this chat."
    await town.ask(chat, "/digest @harbour science", "The summary is posted there in a moment.")
    posted = await channel.wait_for_message("Ferry runs aground")
    assert posted.text.startswith("Science ·")
    assert posted.buttons == [["1"]]


async def test_commands_that_can_be_given_for_another_chat_are_known_by_name(town: Town) -> None:
    for command in town.app.routes.commands:
        assert bool(ELSEWHERE.search(f"see /{command.names[0]}")) == command.elsewhere


async def test_a_digest_now_of_a_managed_channel_is_posted_there(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    chat = server.private_chat()
    channel = server.channel(name="Harbour", username="harbour", owner=chat.user)
    await town.ask(chat, "/subscribe t.me/harbour world", "Done")
    press = await chat.press("Digest now")
    assert (await press.wait_for_answer())["text"] == "It comes to Harbour in a moment."
    await channel.wait_for_message("Ferry runs aground")


async def test_a_channel_that_the_bot_comes_to_is_set_up_in_private(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/start")
    channel = server.channel(name="Harbour", owner=chat.user)
    channel.bot_status = "left"
    channel.set_bot_status("administrator")
    await chat.wait_for_message("Harbour\nThanks for adding me!")
    await chat.press("Choose a topic")
    await chat.wait_for_message("Harbour\nWhich topic?")
    assert channel.messages == []


async def test_a_channel_of_a_stranger_gets_a_link_to_set_it_up(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    channel = server.channel(name="Harbour", owner=chat.user)
    channel.bot_status = "left"
    channel.set_bot_status("administrator")
    posted = await channel.wait_for_message("An admin sets it up")
    link = posted.button("Set up")["url"]
    assert link == f"https://t.me/digest_test_bot?start=chat_{channel.id}"
    await chat.send_text(f"/start chat_{channel.id}")
    await chat.wait_for_message("Harbour\nWhich topic?")


async def test_rights_taken_away_and_given_back_are_said_in_private_and_nothing_is_lost(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    channel = server.channel(name="Harbour", username="harbour", owner=chat.user)
    await town.ask(chat, "/subscribe @harbour world 18:00", "Done")
    channel.set_bot_status("administrator", may_send=False)
    await chat.wait_for_message("Harbour\nI may not write there any more")
    channel.set_bot_status("administrator")
    again = await chat.wait_for_message("Harbour\nI may write here again")
    assert "Every day at 18:00" in again.text
    assert channel.messages == []
    group = server.supergroup(name="Crew", owner=chat.user)
    await group.send_text("/subscribe world 18:00")
    await group.wait_for_message("Done")
    group.set_bot_status("restricted", may_send=False)
    await chat.wait_for_message("Crew\nI may not write there any more")
    group.set_bot_status("member")
    await group.wait_for_message("I may write here again, and all topics are still there.")


async def test_who_asks_where_the_bot_may_not_write_is_told_in_private(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/start")
    group = server.supergroup(name="Crew", owner=chat.user)
    group.bot_may_send = False
    await group.send_text("/topics")
    await chat.wait_for_message("Crew\nI may not write there, so I cannot answer.")


async def test_another_chat_is_not_managed_in_a_group(town: Town, server: TelegramServer) -> None:
    group = server.supergroup()
    await group.send_text("/subscribe @harbour world")
    await group.wait_for_message("Other chats are managed in a private chat")


async def test_a_chat_that_the_bot_cannot_see_is_said_with_what_to_do(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    answer = await town.ask(chat, "/subscribe @nowhere world")
    assert answer.startswith("I cannot see @nowhere. Make me an admin of it first")


async def test_a_channel_must_be_let_in_too(resting: Town, server: TelegramServer) -> None:
    chat = server.private_chat()
    channel = server.channel(username="harbour", owner=chat.user)
    await resting.start(DIGEST_TELEGRAM__ALLOWED_CHATS=f"[{chat.id}]")
    assert str(channel.id) in await resting.ask(chat, "/subscribe @harbour world", "not open to")


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
    await forum.send_text("/topics", thread_id=forum.add_topic("Sport"))
    await forum.wait_for_message("No topics yet")
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    assert (await forum.wait_for_message("Ferry runs aground")).thread_id == thread


async def test_a_forum_topic_that_is_gone_pauses_what_came_there_and_general_shows_it(
    town: Town, server: TelegramServer
) -> None:
    forum = server.supergroup(forum=True)
    thread = forum.add_topic("News")
    await forum.send_text("/subscribe world 18:00", thread_id=thread)
    await forum.wait_for_message("Done: World")
    forum.delete_topic(thread)
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    said = await forum.wait_for_message("the forum topic that got World: it is closed or gone")
    assert said.thread_id is None
    await forum.send_text("/topics")
    listed = await forum.wait_for_message("World (in a forum topic): Every day at 18:00. Paused: a")
    await forum.press("World", message=listed)
    await forum.wait_for_message(lambda m: "Remove" in str(m.buttons))
    await forum.press("Remove", message=listed)
    await forum.wait_for_message("No topics yet")
    assert await town.subscriptions(forum) == []


async def test_a_forum_topic_that_is_opened_again_says_how_to_go_on(
    town: Town, server: TelegramServer
) -> None:
    await town.shelf.add(FERRY, NOON)
    forum = server.supergroup(forum=True)
    threads = (forum.add_topic("News"), 0)
    for thread in threads:
        await forum.send_text("/subscribe world 18:00", thread_id=thread or None)
        await forum.wait_for_message("Done: World")
        forum.close_topic(thread)
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    await _paused(town, forum)
    for thread in threads:
        forum.reopen_topic(thread)
        hint = await forum.wait_for_message("no digest comes until /schedule on")
        assert (hint.thread_id or 0) == thread
    await forum.send_text("/schedule on")
    await forum.wait_for_message("Next digest: tomorrow at 18:00")


async def test_one_topic_too_many_in_a_forum_topic_says_where_the_others_are(
    resting: Town, server: TelegramServer
) -> None:
    await resting.start(DIGEST_LIMITS__SUBSCRIPTIONS="1")
    forum = server.supergroup(forum=True)
    first, second = forum.add_topic("News"), forum.add_topic("Sport")
    await forum.send_text("/subscribe world", thread_id=first)
    await forum.wait_for_message("Done: World")
    await forum.send_text("/subscribe sport", thread_id=second)
    await forum.wait_for_message("In General, /topics lists those of all forum topics.")
    await forum.send_text("/unsubscribe")
    await forum.wait_for_message("Remove which topic?")
    await forum.press("✕ World (in a forum topic)")
    await forum.wait_for_message("No topics are left")


async def test_a_link_to_a_topic_changes_nothing_for_who_is_no_admin(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    member = group.add_member("Mia")
    link = "/start topic_semiconductor_export_controls_and_their_consequences_for_Europe"
    await group.send_text(link, user=member)
    await group.wait_for_message("Only admins can change")
    assert await town.subscriptions(group) == []
    await group.send_text("/start topic_world")
    await group.wait_for_message("When shall the digest come?")


async def test_the_buttons_of_a_managed_group_find_it_after_it_became_a_supergroup(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/start")
    group = server.group(name="Crew", owner=chat.user)
    shown = await chat.wait_for_message("Hello!")
    new = group.upgrade()
    await chat.press_data(f"1@{group.id}|sub|world|18:00", message=shown)
    await chat.wait_for_message("Crew\nDone: World\nEvery day at 18:00")
    assert len(await town.subscriptions(new)) == 1


async def test_admins_are_known_where_members_are_hidden(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    group.hides_members = True
    member = group.add_member("Mia")
    await group.send_text("/subscribe world 09:00", user=member)
    await group.wait_for_message("Only admins can change")
    await group.send_text("/subscribe world 09:00")
    await group.wait_for_message("Done: World")


async def test_an_unknown_command_is_answered_in_a_group_where_it_names_the_bot(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    await group.send_text("/frobnicate")
    await group.send_text("/frobnicate@another_bot")
    await group.send_text("/frobnicate@digest_test_bot")
    await group.wait_for_message("I do not know this command")
    assert len(group.messages) == 1


async def test_a_channels_command_is_not_answered_again_where_it_is_discussed(
    town: Town, server: TelegramServer
) -> None:
    group, channel = server.supergroup(), server.channel()
    forwarded = (await channel.send_text("/help")).to_json()
    await channel.wait_for_message("What I can do")
    server.world.send(
        "message",
        forwarded
        | {
            "chat": group.to_json(),
            "from": {"id": 777000, "is_bot": False, "first_name": "Telegram"},
            "is_automatic_forward": True,
        },
    )
    await group.send_text("/topics")
    await group.wait_for_message("No topics yet")
    assert len(group.messages) == 1


async def test_a_group_that_becomes_a_supergroup_keeps_its_topics(
    town: Town, server: TelegramServer
) -> None:
    group = server.group()
    await group.send_text("/subscribe world 09:00")
    await group.wait_for_message("Done: World")
    new = group.upgrade()
    await new.send_text("/topics")
    await new.wait_for_message("World: Every day at 09:00")
    assert await town.storage.chats.get(str(group.id)) is None


async def test_a_removed_bot_falls_silent_and_comes_back_with_everything(
    town: Town, server: TelegramServer
) -> None:
    group = server.supergroup()
    await group.send_text("/subscribe world 18:00")
    await group.wait_for_message("Done: World")
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
    await group.send_text("/start")
    await group.wait_for_message("Hello!")
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
    await chat.send_text("/topics")
    await chat.wait_for_message("Your topic")
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
