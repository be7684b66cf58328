"""Deliveries are planned once, whole or not at all, and move their subscriptions on."""

import pytest

from summarizer.storage import OutMessage, PendingMessage, Plan, Storage, Subscription

from .conftest import pending, plan, send
from .making import DAY, HOUR, NOW, make_delivery, make_part, make_subscription


async def due_at(storage: Storage, subscription: Subscription) -> tuple[object, object]:
    found = await storage.chats.subscription(subscription.id)
    assert found is not None
    return found.next_due_at, found.since


async def test_a_planned_message_has_all_that_sending_needs(filled: Storage) -> None:
    delivery = make_delivery(chat_id="b", thread_id=4, scheduled_at=NOW - HOUR, late=True)
    part = OutMessage(
        part=0, text="<b>ö</b>", keyboard='{"a": 1}', silent=True, story_ids=("s",), fact_ids=("f",)
    )

    assert await filled.deliveries.plan(delivery, [part])

    assert await filled.deliveries.pending(NOW, 10) == [
        PendingMessage(
            id="d.0",
            delivery_id="d",
            part=0,
            chat_id="b",
            thread_id=4,
            chat_kind="group",
            kind="scheduled",
            scheduled_at=NOW - HOUR,
            late=True,
            text="<b>ö</b>",
            keyboard='{"a": 1}',
            silent=True,
            reply_to=None,
            story_ids=("s",),
            attempts=0,
            possible_duplicate=False,
            superseded=False,
        )
    ]
    assert await filled.deliveries.get("d") == delivery
    assert await filled.deliveries.get("unknown") is None


async def test_planning_twice_changes_nothing(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())
    advance = [(subscription.id, NOW + DAY, NOW)]
    parts = [make_part(fact_ids=("f",))]

    assert await filled.deliveries.plan(make_delivery(), parts, advance)
    await send(filled, "d.0")
    assert not await filled.deliveries.plan(make_delivery(), [*parts, make_part(1)], advance)

    assert await pending(filled) == []
    assert await due_at(filled, subscription) == (NOW + DAY, NOW)
    assert await filled.told.of("c", 0) == ({"f"}, frozenset())


async def test_plans_are_kept_together_but_for_those_kept_before(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())
    part = make_part(fact_ids=("f",))
    plans = [
        Plan(
            delivery=make_delivery(id),
            parts=(part,),
            advance=((subscription.id, NOW + DAY, NOW),),
        )
        for id in ("d", "e")
    ]
    assert await filled.deliveries.plan_all(plans[:1]) == {"d"}
    assert await filled.deliveries.plan_all(plans) == {"e"}
    assert await due_at(filled, subscription) == (NOW + DAY, NOW)
    assert (await filled.deliveries.figures()).pending == 2
    broken = Plan(delivery=make_delivery("g"), parts=(make_part(story_ids=(object(),)),))
    with pytest.raises(Exception, match="not JSON serializable"):
        await filled.deliveries.plan_all([Plan(delivery=make_delivery("f"), parts=()), broken])
    assert await filled.deliveries.get("f") is None


async def test_a_plan_that_fails_half_way_leaves_nothing(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())
    broken = make_part(1, story_ids=(object(),))

    with pytest.raises(Exception, match="not JSON serializable"):
        await filled.deliveries.plan(
            make_delivery(), [make_part(), broken], [(subscription.id, NOW + DAY, NOW)]
        )

    assert await filled.deliveries.get("d") is None
    assert await due_at(filled, subscription) == (NOW, NOW - DAY)


async def test_subscriptions_only_move_forward(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())
    await filled.deliveries.plan(make_delivery(), [], [(subscription.id, NOW + DAY, NOW)])

    late = make_delivery("late", created_at=NOW + 2 * DAY)
    await filled.deliveries.plan(late, [], [(subscription.id, NOW + HOUR, NOW - HOUR)])

    assert await due_at(filled, subscription) == (NOW + DAY, NOW)


async def test_a_subscription_without_further_times_is_not_due_again(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())

    await filled.deliveries.plan(make_delivery(), [], [(subscription.id, None, NOW)])

    assert await due_at(filled, subscription) == (None, NOW)


async def test_times_that_were_changed_during_planning_are_kept(filled: Storage) -> None:
    subscription, _ = await filled.chats.subscribe(make_subscription())
    await filled.chats.schedule(
        subscription.id, times=["09:00"], weekdays=[0], next_due_at=NOW + HOUR
    )

    await filled.deliveries.plan(
        make_delivery(), [make_part()], [(subscription.id, NOW + DAY, NOW)]
    )

    assert await due_at(filled, subscription) == (NOW + HOUR, NOW)


async def test_a_delivery_planned_before_still_moves_a_new_subscription_on(
    filled: Storage,
) -> None:
    await plan(filled)
    subscription, _ = await filled.chats.subscribe(make_subscription())

    again = await filled.deliveries.plan(
        make_delivery(), [make_part()], [(subscription.id, NOW + DAY, NOW)]
    )

    assert not again
    assert await filled.chats.due(NOW, 10) == []


async def test_a_delivery_without_messages_is_kept_as_skipped(filled: Storage) -> None:
    assert await filled.deliveries.plan(make_delivery(reason="too late"), [])

    assert await filled.deliveries.get("d") == make_delivery(state="skipped", reason="too late")
    assert await pending(filled) == []


@pytest.mark.parametrize("kind", ["request", "notice"])
async def test_only_scheduled_digests_are_told(filled: Storage, kind: str) -> None:
    part = make_part(fact_ids=("f",), story_ids=("s",))
    await filled.deliveries.plan(make_delivery(kind=kind), [part])
    await send(filled, "d.0")

    assert await filled.told.of("c", 0) == (frozenset(), frozenset())
    assert await filled.deliveries.post("c", 0, "s") == 7


async def test_purging_takes_old_deliveries_with_messages_and_posts(filled: Storage) -> None:
    await filled.deliveries.plan(make_delivery(), [make_part(story_ids=("s",))])
    await send(filled, "d.0")
    await plan(filled, "new", created_at=NOW + 2 * DAY)

    assert (await filled.purge(NOW + DAY)).deliveries == 1

    assert await filled.deliveries.get("d") is None
    assert await filled.deliveries.post("c", 0, "s") is None
    assert (await filled.deliveries.figures()).sent == 0
    assert await pending(filled) == ["new.0"]
