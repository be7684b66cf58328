"""How a chat reads: its language, its time zone, whether sources are linked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_skeleton


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one chat reads: its language, its time zone, whether sources are linked."""

    locale: str = "en"
    timezone: str = "UTC"
    links: bool = True
    texts: NullTranslations = field(default_factory=NullTranslations)

    def moment(self, at: datetime) -> str:
        """Return a day and time as people of this language write it: 'Tue 21 Mar, 08:00'."""
        zone = ZoneInfo(self.timezone)
        if Locale.parse(self.locale, sep="_").language == "en":
            return format_datetime(at, "EEE d MMM, HH:mm", tzinfo=zone, locale=self.locale)
        day = format_skeleton("MMMEd", at, tzinfo=zone, locale=self.locale)
        return f"{day}, {format_datetime(at, 'HH:mm', tzinfo=zone, locale=self.locale)}"

    def language(self, code: str) -> str:
        """Return a language's name in the language of this chat."""
        names: Mapping[str, str] = Locale.parse(self.locale, sep="_").languages
        return names.get(code, code)


PLAIN = Form()
