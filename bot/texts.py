"""What the bot says: English messages looked up in gettext catalogues, values escaped for HTML.

`_ = translator(language)`, then `_("Hello, {name}.", name=name)`: the message is Telegram HTML and
every value is escaped unless it is `Html` already.
"""

from __future__ import annotations

import gettext
from datetime import datetime, time
from functools import cache
from html import escape, unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_day_names

LOCALES = Path(__file__).parent / "locales"


class Html(str):
    """Text that is Telegram HTML already."""

    __slots__ = ()


class Translator:
    """The bot's words in one language; what is not translated stays English."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = gettext.translation("bot", LOCALES, [language], fallback=True)

    def __call__(self, message: str, **values: object) -> Html:
        return _fill(self._catalogue.gettext(message), values)

    def plain(self, message: str, **values: object) -> str:
        """Return the message for where Telegram shows no HTML: buttons and notices."""
        return unescape(self(message, **values))

    @property
    def catalogue(self) -> gettext.NullTranslations:
        """The gettext catalogue itself, for what renders on its own."""
        return self._catalogue

    def plural(self, one: str, many: str, n: int, **values: object) -> Html:
        """Return the form for `n`, which is also the value `{n}`."""
        return _fill(self._catalogue.ngettext(one, many, n), {"n": n, **values})

    def days(self, weekdays: tuple[int, ...]) -> Html:
        """Return 'every day', 'on weekdays', 'at weekends' or the days' names."""
        if len(weekdays) == 7:
            return self("every day")
        if weekdays == (0, 1, 2, 3, 4):
            return self("on weekdays")
        if weekdays == (5, 6):
            return self("at weekends")
        names = get_day_names("abbreviated", locale=self.language)
        return Html(escape(", ".join(names[day] for day in weekdays)))

    def times(self, times: tuple[str, ...]) -> Html:
        """Return '08:00 and 18:00'."""
        if len(times) < 2:
            return Html(escape("".join(times)))
        return self("{times} and {last}", times=", ".join(times[:-1]), last=times[-1])

    def moment(self, at: datetime, timezone: str, now: datetime) -> Html:
        """Return 'today at 18:00', 'tomorrow at 08:00' or 'on Tue 24 Nov at 08:00', local."""
        local = at.astimezone(ZoneInfo(timezone))
        days = (local.date() - now.astimezone(ZoneInfo(timezone)).date()).days
        if days == 0:
            return self("today at {time}", time=clock(local))
        if days == 1:
            return self("tomorrow at {time}", time=clock(local))
        date = format_date(local.date(), "EEE d MMM", locale=self.language)
        return self("on {date} at {time}", date=date, time=clock(local))


def clock(at: datetime | time) -> str:
    """Return 'HH:MM'."""
    return at.strftime("%H:%M")


@cache
def translator(language: str) -> Translator:
    """Return the translator of a language, read once."""
    return Translator(language)


def _fill(message: str, values: dict[str, object]) -> Html:
    shown = {name: v if isinstance(v, Html) else escape(str(v)) for name, v in values.items()}
    return Html(message.format(**shown))
