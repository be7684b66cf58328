"""/status: whether all is well, for a chat and for the operators."""

from __future__ import annotations

from datetime import timedelta

from bot.handlers.access import is_operator
from bot.handlers.calls import Call
from bot.handlers.subscriptions import listed_subscriptions, paused_hint
from bot.texts import Html


class Status:
    """The figures that answer 'is it working?'."""

    async def show(self, call: Call) -> None:
        """Show what was read, what comes next, and to operators what waits."""
        _ = call.words
        storage = call.desk.storage
        reading = await storage.articles.reading(call.now - timedelta(hours=24), call.now)
        mine = await listed_subscriptions(call)
        lines = [
            _("<b>Status</b>"),
            _.plural(
                "Read in the last 24 hours: {n} article from {ok} of {all} feeds.",
                "Read in the last 24 hours: {n} articles from {ok} of {all} feeds.",
                reading.articles,
                ok=reading.feeds_ok,
                all=reading.feeds,
            ),
        ]
        due = min((s.next_due_at for s in mine if s.next_due_at is not None), default=None)
        if not mine:
            lines.append(_("No digest is planned. /subscribe chooses a topic."))
        elif due is None:
            lines.append(paused_hint(call))
        else:
            moment = _.moment(due, call.chat.timezone, call.now)
            lines.append(
                _.plural(
                    "The topic here: the next digest comes {moment}.",
                    "The {n} topics here: the next digest comes {moment}.",
                    len(mine),
                    moment=moment,
                )
            )
        if is_operator(call.desk.settings, call.chat.id):
            lines += await self._for_operators(call)
        await call.say(Html("\n".join(lines)))

    async def _for_operators(self, call: Call) -> list[Html]:
        _ = call.words
        storage = call.desk.storage
        figures = await storage.deliveries.figures()
        feeds = await storage.articles.feeds()
        failing = sorted((f.outlet, s.failures) for f, s in feeds if s.failures or s.disabled)
        lines = [
            _(
                "Chats {chats}, subscriptions {subscriptions}.",
                chats=len(await storage.chats.active()),
                subscriptions=await storage.chats.count_subscriptions(),
            ),
            _(
                "Messages: {pending} waiting, {sent} sent, {failed} failed, {twice} perhaps twice.",
                pending=figures.pending,
                sent=figures.sent,
                failed=figures.failed,
                twice=figures.possible_duplicates,
            ),
        ]
        if failing:
            names = ", ".join(f"{outlet} ({n})" for outlet, n in failing[:20])
            lines.append(_("Feeds that fail: {names}", names=names))
        return lines
