"""/sources: which outlets are read, and which of them a chat does not want."""

from __future__ import annotations

import difflib

from bot.handlers.buttons import button, fits, in_rows
from bot.handlers.calls import Call
from bot.texts import Html


class Sources:
    """The outlets; a muted one's links, and the facts it alone supports, are left out."""

    async def show(self, call: Call) -> None:
        """List the outlets, or mute or unmute the one in the text."""
        _ = call.words
        verb, _space, name = call.text.strip().partition(" ")
        if verb.lower() in ("mute", "unmute") and name:
            await self._change(call, name.strip(), muted=verb.lower() == "mute")
            return
        await self._list(call)

    async def unmute(self, call: Call, outlet: str) -> None:
        """Take an outlet back, by its button."""
        await self._save(call, [o for o in call.chat.muted_outlets if o != outlet])
        await self._list(call)

    async def _list(self, call: Call) -> None:
        _ = call.words
        outlets = await _outlets(call)
        if not outlets:
            await call.show(_("No outlets are set up yet. The operator chooses the feeds."))
            return
        muted = call.chat.muted_outlets
        lines = [_.plural("<b>I read {n} outlet</b>", "<b>I read {n} outlets</b>", len(outlets))]
        lines.append(_("{names}", names=", ".join(o for o in outlets if o not in muted)))
        if muted:
            lines.append(_("Muted here: {names}", names=", ".join(muted)))
        lines.append(_("Leave one out in this chat: <code>/sources mute Name</code>"))
        unmute = [
            button(_.plain("Unmute {name}", name=o), "unmute", o)
            for o in muted
            if fits("unmute", o)
        ]
        await call.show(Html("\n".join(lines)), in_rows(unmute, 2))

    async def _change(self, call: Call, name: str, *, muted: bool) -> None:
        _ = call.words
        choices = await _outlets(call) if muted else list(call.chat.muted_outlets)
        by_name = {o.casefold(): o for o in choices}
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


async def _outlets(call: Call) -> list[str]:
    feeds = await call.desk.storage.articles.feeds()
    return sorted({feed.outlet for feed, _ in feeds}, key=str.casefold)
