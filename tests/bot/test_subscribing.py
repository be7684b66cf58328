"""Topics are added, changed and removed by words and by buttons."""

from __future__ import annotations

from tests.bot.conftest import NOON, Town


async def test_start_says_what_this_is_and_offers_three_topics(town: Town) -> None:
    chat = town.server.private_chat()
    await chat.send_text("/start")
    message = await chat.wait_for_message("I read many news outlets")
    assert message.buttons == [["World", "Technology", "Science"], ["More topics"]]


async def test_from_start_two_presses_make_a_subscription(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/start")
    await chat.press("Technology")
    grid = await chat.wait_for_message("When shall the digest come?")
    assert "Times are in UTC, where it is 12:00. Not your time? /timezone" in grid.text
    await chat.press("18:00")
    message = await chat.wait_for_message("Done: Technology")
    assert "Every day at 18:00. Next digest: today at 18:00." in message.text
    assert message.id == grid.id
    [subscription] = await town.subscriptions(chat)
    assert subscription.topic.key == "technology"
    assert subscription.next_due_at == NOON.replace(hour=18)
    assert subscription.since == NOON.replace(day=9)


async def test_a_deep_link_leads_to_the_times_of_its_topic(town: Town) -> None:
    chat = town.server.private_chat()
    await chat.send_text("/start topic_science")
    message = await chat.wait_for_message("Science")
    assert message.buttons[0] == ["06:00", "07:00", "08:00", "09:00"]


async def test_subscribe_takes_topic_and_time_in_one_line(town: Town) -> None:
    chat = town.server.private_chat()
    assert "Every day at 07:30. Next digest: tomorrow at 07:30." in await town.ask(
        chat, "/sub world 7:30"
    )
    assert "Every day at 20:00" in await town.ask(chat, "/follow chip export controls 8 pm")
    topics = {s.topic.name for s in await town.subscriptions(chat)}
    assert topics == {"World", "chip export controls"}


async def test_a_bare_number_is_a_time_after_a_topic_of_the_catalogue_alone(town: Town) -> None:
    chat = town.server.private_chat()
    assert "Done: World\nEvery day at 09:00" in await town.ask(chat, "/subscribe world 9")
    assert "Done: apollo 11\n" in await town.ask(chat, "/subscribe apollo 11")


async def test_subscribing_twice_changes_nothing(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world 09:00")
    assert "You have this already: World" in await town.ask(chat, "/subscribe world 09:00")
    assert "Changed: World\nEvery day at 10:00" in await town.ask(chat, "/subscribe world 10:00")
    assert len(await town.subscriptions(chat)) == 1


async def test_a_second_topic_comes_with_the_first_unless_told_otherwise(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world 19:15")
    assert "Every day at 19:15" in await town.ask(chat, "/subscribe science")


async def test_a_time_that_cannot_be_read_is_explained_and_changes_nothing(town: Town) -> None:
    chat = town.server.private_chat()
    answer = await town.ask(chat, "/subscribe world 25:00")
    assert "I cannot read a time in “world 25:00”" in answer
    assert "20h" in answer
    assert await town.subscriptions(chat) == []


async def test_the_picker_keeps_a_time_that_was_given(town: Town) -> None:
    chat = town.server.private_chat()
    await chat.send_text("/subscribe 21:00")
    message = await chat.wait_for_message("Which topic?")
    assert message.buttons == [["World", "Technology"], ["Science", "Sport"]]
    await chat.press("Sport")
    assert "Every day at 21:00" in (await chat.wait_for_message("Done: Sport")).text


async def test_one_subscription_too_many_is_a_clear_message(resting: Town) -> None:
    await resting.start(DIGEST_LIMITS__SUBSCRIPTIONS="2")
    chat = resting.server.private_chat()
    await resting.ask(chat, "/subscribe world")
    await resting.ask(chat, "/subscribe science")
    answer = await resting.ask(chat, "/subscribe sport")
    assert "This chat has 2 topics, which is all it can have" in answer
    assert len(await resting.subscriptions(chat)) == 2


async def test_unsubscribe_removes_the_topic_that_is_named(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world")
    await town.ask(chat, "/subscribe chip export controls")
    assert "“chip export controls” is removed" in await town.ask(
        chat, "/unfollow Chip export controls"
    )
    assert [s.topic.key for s in await town.subscriptions(chat)] == ["world"]


async def test_unsubscribe_names_what_there_is_when_the_topic_is_not(town: Town) -> None:
    chat = town.server.private_chat()
    assert "There are no topics yet" in await town.ask(chat, "/unsubscribe")
    answer = await town.ask(chat, "/unsubscribe sport")
    assert "“sport” is not among the topics here. /subscribe adds one." in answer
    await town.ask(chat, "/subscribe world")
    await chat.send_text("/unsubscribe sport")
    message = await chat.wait_for_message("“sport” is not among the topics here")
    assert message.buttons == [["✕ World"]]


async def test_a_slip_of_the_pen_removes_nothing_and_offers_what_there_is(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe technology")
    await chat.send_text("/unsubscribe tecnology")
    message = await chat.wait_for_message("“tecnology” is not among the topics here. These are:")
    assert message.buttons == [["✕ Technology"]]


async def test_unsubscribe_without_a_topic_offers_a_picker(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world")
    await town.ask(chat, "/subscribe sport")
    await town.ask(chat, "/unsubscribe", "Remove which topic?")
    press = await chat.press("✕ World")
    assert (await chat.wait_for_message("Remove which")).buttons == [["✕ Sport"]]
    assert (await press.wait_for_answer())["text"] == "World removed"
    await chat.press("✕ Sport")
    await chat.wait_for_message("No topics are left")


async def test_unsubscribe_all_asks_first(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world")
    await town.ask(chat, "/subscribe sport")
    await town.ask(chat, "/unsubscribe all", "Remove all 2 topics?")
    await chat.press("No, keep")
    await chat.wait_for_message("Nothing was changed")
    assert len(await town.subscriptions(chat)) == 2
    await town.ask(chat, "/unsubscribe all", "Remove all 2 topics?")
    await chat.press("Yes, remove")
    await chat.wait_for_message("All topics are removed")
    assert await town.subscriptions(chat) == []


async def test_each_topic_of_the_list_is_edited_in_place(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world 08:00")
    await chat.send_text("/topics")
    listed = await chat.wait_for_message("Your topic")
    assert listed.buttons == [["World"], ["Add a topic"]]
    await chat.press("World")
    page = await chat.wait_for_message("Every day at 08:00")
    assert page.id == listed.id
    assert page.buttons == [["Time", "Add a time", "Days"], ["Digest now", "Remove"], ["Back"]]
    await chat.press("Time")
    assert "✓ 08:00" in (await chat.wait_for_message("When shall it come?")).buttons[0]
    await chat.press("20:00")
    await chat.wait_for_message("Every day at 20:00")
    await chat.press("Days")
    await chat.wait_for_message("On which days")
    await chat.press("On weekdays")
    days = await chat.wait_for_message(lambda m: "✓ On weekdays" in str(m.buttons))
    assert ["✓ Mon", "✓ Tue", "✓ Wed", "✓ Thu"] in days.buttons
    await chat.press("Back")
    await chat.wait_for_message("On weekdays at 20:00")
    await chat.press("Back")
    await chat.wait_for_message("World: On weekdays at 20:00")
    await chat.press("World")
    await chat.wait_for_message("Next digest")
    await chat.press("Remove")
    await chat.wait_for_message("No topics yet")
    assert len(chat.messages) == 2


async def test_a_button_of_a_removed_topic_says_so(town: Town) -> None:
    chat = town.server.private_chat()
    await town.ask(chat, "/subscribe world")
    await town.ask(chat, "/topics", "Your topic")
    [subscription] = await town.subscriptions(chat)
    await town.storage.chats.unsubscribe(subscription.id)
    for name in ("World",):
        press = await chat.press(name)
        assert (await press.wait_for_answer())["text"] == "This topic was removed. These are left."
    message = await chat.wait_for_message("No topics yet")
    for action in ("time", "days", "now", "drop"):
        press = await chat.press_data(f"1|{action}|{subscription.id}", message=message)
        await press.wait_for_answer()
    for action, value in (("at", "08:00"), ("on", "01")):
        press = await chat.press_data(f"1|{action}|{subscription.id}|{value}", message=message)
        await press.wait_for_answer()
    assert await town.subscriptions(chat) == []
