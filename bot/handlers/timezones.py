"""/timezone: the clock a chat lives by, by name, city or shared location."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from telegram import KeyboardButton, Location, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.handlers.buttons import Keyboard, button, in_rows
from bot.handlers.calls import Call, ReplyMarkup
from bot.handlers.subscriptions import change_hint
from bot.texts import clock, lines
from bot.times import next_due_at
from bot.zones import COMMON, city_of, find_zone, zone_at


class Timezones:
    """A chat's time zone; what is due moves to the same local times in it."""

    async def timezone(self, call: Call) -> None:
        """Set the time zone by name or city; without a text show it and common choices.

        Raises UnknownZoneError.
        """
        if call.text.strip():
            zone = find_zone(call.text)
            # The button that shares a location is not needed any more, if it is there.
            await self._set(call, zone, below=ReplyKeyboardRemove() if call.is_private else None)
        else:
            await self.choose(call)

    async def choose(self, call: Call) -> None:
        """Show common zones, and in a private chat the way to share a location."""
        _ = call.words
        keyboard = in_rows((button(city_of(z), "zone", z) for z in COMMON), 4)
        if call.is_private:
            keyboard.append([button(_.plain("📍 By my location"), "locate")])
        keyboard.append([button(_.plain("‹ Settings"), "set")])
        hint = _("Another place: <code>/timezone</code> and your city, for example Lisbon.")
        shown = _(
            "Times are in {city}, where it is {time}.",
            city=city_of(call.chat.timezone),
            time=clock(call.now.astimezone(ZoneInfo(call.chat.timezone))),
        )
        await call.show(lines(shown, _("Choose the clock you live by."), hint), keyboard)

    async def choose_zone(self, call: Call, name: str) -> None:
        """Set the zone of a button."""
        call.text = name
        await self._set(call, find_zone(name))

    async def ask_location(self, call: Call) -> None:
        """Offer a button that shares the person's location, which Telegram asks them about."""
        _ = call.words
        share = KeyboardButton(_.plain("📍 Share my location"), request_location=True)
        await call.toast()
        asked = await call.say(
            _(
                "Press “Share my location” below. I look up the time zone on this machine, keep "
                "that alone and forget the place. A city does as well: /timezone Lisbon"
            ),
            below=ReplyKeyboardMarkup(
                [[share]], resize_keyboard=True, one_time_keyboard=True, is_persistent=False
            ),
        )
        await call.desk.storage.chats.update(call.chat.id, location_button=asked)

    async def put_away(self, call: Call) -> None:
        """Take the button that shares a location off the person's screen, if it is there."""
        _ = call.words
        asked = call.chat.location_button
        if asked is None:
            return
        chats = call.desk.storage.chats
        call.chat = await chats.update(call.chat.id, location_button=None) or call.chat
        # It goes with its message; Telegram deletes none that is older than two days.
        if not await call.remove(asked):
            await call.say(
                _("The button that shares your location is gone."), below=ReplyKeyboardRemove()
            )

    async def take_location(self, call: Call, location: Location) -> None:
        """Set the zone of the place that was shared."""
        zone = zone_at(location.latitude, location.longitude)
        await self._set(call, zone, below=ReplyKeyboardRemove())

    async def _set(self, call: Call, zone: str, below: ReplyMarkup | None = None) -> None:
        _ = call.words
        zone = "UTC" if zone == "Etc/UTC" else zone
        chats = call.desk.storage.chats
        call.chat = await chats.update(call.chat.id, timezone=zone) or call.chat
        mine = [s for s in await chats.subscriptions(call.chat.id) if not s.paused]
        for s in mine:
            await chats.schedule(
                s.id,
                times=s.times,
                weekdays=s.weekdays,
                next_due_at=next_due_at(s.times, s.weekdays, zone, call.now),
            )
        due = min((next_due_at(s.times, s.weekdays, zone, call.now) for s in mine), default=None)
        text = lines(
            _(
                "Time zone: <b>{city}</b> ({zone}). It is {time} there.",
                city=city_of(zone),
                zone=zone,
                time=clock(call.now.astimezone(ZoneInfo(zone))),
            ),
            _("Next digest: {moment}.", moment=_.moment(due, zone, call.now))
            if due
            else _("/subscribe chooses a topic and a time."),
            *sorted({change_hint(call, s.times, s.weekdays) for s in mine}),
        )
        back: Keyboard = [[button(_.plain("‹ Settings"), "set")]]
        if below is None:
            await call.show(text, back)
        else:
            await call.say(text, below=below)
