"""Times, zones, quiet hours, lengths, outlets, and a chat's own data."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from summarizer.models import Feed
from tests.bot.conftest import NOON, Town
from tests.telegram_chats import Chat
from tests.telegram_server import TelegramServer


async def test_a_city_sets_the_time_zone_and_moves_what_is_due(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world 08:00")
    answer = await town.ask(chat, "/timezone new york")
    assert "Time zone: New York (America/New_York). It is 08:00 there." in answer
    assert "Next digest: tomorrow at 08:00." in answer
    [subscription] = await town.subscriptions(chat)
    assert subscription.next_due_at == datetime(2026, 3, 11, 12, tzinfo=UTC)
    assert "Times are in New York, where it is 08:00." in await town.ask(chat, "/topics")


async def test_common_zones_are_offered(town: Town) -> None:
    chat = town.server.private_chat()
    await chat.send_text("/tz")
    message = await chat.wait_for_message("Choose the clock you live by")
    assert message.buttons[0] == ["London", "Berlin", "Athens", "Moscow"]
    await chat.press("Tokyo")
    answer = await chat.wait_for_message("Tokyo (Asia/Tokyo). It is 21:00 there.")
    assert "/subscribe" in answer.text
    assert answer.id == message.id
    await town.ask(chat, "/timezone utc", "UTC")
    stored = await town.storage.chats.get(str(chat.id))
    assert stored is not None
    assert stored.timezone == "UTC"


async def ask_location(town: Town) -> Chat:
    """Return a chat with the button that shares a location below it."""
    chat = town.server.private_chat()
    await town.ask(chat, "/timezone", "Choose the clock you live by")
    await chat.press("📍 By my location")
    await chat.wait_for_message("Press “Share my location” below")
    assert chat.below == [["📍 Share my location"]]
    return chat


@pytest.mark.parametrize(
    ("do", "answer"),
    [
        (lambda chat: chat.send_location(38.7, -9.1), "Time zone: Lisbon"),
        (lambda chat: chat.send_text("/timezone Lisbon"), "Time zone: Lisbon"),
        (lambda chat: chat.press("Berlin"), "Time zone: Berlin"),
        (lambda chat: chat.press("‹ Settings"), "Settings"),
        (lambda chat: chat.send_text("/help"), "What I can do"),
        (lambda chat: chat.send_text("/nothing"), "I do not know this command"),
        (lambda chat: chat.send_text("whales"), "No articles"),
    ],
    ids=["a location", "a city", "a zone", "back", "a command", "no command", "a topic"],
)
async def test_the_button_that_shares_a_location_goes_whatever_is_done_next(
    town: Town, do: Callable[[Chat], Awaitable[object]], answer: str
) -> None:
    chat = await ask_location(town)
    await do(chat)
    await chat.wait_for_message(answer)
    assert chat.below == []
    assert not any("Share my location" in text for text in chat.texts)


async def test_the_button_that_shares_a_location_goes_where_its_message_must_stay(
    town: Town, server: TelegramServer
) -> None:
    chat = await ask_location(town)
    said = "Bad Request: message can't be deleted for everyone"  # it is older than two days
    server.fail_next("deleteMessage", status=400, description=said)
    await chat.send_text("/help")
    await chat.wait_for_message("The button that shares your location is gone.")
    assert chat.below == []
    await chat.wait_for_message("What I can do")


async def test_an_unknown_place_gets_suggestions_or_an_example(town: Town) -> None:
    chat = town.server.private_chat()
    await chat.send_text("/timezone berlni")
    message = await chat.wait_for_message("Which one do you mean by “berlni”?")
    assert "Berlin" in message.buttons[0]
    await chat.press("Berlin")
    await chat.wait_for_message("Europe/Berlin")
    assert "/timezone Lisbon" in await town.ask(chat, "/timezone nowhere at all")


async def test_schedule_sets_times_and_days_of_all_topics(town: Town) -> None:
    chat = town.server.private_chat()
    assert "nothing to schedule yet" in await town.ask(chat, "/schedule 08:00")
    await town.ask(chat, "/subscribe world")
    await town.ask(chat, "/subscribe sport")
    answer = await town.ask(chat, "/schedule weekdays 07:30 18:00")
    assert "World, Sport: On weekdays at 07:30 and 18:00. Next digest: today at 18:00." in answer
    assert {s.times for s in await town.subscriptions(chat)} == {("07:30", "18:00")}
    assert "/schedule off" in await town.ask(chat, "/schedule")
    assert "Nothing was changed" in await town.ask(chat, "/schedule someday 8")


async def test_schedule_off_pauses_and_on_resumes(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world 18:00")
    await town.ask(chat, "/schedule off", "Paused")
    assert "Paused: /schedule on" in await town.ask(chat, "/topics")
    await town.pass_time(hours=24)
    assert len(chat.messages) == 3
    assert "Next digest: today at 18:00." in await town.ask(chat, "/schedule on")


async def test_quiet_hours_are_set_shown_and_ended(town: Town) -> None:
    chat = town.server.private_chat()
    assert "/quiet 22:30 06:45" in await town.ask(chat, "/quiet")
    for text in ("22:00 07:00", "10 pm – 7 am", "22:00 to 07:00", "22-7"):
        assert "Quiet from 22:00 to 07:00" in await town.ask(chat, f"/quiet {text}")
    for text in ("now", "22"):
        answer = await town.ask(chat, f"/quiet {text}")
        assert f"I cannot read two times in “{text}”" in answer
    assert "No quiet hours" in await town.ask(chat, "/quiet off")


async def test_settings_are_one_message_edited_in_place_with_a_row_for_each(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/quiet 22-7", "Quiet from")
    await chat.send_text("/set")
    shown = await chat.wait_for_message("Settings")
    assert shown.buttons == [
        ["Length: normal"],
        ["Links: on"],
        ["Language: English"],
        ["Time zone: UTC"],
        ["Quiet hours: 22:00 to 07:00"],
        ["Muted outlets: 0"],
        ["Topics: 0"],
    ]
    await chat.press("Length: normal")
    lengths = await chat.wait_for_message("How long shall a story be?")
    assert lengths.buttons[1] == ["✓ normal: up to 64 words"]
    await chat.press("detailed: up to 120 words")
    await chat.wait_for_message("Settings")
    assert shown.buttons[0] == ["Length: detailed"]
    press = await chat.press("Links: on")
    assert "plain text" in (await press.wait_for_answer())["text"]
    await chat.wait_for_message("Settings")
    assert shown.buttons[1] == ["Links: off"]
    for row, page in (
        ("Time zone: UTC", "Choose the clock you live by"),
        ("Quiet hours: 22:00 to 07:00", "Quiet from 22:00"),
        ("Language: English", "Which language"),
    ):
        await chat.press(row)
        await chat.wait_for_message(page)
        await chat.press("‹ Settings")
        await chat.wait_for_message("Settings")
    assert len(chat.messages) == 2
    stored = await town.storage.chats.get(str(chat.id))
    assert stored is not None
    assert (stored.length, stored.links) == ("detailed", False)
    press = await chat.press_data("1|len|endless", message=shown)
    await press.wait_for_answer()
    assert shown.buttons[0] == ["Length: detailed"]


async def test_an_outlet_is_muted_and_taken_back(town: Town) -> None:
    chat = town.server.private_chat()
    assert "No outlets are set up" in await town.ask(chat, "/sources")
    assert chat.messages[-1].buttons == [["‹ Settings"]]
    for name in ("Post", "Herald"):
        await town.storage.articles.add_feed(
            Feed(url=f"https://{name.lower()}.example.org/rss", outlet=name)
        )
    await town.ask(chat, "/sources", "I read 2 outlets")
    assert chat.messages[-1].buttons == [["✓ Herald", "✓ Post"], ["‹ Settings"]]
    press = await chat.press("✓ Post")
    await chat.wait_for_message("Muted here: Post")
    assert (await press.wait_for_answer())["text"] == "Post is muted here."
    await chat.press("✕ Post")
    await chat.wait_for_message(lambda m: "✓ Post" in str(m.buttons))
    assert "Post is muted here" in await town.ask(chat, "/sources mute post")
    assert "Did you mean Herald?" in await town.ask(chat, "/sources mute heralt")
    assert "/sources lists them" in await town.ask(chat, "/sources mute zzz")
    assert "Herald is not muted here" in await town.ask(chat, "/sources unmute herald")
    assert "Post is read again" in await town.ask(chat, "/sources unmute Post")
    press = await chat.press_data("1|mute|00000000|0", message=chat.messages[1])
    assert "not read any more" in (await press.wait_for_answer())["text"]


async def test_many_outlets_come_on_pages(town: Town) -> None:
    chat = town.server.private_chat()
    for number in range(25):
        await town.storage.articles.add_feed(
            Feed(url=f"https://{number}.example.org/rss", outlet=f"Outlet {number:02}")
        )
    await town.ask(chat, "/sources", "I read 25 outlets")
    shown = chat.messages[-1]
    assert shown.buttons[-2] == ["‹", "1 / 3", "›"]
    await chat.press("‹")
    await chat.wait_for_message(lambda m: "3 / 3" in str(m.buttons))
    await chat.press("✓ Outlet 24")
    await chat.wait_for_message("Muted here: Outlet 24")
    assert shown.buttons[-2] == ["‹", "3 / 3", "›"]


async def test_status_tells_readers_and_operators_what_concerns_them(resting: Town) -> None:
    operator = resting.server.private_chat(name="Otto")
    await resting.start(DIGEST_TELEGRAM__OPERATOR_CHATS=f"[{operator.id}]")
    chat = resting.server.private_chat()
    assert "No digest is planned" in await resting.ask(chat, "/status")
    await resting.ask(chat, "/subscribe world 18:00")
    answer = await resting.ask(chat, "/status")
    assert "0 articles from 0 of 0 feeds" in answer
    assert "The topic here: the next digest comes today at 18:00." in answer
    assert "Messages:" not in answer
    await resting.ask(chat, "/schedule off", "Paused")
    assert "no digest comes until /schedule on" in await resting.ask(chat, "/status")
    feed = Feed(url="https://post.example.org/rss", outlet="Post")
    await resting.storage.articles.add_feed(feed)
    [(_, state)] = await resting.storage.articles.feeds()
    await resting.storage.articles.save_feed_state(replace(state, failures=3, last_tried_at=NOON))
    answer = await resting.ask(operator, "/status")
    assert "Chats 2, subscriptions 1." in answer
    assert "Feeds that fail: Post (3)" in answer


async def test_a_chat_reads_exports_and_deletes_its_data(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world")
    assert "own machine" in await town.ask(chat, "/privacy")
    await chat.send_text("/export")
    message = await chat.wait_for_message(lambda m: m.document is not None)
    assert message.document is not None
    assert json.loads(message.document.content)["subscriptions"][0]["topic_key"] == "world"
    await town.ask(chat, "/deletedata", "cannot be undone")
    await chat.press("No, keep it")
    await chat.wait_for_message("Nothing was deleted")
    await town.ask(chat, "/deletedata", "cannot be undone")
    await chat.press("Yes, delete all")
    await chat.wait_for_message("Everything is deleted")
    assert await town.storage.chats.get(str(chat.id)) is None
    assert await town.subscriptions(chat) == []
