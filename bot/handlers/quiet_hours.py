"""/quiet: the hours in which a chat gets nothing; what is due then comes when they end."""

from __future__ import annotations

from datetime import time, timedelta

from bot.handlers.buttons import button, in_rows
from bot.handlers.calls import Call
from bot.texts import clock, lines
from bot.times import next_due
from bot.timetables import parse_hours, parse_time
from summarizer.errors import BadTimeError

_OFF = ("off", "none", "never")
_USUAL = (("21:00", "06:00"), ("22:00", "07:00"), ("23:00", "08:00"), ("00:00", "09:00"))


class QuietHours:
    """A chat's quiet hours."""

    async def quiet(self, call: Call) -> None:
        """Set the hours in the text, end them with 'off', else show them."""
        wanted = call.text.strip().casefold()
        if wanted in (*_OFF, call.words.plain("off")):
            await self.end(call)
        elif wanted:
            try:
                first, last = parse_hours(call.text)
            except BadTimeError:
                _ = call.words
                said = _(
                    "I cannot read two times in “{text}”. Write when it begins and ends, like "
                    "<code>/quiet 22:30 06:45</code>, or <code>/quiet off</code>. Nothing was "
                    "changed.",
                    text=call.text,
                )
                await call.say(said)
                return
            await self._set(call, clock(first), clock(last))
        else:
            await self.choose(call)

    async def choose(self, call: Call) -> None:
        """Show the quiet hours and some usual ones to press."""
        _ = call.words
        chat = call.chat
        text = (
            _("No quiet hours: digests come at their times.")
            if chat.quiet_from is None
            else _(
                "Quiet from {first} to {last}: what is due then comes at {last}.",
                first=chat.quiet_from,
                last=chat.quiet_to,
            )
        )
        now = (chat.quiet_from, chat.quiet_to)
        choices = [
            button(f"{'✓ ' if (a, b) == now else ''}{a} – {b}", "hush", a, b) for a, b in _USUAL
        ]
        keyboard = in_rows(choices, 2)
        if chat.quiet_from is not None:
            keyboard.append([button(_.plain("No quiet hours"), "loud")])
        keyboard.append([button(_.plain("‹ Settings"), "set")])
        await call.show(
            lines(text, _("Others: <code>/quiet 22:30 06:45</code>")),
            keyboard,
        )

    async def set_by_button(self, call: Call, first: str, last: str) -> None:
        """Set the hours of a button."""
        await self._set(call, clock(parse_time(first)), clock(parse_time(last)))

    async def end(self, call: Call) -> None:
        """End the quiet hours."""
        await self._set(call, None, None)

    async def _set(self, call: Call, first: str | None, last: str | None) -> None:
        chats = call.desk.storage.chats
        changed = await chats.update(call.chat.id, quiet_from=first, quiet_to=last)
        call.chat = changed or call.chat
        await self._release(call)
        await self.choose(call)

    async def _release(self, call: Call) -> None:
        """Let digests that the old quiet hours held be due now; new ones hold them again."""
        chats = call.desk.storage.chats
        for s in await chats.subscriptions(call.chat.id):
            if s.paused or s.next_due_at is None:
                continue
            times = [time.fromisoformat(t) for t in s.times]
            just_before = s.next_due_at - timedelta(seconds=1)
            if next_due(times, s.weekdays, call.chat.timezone, just_before) != s.next_due_at:
                await chats.schedule(s.id, times=s.times, weekdays=s.weekdays, next_due_at=call.now)
