"""/schedule, /timezone and /quiet: when digests may come."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.handlers.buttons import button, in_rows
from bot.handlers.calls import Call
from bot.handlers.subscriptions import Subscriptions, describe
from bot.texts import Html, clock
from bot.times import next_due_at, parse_schedule, parse_times
from bot.zones import COMMON, city_of, find_zone
from summarizer.errors import BadTimeError
from summarizer.storage import Subscription


class Schedules:
    """Times of day, weekdays, time zones and quiet hours."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def schedule(self, call: Call) -> None:
        """Set times and weekdays of all topics here; 'off' and 'on' pause and resume them."""
        _ = call.words
        mine = await self._subscriptions.of(call)
        wanted = call.text.strip().lower()
        if not mine:
            await call.say(_("There is nothing to schedule yet. /subscribe adds a topic."))
        elif not wanted:
            await self._show(call, mine)
        elif wanted in ("off", "stop", "pause"):
            for s in mine:
                await call.desk.storage.chats.schedule(
                    s.id, times=s.times, weekdays=s.weekdays, next_due_at=None, paused=True
                )
            await call.say(
                _("Paused: no digest comes until /schedule on. Your topics stay as they are.")
            )
        elif wanted in ("on", "start", "resume"):
            await self._replan(call, mine)
            await self._show(call, await self._subscriptions.of(call))
        else:
            chosen = parse_schedule(call.text)
            times = tuple(clock(t) for t in chosen.times)
            for s in mine:
                await self._subscriptions.reschedule(call, s, times, chosen.weekdays)
            await self._show(call, await self._subscriptions.of(call))

    async def timezone(self, call: Call) -> None:
        """Set the chat's time zone by name or city; without a text show it and common choices."""
        _ = call.words
        if call.text.strip():
            await self.set_zone(call, find_zone(call.text))
            return
        await call.show(
            Html(
                self._subscriptions.clock_hint(call)
                + "\n"
                + _("Choose the clock you live by, or write /timezone and your city.")
            ),
            in_rows((button(city_of(z), "zone", z) for z in COMMON), 4),
        )

    async def set_zone(self, call: Call, name: str) -> None:
        """Set the time zone and move what is due to the same local times in it."""
        _ = call.words
        zone = "UTC" if name == "Etc/UTC" else find_zone(name)
        changed = await call.desk.storage.chats.update(call.chat.id, timezone=zone)
        call.chat = changed or call.chat
        everywhere = await call.desk.storage.chats.subscriptions(call.chat.id)
        active = [s for s in everywhere if not s.paused]
        await self._replan(call, active)
        local = clock(call.now.astimezone(ZoneInfo(zone)))
        lines = [
            _(
                "Time zone: <b>{city}</b> ({zone}). It is {time} there.",
                city=city_of(zone),
                zone=zone,
                time=local,
            )
        ]
        due = _first_due(await call.desk.storage.chats.subscriptions(call.chat.id))
        if due is not None:
            lines.append(_("Next digest: {moment}.", moment=_.moment(due, zone, call.now)))
        else:
            lines.append(_("/subscribe chooses a topic and a time."))
        await call.show(Html("\n".join(lines)))

    async def quiet(self, call: Call) -> None:
        """Set the hours in which nothing is sent; 'off' ends them."""
        _ = call.words
        wanted = call.text.strip().lower()
        if wanted in ("off", "none", "never"):
            await self._set_quiet(call, None, None)
            await call.say(_("No quiet hours: digests come at their times."))
            return
        if wanted:
            first, last = _read_hours(call.text)
            await self._set_quiet(call, first, last)
        if call.chat.quiet_from is None:
            await call.say(
                _("No quiet hours are set. Set them like this: <code>/quiet 22:00 07:00</code>")
            )
            return
        await call.say(
            _(
                "Quiet from {first} to {last}: what is due then comes at {last}. "
                "<code>/quiet off</code> ends this.",
                first=call.chat.quiet_from,
                last=call.chat.quiet_to,
            )
        )

    async def _set_quiet(self, call: Call, first: str | None, last: str | None) -> None:
        changed = await call.desk.storage.chats.update(
            call.chat.id, quiet_from=first, quiet_to=last
        )
        call.chat = changed or call.chat

    async def _replan(self, call: Call, mine: list[Subscription]) -> None:
        for s in mine:
            await call.desk.storage.chats.schedule(
                s.id,
                times=s.times,
                weekdays=s.weekdays,
                next_due_at=next_due_at(s.times, s.weekdays, call.chat.timezone, call.now),
            )

    async def _show(self, call: Call, mine: list[Subscription]) -> None:
        _ = call.words
        lines = [_("<b>When digests come</b>")]
        lines += [_("{topic}: {when}", topic=s.topic.name, when=describe(call, s)) for s in mine]
        lines += [
            self._subscriptions.clock_hint(call),
            _(
                "Change them all: <code>/schedule 08:00 18:00</code>, "
                "<code>/schedule weekdays 07:30</code>, <code>/schedule off</code>. "
                "One alone: /topics"
            ),
        ]
        await call.show(Html("\n".join(lines)))


def _first_due(mine: list[Subscription]) -> datetime | None:
    return min((s.next_due_at for s in mine if s.next_due_at is not None), default=None)


def _read_hours(text: str) -> tuple[str, str]:
    """Return the two times of day in the order they stand, as 'HH:MM'."""
    both = text.replace("–", " ").replace(" - ", " ").replace(" to ", " ")
    words = both.replace("-", " ").split()
    for cut in range(1, len(words)):
        try:
            first = parse_times(" ".join(words[:cut]))
            last = parse_times(" ".join(words[cut:]))
        except BadTimeError:
            continue
        if len(first) == len(last) == 1 and first != last:
            return clock(first[0]), clock(last[0])
    raise BadTimeError(f"not two times of day: {text!r}; write it like 22:00 07:00")
