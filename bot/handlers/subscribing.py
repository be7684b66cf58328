"""/subscribe: topics added by words or by buttons."""

from __future__ import annotations

from bot.handlers.buttons import button, page_of, time_grid
from bot.handlers.calls import Call
from bot.handlers.subscriptions import (
    USUAL_TIME,
    add_subscription,
    change_hint,
    clock_hint,
    describe,
    find_topic,
    is_in_catalogue,
)
from bot.texts import Html, bold, clock, lines
from bot.timetables import Times, parse_time, split_schedule
from summarizer.models import FREE, Topic
from summarizer.storage import Subscription

_ANY_TIME = "-"
"""In a button of the picker: no time was given."""


class Subscribing:
    """From a topic, or none, to a subscription."""

    async def subscribe(self, call: Call) -> None:
        """Add the topic in the text, at its times or the chat's usual ones; else show the picker.

        Raises UnknownTopicError, BadTimeError and LimitError.
        """
        words, when = self._read(call)
        times = tuple(clock(t) for t in when.times) if when else ()
        if words:
            await self._add(call, find_topic(call, words), times, when.weekdays if when else None)
        else:
            await self.pick_topic(call, "0", times[0] if times else _ANY_TIME)

    async def pick_topic(self, call: Call, page: str = "0", at: str = _ANY_TIME) -> None:
        """Show a page of the catalogue's topics; `at` is a time that was given already."""
        _ = call.words
        choices = [
            button(_.topic(t), "pick", t.key)
            if at == _ANY_TIME
            else button(_.topic(t), "sub", t.key, at)
            for t in call.desk.catalogue
        ]
        await call.show(
            _(
                "<b>Which topic?</b>\nChoose one, or write your own words: "
                "<code>/subscribe chip export controls 08:00</code>"
            ),
            page_of(choices, page, "topics", at),
        )

    async def pick_by_button(self, call: Call, at: str = _ANY_TIME, page: str = "0") -> None:
        """Show a page of the topics, as a button asks for it."""
        await self.pick_topic(call, page, at)

    async def offer_times(self, call: Call, words: str) -> None:
        """Show the hours at which a topic's digest can come."""
        _ = call.words
        topic = find_topic(call, words.removeprefix(FREE))
        if not call.fits("sub", topic.key, USUAL_TIME):  # free words that no button can carry
            await self._add(call, topic, (), None)
            return
        await call.show(
            lines(
                bold(_.topic(topic)),
                _("When shall the digest come? Change it at any time with /topics."),
                clock_hint(call),
            ),
            [*time_grid("sub", topic.key), [button(_.plain("Back"), "topics")]],
        )

    async def subscribe_by_button(self, call: Call, key: str, at: str) -> None:
        """Add the topic of a button at the time of the button."""
        topic = find_topic(call, key.removeprefix(FREE))
        await self._add(call, topic, (clock(parse_time(at)),), None)

    async def _add(
        self, call: Call, topic: Topic, times: tuple[str, ...], weekdays: tuple[int, ...] | None
    ) -> None:
        _ = call.words
        what, subscription = await add_subscription(call, topic, times, weekdays)
        name = bold(_.topic(topic))
        said = {
            "new": _("Done: {topic}", topic=name),
            "moved": _("Changed: {topic}", topic=name),
            "known": _("You have this already: {topic}", topic=name),
        }
        await self._confirm(call, said[what], subscription)

    async def _confirm(self, call: Call, done: Html, subscription: Subscription) -> None:
        _ = call.words
        rows = [
            [
                button(_.plain("Digest now"), "now", subscription.id),
                button(_.plain("Change"), "s", subscription.id),
            ],
            [button(_.plain("Add another topic"), "topics")],
        ]
        if call.chat.timezone == "UTC":
            rows.append([button(_.plain("Set my time zone"), "zones")])
        await call.show(
            lines(
                done,
                describe(call, subscription),
                change_hint(call, subscription.times, subscription.weekdays),
                clock_hint(call),
            ),
            rows,
        )

    def _read(self, call: Call) -> tuple[str, Times | None]:
        """Return the words for a topic and the schedule behind them."""
        # '/subscribe world 8' and '/subscribe world mon 8:00', but not '/subscribe apollo 11'.
        head, loose = split_schedule(call.text, known=True)
        if loose is not None and head and is_in_catalogue(call, head):
            return head, loose
        return split_schedule(call.text)
