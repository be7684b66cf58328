"""Every command and button: who runs it, and whether it changes settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.handlers.calls import Call
from bot.handlers.preferences import Preferences
from bot.handlers.privacy import Privacy
from bot.handlers.quiet_hours import QuietHours
from bot.handlers.schedules import Schedules
from bot.handlers.sources import Sources
from bot.handlers.starting import Starting, leads_to_topic
from bot.handlers.status import Status
from bot.handlers.stories import Stories
from bot.handlers.subscribing import Subscribing
from bot.handlers.summaries import Summaries
from bot.handlers.timezones import Timezones
from bot.handlers.tongues import Tongues
from bot.handlers.topics import Topics
from bot.handlers.unsubscribing import Unsubscribing

Action = Callable[[Call], Awaitable[None]]
Pressed = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command with its aliases and what runs it."""

    names: tuple[str, ...]
    run: Action
    changes: Callable[[str], bool] = lambda text: False
    """Whether a call with this text changes settings: in groups, admins alone may."""
    elsewhere: bool = False
    """Whether it can be given for a channel, from a private chat: '/topics @channel'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a button does, how many arguments it takes and whether it changes settings."""

    run: Pressed
    arguments: int = 0
    optional: int = 0
    """So many more may follow."""
    changes: bool = True

    def takes(self, count: int) -> bool:
        """Return whether it can be done with so many arguments."""
        return self.arguments <= count <= self.arguments + self.optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """The objects whose methods run commands and buttons."""

    starting: Starting
    subscribing: Subscribing
    summaries: Summaries
    unsubscribing: Unsubscribing
    topics: Topics
    schedules: Schedules
    timezones: Timezones
    quiet_hours: QuietHours
    tongues: Tongues
    preferences: Preferences
    sources: Sources
    stories: Stories
    status: Status
    privacy: Privacy


def _always(text: str) -> bool:
    return True


def _with_text(text: str) -> bool:
    """Say that a command changes settings where something follows it, and else shows them."""
    return bool(text.strip())


def list_commands(h: Handlers) -> tuple[Command, ...]:
    """Return every command; `/help` and the menus name those that are for everybody."""
    return (
        Command(names=("start",), run=h.starting.start, changes=leads_to_topic),
        Command(names=("help",), run=h.starting.help),
        Command(names=("digest", "summary", "today"), run=h.summaries.digest, elsewhere=True),
        Command(
            names=("subscribe", "sub", "follow"),
            run=h.subscribing.subscribe,
            changes=_always,
            elsewhere=True,
        ),
        Command(names=("topics", "list"), run=h.topics.show, elsewhere=True),
        Command(
            names=("unsubscribe", "unsub", "unfollow", "stop"),
            run=h.unsubscribing.unsubscribe,
            changes=_always,
            elsewhere=True,
        ),
        Command(names=("schedule",), run=h.schedules.schedule, changes=_with_text, elsewhere=True),
        Command(
            names=("timezone", "tz"), run=h.timezones.timezone, changes=_with_text, elsewhere=True
        ),
        Command(names=("quiet",), run=h.quiet_hours.quiet, changes=_with_text, elsewhere=True),
        Command(names=("sources",), run=h.sources.show, changes=_with_text, elsewhere=True),
        Command(names=("settings", "set"), run=h.preferences.show, elsewhere=True),
        Command(names=("lang", "language"), run=h.tongues.lang, changes=_with_text, elsewhere=True),
        Command(names=("status",), run=h.status.show, elsewhere=True),
        Command(names=("privacy",), run=h.privacy.explain),
        Command(names=("export",), run=h.privacy.export, changes=_always, elsewhere=True),
        Command(names=("deletedata",), run=h.privacy.ask_deletion, changes=_always, elsewhere=True),
    )


def list_deeds(h: Handlers) -> dict[str, Deed]:
    """Return what buttons do, by the word in their data."""
    return {
        "topics": Deed(run=h.subscribing.pick_by_button, optional=2),
        "pick": Deed(run=h.subscribing.offer_times, arguments=1),
        "sub": Deed(run=h.subscribing.subscribe_by_button, arguments=2),
        "rms": Deed(run=h.unsubscribing.pick, arguments=1),
        "rm": Deed(run=h.unsubscribing.remove, arguments=1),
        "none": Deed(run=h.unsubscribing.remove_all, arguments=1),
        "list": Deed(run=h.topics.show, optional=1, changes=False),
        "s": Deed(run=h.topics.page, arguments=1),
        "time": Deed(run=h.topics.choose_time, arguments=1),
        "more": Deed(run=h.topics.choose_added_time, arguments=1),
        "at": Deed(run=h.topics.set_time, arguments=2),
        "add": Deed(run=h.topics.add_time, arguments=2),
        "days": Deed(run=h.topics.choose_days, arguments=1),
        "on": Deed(run=h.topics.set_days, arguments=2),
        "drop": Deed(run=h.topics.remove, arguments=1),
        "set": Deed(run=h.preferences.show),
        "lengths": Deed(run=h.preferences.choose_length),
        "len": Deed(run=h.preferences.set_length, arguments=1),
        "links": Deed(run=h.preferences.set_links, arguments=1),
        "langs": Deed(run=h.tongues.choose_by_button),
        "lang": Deed(run=h.tongues.set_by_button, arguments=1),
        "zones": Deed(run=h.timezones.choose),
        "zone": Deed(run=h.timezones.choose_zone, arguments=1),
        "locate": Deed(run=h.timezones.ask_location),
        "quiets": Deed(run=h.quiet_hours.choose),
        "hush": Deed(run=h.quiet_hours.set_by_button, arguments=2),
        "loud": Deed(run=h.quiet_hours.end),
        "outlets": Deed(run=h.sources.page, arguments=1, changes=False),
        "mute": Deed(run=h.sources.turn, arguments=2),
        "wipe": Deed(run=h.privacy.delete, arguments=1),
        "digs": Deed(run=h.summaries.pick_topic, arguments=1, changes=False),
        "dig": Deed(run=h.summaries.digest_by_button, arguments=1, changes=False),
        "now": Deed(run=h.summaries.digest_of_subscription, arguments=1, changes=False),
        "cmp": Deed(run=h.stories.compare, arguments=1, changes=False),
        "flw": Deed(run=h.stories.follow, arguments=2),
        "less": Deed(run=h.stories.dislike, arguments=2),
        "back": Deed(run=h.stories.close, changes=False),
    }
