"""/schedule: times and weekdays of all topics of a chat."""

from __future__ import annotations

from collections.abc import Sequence

from bot.handlers.calls import Call
from bot.handlers.subscriptions import (
    change_hint,
    clock_hint,
    describe,
    paused_hint,
    reschedule,
    subscriptions_of,
)
from bot.texts import bold, clip, clock, lines
from bot.timetables import parse_schedule
from summarizer.storage import Subscription

_OFF = ("off", "stop", "pause")
_ON = ("on", "start", "resume")


class Schedules:
    """When the digests of all topics come."""

    async def schedule(self, call: Call) -> None:
        """Set times and weekdays of all topics here; 'off' and 'on' pause and resume them.

        Raises BadTimeError.
        """
        _ = call.words
        mine = await subscriptions_of(call)
        wanted = call.text.strip().casefold()
        if not mine:
            await call.say(_("There is nothing to schedule yet. /subscribe adds a topic."))
        elif not wanted:
            await self._show(call, mine)
        elif wanted in (*_OFF, _.plain("off")):
            for s in mine:
                await call.desk.storage.chats.schedule(
                    s.id, times=s.times, weekdays=s.weekdays, next_due_at=None, paused=True
                )
            await call.say(paused_hint(call))
        elif wanted in (*_ON, _.plain("on")):
            for s in mine:
                await reschedule(call, s, s.times, s.weekdays)
            await self._show(call, await subscriptions_of(call))
        else:
            chosen = parse_schedule(call.text)
            for s in mine:
                await reschedule(call, s, tuple(clock(t) for t in chosen.times), chosen.weekdays)
            await self._show(call, await subscriptions_of(call))

    async def _show(self, call: Call, mine: Sequence[Subscription]) -> None:
        _ = call.words
        alike: dict[tuple[object, ...], list[Subscription]] = {}
        for s in mine:
            alike.setdefault((s.times, s.weekdays, s.next_due_at), []).append(s)
        groups = [
            _(
                "{topic}: {when}",
                topic=bold(_.plain(", ").join(clip(_.topic(s.topic)) for s in group)),
                when=describe(call, group[0]),
            )
            for group in alike.values()
        ]
        hints = {change_hint(call, group[0].times, group[0].weekdays) for group in alike.values()}
        await call.show(
            lines(
                _("<b>When digests come</b>"),
                *groups,
                *sorted(hints),
                clock_hint(call),
                _(
                    "Change all: <code>/schedule 08:00 18:00</code>, "
                    "<code>/schedule weekdays 07:30</code>, <code>/schedule mon 9</code> or "
                    "<code>/schedule off</code>. One alone: /topics"
                ),
            )
        )
