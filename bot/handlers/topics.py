"""/topics: what a chat gets, each topic editable in place."""

from __future__ import annotations

from collections.abc import Sequence

from babel.dates import get_day_names

from bot.handlers.buttons import PER_PAGE, button, in_rows, page_of, time_grid
from bot.handlers.calls import Call
from bot.handlers.subscriptions import (
    change_hint,
    clock_hint,
    describe,
    get_subscription,
    listed_subscriptions,
    name_of,
    reschedule,
)
from bot.texts import bold, clip, clock, lines
from bot.timetables import EVERY_DAY, WEEKEND, WORKDAYS, parse_time
from summarizer.storage import Subscription


class Topics:
    """The list of subscriptions and the page of each."""

    async def show(self, call: Call, page: str = "0") -> None:
        """Show a page of the subscriptions with a button each."""
        _ = call.words
        mine = await listed_subscriptions(call)
        if not mine:
            await call.show(
                _("No topics yet. Choose one and a digest comes every day."),
                [[button(_.plain("Choose a topic"), "topics")]],
            )
            return
        first = min(int(page) if page.isdecimal() else 0, (len(mine) - 1) // PER_PAGE) * PER_PAGE
        shown = [
            _("{topic}: {when}", topic=bold(clip(name_of(call, s), 70)), when=describe(call, s))
            for s in mine[first : first + PER_PAGE]
        ]
        # What is another forum topic's says so, which needs a whole row of a phone.
        width, room = (2, 30) if all(s.thread_id == call.thread_id for s in mine) else (1, 60)
        choices = [button(clip(name_of(call, s), room), "s", s.id) for s in mine]
        await call.show(
            lines(
                _.plural("<b>Your topic</b>", "<b>Your {n} topics</b>", len(mine)),
                *shown,
                clock_hint(call),
                _("Press a topic to change it."),
            ),
            [
                *page_of(choices, page, "list", width=width),
                [button(_.plain("Add a topic"), "topics")],
            ],
        )

    async def page(self, call: Call, subscription_id: str) -> None:
        """Show one subscription and what can be changed."""
        subscription = await self._get(call, subscription_id)
        if subscription is not None:
            await self._show_page(call, subscription)

    async def choose_time(self, call: Call, subscription_id: str, how: str = "at") -> None:
        """Show the hours for one subscription: 'at' moves it, 'add' adds one to its times."""
        _ = call.words
        subscription = await self._get(call, subscription_id)
        if subscription is None:
            return
        name = bold(_.topic(subscription.topic))
        asked = (
            _("{topic}\nWhich time shall be added?", topic=name)
            if how == "add"
            else _("{topic}\nWhen shall it come?", topic=name)
        )
        exact = _(
            "To the minute: <code>/subscribe {topic} 07:40</code>",
            topic=_.topic(subscription.topic),
        )
        await call.show(
            lines(asked, exact, clock_hint(call)),
            [
                *time_grid(how, subscription.id, chosen=subscription.times),
                [button(_.plain("Back"), "s", subscription.id)],
            ],
        )

    async def set_time(self, call: Call, subscription_id: str, at: str) -> None:
        """Give one subscription the time of a button."""
        subscription = await self._get(call, subscription_id)
        if subscription is not None:
            await self._change(call, subscription, (at,), subscription.weekdays)

    async def add_time(self, call: Call, subscription_id: str, at: str) -> None:
        """Add the time of a button to a subscription's times; one that it has is taken away."""
        subscription = await self._get(call, subscription_id)
        if subscription is None:
            return
        others = set(subscription.times) - {at}
        times = others if at in subscription.times and others else others | {at}
        await self._change(call, subscription, tuple(times), subscription.weekdays)

    async def choose_days(self, call: Call, subscription_id: str) -> None:
        """Show the usual groups of weekdays for one subscription, and each day by itself."""
        _ = call.words
        subscription = await self._get(call, subscription_id)
        if subscription is None:
            return
        groups = [
            button(
                ("✓ " if days == subscription.weekdays else "") + _capital(_.days(days)),
                "on",
                subscription.id,
                _digits(days),
            )
            for days in (EVERY_DAY, WORKDAYS, WEEKEND)
        ]
        names = get_day_names("abbreviated", "stand-alone", locale=_.language)
        chosen = set(subscription.weekdays)
        singly = [
            button(
                f"✓ {names[day]}" if day in chosen else names[day],
                "on",
                subscription.id,
                _digits(chosen ^ {day} or chosen),
            )
            for day in EVERY_DAY
        ]
        await call.show(
            _("{topic}\nOn which days shall it come?", topic=bold(_.topic(subscription.topic))),
            [
                *in_rows(groups, 1),
                *in_rows(singly, 4),
                [button(_.plain("Back"), "s", subscription.id)],
            ],
        )

    async def set_days(self, call: Call, subscription_id: str, days: str) -> None:
        """Give one subscription the weekdays of a button, and show the days again."""
        subscription = await self._get(call, subscription_id)
        if subscription is None:
            return
        weekdays = tuple(sorted({int(d) for d in days if d in "0123456"})) or EVERY_DAY
        await reschedule(call, subscription, subscription.times, weekdays)
        await call.toast(_capital(call.words.days(weekdays)))
        await self.choose_days(call, subscription_id)

    async def remove(self, call: Call, subscription_id: str) -> None:
        """Remove one subscription and show the list again."""
        subscription = await get_subscription(call, subscription_id)
        if subscription is not None:
            await call.desk.storage.chats.unsubscribe(subscription.id)
            name = clip(call.words.topic(subscription.topic))
            await call.toast(call.words.plain("{topic} removed", topic=name))
        await self.show(call)

    async def _change(
        self,
        call: Call,
        subscription: Subscription,
        times: Sequence[str],
        weekdays: tuple[int, ...],
    ) -> None:
        read = sorted(clock(parse_time(at)) for at in times)
        changed = await reschedule(call, subscription, tuple(read), weekdays)
        await call.toast(call.words.plain("Time changed"))
        await self._show_page(call, changed)

    async def _show_page(self, call: Call, subscription: Subscription) -> None:
        _ = call.words
        await call.show(
            lines(
                bold(name_of(call, subscription)),
                describe(call, subscription),
                change_hint(call, subscription.times, subscription.weekdays),
                clock_hint(call),
            ),
            [
                [
                    button(_.plain("Time"), "time", subscription.id),
                    button(_.plain("Add a time"), "more", subscription.id),
                    button(_.plain("Days"), "days", subscription.id),
                ],
                [
                    button(_.plain("Digest now"), "now", subscription.id),
                    button(_.plain("Remove"), "drop", subscription.id),
                ],
                [button(_.plain("Back"), "list")],
            ],
        )

    async def _get(self, call: Call, subscription_id: str) -> Subscription | None:
        """Return a subscription; where it is gone say so and show what there is."""
        subscription = await get_subscription(call, subscription_id)
        if subscription is None:
            await call.toast(call.words.plain("This topic was removed. These are left."))
            await self.show(call)
        return subscription

    async def choose_added_time(self, call: Call, subscription_id: str) -> None:
        """Show the hours of which one can be added to a subscription's times."""
        await self.choose_time(call, subscription_id, "add")


def _digits(days: Sequence[int] | set[int]) -> str:
    return "".join(map(str, sorted(days)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
