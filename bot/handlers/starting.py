"""/start and /help, and what is said to a group that the bot was added to."""

from __future__ import annotations

import re

from bot.handlers.buttons import Keyboard, button, in_rows
from bot.handlers.calls import Call
from bot.handlers.managing import MANAGE, act_for
from bot.handlers.subscribing import Subscribing
from bot.handlers.subscriptions import subscriptions_of
from bot.texts import Html, lines
from summarizer.models import FREE, Topic

_SHOWN = 3
_TOPIC = "topic_"
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


def payload_of(topic: Topic) -> str | None:
    """Return what a deep link to a topic carries (`?start=…`), None where no link can carry it."""
    said = _TOPIC + topic.key.removeprefix(FREE).replace(" ", "_")
    return said if _PAYLOAD.fullmatch(said) else None


def leads_to_topic(payload: str) -> bool:
    """Return whether a deep link's payload begins a subscription."""
    return payload.startswith(_TOPIC)


class Starting:
    """The first thing that people see."""

    def __init__(self, subscribing: Subscribing) -> None:
        self._subscribing = subscribing

    async def start(self, call: Call) -> None:
        """Say what this is; a link's `topic_…` leads to that topic's times, `chat_…` to a channel.

        Raises UnknownTopicError.
        """
        words = call.text.removeprefix(_TOPIC).replace("_", " ").strip()
        if leads_to_topic(call.text) and words:
            await self._subscribing.offer_times(call, words)
        elif call.text.startswith(MANAGE) and call.is_private:
            found = await act_for(call, call.text.removeprefix(MANAGE), "")
            if isinstance(found, Call):
                await self._subscribing.pick_topic(found)
            else:
                await call.say(found)
        else:
            mine = await subscriptions_of(call)
            _ = call.words
            known = _("Your topics are still here: /topics") if mine else Html()
            await call.say(lines(self._welcome(call), known), self._topics(call))

    async def help(self, call: Call) -> None:
        """List the commands."""
        _ = call.words
        commands = lines(
            _("<b>What I can do</b>"),
            _("/digest – a summary now, or /digest <i>topic</i>"),
            _("/subscribe – a topic every day; /subscribe <i>topic 08:00</i>"),
            _("/topics – the topics here: change a time, remove one"),
            _("/unsubscribe – stop one, or all"),
            _("/schedule – times and weekdays, for example /schedule weekdays 07:30"),
            _("/timezone – a city, for example /timezone Lisbon"),
            _("/quiet – hours without messages, for example /quiet 22:00 07:00"),
            _("/settings – length, links and more"),
            _("/sources – what I read; mute an outlet"),
            _("/lang – the language I speak"),
            _("/status – is all well"),
            _("/privacy – what I keep; /export and /deletedata"),
        )
        await call.say(Html(f"{commands}\n\n{self._ways(call)}"))

    async def greet(self, call: Call) -> None:
        """Say hello to a group that the bot was added to."""
        await call.say(self._welcome(call), self._topics(call))

    def _ways(self, call: Call) -> Html:
        """Return what else there is besides commands."""
        _ = call.words
        if not call.is_private:
            return _("In this chat only admins change settings.")
        return lines(
            _(
                "Or just write a topic (<i>chip export controls</i>), or send me the link of an "
                "article."
            ),
            _(
                "In any other chat, write <code>@{name} topic</code> to share a digest.",
                name=call.desk.bot.username,
            ),
            _("For a channel of yours: /subscribe <i>@channel topic 08:00</i>"),
        )

    def _welcome(self, call: Call) -> Html:
        _ = call.words
        if call.is_private:
            return _(
                "<b>Hello!</b> I read many news outlets and tell you briefly what happened, each "
                "sentence checked against its sources.\n\n"
                "Choose a topic to get a digest every day, or write me any topic for a summary "
                "now. /help shows everything."
            )
        return _(
            "<b>Hello!</b> I read many news outlets and tell this chat briefly what happened, each "
            "sentence checked against its sources.\n\n"
            "An admin can choose a topic below, or write /subscribe <i>topic 08:00</i>. "
            "/help shows everything."
        )

    def _topics(self, call: Call) -> Keyboard:
        _ = call.words
        topics = call.desk.catalogue[:_SHOWN]
        return [
            *in_rows((button(_.topic(t), "pick", t.key) for t in topics), 3),
            [button(_.plain("More topics"), "topics")],
        ]
