"""/settings: what a chat can choose, one message edited in place with a row for each."""

from __future__ import annotations

from bot.handlers.buttons import button
from bot.handlers.calls import Call
from bot.handlers.subscriptions import listed_subscriptions
from bot.languages import LANGUAGES
from bot.zones import city_of
from summarizer.models import Length

LENGTHS: tuple[Length, ...] = ("short", "normal", "detailed")


class Preferences:
    """A chat's length of stories and its links; the way to its other settings."""

    async def show(self, call: Call) -> None:
        """Show each setting with its value as a button that changes it."""
        _ = call.words
        chat = call.chat
        quiet = (
            _("none")
            if chat.quiet_from is None
            else _("{first} to {last}", first=chat.quiet_from, last=chat.quiet_to)
        )
        rows = [
            (_.plain("Length: {value}", value=self._names(call)[chat.length]), "lengths"),
            (
                _.plain("Links: on") if chat.links else _.plain("Links: off"),
                "links",
                "off" if chat.links else "on",
            ),
            (_.plain("Language: {value}", value=LANGUAGES[chat.language]), "langs"),
            (_.plain("Time zone: {value}", value=city_of(chat.timezone)), "zones"),
            (_.plain("Quiet hours: {value}", value=quiet), "quiets"),
            (_.plain("Muted outlets: {n}", n=len(chat.muted_outlets)), "outlets", "0"),
            (_.plain("Topics: {n}", n=len(await listed_subscriptions(call))), "list"),
        ]
        await call.show(
            _("<b>Settings</b>\nPress a row to change it."), [[button(*row)] for row in rows]
        )

    async def choose_length(self, call: Call) -> None:
        """Show how long stories can be."""
        _ = call.words
        digests = call.desk.settings.digests
        words = (digests.words_short, digests.words_normal, digests.words_detailed)
        names = self._names(call)
        choices = [
            button(
                ("✓ " if length == call.chat.length else "")
                + _.plain("{length}: up to {n} words", length=names[length], n=most),
                "len",
                length,
            )
            for length, most in zip(LENGTHS, words, strict=True)
        ]
        await call.show(
            _("<b>How long shall a story be?</b>"),
            [*([choice] for choice in choices), [button(_.plain("‹ Settings"), "set")]],
        )

    async def set_length(self, call: Call, length: str) -> None:
        """Set how long stories are."""
        if length in LENGTHS:
            await self._update(call, length=length)
        await self.show(call)

    async def set_links(self, call: Call, value: str) -> None:
        """Link the numbers to the articles, or not."""
        _ = call.words
        await self._update(call, links=value == "on")
        await call.toast(
            _.plain("The numbers behind sentences link to their articles.")
            if call.chat.links
            else _.plain("The numbers behind sentences are plain text now.")
        )
        await self.show(call)

    async def _update(self, call: Call, **values: object) -> None:
        call.chat = await call.desk.storage.chats.update(call.chat.id, **values) or call.chat

    def _names(self, call: Call) -> dict[Length, str]:
        _ = call.words
        return {
            "short": _.plain("short"),
            "normal": _.plain("normal"),
            "detailed": _.plain("detailed"),
        }
