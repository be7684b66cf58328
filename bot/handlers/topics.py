"""/topics: what a chat gets, each topic editable in place."""

from __future__ import annotations

from bot.handlers.buttons import button, in_rows, time_grid
from bot.handlers.calls import Call
from bot.handlers.subscriptions import Subscriptions, describe
from bot.texts import Html
from bot.times import EVERY_DAY, WEEKEND, WORKDAYS, parse_time
from summarizer.storage import Subscription


class Topics:
    """The list of subscriptions and the page of each."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def show(self, call: Call) -> None:
        """Show the subscriptions with a button each."""
        _ = call.words
        mine = await self._subscriptions.of(call)
        if not mine:
            await call.show(
                _("No topics yet. Choose one and a digest comes every day."),
                [[button(_.plain("Choose a topic"), "topics")]],
            )
            return
        lines = [_.plural("<b>Your topic</b>", "<b>Your {n} topics</b>", len(mine))]
        lines += [
            _("<b>{topic}</b>: {when}", topic=s.topic.name, when=describe(call, s)) for s in mine
        ]
        lines += [self._subscriptions.clock_hint(call), _("Press a topic to change it.")]
        keyboard = in_rows((button(s.topic.name, "s", s.id) for s in mine), 2)
        keyboard.append([button(_.plain("Add a topic"), "topics")])
        await call.show(Html("\n".join(lines)), keyboard)

    async def page(self, call: Call, subscription_id: str) -> None:
        """Show one subscription and what can be changed."""
        subscription = await self._subscriptions.get(call, subscription_id)
        if subscription is None:
            await self._gone(call)
            return
        await self._show_page(call, subscription)

    async def choose_time(self, call: Call, subscription_id: str) -> None:
        """Show the hours for one subscription."""
        _ = call.words
        subscription = await self._subscriptions.get(call, subscription_id)
        if subscription is None:
            await self._gone(call)
            return
        hint = self._subscriptions.clock_hint(call)
        text = _("<b>{topic}</b>\nWhen shall it come?", topic=subscription.topic.name)
        await call.show(
            Html(f"{text}\n{hint}"),
            [
                *time_grid("at", subscription.id, chosen=subscription.times),
                [button(_.plain("Back"), "s", subscription.id)],
            ],
        )

    async def set_time(self, call: Call, subscription_id: str, at: str) -> None:
        """Give one subscription the time of a button."""
        subscription = await self._subscriptions.get(call, subscription_id)
        if subscription is None:
            await self._gone(call)
            return
        time = (parse_time(at).strftime("%H:%M"),)
        changed = await self._subscriptions.reschedule(
            call, subscription, time, subscription.weekdays
        )
        await call.toast(call.words.plain("Time changed"))
        await self._show_page(call, changed)

    async def choose_days(self, call: Call, subscription_id: str) -> None:
        """Show the usual groups of weekdays for one subscription."""
        _ = call.words
        subscription = await self._subscriptions.get(call, subscription_id)
        if subscription is None:
            await self._gone(call)
            return
        groups = [EVERY_DAY, WORKDAYS, WEEKEND]
        choices = [
            button(
                ("✓ " if days == subscription.weekdays else "") + _.days(days).capitalize(),
                "on",
                subscription.id,
                "".join(map(str, days)),
            )
            for days in groups
        ]
        await call.show(
            _(
                "<b>{topic}</b>\nOn which days? Others: <code>/schedule mon, thu 08:00</code>",
                topic=subscription.topic.name,
            ),
            [*in_rows(choices, 1), [button(_.plain("Back"), "s", subscription.id)]],
        )

    async def set_days(self, call: Call, subscription_id: str, days: str) -> None:
        """Give one subscription the weekdays of a button."""
        subscription = await self._subscriptions.get(call, subscription_id)
        if subscription is None:
            await self._gone(call)
            return
        weekdays = tuple(sorted({int(d) for d in days if d in "0123456"})) or EVERY_DAY
        changed = await self._subscriptions.reschedule(
            call, subscription, subscription.times, weekdays
        )
        await call.toast(call.words.plain("Days changed"))
        await self._show_page(call, changed)

    async def remove(self, call: Call, subscription_id: str) -> None:
        """Remove one subscription and show the list again."""
        subscription = await self._subscriptions.get(call, subscription_id)
        if subscription is not None:
            await call.desk.storage.chats.unsubscribe(subscription.id)
            await call.toast(call.words.plain("{topic} removed", topic=subscription.topic.name))
        await self.show(call)

    async def _show_page(self, call: Call, subscription: Subscription) -> None:
        _ = call.words
        lines = [
            _("<b>{topic}</b>", topic=subscription.topic.name),
            describe(call, subscription),
            self._subscriptions.clock_hint(call),
        ]
        await call.show(
            Html("\n".join(lines)),
            [
                [
                    button(_.plain("Time"), "time", subscription.id),
                    button(_.plain("Days"), "days", subscription.id),
                ],
                [
                    button(_.plain("Digest now"), "now", subscription.id),
                    button(_.plain("Remove"), "drop", subscription.id),
                ],
                [button(_.plain("Back"), "list")],
            ],
        )

    async def _gone(self, call: Call) -> None:
        await call.toast(call.words.plain("This topic was removed."))
        await self.show(call)
