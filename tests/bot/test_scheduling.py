"""Digests are planned when they are due, once, and never while a chat is to be left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.scheduling import Round, deliver_due, last_due, quiet_until
from bot.times import next_due_at
from bot.timetables import EVERY_DAY
from config.settings import load_settings
from summarizer.models import Topic, derive_id
from summarizer.storage import Chat, Plan, Storage, Subscription
from tests.bot.conftest import NOON, Shelf, Town
from tests.bot.reports import FERRY, VISIT

SETTINGS = load_settings(environ={})
_numbers: Iterator[int] = count()


def chat(chat_id: str = "1", **values: object) -> Chat:
    return Chat(id=chat_id, kind="private", created_at=NOON, **values)  # type: ignore[arg-type]  # any field


async def subscribe(
    storage: Storage, where: Chat, *times: str, topic: str = "world", thread_id: int = 0
) -> Subscription:
    await storage.chats.upsert(where)
    subscription, _ = await storage.chats.subscribe(
        Subscription(
            id="",
            chat_id=where.id,
            thread_id=thread_id,
            topic=Topic(key=topic, name=topic.title(), queries=(topic,)),
            times=times,
            next_due_at=next_due_at(times, EVERY_DAY, where.timezone, NOON),
            since=NOON - timedelta(days=1),
            created_at=NOON,
        )
    )
    return subscription


async def deliver(storage: Storage, shelf: Shelf, now: datetime) -> Round:
    return await deliver_due(now, settings=SETTINGS, storage=storage, composer=shelf)


async def texts(storage: Storage, now: datetime) -> list[str]:
    """Return the texts that wait to be sent, as sent one after the other."""
    found: list[str] = []
    while batch := await storage.deliveries.pending(now, 100):
        for message in batch:
            found.append(message.text)
            await storage.deliveries.mark_sending([message.id])
            await storage.deliveries.mark_sent(message.id, next(_numbers), now)
    return found


async def test_what_is_due_is_planned_once(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    subscription = await subscribe(storage, chat(), "18:00")
    due = NOON.replace(hour=18)
    assert await deliver(storage, shelf, due - timedelta(seconds=1)) == Round()
    assert await deliver(storage, shelf, due) == Round(planned=1)
    assert await deliver(storage, shelf, due) == Round()
    [text] = await texts(storage, due)
    assert "World" in text
    assert "Ferry runs aground" in text
    changed = await storage.chats.subscription(subscription.id)
    assert changed is not None
    assert changed.next_due_at == due + timedelta(days=1)
    assert changed.since == due


async def test_all_that_is_due_is_planned_in_one_look_however_many(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    for number in range(5):
        await subscribe(storage, chat(str(number)), "18:00")
    now = NOON.replace(hour=18)
    found = await deliver_due(now, settings=SETTINGS, storage=storage, composer=shelf, at_once=2)
    assert found == Round(planned=5)


async def test_a_share_of_the_chats_is_planned_alone_and_up_to_a_number(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    for number in ("10", "11", "-20", "21", "30"):
        await subscribe(storage, chat(number), "18:00")
    now = NOON.replace(hour=18)

    async def plan(ending: str) -> int:
        found = await deliver_due(
            now,
            settings=SETTINGS,
            storage=storage,
            composer=shelf,
            at_once=1,
            at_most=2,
            ending=ending,
        )
        return found.planned

    assert [await plan("0"), await plan("0"), await plan("1"), await plan("1")] == [2, 1, 2, 0]


async def test_topics_due_together_make_one_digest_with_each_story_once(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    for topic in ("world", "sport"):
        await subscribe(storage, chat(), "18:00", topic=topic)
    await subscribe(storage, chat(), "18:00", topic="world", thread_id=7)
    assert await deliver(storage, shelf, NOON.replace(hour=18)) == Round(planned=2)
    found = await texts(storage, NOON.replace(hour=18))
    assert len(found) == 2
    assert all(text.count("Ferry runs aground") == 1 for text in found)


async def test_the_next_digest_tells_only_what_is_new(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    await subscribe(storage, chat(), "18:00")
    day = NOON.replace(hour=18)
    await deliver(storage, shelf, day)
    await texts(storage, day)
    await shelf.add(VISIT, day + timedelta(hours=3))
    await deliver(storage, shelf, day + timedelta(days=1))
    [text] = await texts(storage, day + timedelta(days=1))
    assert "Xi Jinping" in text
    assert "Ferry" not in text


async def test_a_digest_missed_while_the_bot_was_down_goes_out_once_marked_late(
    storage: Storage,
) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    await subscribe(storage, chat(), "18:00")
    back = NOON.replace(hour=20)
    assert await deliver(storage, shelf, back) == Round(planned=1)
    [text] = await texts(storage, back)
    assert "late" in text.splitlines()[0]


async def test_of_several_missed_digests_the_last_one_covers_them_all(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    subscription = await subscribe(storage, chat(), "08:00", "18:00")
    back = NOON + timedelta(days=3)
    assert await deliver(storage, shelf, back) == Round(planned=1)
    assert len(await texts(storage, back)) == 1
    found = await storage.chats.subscription(subscription.id)
    assert found is not None
    assert found.next_due_at == back.replace(hour=18)


async def test_what_is_too_late_is_left_out_and_said(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    subscription = await subscribe(storage, chat(), "18:00")
    back = NOON.replace(hour=9) + timedelta(days=1)
    assert await deliver(storage, shelf, back) == Round(skipped=1)
    [text] = await texts(storage, back)
    assert "The digest of Tue 10 Mar, 18:00 was missed" in text
    assert "today at 18:00" in text
    found = await storage.chats.subscription(subscription.id)
    assert found is not None
    assert found.since == subscription.since


async def test_quiet_hours_hold_a_digest_until_they_end(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    await subscribe(storage, chat(quiet_from="17:00", quiet_to="19:30"), "18:00")
    assert await deliver(storage, shelf, NOON.replace(hour=18)) == Round(held=1)
    assert await deliver(storage, shelf, NOON.replace(hour=19)) == Round()
    end = NOON.replace(hour=19, minute=30)
    assert await deliver(storage, shelf, end) == Round(planned=1)
    [text] = await texts(storage, end)
    assert "late" not in text.splitlines()[0]
    assert await deliver(storage, shelf, end) == Round()


@pytest.mark.parametrize(
    ("first", "last", "hour", "until"),
    [
        ("22:00", "07:00", 23, datetime(2026, 3, 11, 7, tzinfo=UTC)),
        ("22:00", "07:00", 3, datetime(2026, 3, 10, 7, tzinfo=UTC)),
        ("22:00", "07:00", 7, None),
        ("22:00", "07:00", 12, None),
        ("12:00", "14:00", 13, datetime(2026, 3, 10, 14, tzinfo=UTC)),
        ("12:00", "12:00", 12, None),
        (None, None, 12, None),
    ],
)
def test_quiet_hours_may_span_midnight(
    first: str | None, last: str | None, hour: int, until: datetime | None
) -> None:
    quiet = chat(quiet_from=first, quiet_to=last)
    assert quiet_until(quiet, NOON.replace(hour=hour)) == until


async def test_chats_that_read_alike_get_the_same_and_each_other_its_own(storage: Storage) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    readers: list[dict[str, object]] = [
        {},
        {},
        {"links": False},
        {"timezone": "Asia/Tokyo"},
        {"muted_outlets": ("Times",)},
        {"length": "short"},
    ]
    due = NOON + timedelta(hours=9)
    for number, values in enumerate(readers):
        reader = chat(str(number), **values)
        await subscribe(storage, reader, "06:00" if "timezone" in values else "21:00")
    assert await deliver(storage, shelf, due) == Round(planned=6)
    found = {m.chat_id: m.text for m in await storage.deliveries.pending(due, 10)}
    first, same, plain, tokyo, muted, short = (found[number] for number in sorted(found))
    assert first == same
    assert "<a href" not in plain
    assert "Wed 11 Mar, 06:00" in tokyo
    assert "Times" not in muted
    assert len({first, plain, tokyo, muted, short}) == 4, "short is long enough here"
    assert (await storage.told.of("0", 0)) == (await storage.told.of("3", 0))


async def test_a_digest_that_cannot_be_kept_holds_up_no_other(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(storage)
    await shelf.add(FERRY, NOON)
    for number in range(3):
        await subscribe(storage, chat(str(number)), "18:00")
    keep = storage.deliveries.plan_all

    async def refuse(plans: Sequence[Plan]) -> frozenset[str]:
        if "1" in {plan.delivery.chat_id for plan in plans}:
            raise ValueError("no")
        return await keep(plans)

    monkeypatch.setattr(storage.deliveries, "plan_all", refuse)
    due = NOON.replace(hour=18)
    assert await deliver(storage, shelf, due) == Round(planned=2, failed=1)
    monkeypatch.undo()
    assert await deliver(storage, shelf, due) == Round()
    assert await deliver(storage, shelf, due + timedelta(minutes=6)) == Round(planned=1)


async def test_one_chat_that_fails_holds_up_no_other(storage: Storage) -> None:
    class Moody(Shelf):
        async def compose(self, topics: Sequence[Topic], **values: object):  # type: ignore[no-untyped-def,override]  # passes on
            if topics[0].key == "bad":
                raise RuntimeError("no")
            return await super().compose(topics, **values)  # type: ignore[arg-type]  # passes on

    shelf = Moody(storage)
    await shelf.add(FERRY, NOON)
    await subscribe(storage, chat("1"), "17:59", topic="bad")
    await subscribe(storage, chat("2"), "18:00")
    due = NOON.replace(hour=18)
    assert await deliver(storage, shelf, due) == Round(planned=1, failed=1)
    assert await deliver(storage, shelf, due) == Round()
    assert await deliver(storage, shelf, due + timedelta(minutes=5)) == Round(failed=1)


def test_the_last_time_due_is_found_however_far_back() -> None:
    subscription = Subscription(
        id="x",
        chat_id="1",
        topic=Topic(key="world", name="World", queries=()),
        times=("08:00",),
        next_due_at=NOON - timedelta(days=400),
        since=NOON,
        created_at=NOON,
    )
    assert last_due(subscription, "UTC", NOON) == NOON.replace(hour=8)
    with pytest.raises(ValueError):
        last_due(replace(subscription, next_due_at=None), "UTC", NOON)


async def test_a_clock_that_was_ahead_for_a_while_silences_nobody(town: Town) -> None:
    person = town.server.private_chat()
    await town.ask(person, "/subscribe world 18:00", "Done")
    right = town.now
    await town.pass_time(days=20)  # a wrong clock
    town.now = right
    await town.shelf.add(FERRY, right)
    await town.app.rounds.purge()
    town.now = NOON.replace(hour=18)
    await town.pass_time(seconds=15)
    await person.wait_for_message("Ferry")
    town.now -= timedelta(hours=3)  # back, and the same time comes again
    for _ in range(4):
        await town.pass_time(hours=1)
    assert sum("Ferry" in text for text in person.texts) == 1


async def test_the_delivery_of_a_digest_is_named_by_chat_and_time(town: Town) -> None:
    await town.shelf.add(FERRY, NOON)
    person = town.server.private_chat()
    await town.ask(person, "/subscribe world 18:00")
    due = NOON.replace(hour=18)
    town.now = due
    await town.pass_time(seconds=15)
    await person.wait_for_message("Ferry")
    delivery = await town.storage.deliveries.get(derive_id(str(person.id), "0", due.isoformat()))
    assert delivery is not None
    assert delivery.kind == "scheduled"
