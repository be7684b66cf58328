from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from summarizer.models import Topic
from summarizer.storage import Chat, Follow, Storage, Subscription
from summarizer.storage.moving import CHAT_TABLES
from summarizer.storage.schema import metadata

from .making import (
    DAY,
    HOUR,
    NOW,
    add_articles,
    make_article,
    make_chat,
    make_delivery,
    make_part,
    make_story,
    make_subscription,
    make_vector,
)


async def subscribe(storage: Storage, *args: str, **changes: object) -> Subscription:
    return (await storage.chats.subscribe(make_subscription(*args, **changes)))[0]


async def fill(storage: Storage, chat_id: str) -> None:
    """Put something of the chat into every table there is."""
    await storage.chats.upsert(make_chat(chat_id))
    await subscribe(storage, chat_id)
    await storage.chats.log_request(chat_id, NOW)
    await storage.deliveries.plan(
        make_delivery(f"d-{chat_id}", chat_id=chat_id),
        [make_part(story_ids=("s",), fact_ids=("f",))],
    )
    await storage.deliveries.mark_sent(f"d-{chat_id}.0", 7, NOW)
    await add_articles(storage, make_article())
    await storage.stories.save([make_story()])
    await storage.follows.follow(
        Follow(chat_id=chat_id, story_id="s", version=1, since=NOW, not_before=NOW)
    )
    await storage.follows.dislike(chat_id, 0, "s", make_vector(), NOW)
    await storage.updates.store(int(chat_id), '{"text": "/deletedata"}', NOW, chat_id=chat_id)


async def test_a_chat_is_added_once_and_keeps_its_settings(storage: Storage) -> None:
    assert await storage.chats.upsert(make_chat()) == make_chat()
    settings = {"language": "de", "timezone": "Europe/Berlin", "quiet_from": "22:00"}
    await storage.chats.update("c", muted_outlets=("Loud",), links=False, **settings)

    again = await storage.chats.upsert(make_chat(title="Ann B.", kind="group"))

    assert again == await storage.chats.get("c")
    assert again == make_chat(
        title="Ann B.", kind="group", muted_outlets=("Loud",), links=False, **settings
    )


async def test_what_is_no_setting_cannot_be_changed(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())

    with pytest.raises(ValueError, match="not a chat setting: 'id'"):
        await storage.chats.update("c", id="d")
    assert await storage.chats.update("c") == make_chat()
    assert await storage.chats.update("unknown", links=False) is None
    assert await storage.chats.get("unknown") is None


async def test_a_chat_that_cannot_be_reached_is_left_in_peace_until_it_returns(
    storage: Storage,
) -> None:
    await storage.chats.upsert(make_chat())
    await storage.chats.upsert(make_chat("b"))
    await subscribe(storage)

    assert await storage.chats.deactivate("c", "blocked")
    assert not await storage.chats.deactivate("c", "blocked")
    assert await storage.chats.due(NOW, 10) == []
    assert await storage.chats.active() == [make_chat("b")]
    chat = await storage.chats.get("c")
    assert chat is not None
    assert (chat.active, chat.inactive_reason) == (False, "blocked")

    assert await storage.chats.reactivate("c")
    assert not await storage.chats.reactivate("c")
    assert len(await storage.chats.due(NOW, 10)) == 1
    assert await storage.chats.get("c") == make_chat()


