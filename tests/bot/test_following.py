"""Followed stories tell what is new as it comes, at most once an hour; disliked ones step back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from summarizer.models import StoryReport
from summarizer.storage import Follow
from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY, VISIT, sentence
from tests.telegram_chats import Chat
from tests.telegram_messages import Message
from tests.telegram_server import TelegramServer

MINUTE = timedelta(minutes=1)


def dated(report: StoryReport, at: datetime, *more: str) -> StoryReport:
    """Return a report whose facts are of `at`, with further ones of a later version."""
    old = tuple(replace(s, new_at=at) for s in report.sentences)
    new = tuple(replace(sentence(text, 1), new_at=at + 5 * MINUTE) for text in more)
    return replace(report, sentences=(*new, *old), version=1 + len(more))


async def follow(
    town: Town, chat: Chat | None = None, thread_id: int | None = None
) -> tuple[Chat, Message]:
    """Ask for a digest and follow its first story; return where, and the digest."""
    await town.shelf.add(dated(FERRY, NOON), NOON)
    await town.shelf.add(dated(VISIT, NOON), NOON)
    chat = chat or town.server.private_chat()
    await town.ask(chat, "/digest world", "Ferry", thread_id=thread_id)
    digest = chat.messages[-1]
    await chat.press("1")
    await chat.wait_for_message()
    press = await chat.press("Follow story")
    assert "at most once an hour" in (await press.wait_for_answer())["text"]
    await chat.wait_for_message(lambda m: m.buttons[2] == ["✓ Following", "Less like this"])
    return chat, digest


async def test_a_followed_story_tells_new_facts_as_a_reply_to_its_post(town: Town) -> None:
    chat, digest = await follow(town)
    await town.pass_time(minutes=1)
    await town.shelf.add(dated(FERRY, NOON, "The ferry was pulled free by two tugs."), NOON)
    await town.pass_time(minutes=9)
    update = await chat.wait_for_message("two tugs")
    assert update.text.startswith("Update · Ferry runs aground")
    assert "212 people" not in update.text, "that was known"
    assert (update.reply_to, update.silent) == (digest.id, False)
    told, _ = await town.storage.told.of(str(chat.id), 0)
    assert len(told) == 1


async def test_a_second_update_waits_for_an_hour_to_pass(town: Town) -> None:
    chat, _ = await follow(town)
    await town.shelf.add(dated(FERRY, NOON, "It was freed by tugs."), NOON)
    await town.pass_time(minutes=10)
    await chat.wait_for_message("freed by tugs")
    later = NOON + 10 * MINUTE
    await town.shelf.add(
        replace(dated(FERRY, later, "It is in harbour.", "It was freed by tugs."), version=3), later
    )
    await town.pass_time(minutes=50)
    await town.ask(chat, "/help", "What I can do")
    assert not any("in harbour" in text for text in chat.texts)
    await town.pass_time(minutes=11)
    await chat.wait_for_message("in harbour")


async def test_a_new_version_without_new_facts_tells_nothing(town: Town) -> None:
    chat, _ = await follow(town)
    await town.shelf.add(replace(dated(FERRY, NOON), version=2), NOON)
    before = len(chat.messages)
    await town.pass_time(minutes=10)
    await town.ask(chat, "/help", "What I can do")
    assert len(chat.messages) == before + 1
    assert await town.storage.follows.due(town.now, 10) == []


async def test_quiet_hours_hold_the_news_of_a_followed_story(town: Town) -> None:
    chat, _ = await follow(town)
    await town.ask(chat, "/quiet 12:00 13:00", "Quiet from")
    await town.shelf.add(dated(FERRY, NOON, "It was freed by tugs."), NOON)
    await town.pass_time(minutes=10)
    await town.ask(chat, "/help", "What I can do")
    assert not any("freed by tugs" in text for text in chat.texts)
    await town.pass_time(minutes=51)
    await chat.wait_for_message("freed by tugs")


async def test_a_story_that_is_unfollowed_tells_no_more(town: Town) -> None:
    chat, digest = await follow(town)
    await chat.press("✓ Following", message=digest)
    await chat.wait_for_message(lambda m: m.buttons[2] == ["Follow story", "Less like this"])
    await town.shelf.add(dated(FERRY, NOON, "It was freed by tugs."), NOON)
    await town.pass_time(hours=2)
    await town.ask(chat, "/help", "What I can do")
    assert not any("freed by tugs" in text for text in chat.texts)


async def test_what_is_followed_in_a_forum_topic_ends_with_it_and_general_hears_of_it(
    town: Town,
) -> None:
    forum = town.server.supergroup(forum=True)
    thread = forum.add_topic("News")
    await follow(town, forum, thread)
    forum.delete_topic(thread)
    await town.shelf.add(dated(FERRY, NOON, "It was freed by tugs."), NOON)
    await town.pass_time(minutes=10)
    said = await forum.wait_for_message("A story that was followed in a forum topic")
    assert said.thread_id is None
    assert await town.storage.follows.followed(str(forum.id), thread) == frozenset()


async def test_what_is_followed_in_general_waits_while_that_is_closed(town: Town) -> None:
    forum = town.server.supergroup(forum=True)
    await follow(town, forum)
    await town.ask(forum, "/subscribe world 12:05", "Done: World")
    forum.close_topic()
    await town.pass_time(minutes=5)  # the digest is refused, too
    await until_refused(town.server, times=1)
    await town.shelf.add(dated(FERRY, NOON, "It was freed by tugs."), NOON)
    await town.pass_time(minutes=5)
    await until_refused(town.server, times=2)
    forum.reopen_topic()
    await forum.wait_for_message("no digest comes until /schedule on")
    await town.pass_time(minutes=61)
    update = await forum.wait_for_message("freed by tugs")
    assert update.thread_id is None


async def until_refused(server: TelegramServer, *, times: int) -> None:
    def refused() -> bool:
        return sum(call.refused.endswith("TOPIC_CLOSED") for call in server.calls) == times

    await server.world.wait_until(refused, 15, "nothing was refused")


async def test_one_update_that_fails_is_tried_again_an_hour_later(
    town: Town,
) -> None:
    chat, _ = await follow(town)
    await town.shelf.add(dated(FERRY, NOON, "It was freed by tugs."), NOON)
    await town.storage.chats.update(str(chat.id), quiet_from="noon", quiet_to="then")
    await town.pass_time(minutes=10)
    await town.storage.chats.update(str(chat.id), quiet_from=None, quiet_to=None)
    await town.pass_time(minutes=61)
    await chat.wait_for_message("freed by tugs")


async def test_a_disliked_story_is_left_out_of_digests_until_that_is_taken_back(
    town: Town,
) -> None:
    chat, digest = await follow(town)
    await town.ask(chat, "/subscribe world 18:00")
    await chat.press("Less like this", message=digest)
    await chat.wait_for_message(lambda m: m.buttons[2] == ["✓ Following", "✓ Less like this"])
    await town.pass_time(hours=6)
    evening = await chat.wait_for_message("18:00")
    assert "Xi" in evening.text
    assert "Ferry" not in evening.text
    await chat.press("✓ Less like this", message=digest)
    await chat.wait_for_message(lambda m: m.buttons[2] == ["✓ Following", "Less like this"])
    assert await town.storage.follows.disliked(str(chat.id), 0) == {}


async def test_a_chat_cannot_follow_without_end(town: Town) -> None:
    await town.shelf.add(FERRY, NOON)
    await town.shelf.add(VISIT, NOON)
    chat = town.server.private_chat()
    await town.ask(chat, "/digest world", "Ferry")
    for number in range(49):
        story_id = f"s{number}"
        await town.shelf.add(replace(VISIT, story_id=story_id, headline=f"No. {number}"), NOON)
        await town.storage.follows.follow(
            Follow(chat_id=str(chat.id), story_id=story_id, version=1, since=NOON, not_before=NOON)
        )
    press = await chat.press_data(f"1|flw|{VISIT.story_id}|on", message=chat.messages[-1])
    assert "at most once an hour" in (await press.wait_for_answer())["text"]
    press = await chat.press_data(f"1|flw|{FERRY.story_id}|on", message=chat.messages[-1])
    assert "press “✓ Following” to make room" in (await press.wait_for_answer())["text"]
