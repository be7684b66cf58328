"""How a chat reads: its language, its time zone, whether sources are linked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from bot.languages import name_language
from bot.texts import clock, topic_name, write_day
from summarizer.models import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one chat reads: its language, its time zone, whether sources are linked."""

    locale: str = "en"
    timezone: str = "UTC"
    links: bool = True
    texts: NullTranslations = field(default_factory=NullTranslations)

    def moment(self, at: datetime) -> str:
        """Return a day and time as people of this language write it: 'Tue 21 Mar, 08:00'."""
        local = at.astimezone(ZoneInfo(self.timezone))
        day = write_day(local.date(), self.locale)
        return self.texts.gettext("{day}, {time}").format(day=day, time=clock(local))

    def language(self, code: str) -> str:
        """Return a language's name in the language of this chat."""
        return name_language(code, self.locale)

    def topic(self, topic: Topic) -> str:
        """Return a topic's name; those of the catalogue are translated."""
        return topic_name(topic, self.texts)


PLAIN = Form()
