"""/subscribe and /unsubscribe: topics added and removed, by words or by buttons."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.handlers.buttons import Keyboard, button, fits, in_rows, time_grid
from bot.handlers.calls import Call
from bot.texts import Html, clock
from bot.times import next_due_at, split_time
from bot.zones import city_of
from summarizer.digests.matching import parse_topic
from summarizer.errors import LimitError, UnknownTopicError
from summarizer.models import Topic
from summarizer.storage import Subscription

USUAL_TIME = "08:00"


class Subscriptions:
    """What a chat, or one thread of it, is told of."""

    async def subscribe(self, call: Call) -> None:
        """Add the topic in the text, at its time or the chat's usual one; else show the picker."""
        words, at = self._read(call)
        if not words:
            await self.pick_topic(call, at)
        else:
            await self._add(call, parse_topic(words, call.desk.catalogue), at)

    async def pick_topic(self, call: Call, at: str | None = None) -> None:
        """Show the topics of the catalogue."""
        _ = call.words
        topics = call.desk.catalogue
        if at is None:
            choices = [button(t.name, "pick", t.key) for t in topics]
        else:
            choices = [button(t.name, "sub", t.key, at) for t in topics]
        await call.show(
            _(
                "<b>Which topic?</b>\nChoose one, or write your own words: "
                "<code>/subscribe chip export controls 08:00</code>"
            ),
            in_rows(choices, 2),
        )

    async def offer_times(self, call: Call, words: str) -> None:
        """Show the hours at which a topic's digest can come."""
        _ = call.words
        topic = parse_topic(words.removeprefix("free:"), call.desk.catalogue)
        if not fits("sub", topic.key, USUAL_TIME):  # free words that no button can carry
            await self._add(call, topic, None)
            return
        await call.show(
            Html(
                _("<b>{topic}</b>\nWhen shall the digest come?", topic=topic.name)
                + "\n"
                + self.clock_hint(call)
            ),
            [
                *time_grid("sub", topic.key),
                [button(_.plain("Back"), "topics")],
            ],
        )

    async def subscribe_by_button(self, call: Call, key: str, at: str) -> None:
        """Add the topic of a button at the time of the button."""
        await self._add(call, parse_topic(key.removeprefix("free:"), call.desk.catalogue), at)

    async def unsubscribe(self, call: Call) -> None:
        """Remove the topic in the text; 'all' asks first; without a text show the picker."""
        _ = call.words
        wanted = call.text.strip()
        mine = await self.of(call)
        if not mine:
            await call.show(_("You have no topics yet. /subscribe adds one."))
        elif wanted.lower() in ("all", "everything") and call.answers_to is not None:
            await self.remove_all(call, "yes")
        elif wanted.lower() in ("all", "everything"):
            await call.say(
                _.plural(
                    "Remove your topic? No digest will come any more.",
                    "Remove all {n} topics? No digest will come any more.",
                    len(mine),
                ),
                [
                    [
                        button(_.plain("Yes, remove"), "none", "yes"),
                        button(_.plain("No, keep them"), "none", "no"),
                    ]
                ],
            )
        elif not wanted:
            await self.pick_removal(call)
        else:
            found = self._find(call, mine, wanted)
            if found is None:
                await call.say(
                    _("You are not subscribed to “{topic}”. Your topics:", topic=wanted),
                    self._removals(call, mine),
                )
                return
            await call.desk.storage.chats.unsubscribe(found.id)
            await call.say(
                _("“{topic}” is removed. /topics shows what is left.", topic=found.topic.name)
            )

    async def pick_removal(self, call: Call) -> None:
        """Show the subscriptions, each to be removed with a press."""
        mine = await self.of(call)
        if not mine:
            await call.show(call.words("No topics are left. /subscribe adds one."))
            return
        _ = call.words
        names = ", ".join(s.topic.name for s in mine)
        await call.show(
            _("<b>Remove which topic?</b>")
            if call.answers_to is None
            else _("Name the topic to remove, or all. There are: {names}", names=names),
            self._removals(call, mine),
        )

    async def remove(self, call: Call, subscription_id: str) -> None:
        """Remove the subscription of a button and show those that are left."""
        found = await self.get(call, subscription_id)
        if found is not None:
            await call.desk.storage.chats.unsubscribe(found.id)
            await call.toast(call.words.plain("{topic} removed", topic=found.topic.name))
        await self.pick_removal(call)

    async def remove_all(self, call: Call, answer: str) -> None:
        """Remove every subscription here, or leave them all."""
        _ = call.words
        if answer != "yes":
            await call.show(_("Nothing was changed. /topics shows your topics."))
            return
        await call.desk.storage.chats.unsubscribe_all(call.chat.id, call.thread_id)
        await call.show(_("All topics are removed. /subscribe adds one again."))

    async def of(self, call: Call) -> list[Subscription]:
        """Return the subscriptions where the call came from."""
        return await call.desk.storage.chats.subscriptions(call.chat.id, call.thread_id)

    async def get(self, call: Call, subscription_id: str) -> Subscription | None:
        """Return a subscription of this chat; None if it is gone or another chat's."""
        found = await call.desk.storage.chats.subscription(subscription_id)
        return found if found is not None and found.chat_id == call.chat.id else None

    def clock_hint(self, call: Call) -> Html:
        """Return which clock the times are of, and what to do where it is the wrong one."""
        _ = call.words
        local = clock(call.now.astimezone(ZoneInfo(call.chat.timezone)))
        if call.chat.timezone == "UTC":
            return _("Times are in UTC, where it is {time}. Not your time? /timezone", time=local)
        return _(
            "Times are in {city}, where it is {time}.", city=city_of(call.chat.timezone), time=local
        )

    async def _add(self, call: Call, topic: Topic, at: str | None) -> None:
        _ = call.words
        everywhere = await call.desk.storage.chats.subscriptions(call.chat.id)
        here = [s for s in everywhere if s.thread_id == call.thread_id]
        known = next((s for s in here if s.topic.key == topic.key), None)
        if known is not None and at is not None and known.times != (at,):
            moved = await self.reschedule(call, known, (at,), known.weekdays)
            await self._confirm(call, _("Changed: "), moved)
            return
        if known is not None:
            await self._confirm(call, _("You have this already: "), known)
            return
        limit = call.desk.settings.limits.subscriptions
        if len(everywhere) >= limit:
            raise LimitError(f"subscriptions: {limit}")
        times = (at,) if at else here[0].times if here else (USUAL_TIME,)
        weekdays = here[0].weekdays if here else tuple(range(7))
        subscription, _is_new = await call.desk.storage.chats.subscribe(
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
        await self._confirm(call, _("Done: "), subscription)

    async def reschedule(
        self,
        call: Call,
        subscription: Subscription,
        times: tuple[str, ...],
        weekdays: tuple[int, ...],
    ) -> Subscription:
        """Give a subscription other times; it is due at the next of them."""
        changed = await call.desk.storage.chats.schedule(
            subscription.id,
            times=times,
            weekdays=weekdays,
            next_due_at=next_due_at(times, weekdays, call.chat.timezone, call.now),
        )
        return changed or subscription

    async def _confirm(self, call: Call, done: Html, subscription: Subscription) -> None:
        _ = call.words
        lines = [
            Html(done + _("<b>{topic}</b>", topic=subscription.topic.name)),
            describe(call, subscription),
            self.clock_hint(call),
        ]
        await call.show(
            Html("\n".join(lines)),
            [
                [
                    button(_.plain("Digest now"), "now", subscription.id),
                    button(_.plain("Change"), "s", subscription.id),
                ],
                [button(_.plain("Add another topic"), "topics")],
            ],
        )

    def _read(self, call: Call) -> tuple[str, str | None]:
        """Return the words for a topic and the time 'HH:MM' behind them."""
        words, at = split_time(call.text)
        if at is None:
            # '/subscribe world 8', but not '/subscribe apollo 11'.
            head, number = split_time(call.text, bare=True)
            if number is not None and head and self._in_catalogue(call, head):
                words, at = head, number
        return words, clock(at) if at else None

    def _in_catalogue(self, call: Call, words: str) -> bool:
        keys = {topic.key for topic in call.desk.catalogue}
        try:
            return parse_topic(words, call.desk.catalogue).key in keys
        except UnknownTopicError:
            return False

    def _find(self, call: Call, mine: list[Subscription], wanted: str) -> Subscription | None:
        for subscription in mine:
            if subscription.topic.name.casefold() == wanted.casefold():
                return subscription
        key = parse_topic(wanted, call.desk.catalogue).key
        return next((s for s in mine if s.topic.key == key), None)

    def _removals(self, call: Call, mine: list[Subscription]) -> Keyboard:
        return in_rows((button(f"✕ {s.topic.name}", "rm", s.id) for s in mine), 2)


def describe(call: Call, subscription: Subscription) -> Html:
    """Return when a subscription's digests come, and the next one."""
    _ = call.words
    often = _(
        "{days} at {times}",
        days=_.days(subscription.weekdays),
        times=_.times(subscription.times),
    )
    often = Html(often[:1].upper() + often[1:] + ".")
    if subscription.paused or subscription.next_due_at is None:
        return Html(often + " " + _("Paused: /schedule on takes it up again."))
    due = _.moment(subscription.next_due_at, call.chat.timezone, call.now)
    return Html(often + " " + _("Next digest: {moment}.", moment=due))
