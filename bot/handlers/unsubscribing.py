"""/unsubscribe: topics removed by words or by buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.handlers.buttons import Keyboard, button, page_of
from bot.handlers.calls import Call
from bot.handlers.subscriptions import (
    find_subscription,
    get_subscription,
    listed_subscriptions,
    name_of,
)
from bot.texts import clip
from summarizer.errors import UnknownTopicError
from summarizer.storage import Subscription

_ALL = ("all", "everything", "*")


class Unsubscribing:
    """One topic, or all of them."""

    async def unsubscribe(self, call: Call) -> None:
        """Remove the topic in the text; 'all' asks first; without a text show the picker."""
        _ = call.words
        wanted = call.text.strip()
        mine = await listed_subscriptions(call)
        named = wanted and wanted.lower() not in (*_ALL, _.plain("all"))
        if not mine and named:
            # So answers a command too that was carried out, but not answered, before a crash.
            text = _("“{topic}” is not among the topics here. /subscribe adds one.", topic=wanted)
            await call.say(text)
        elif not mine:
            await call.show(_("There are no topics yet. /subscribe adds one."))
        elif wanted.lower() in (*_ALL, _.plain("all")):
            await self._ask(call, len(mine))
        elif not wanted:
            await self.pick(call)
        else:
            try:
                found = find_subscription(call, mine, wanted)
            except UnknownTopicError:
                found = None
            if found is None:
                await call.say(
                    _("“{topic}” is not among the topics here. These are:", topic=wanted),
                    self._choices(call, mine, "0"),
                )
                return
            await call.desk.storage.chats.unsubscribe(found.id)
            name = _.topic(found.topic)
            await call.say(_("“{topic}” is removed. /topics shows what is left.", topic=name))

    async def pick(self, call: Call, page: str = "0") -> None:
        """Show the subscriptions, each to be removed with a press."""
        _ = call.words
        mine = await listed_subscriptions(call)
        if not mine:
            await call.show(_("No topics are left. /subscribe adds one."))
            return
        keyboard = [
            *self._choices(call, mine, page),
            *([[button(_.plain("Remove all"), "none", "ask")]] if len(mine) > 1 else []),
        ]
        await call.show(_("<b>Remove which topic?</b>"), keyboard)

    async def remove(self, call: Call, subscription_id: str) -> None:
        """Remove the subscription of a button and show those that are left."""
        found = await get_subscription(call, subscription_id)
        if found is not None:
            await call.desk.storage.chats.unsubscribe(found.id)
            name = clip(call.words.topic(found.topic))
            await call.toast(call.words.plain("{topic} removed", topic=name))
        await self.pick(call)

    async def remove_all(self, call: Call, answer: str) -> None:
        """Remove every subscription here, ask whether to, or leave them all."""
        _ = call.words
        if answer == "yes":
            where = call.thread_id or None  # what the list shows
            await call.desk.storage.chats.unsubscribe_all(call.chat.id, where)
            await call.show(_("All topics are removed. /subscribe adds one again."))
        elif answer == "ask":
            await self._ask(call, len(await listed_subscriptions(call)))
        else:
            await call.show(_("Nothing was changed. /topics shows the topics."))

    async def _ask(self, call: Call, count: int) -> None:
        _ = call.words
        await call.show(
            _.plural(
                "Remove the topic? No digest will come any more.",
                "Remove all {n} topics? No digest will come any more.",
                count,
            ),
            [
                [
                    button(_.plain("Yes, remove"), "none", "yes"),
                    button(_.plain("No, keep"), "none", "no"),
                ]
            ],
        )

    def _choices(self, call: Call, mine: Sequence[Subscription], page: str) -> Keyboard:
        names = [(s.id, clip(name_of(call, s), 70)) for s in mine]
        buttons = [button(f"✕ {name}", "rm", id) for id, name in names]
        width = 2 if all(s.thread_id == call.thread_id for s in mine) else 1
        return page_of(buttons, page, "rms", width=width)
