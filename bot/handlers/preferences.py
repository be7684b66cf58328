"""/settings: what a chat can choose, one message edited in place."""

from __future__ import annotations

from bot.handlers.buttons import button
from bot.handlers.calls import Call
from bot.texts import Html
from bot.zones import city_of

LENGTHS = ("short", "normal", "detailed")


class Preferences:
    """A chat's length of stories and its links; the way to its other settings."""

    async def show(self, call: Call) -> None:
        """Show each setting with its value, and buttons to change them."""
        _ = call.words
        chat = call.chat
        names = self._names(call)
        quiet = (
            _("none")
            if chat.quiet_from is None
            else _("{first} to {last}", first=chat.quiet_from, last=chat.quiet_to)
        )
        lines = [
            _("<b>Settings</b>"),
            _("Length: {value}", value=names[chat.length]),
            _("Links: {value}", value=_("on") if chat.links else _("off")),
            _("Time zone: {value} – /timezone", value=city_of(chat.timezone)),
            _("Quiet hours: {value} – /quiet", value=quiet),
            _.plural(
                "Muted outlets: {n} – /sources",
                "Muted outlets: {n} – /sources",
                len(chat.muted_outlets),
            ),
            _("Topics and times – /topics"),
        ]
        lengths = [
            button(("✓ " if length == chat.length else "") + names[length], "len", length)
            for length in LENGTHS
        ]
        links = (
            button(_.plain("Links off"), "links", "off")
            if chat.links
            else button(_.plain("Links on"), "links", "on")
        )
        await call.show(Html("\n".join(lines)), [lengths, [links]])

    async def set_length(self, call: Call, length: str) -> None:
        """Set how long stories are."""
        if length in LENGTHS:
            await self._update(call, length=length)
        await self.show(call)

    async def set_links(self, call: Call, value: str) -> None:
        """Link the numbers to the articles, or not."""
        await self._update(call, links=value == "on")
        await self.show(call)

    async def _update(self, call: Call, **values: object) -> None:
        call.chat = await call.desk.storage.chats.update(call.chat.id, **values) or call.chat

    def _names(self, call: Call) -> dict[str, str]:
        _ = call.words
        return {
            "short": _.plain("short"),
            "normal": _.plain("normal"),
            "detailed": _.plain("detailed"),
        }
