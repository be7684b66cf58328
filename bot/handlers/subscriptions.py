"""What a chat, or one thread of it, is told of: found, added, moved to other times, described."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.handlers.calls import Call
from bot.texts import Html, clip, clock, write_day
from bot.times import find_clock_change, next_due_at
from bot.timetables import EVERY_DAY
from bot.zones import city_of
from summarizer.digests.matching import parse_topic
from summarizer.errors import LimitError, UnknownTopicError
from summarizer.models import Topic
from summarizer.storage import Subscription

USUAL_TIME = "08:00"


def find_topic(call: Call, text: str) -> Topic:
    """Return the topic that a person means: by its name in their language, or as `parse_topic`.

    Raises UnknownTopicError.
    """
    named = text.strip().casefold()
    for topic in call.desk.catalogue:
        if named == call.words.topic(topic).casefold():
            return topic
    return parse_topic(text, call.desk.catalogue)


def is_in_catalogue(call: Call, text: str) -> bool:
    """Return whether a text names a topic of the catalogue."""
    try:
        return find_topic(call, text) in call.desk.catalogue
    except UnknownTopicError:
        return False


async def subscriptions_of(call: Call) -> list[Subscription]:
    """Return the subscriptions where the call came from."""
    return await call.desk.storage.chats.subscriptions(call.chat.id, call.thread_id)


async def listed_subscriptions(call: Call) -> list[Subscription]:
    """Return the subscriptions that a list here shows: outside of forum topics the whole chat's.

    So those are found too whose forum topic is gone.
    """
    return await call.desk.storage.chats.subscriptions(call.chat.id, call.thread_id or None)


async def get_subscription(call: Call, subscription_id: str) -> Subscription | None:
    """Return a subscription of this chat; None if it is gone or another chat's."""
    found = await call.desk.storage.chats.subscription(subscription_id)
    return found if found is not None and found.chat_id == call.chat.id else None


def find_subscription(call: Call, mine: Sequence[Subscription], wanted: str) -> Subscription | None:
    """Return the subscription that a text names; raises UnknownTopicError."""
    named = wanted.casefold()
    for s in mine:
        if named in (s.topic.name.casefold(), call.words.topic(s.topic).casefold()):
            return s
    key = find_topic(call, wanted).key
    return next((s for s in mine if s.topic.key == key), None)


async def add_subscription(
    call: Call, topic: Topic, times: tuple[str, ...], weekdays: tuple[int, ...] | None
) -> tuple[str, Subscription]:
    """Add a topic, or move it to other times; return 'new', 'moved' or 'known', and what there is.

    Without times or weekdays those of the first topic here are taken, so that both come as one
    digest. Raises LimitError for one topic too many.
    """
    everywhere = await call.desk.storage.chats.subscriptions(call.chat.id)
    here = [s for s in everywhere if s.thread_id == call.thread_id]
    known = next((s for s in here if s.topic.key == topic.key), None)
    if known is not None:
        wanted = (times or known.times, weekdays or known.weekdays)
        if wanted == (known.times, known.weekdays):
            return "known", known
        return "moved", await reschedule(call, known, *wanted)
    limit = call.desk.settings.limits.subscriptions
    if len(everywhere) >= limit:
        raise LimitError(f"subscriptions: {limit}")
    times = times or (here[0].times if here else (USUAL_TIME,))
    weekdays = weekdays or (here[0].weekdays if here else EVERY_DAY)
    added, _is_new = await call.desk.storage.chats.subscribe(
        Subscription(
            id="",
            chat_id=call.chat.id,
            thread_id=call.thread_id,
            topic=topic,
            times=times,
            weekdays=weekdays,
            next_due_at=next_due_at(times, weekdays, call.chat.timezone, call.now),
            since=call.now - timedelta(hours=call.desk.settings.digests.hours),
            created_at=call.now,
        )
    )
    return "new", added


async def reschedule(
    call: Call, subscription: Subscription, times: tuple[str, ...], weekdays: tuple[int, ...]
) -> Subscription:
    """Give a subscription other times; it is due at the next of them."""
    changed = await call.desk.storage.chats.schedule(
        subscription.id,
        times=times,
        weekdays=weekdays,
        next_due_at=next_due_at(times, weekdays, call.chat.timezone, call.now),
    )
    return changed or subscription


def describe(call: Call, subscription: Subscription) -> Html:
    """Return when a subscription's digests come, and the next one."""
    _ = call.words
    often = _.schedule(subscription.times, subscription.weekdays)
    if subscription.paused and subscription.thread_id != call.thread_id:
        return _("{often} Paused: a new time takes it up again.", often=often)
    if subscription.paused or subscription.next_due_at is None:
        return _("{often} Paused: <code>/schedule on</code> takes it up again.", often=often)
    if subscription.next_due_at <= call.now:
        return _("{often} The next digest comes in a moment.", often=often)
    due = _.moment(subscription.next_due_at, call.chat.timezone, call.now)
    return _("{often} Next digest: {moment}.", often=often, moment=due)


def name_of(call: Call, subscription: Subscription) -> str:
    """Return a subscription's topic, and that it is another forum topic's where it is."""
    name = call.words.topic(subscription.topic)
    if subscription.thread_id == call.thread_id:
        return name
    return call.words.plain("{topic} (in a forum topic)", topic=clip(name))


def paused_hint(call: Call) -> Html:
    """Return that no digest comes, and what brings them back."""
    return call.words(
        "Paused: no digest comes until <code>/schedule on</code>. The topics stay as they are."
    )


def clock_hint(call: Call) -> Html:
    """Return which clock the times are of, and what to do where it is the wrong one."""
    _ = call.words
    local = clock(call.now.astimezone(ZoneInfo(call.chat.timezone)))
    if call.chat.timezone == "UTC":
        return _("Times are in UTC, where it is {time}. Not your time? /timezone", time=local)
    return _(
        "Times are in {city}, where it is {time}.", city=city_of(call.chat.timezone), time=local
    )


def change_hint(call: Call, times: Sequence[str], weekdays: Sequence[int]) -> Html:
    """Return what happens where the clock leaves a time out or brings it twice; else nothing."""
    _ = call.words
    change = find_clock_change(
        [time.fromisoformat(t) for t in times], weekdays, call.chat.timezone, call.now
    )
    if change is None:
        return Html()
    day = write_day(change.date, _.language)
    if change.kind == "twice":
        return _(
            "The clocks go back on {date} and {time} comes twice: the digest comes the first time.",
            date=day,
            time=clock(change.time),
        )
    shown = clock(change.due_at.astimezone(ZoneInfo(call.chat.timezone)))
    return _(
        "The clocks go forward on {date} and there is no {time}: the digest comes at {shown} "
        "that day.",
        date=day,
        time=clock(change.time),
        shown=shown,
    )
