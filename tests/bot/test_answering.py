"""What can go wrong between a press and its answer."""

from __future__ import annotations

import pytest

from bot.handlers.buttons import Press, button, fits, read_press, time_grid, to_markup
from bot.texts import Html, Translator, clock, translator
from tests.bot.conftest import NOON, Town
from tests.telegram_server import TelegramServer


def test_button_data_is_read_as_it_was_written() -> None:
    made = button("8", "sub", "world", "08:00")
    assert made.data == "1|sub|world|08:00"
    assert read_press(made.data) == Press(action="sub", arguments=("world", "08:00"))
    assert read_press("2|sub") is None
    assert read_press("sub") is None


def test_data_too_long_for_telegram_is_refused() -> None:
    assert not fits("pick", "ä" * 30)
    with pytest.raises(ValueError, match="too long"):
        button("x", "pick", "ä" * 30)


def test_a_keyboard_without_buttons_is_none() -> None:
    assert to_markup([]) is None
    assert to_markup([[]]) is None
    assert len(time_grid("at", "id")) == 4


def test_values_are_escaped_and_html_is_not() -> None:
    _ = translator("en")
    assert _("<b>{name}</b>", name="<x> & y") == "<b>&lt;x&gt; &amp; y</b>"
    assert _("{name}", name=Html("<i>x</i>")) == "<i>x</i>"
    assert _.plain("{name}", name="<x>") == "<x>"


def test_a_language_without_a_catalogue_is_english() -> None:
    assert Translator("xx")("every day") == "every day"


def test_days_times_and_moments_are_said_as_people_say_them() -> None:
    _ = translator("en")
    assert _.days((0, 3)) == "Mon, Thu"
    assert _.days((5, 6)) == "at weekends"
    assert _.times(("08:00", "12:00", "18:00")) == "08:00, 12:00 and 18:00"
    assert _.moment(NOON, "Asia/Tokyo", NOON) == "today at 21:00"
    assert _.moment(NOON.replace(hour=16), "Asia/Tokyo", NOON) == "tomorrow at 01:00"
    assert _.moment(NOON.replace(day=16), "UTC", NOON) == "on Mon 16 Mar at 12:00"
    assert clock(NOON) == "12:00"


async def test_a_page_that_was_deleted_meanwhile_comes_as_a_new_message(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/start")
    message = chat.messages[0]
    del chat.history[message.id]
    await chat.press_data("1|topics", message=message)
    shown = await chat.wait_for_message("Which topic?")
    assert shown.id != message.id


async def test_a_press_that_is_too_old_to_answer_still_does_its_work(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/subscribe world")
    server.fail_next(
        "answerCallbackQuery",
        status=400,
        description="Bad Request: query is too old and response timeout expired",
    )
    await chat.press("Change")
    await chat.wait_for_message("Next digest")


async def test_an_anonymous_admin_may_change_settings(town: Town, server: TelegramServer) -> None:
    group = server.supergroup()
    anonymous = group.add_member("Group", "left")
    message = (await group.send_text("ignored", user=anonymous)).to_json()
    server.world.send(
        "message",
        message
        | {
            "text": "/subscribe world",
            "entities": [{"type": "bot_command", "offset": 0, "length": 10}],
            "sender_chat": group.to_json(),
        },
    )
    await group.wait_for_message("Done: World")


async def test_an_answer_finds_a_group_that_just_became_a_supergroup(
    town: Town, server: TelegramServer
) -> None:
    group = server.group()
    await group.send_text("/subscribe world 09:00")
    await group.wait_for_message("Done: World")
    await server.wait_until_confirmed()
    server.world.send("message", (await group.send_text("/help")).to_json())
    new = group.upgrade()
    await new.wait_for_message("What I can do")
    assert len(await town.subscriptions(new)) == 1


async def test_a_deep_link_of_many_words_subscribes_at_once(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    link = "/start topic_semiconductor_export_controls_and_their_consequences_for_Europe"
    assert "Every day at 08:00" in await town.ask(chat, link, "Done: semiconductor")
    await town.ask(chat, "/start topic_", "Hello!")


async def test_a_button_on_a_message_that_was_carried_elsewhere_is_answered(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    await town.ask(chat, "/start")
    query = await chat.press_data("1|topics", message=chat.messages[0])
    await query.wait_for_answer()
    carried = chat._query()
    server.world.send(
        "callback_query",
        {
            "id": carried.id,
            "from": chat.user.to_json(),
            "inline_message_id": "abc",
            "chat_instance": "1",
            "data": "1|topics",
        },
    )
    await carried.wait_for_answer()
