"""Channels, and other chats that are managed from a private one."""

from __future__ import annotations

from bot.handlers.calls import ELSEWHERE
from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY
from tests.telegram_server import TelegramServer


async def test_a_channel_subscribes_by_its_posts(town: Town, server: TelegramServer) -> None:
    await town.shelf.add(FERRY, NOON)
    channel = server.channel()
    await town.ask(channel, "/subscribe world 18:00", "Done: World")
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
    await town.ask(chat, f"/start chat_{channel.id}", "Harbour\nWhich topic?")


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
    await town.ask(group, "/subscribe world 18:00", "Done")
    group.set_bot_status("restricted", may_send=False)
    await chat.wait_for_message("Crew\nI may not write there any more")
    group.set_bot_status("member")
    await group.wait_for_message("I may write here again, and all topics are still there.")


async def test_another_chat_is_not_managed_in_a_group(town: Town, server: TelegramServer) -> None:
    group = server.supergroup()
    await town.ask(group, "/subscribe @harbour world", "Other chats are managed in a private chat")


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
    await town.ask(group, "/topics", "No topics yet")
    assert len(group.messages) == 1
