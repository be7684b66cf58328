"""What people are told who asked for something that is not possible, each with the next step."""

from __future__ import annotations

from bot.handlers.buttons import button
from bot.handlers.calls import Call
from bot.rendering import Button
from bot.texts import Html, lines
from bot.zones import city_of
from summarizer.errors import (
    BadTimeError,
    LimitError,
    RequestError,
    UnknownTopicError,
    UnknownZoneError,
)


def explain(error: RequestError, call: Call) -> tuple[Html, list[Button]]:
    """Return what a person is told, with the next step, and buttons that take it."""
    _ = call.words
    match error:
        case UnknownTopicError(suggestions=names):
            found = [t for t in call.desk.catalogue if t.name in names or t.key in names]
            text = _("I do not know this topic. Choose one, or write it in a few words.")
            offered = found or call.desk.catalogue[:4]
            return text, [button(_.topic(t), call.suggests, t.key) for t in offered]
        case UnknownZoneError(suggestions=zones):
            if zones:
                text = _(
                    "Which one do you mean by “{text}”? If none of these, write a large city near "
                    "you: <code>/timezone Lisbon</code>",
                    text=call.text,
                )
                return text, [button(city_of(z), "zone", z) for z in zones]
            return _(
                "I do not know “{text}”. Write a large city near you, for example "
                "<code>/timezone Lisbon</code>, or a name such as <code>Europe/Lisbon</code>.",
                text=call.text,
            ), []
        case BadTimeError():
            return _(
                "I cannot read a time in “{text}”. Write it like <code>8</code>, "
                "<code>08:00</code>, <code>8am</code>, <code>7:30 pm</code> or <code>20h</code>; "
                "days like <code>weekdays</code> or <code>mon, thu</code>. Nothing was changed.",
                text=call.text,
            ), []
        case LimitError() if str(error).startswith("subscriptions"):
            text = _.plural(
                "This chat has {n} topic, which is all it can have. Remove one first.",
                "This chat has {n} topics, which is all it can have. Remove one first.",
                call.desk.settings.limits.subscriptions,
            )
            if call.thread_id:  # where it may be that all of them are other forum topics'
                text = lines(text, _("In General, /topics lists those of all forum topics."))
            return text, [button(_.plain("Remove a topic"), "rms", "0")]
        case LimitError():
            return _.plural(
                "That was {n} summary within an hour, which is all I can do for a chat. Please "
                "try again later; subscribed digests still come.",
                "That were {n} summaries within an hour, which is all I can do for a chat. Please "
                "try again later; subscribed digests still come.",
                call.desk.settings.limits.requests_per_hour,
            ), []
        case _:
            return _("That is not possible. /help shows what I can do."), []


def refuse(call: Call) -> Html:
    """Return what a chat is told that may not use the bot."""
    return call.words(
        "This bot is not open to everyone. Its operator can let this chat in: its number is "
        "<code>{chat}</code>.",
        chat=str(call.chat.id),
    )
