"""/sources: which outlets are read, and which of them a chat does not want."""

from __future__ import annotations

import difflib

from bot.handlers.buttons import button, page_of
from bot.handlers.calls import Call
from bot.texts import clip, lines
from summarizer.models import derive_id


class Sources:
    """The outlets; a muted one's links, and the facts it alone supports, are left out."""

    async def show(self, call: Call) -> None:
        """List the outlets, or mute or unmute the one in the text."""
        verb, _space, name = call.text.strip().partition(" ")
        if verb.lower() in ("mute", "unmute") and name:
            await self._change(call, name.strip(), muted=verb.lower() == "mute")
            return
        await self.page(call, "0")

    async def page(self, call: Call, page: str = "0") -> None:
        """Show a page of the outlets, each a button that mutes or unmutes it."""
        _ = call.words
        outlets = await _outlets(call)
        if not outlets:
            await call.show(
                _("No outlets are set up yet. The operator chooses the feeds."),
                [[button(_.plain("‹ Settings"), "set")]],
            )
            return
        muted = set(call.chat.muted_outlets)
        choices = [
            button(f"{'✕' if o in muted else '✓'} {clip(o, 30)}", "mute", _key(o), page)
            for o in outlets
        ]
        await call.show(
            lines(
                _.plural("<b>I read {n} outlet</b>", "<b>I read {n} outlets</b>", len(outlets)),
                _("Muted here: {names}", names=", ".join(sorted(muted, key=str.casefold)))
                if muted
                else "",
                _(
                    "Press one to mute it here (✕), press again to take it back. Its links are "
                    "left out then, and what it alone says."
                ),
            ),
            [*page_of(choices, page, "outlets"), [button(_.plain("‹ Settings"), "set")]],
        )

    async def turn(self, call: Call, key: str, page: str) -> None:
        """Mute the outlet of a button, or take it back."""
        _ = call.words
        muted = call.chat.muted_outlets
        outlet = next((o for o in (*await _outlets(call), *muted) if _key(o) == key), None)
        if outlet is None:
            await call.toast(_.plain("This outlet is not read any more."))
        elif outlet in muted:
            await self._save(call, [o for o in muted if o != outlet])
            await call.toast(_.plain("{name} is read again.", name=outlet))
        else:
            await self._save(call, [*muted, outlet])
            await call.toast(_.plain("{name} is muted here.", name=outlet))
        await self.page(call, page)

    async def _change(self, call: Call, name: str, *, muted: bool) -> None:
        _ = call.words
        outlets = dict.fromkeys((*await _outlets(call), *call.chat.muted_outlets))
        by_name = {o.casefold(): o for o in outlets}
        outlet = by_name.get(name.casefold())
        if outlet is None:
            close = difflib.get_close_matches(name.casefold(), by_name, n=3)
            near = ", ".join(by_name[c] for c in close)
            await call.say(
                _("No outlet is called “{name}”. Did you mean {near}?", name=name, near=near)
                if near
                else _("No outlet is called “{name}”. /sources lists them.", name=name)
            )
            return
        if not muted and outlet not in call.chat.muted_outlets:
            await call.say(_("{name} is not muted here. /sources shows which are.", name=outlet))
            return
        kept = [o for o in call.chat.muted_outlets if o != outlet]
        await self._save(call, [*kept, outlet] if muted else kept)
        await call.say(
            _(
                "{name} is muted here. <code>/sources unmute {name}</code> takes it back.",
                name=outlet,
            )
            if muted
            else _("{name} is read again.", name=outlet)
        )

    async def _save(self, call: Call, muted: list[str]) -> None:
        chats = call.desk.storage.chats
        call.chat = await chats.update(call.chat.id, muted_outlets=tuple(muted)) or call.chat


def _key(outlet: str) -> str:
    """Return what a button can carry of any name."""
    return derive_id(outlet)[:8]


async def _outlets(call: Call) -> list[str]:
    feeds = await call.desk.storage.articles.feeds()
    return sorted({feed.outlet for feed, _ in feeds}, key=str.casefold)
