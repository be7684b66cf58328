"""/start and /help, and what is said to a group that the bot was added to."""

from __future__ import annotations

from bot.handlers.buttons import Keyboard, button, in_rows
from bot.handlers.calls import Call
from bot.handlers.subscriptions import Subscriptions
from bot.texts import Html

_SHOWN = 3
_PAYLOAD = "topic_"


class Starting:
    """The first thing that people see."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    async def start(self, call: Call) -> None:
        """Say what this is; with `topic_…` from a link, go on to that topic's times."""
        if call.text.startswith(_PAYLOAD):
            words = call.text.removeprefix(_PAYLOAD).replace("_", " ").strip()
            if words:
                await self._subscriptions.offer_times(call, words)
                return
        await call.say(self._welcome(call), self._topics(call))

    async def help(self, call: Call) -> None:
        """List the commands."""
        _ = call.words
        lines = [
            _("<b>What I can do</b>"),
            _("/digest – a summary now, or /digest <i>topic</i>"),
            _("/subscribe – a topic every day; /subscribe <i>topic 08:00</i>"),
            _("/topics – your topics: change a time, remove one"),
            _("/unsubscribe – stop one, or all"),
            _("/schedule – times and weekdays, for example /schedule weekdays 07:30"),
            _("/timezone – your city, for example /timezone Lisbon"),
            _("/quiet – hours without messages, for example /quiet 22:00 07:00"),
            _("/settings – length and more"),
            _("/sources – what I read; mute an outlet"),
            _("/status – is all well"),
            _("/privacy – what I keep; /export and /deletedata"),
        ]
        if call.is_private:
            lines += [
                Html(),
                _(
                    "Or just write a topic (<i>chip export controls</i>), or send me the link of "
                    "an article."
                ),
                _("For a channel of yours: /subscribe <i>@channel topic 08:00</i>"),
            ]
        else:
            lines += [Html(), _("In this chat only admins change settings.")]
        await call.say(Html("\n".join(lines)))

    async def greet(self, call: Call) -> None:
        """Say hello to a group or channel that the bot was added to."""
        await call.say(self._welcome(call), self._topics(call))

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
        topics = call.desk.catalogue[:_SHOWN]
        return [
            *in_rows((button(t.name, "pick", t.key) for t in topics), 3),
            [button(call.words.plain("More topics"), "topics")],
        ]
