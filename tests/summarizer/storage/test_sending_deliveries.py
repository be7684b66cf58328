"""Which message goes next, and what is kept of how its sending went."""

from summarizer.storage import Figures, Storage

from .conftest import pending, plan, send, state_of
from .making import (
    DAY,
    HOUR,
    NOW,
    add_articles,
    make_article,
    make_delivery,
    make_part,
    make_story,
    make_subscription,
)


async def test_an_answer_goes_before_what_others_are_sent_and_behind_its_own_chats(
    filled: Storage,
) -> None:
    await plan(filled, "old", chat_id="b", scheduled_at=NOW - HOUR)
    await plan(filled, "older", chat_id="c", scheduled_at=NOW - 2 * HOUR)
    await plan(filled, "asked", chat_id="d", kind="request", scheduled_at=NOW)
    await plan(filled, "next", chat_id="c", kind="request", scheduled_at=NOW)
    assert await pending(filled) == ["asked.0", "older.0", "old.0"]


async def test_a_deliverys_parts_go_in_order_one_at_a_time(filled: Storage) -> None:
    await plan(filled, parts=2)

    assert await pending(filled) == ["d.0"]
    assert await filled.deliveries.mark_sending(["d.0", "unknown"]) == {"d.0"}
    assert await filled.deliveries.mark_sending(["d.0"]) == frozenset()
    assert await pending(filled) == []
    await filled.deliveries.mark_sent("d.0", 7, NOW)
    assert await state_of(filled, "d") == "pending"
    assert await pending(filled) == ["d.1"]
    await send(filled, "d.1")

    assert await pending(filled) == []
    assert await state_of(filled, "d") == "sent"


async def test_each_chat_has_its_turn_oldest_delivery_first(filled: Storage) -> None:
    await plan(filled, "later", scheduled_at=NOW + HOUR)
    await plan(filled, "first", parts=2)
    await plan(filled, "other", chat_id="b", scheduled_at=NOW - HOUR)
    await plan(filled, "unknown-chat", chat_id="operator", kind="notice")

    assert await pending(filled) == ["other.0", "first.0", "unknown-chat.0"]
    assert [m.chat_kind for m in await filled.deliveries.pending(NOW, 2)] == ["group", "private"]
    for id in ("first.0", "first.1"):
        await send(filled, id)
    assert await pending(filled) == ["other.0", "unknown-chat.0", "later.0"]


async def test_a_message_on_its_way_holds_its_chat_alone(filled: Storage) -> None:
    await plan(filled, "one")
    await plan(filled, "two")
    await plan(filled, "other", chat_id="b")

    await filled.deliveries.mark_sending(["one.0"])

    assert await pending(filled) == ["other.0"]


async def test_a_failed_send_is_tried_again_in_its_time_and_lets_others_pass(
    filled: Storage,
) -> None:
    await plan(filled, "one", parts=2)
    await plan(filled, "two", kind="request")
    await filled.deliveries.mark_sending(["one.0"])

    await filled.deliveries.mark_failed("one.0", "status 502", NOW + HOUR)

    assert await pending(filled) == ["two.0"]
    assert await pending(filled, NOW + HOUR) == ["one.0"]
    (message,) = await filled.deliveries.pending(NOW + HOUR, 1)
    assert message.attempts == 1


async def test_what_failed_for_good_was_not_told(filled: Storage) -> None:
    parts = [make_part(0, fact_ids=("f0",)), make_part(1, fact_ids=("f1",), story_ids=("s",))]
    await filled.deliveries.plan(make_delivery(), parts)
    await send(filled, "d.0")
    await filled.deliveries.mark_sending(["d.1"])

    await filled.deliveries.mark_failed("d.1", "bad request", None)
    await filled.deliveries.mark_failed("d.0", "said too late", None)

    assert await state_of(filled, "d") == "failed"
    assert await filled.told.of("c", 0) == ({"f0"}, frozenset())
    assert (await filled.deliveries.figures()).sent == 1


async def test_the_parts_after_a_failed_one_still_go(filled: Storage) -> None:
    await plan(filled, parts=2)

    await filled.deliveries.mark_failed("d.0", "bad request", None)

    assert await pending(filled) == ["d.1"]
    await send(filled, "d.1")
    assert await state_of(filled, "d") == "failed"


async def test_a_held_chat_waits_and_the_others_do_not(filled: Storage) -> None:
    await plan(filled)
    await plan(filled, "other", chat_id="b")
    await plan(filled, "operators", chat_id="operator")

    await filled.deliveries.hold_chat("c", NOW + HOUR)
    await filled.deliveries.hold_chat("operator", NOW + HOUR)

    assert await pending(filled) == ["other.0"]
    assert sorted(await pending(filled, NOW + HOUR)) == ["d.0", "operators.0", "other.0"]


async def test_an_inactive_chats_messages_wait_for_its_return(filled: Storage) -> None:
    await plan(filled)
    await filled.chats.deactivate("c", "blocked")

    assert await pending(filled) == []
    assert (await filled.deliveries.figures()).oldest_pending_at is None
    await filled.chats.reactivate("c")
    assert await pending(filled) == ["d.0"]