async def test_subscribing_twice_to_a_topic_is_one_subscription(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    wanted = make_subscription(weekdays=(4, 0))

    first, is_new = await storage.chats.subscribe(wanted)
    second, is_new_again = await storage.chats.subscribe(replace(wanted, times=("09:00",)))

    assert (is_new, is_new_again) == (True, False)
    assert first == second == replace(wanted, id=first.id, weekdays=(0, 4))
    assert await storage.chats.subscription(first.id) == first
    assert await storage.chats.subscription("unknown") is None
    assert await storage.chats.count_subscriptions() == 1


async def test_a_subscription_belongs_to_a_known_chat(storage: Storage) -> None:
    with pytest.raises(IntegrityError):
        await subscribe(storage, "unknown")


async def test_subscriptions_end_one_by_one_by_thread_or_all_at_once(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    world = await subscribe(storage)
    later = NOW + HOUR
    science = await subscribe(storage, "c", "science", thread_id=5, created_at=later)
    sport = await subscribe(storage, "c", "sport", thread_id=5, created_at=later + HOUR)

    assert await storage.chats.subscriptions("c") == [world, science, sport]
    assert await storage.chats.subscriptions("c", 5) == [science, sport]
    assert await storage.chats.unsubscribe(science.id)
    assert not await storage.chats.unsubscribe(science.id)
    assert await storage.chats.unsubscribe_all("c", 5) == 1
    assert await storage.chats.subscriptions("c") == [world]
    assert await storage.chats.unsubscribe_all("c") == 1
    assert await storage.chats.subscriptions("c") == []


async def test_a_subscription_gets_new_times(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    subscription = await subscribe(storage)

    changed = await storage.chats.schedule(
        subscription.id, times=["07:15"], weekdays=[6, 5, 6], next_due_at=NOW + DAY
    )

    assert changed == replace(
        subscription, times=("07:15",), weekdays=(5, 6), next_due_at=NOW + DAY
    )
    nothing = await storage.chats.schedule("unknown", times=[], weekdays=[], next_due_at=None)
    assert nothing is None


async def test_what_is_due_comes_by_chat_and_thread_the_longest_overdue_first(
    storage: Storage,
) -> None:
    for id in ("b", "c", "paused", "inactive"):
        await storage.chats.upsert(make_chat(id))
    await storage.chats.deactivate("inactive", "blocked")
    await subscribe(storage, "inactive")
    await subscribe(storage, "paused", paused=True)
    c_world = await subscribe(storage, "c", "world")
    c_early = await subscribe(storage, "c", "early", next_due_at=NOW - HOUR)
    c_thread = await subscribe(storage, "c", "world", thread_id=3, next_due_at=NOW - DAY)
    await subscribe(storage, "c", "later", next_due_at=NOW + HOUR)
    await subscribe(storage, "c", "never", next_due_at=None)
    b_world = await subscribe(storage, "b", "world")

    due = await storage.chats.due(NOW, 10)

    assert [(chat.id, group) for chat, group in due] == [
        ("c", [c_thread]),
        ("c", [c_early, c_world]),
        ("b", [b_world]),
    ]
    assert [group for _, group in await storage.chats.due(NOW, 1)] == [[c_thread]]
    assert await storage.chats.due(NOW - 2 * DAY, 10) == []
    assert len(await storage.chats.due(NOW + 365 * DAY, 10)) == 3


async def test_what_a_chat_was_told_is_kept_by_thread(storage: Storage) -> None:
    part = make_part(
        story_ids=("s",),
        fact_ids=(
            "f1",
            "f2",
        ),
    )
    await storage.deliveries.plan(make_delivery(), [part])

    assert await storage.told.of("c", 0) == ({"f1", "f2"}, {"s"})
    assert await storage.told.of("c", 5) == (frozenset(), frozenset())


async def test_a_chat_told_of_a_story_knows_the_one_it_was_merged_into(storage: Storage) -> None:
    await add_articles(storage, make_article("a"), make_article("b"))
    await storage.deliveries.plan(make_delivery(), [make_part(story_ids=("t",))])
    await storage.stories.save([make_story("s", "a"), make_story("t", "b", merged_into="s")])

    assert await storage.told.of("c", 0) == (frozenset(), {"s", "t"})


async def test_requests_are_counted_for_a_while(storage: Storage) -> None:
    for at in (NOW - 2 * DAY, NOW - HOUR, NOW):
        await storage.chats.log_request("c", at)
    await storage.chats.log_request("d", NOW)

    assert await storage.chats.count_requests("c", NOW - HOUR) == 2
    await storage.purge(NOW - DAY)
    assert await storage.chats.count_requests("c", NOW - 3 * DAY) == 2


async def test_deleting_a_chat_leaves_nothing_of_it_anywhere(storage: Storage) -> None:
    await fill(storage, "1")
    await fill(storage, "2")

    assert await storage.chats.delete_chat("1")
    assert not await storage.chats.delete_chat("1")

    assert not any((await storage.chats.export_chat("1")).values())
    assert all((await storage.chats.export_chat("2")).values())
    async with storage._database.read() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                assert "1" not in [value for value in row if isinstance(value, str)]
    # The update that asked for it is not acted on again, nor is what it said kept.
    assert not await storage.updates.store(1, "{}", NOW)
    assert await storage.updates.unhandled() == ['{"text": "/deletedata"}']


def test_every_table_that_names_a_chat_is_deleted_with_it() -> None:
    named = {table.name for table in metadata.sorted_tables if "chat_id" in table.c}

    assert named == {table.name for table in CHAT_TABLES} | {"updates"}


async def test_an_export_holds_all_there_is_in_json_types(storage: Storage) -> None:
    await fill(storage, "1")

    export = await storage.chats.export_chat("1")

    assert set(export) == {
        "chats",
        "subscriptions",
        "follows",
        "dislikes",
        "requests",
        "deliveries",
        "messages",
        "told",
        "posts",
        "updates",
    }
    (subscription,) = export["subscriptions"]  # type: ignore[misc]  # a list of rows
    assert subscription["topic"]["name"] == "World"
    assert subscription["times"] == ["08:00", "18:30"]
    assert subscription["created_at"] == "2026-03-21T08:00:00+00:00"


async def test_a_migrated_group_keeps_everything_under_its_new_id(storage: Storage) -> None:
    await fill(storage, "1")
    await storage.chats.update("1", timezone="Asia/Tokyo")
    await storage.deliveries.plan(
        make_delivery("waiting", chat_id="1", kind="notice"), [make_part()]
    )

    await storage.chats.migrate("1", "2")
    await storage.chats.migrate("1", "2")

    assert await storage.chats.get("1") is None
    chat = await storage.chats.get("2")
    assert chat == make_chat("2", timezone="Asia/Tokyo")
    assert [s.chat_id for s in await storage.chats.subscriptions("2")] == ["2"]
    assert await storage.told.of("2", 0) == ({"f"}, {"s"})
    assert [m.chat_id for m in await storage.deliveries.pending(NOW, 10)] == ["2"]
    assert await storage.deliveries.post("2", 0, "s") is None
    assert not any((await storage.chats.export_chat("1")).values())


async def test_a_group_migrated_into_one_in_use_has_each_subscription_once(
    storage: Storage,
) -> None:
    await fill(storage, "1")
    await subscribe(storage, "1", "science")
    await fill(storage, "2")

    await storage.chats.migrate("1", "2")

    found = await storage.chats.subscriptions("2")
    assert sorted(s.topic.key for s in found) == ["science", "world"]
    assert await storage.told.of("2", 0) == ({"f"}, {"s"})
    assert await storage.deliveries.post("2", 0, "s") == 7


async def test_purging_keeps_chats_and_subscriptions_for_ever(storage: Storage) -> None:
    await storage.chats.upsert(make_chat())
    subscription = await subscribe(storage)
    await storage.deliveries.plan(make_delivery(), [make_part(fact_ids=("f",))])

    await storage.purge(NOW + 365 * DAY)

    assert isinstance(await storage.chats.get("c"), Chat)
    assert await storage.chats.subscriptions("c") == [subscription]
    assert isinstance(subscription.topic, Topic)
    assert await storage.told.of("c", 0) == (frozenset(), frozenset())
