"""What the bot says: English messages looked up in gettext catalogues, values escaped for HTML.

`_ = translator(language)`, then `_("Hello, {name}.", name=name)`: the message is Telegram HTML,
every value is escaped unless it is `Html` already, and whole numbers are written as the language
does.
"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache
from gettext import NullTranslations
from html import escape, unescape
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_day_names
from babel.numbers import format_decimal

from bot.languages import load_catalogue
from summarizer.models import Topic


class Html(str):
    """Text that is Telegram HTML already."""

    __slots__ = ()


class Translator:
    """The bot's words in one language; what is not translated stays English."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.catalogue = load_catalogue(language)
        """The gettext catalogue itself, for what renders on its own."""

    def __call__(self, message: str, **values: object) -> Html:
        return self._fill(self.catalogue.gettext(message), values)

    def plain(self, message: str, **values: object) -> str:
        """Return the message for where Telegram shows no HTML: buttons and notices."""
        return unescape(self(message, **values))

    def plural(self, one: str, many: str, n: int, **values: object) -> Html:
        """Return the form for `n`, which is also the value `{n}`."""
        return self._fill(self.catalogue.ngettext(one, many, n), {"n": n, **values})

    def topic(self, topic: Topic) -> str:
        """Return a topic's name: the catalogue's are translated, a reader's own words are not."""
        return topic_name(topic, self.catalogue)

    def number(self, n: int) -> str:
        """Return '1,234' as the language writes it."""
        return str(format_decimal(n, locale=self.language))

    def days(self, weekdays: tuple[int, ...]) -> Html:
        """Return 'every day', 'on weekdays', 'at weekends', 'on Mondays' or the days' names."""
        if len(weekdays) == 7:
            return self("every day")
        if weekdays == (0, 1, 2, 3, 4):
            return self("on weekdays")
        if weekdays == (5, 6):
            return self("at weekends")
        if len(weekdays) == 1:
            return self._weekly()[weekdays[0]]
        names = get_day_names("abbreviated", locale=self.language)
        return Html(escape(self.plain(", ").join(names[day] for day in weekdays)))

    def schedule(self, times: tuple[str, ...], weekdays: tuple[int, ...]) -> Html:
        """Return 'Every day at 08:00 and 18:00.'"""
        said = self("{days} at {times}.", days=self.days(weekdays), times=self.times(times))
        return Html(said[:1].upper() + said[1:])

    def times(self, times: tuple[str, ...]) -> Html:
        """Return '08:00 and 18:00'."""
        if len(times) < 2:
            return Html(escape("".join(times)))
        return self("{times} and {last}", times=self.plain(", ").join(times[:-1]), last=times[-1])

    def moment(self, at: datetime, timezone: str, now: datetime) -> Html:
        """Return 'today at 18:00', 'tomorrow at 08:00' or 'on Tue 24 Nov at 08:00', local."""
        local = at.astimezone(ZoneInfo(timezone))
        days = (local.date() - now.astimezone(ZoneInfo(timezone)).date()).days
        if days == 0:
            return self("today at {time}", time=clock(local))
        if days == 1:
            return self("tomorrow at {time}", time=clock(local))
        day = write_day(local.date(), self.language)
        return self("on {date} at {time}", date=day, time=clock(local))

    def _weekly(self) -> tuple[Html, ...]:
        return (
            self("on Mondays"),
            self("on Tuesdays"),
            self("on Wednesdays"),
            self("on Thursdays"),
            self("on Fridays"),
            self("on Saturdays"),
            self("on Sundays"),
        )

    def _fill(self, message: str, values: dict[str, object]) -> Html:
        return Html(message.format(**{name: self._shown(v) for name, v in values.items()}))

    def _shown(self, value: object) -> str:
        if isinstance(value, Html):
            return value
        return escape(self.number(value) if isinstance(value, int) else str(value))


def bold(text: str) -> Html:
    """Return text from outside in bold."""
    return Html(f"<b>{escape(text)}</b>")


def lines(*said: str) -> Html:
    """Return messages one below the other; empty ones are left out."""
    return Html("\n".join(line for line in said if line))


def clip(text: str, length: int = 48) -> str:
    """Return text from outside cut to what fits a line of a list."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def clock(at: datetime | time) -> str:
    """Return 'HH:MM', which all our languages read."""
    return at.strftime("%H:%M")


def write_day(day: date, language: str) -> str:
    """Return a weekday and date as people of the language write it: 'Tue 24 Nov'."""
    if language == "en":  # Britain's order; CLDR's for plain English is America's
        return str(format_date(day, "EEE d MMM", locale=language))
    return str(format_skeleton("MMMEd", datetime.combine(day, time(12)), locale=language))


def topic_name(topic: Topic, catalogue: NullTranslations) -> str:
    """Return what a topic is called in the language of a catalogue, its excluded words included."""
    if topic.is_free:
        return topic.name
    suffix = "".join(f" -{word}" for word in topic.exclude)
    return catalogue.gettext(topic.name.removesuffix(suffix)) + suffix


@cache
def translator(language: str) -> Translator:
    """Return the translator of a language, read once."""
    return Translator(language)
