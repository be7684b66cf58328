"""Summaries on request, links, and the buttons of a story."""

from __future__ import annotations

from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY, VISIT
from tests.telegram_server import TelegramServer


async def stock(town: Town) -> None:
    await town.shelf.add(FERRY, NOON)
    await town.shelf.add(VISIT, NOON)


async def test_a_plain_text_in_a_private_chat_is_summarised(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await chat.send_text("ferries")
    message = await chat.wait_for_message("Ferry runs aground")
    assert message.text.startswith("ferries")
    assert message.buttons == [["1", "2"], ["Get this every day"]]
    await chat.press("Get this every day")
    await chat.wait_for_message("ferries\nWhen shall the digest come?")


async def test_a_digest_on_request_leaves_the_record_alone(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world 18:00")
    assert "Ferry runs aground" in await town.ask(chat, "/digest", "Read ")
    town.now = NOON.replace(hour=18)
    await chat.wait_for_message()
    await town.pass_time(seconds=15)
    assert "Ferry runs aground" in (await chat.wait_for_message("18:00")).text


async def test_digest_names_a_topic_or_offers_some(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await chat.send_text("/today")
    offered = await chat.wait_for_message("A summary of what?")
    assert offered.buttons[0] == ["World", "Technology"]
    await chat.press("Technology")
    await chat.wait_for_message("Technology")
    assert "Science" in await town.ask(chat, "/summary science", "Ferry")


async def test_the_button_of_a_subscription_gives_its_digest_now(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world")
    await chat.press("Digest now")
    message = await chat.wait_for_message("Ferry runs aground")
    assert message.buttons == [["1", "2"]]


async def test_what_takes_long_says_so_first(town: Town) -> None:
    await stock(town)
    town.shelf.slow_s = 1.3
    chat = town.server.private_chat()
    await chat.send_text("/digest world")
    await chat.wait_for_message("this takes a moment")
    await chat.wait_for_message("Ferry runs aground")
    assert not any("this takes a moment" in text for text in chat.texts)


async def test_a_summary_is_given_again_without_composing_it_anew(town: Town) -> None:
    await stock(town)
    first, second = town.server.private_chat(), town.server.private_chat(name="Bob")
    await town.ask(first, "/digest world", "Ferry")
    await town.ask(second, "/digest World", "Ferry")
    assert town.shelf.composed == 1
    town.now = NOON.replace(hour=13)
    await town.ask(first, "/digest world", "World")
    assert town.shelf.composed == 2


async def test_too_many_summaries_within_an_hour_are_a_clear_message(resting: Town) -> None:
    await resting.start(DIGEST_LIMITS__REQUESTS_PER_HOUR="2")
    chat = resting.server.private_chat()
    await resting.ask(chat, "/digest one", "one")
    await resting.ask(chat, "/digest two", "two")
    assert "2 summaries within an hour" in await resting.ask(chat, "/digest three")


async def test_a_summary_of_nothing_says_why(town: Town) -> None:
    chat = town.server.private_chat()
    answer = await town.ask(chat, "/digest world", "World")
    assert "No articles could be read" in answer


async def test_a_text_without_a_topic_in_it_gets_suggestions(town: Town) -> None:
    chat = town.server.private_chat()
    await chat.send_text("???")
    message = await chat.wait_for_message("I do not know this topic")
    assert "World" in message.buttons[0]
    await chat.press("World")
    assert (await chat.wait_for_message("World")).text.startswith("World ·")
    assert "I do not know this topic" in await town.ask(chat, f"/digest {'x' * 200}")
    await chat.send_text("/subscribe tecnology")
    assert (await chat.wait_for_message("I do not know this topic")).buttons == [["Technology"]]
    await chat.press("Technology")
    await chat.wait_for_message("When shall the digest come?")


async def test_a_link_gives_the_story_of_its_article(town: Town) -> None:
    await stock(town)
    town.shelf.by_link["https://post.example.org/1"] = FERRY
    chat = town.server.private_chat()
    answer = await town.ask(chat, "look: https://post.example.org/1", "Ferry")
    assert answer.startswith("Ferry runs aground off Lindholm")
    assert "No one was seriously hurt" in answer
    assert "No one was" in await town.ask(chat, "/digest https://post.example.org/1", "Ferry")
    assert "I do not know this topic" in await town.ask(
        chat, "/subscribe https://post.example.org/1"
    )
    answer = await town.ask(chat, "https://post.example.org/2")
    assert "I have not read this article" in answer
    assert "/sources" in answer


async def test_a_story_whose_title_is_a_muted_outlets_tells_its_first_sentence_once(
    town: Town,
) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await town.ask(chat, "/start")
    await town.storage.chats.update(str(chat.id), muted_outlets=("Post",))
    answer = await town.ask(chat, "/digest world", "212 people")
    assert answer.count("A ferry with 212 people on board") == 1
    assert "on Sunday night. [3,4]\nNo one was seriously hurt" in answer


async def test_a_story_number_opens_its_buttons_and_back_closes_them(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await town.ask(chat, "/digest world", "Ferry")
    digest = chat.messages[-1]
    assert digest.buttons == [["1", "2"], ["Get this every day"]]
    await chat.press("1")
    await chat.wait_for_message()
    assert digest.buttons == [
        ["1", "2"],
        ["1. Compare sources"],
        ["Follow story", "Less like this"],
        ["Back"],
        ["Get this every day"],
    ]
    await chat.press("2")
    await chat.wait_for_message()
    assert digest.buttons[1] == ["2. Compare sources"]
    await chat.press("Back")
    await chat.wait_for_message()
    assert digest.buttons == [["1", "2"], ["Get this every day"]]


async def test_compare_sources_answers_with_the_evidence(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await town.ask(chat, "/digest world", "Ferry")
    await chat.press("1")
    await chat.wait_for_message()
    await chat.press("1. Compare sources")
    answer = await chat.wait_for_message("As 1 put it: A ferry with 212 people")
    assert "Courier" in answer.text


async def test_the_button_of_a_forgotten_story_says_so(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/start")
    for data in ("st:gone", "1|cmp|gone", "1|flw|gone|on", "1|less|gone|on"):
        press = await chat.press_data(data, message=chat.messages[-1])
        assert "This story is too old" in (await press.wait_for_answer())["text"]


async def test_buttons_of_another_bot_or_age_are_answered_politely(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/start")
    for data in ("0|sub|world", "rubbish", "1|", "1|unknown", "1|sub|world", "1|s"):
        press = await chat.press_data(data, message=chat.messages[-1])
        answer = await press.wait_for_answer()
        assert "This button is out of date" in answer["text"]
        assert answer["show_alert"] is True
    assert len(chat.messages) == 1


async def test_a_word_that_is_meant_as_a_command_is_one(town: Town) -> None:
    chat = town.server.private_chat()
    assert "What I can do" in await town.ask(chat, "Help")
    await town.ask(chat, "/subscribe world", "Done")
    assert "Remove which topic?" in await town.ask(chat, "stop")
    assert "Remove which topic?" in await town.ask(chat, "/stop")


async def test_the_buttons_of_a_message_that_is_too_old_say_so(town: Town) -> None:
    await stock(town)
    chat = town.server.private_chat()
    await town.ask(chat, "/digest world", "Ferry")
    digest = chat.messages[-1]
    known = digest.buttons
    old = {"chat": chat.to_json(), "message_id": digest.id, "date": 0}
    for data in (f"st:{FERRY.story_id}", f"1|flw|{FERRY.story_id}|on"):
        press = await chat.press_data(data, message=digest, shown=old)
        assert "This story is too old. /digest" in (await press.wait_for_answer())["text"]
    await chat.press_data("1|topics", message=digest, shown=old)
    await chat.wait_for_message("Which topic?")
    assert digest.buttons == known


async def test_an_unknown_command_points_to_help(town: Town, server: TelegramServer) -> None:
    chat = server.private_chat()
    assert "/help" in await town.ask(chat, "/frobnicate")
    answer = await town.ask(chat, "/help")
    for command in ("/digest", "/subscribe", "/timezone", "/quiet", "/deletedata"):
        assert command in answer