async def test_a_skipped_delivery_was_told_only_as_far_as_it_was_sent(filled: Storage) -> None:
    parts = [make_part(n, fact_ids=(f"f{n}",)) for n in range(3)]
    await filled.deliveries.plan(make_delivery(), parts)
    await send(filled, "d.0")

    assert await filled.deliveries.skip("d", "too late") == 2
    assert await filled.deliveries.skip("d", "again") == 0

    assert await pending(filled) == []
    assert await filled.told.of("c", 0) == ({"f0"}, frozenset())
    assert await filled.deliveries.get("d") == make_delivery(state="skipped", reason="too late")


async def test_the_digest_after_a_skipped_one_covers_its_period(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())
    delivery = make_delivery()
    advance = [(subscription.id, NOW + DAY, delivery.created_at)]
    await filled.deliveries.plan(delivery, [make_part(0)], advance=advance)
    await filled.deliveries.skip("d", "too late")
    [subscription] = await filled.chats.subscriptions("c")
    assert subscription.since == delivery.created_at - DAY


async def test_what_was_being_sent_at_a_crash_is_sent_again_and_counted(filled: Storage) -> None:
    await plan(filled, parts=2)
    await filled.deliveries.mark_sending(["d.0"])

    assert await filled.deliveries.recover() == 1
    assert await filled.deliveries.recover() == 0

    (message,) = await filled.deliveries.pending(NOW, 10)
    assert (message.id, message.attempts, message.possible_duplicate) == ("d.0", 1, True)
    assert (await filled.deliveries.figures()).possible_duplicates == 1


async def test_what_may_have_arrived_is_counted_as_a_possible_duplicate(filled: Storage) -> None:
    await plan(filled)

    for may_have_arrived in (True, False):
        await filled.deliveries.mark_sending(["d.0"])
        await filled.deliveries.mark_failed(
            "d.0", "timed out", NOW, may_have_arrived=may_have_arrived
        )

    (message,) = await filled.deliveries.pending(NOW, 10)
    assert message.possible_duplicate


async def test_a_message_says_that_a_later_digest_was_planned_for_its_place(
    filled: Storage,
) -> None:
    await plan(filled)
    await plan(filled, "skipped", parts=0, scheduled_at=NOW + HOUR)
    await plan(filled, "elsewhere", thread_id=3, scheduled_at=NOW + HOUR)
    await plan(filled, "asked", kind="request", scheduled_at=NOW + HOUR)
    assert [m.superseded for m in await filled.deliveries.pending(NOW, 1)] == [False]

    await plan(filled, "later", scheduled_at=NOW + HOUR)

    assert [m.superseded for m in await filled.deliveries.pending(NOW, 1)] == [True]


async def test_an_update_replies_to_the_message_that_told_of_its_story(filled: Storage) -> None:
    await filled.deliveries.plan(make_delivery(), [make_part(story_ids=("s", "t"))])
    await send(filled, "d.0", message_id=5_000_000_000)
    update = make_part(reply_to_story="s", story_ids=("s",))
    await filled.deliveries.plan(make_delivery("update"), [update])

    (message,) = await filled.deliveries.pending(NOW, 10)
    assert message.reply_to == 5_000_000_000
    await send(filled, "update.0", message_id=8, at=NOW + HOUR)

    assert await filled.deliveries.post("c", 0, "s") == 8
    assert await filled.deliveries.post("c", 0, "t") == 5_000_000_000
    assert await filled.deliveries.post("c", 3, "s") is None
    assert await filled.deliveries.post("b", 0, "s") is None


async def test_an_update_of_a_merged_story_replies_to_the_part_that_was_told(
    filled: Storage,
) -> None:
    await add_articles(filled, make_article("a"), make_article("b"))
    await filled.deliveries.plan(make_delivery(), [make_part(story_ids=("t",))])
    await send(filled, "d.0")

    await filled.stories.save([make_story("s", "a", "b"), make_story("t", "b", merged_into="s")])

    assert await filled.deliveries.post("c", 0, "s") == 7


async def test_a_receipt_for_an_unknown_message_is_ignored(filled: Storage) -> None:
    await filled.deliveries.mark_sent("unknown.0", 7, NOW)
    await filled.deliveries.mark_failed("unknown.0", "gone", None)

    assert await filled.deliveries.figures() == Figures()


async def test_the_figures_count_messages_by_state(filled: Storage) -> None:
    await plan(filled, "sent")
    await send(filled, "sent.0")
    await plan(filled, "waiting", parts=2, scheduled_at=NOW - HOUR)
    await plan(filled, "skipped")
    await filled.deliveries.skip("skipped", "late")
    await plan(filled, "on-its-way", chat_id="b")
    await filled.deliveries.mark_sending(["on-its-way.0"])

    assert await filled.deliveries.figures() == Figures(
        pending=2, sending=1, sent=1, skipped=1, oldest_pending_at=NOW - HOUR
    )
