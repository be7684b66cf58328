"""Dates in a written sentence against those of the source, read by the article's own date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from summarizer.writing.words import plain

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan\.?|Feb\.?|Mar\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Oct\.?|Nov\.?|Dec\.?)"
)
_FULL_MONTH = (
    r"(?:January|February|March|April|June|July|August|September|October|November|December)"
)
_YEAR = r"(?:19|20)\d\d"
_PERIOD = r"(?:week|month|year|weekend|summer|winter|spring|fall|autumn|night|decade|century)"
_DATE = re.compile(
    rf"""(?x)
      \b(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:|\s*(?:percent|%))
      (?:,?\s+(?P<year>{_YEAR})\b)?
    | \b(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH})\b
      (?:,?\s+(?P<year2>{_YEAR})\b)?
    | \b(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b
    | \b(?P<iso>{_YEAR}-\d\d-\d\d)\b
    | \b(?P<month3>{_FULL_MONTH})\b(?:\s+(?P<year3>{_YEAR})\b)?
    | \b(?P<relative>(?i:yesterday|tomorrow|today|tonight))\b
    | \b(?P<near>(?i:(?:last|next|this|previous|past|coming)\s+{_PERIOD}))\b
    """
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A date as a text gives it; what is not said is None."""

    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    phrase: str = ""


@lru_cache(maxsize=4096)
def find_dates(text: str) -> tuple[Mention, ...]:
    """Return the dates of a text in order."""
    found = []
    for match in _DATE.finditer(plain(text)):
        part = match.groupdict()
        shown = match.group()
        if part["iso"]:
            year, month, day = map(int, part["iso"].split("-"))
            found.append(Mention(shown, year, month, day))
        elif part["weekday"]:
            found.append(Mention(shown, weekday=WEEKDAYS.index(part["weekday"].lower())))
        elif part["relative"] or part["near"]:
            found.append(Mention(shown, phrase=shown.lower()))
        else:
            name = part["month"] or part["month2"] or part["month3"]
            number = part["day"] or part["day2"]
            year_text = part["year"] or part["year2"] or part["year3"]
            found.append(
                Mention(
                    shown,
                    year=int(year_text) if year_text else None,
                    month=_MONTHS.index(name[:3].lower()) + 1,
                    day=int(number) if number else None,
                )
            )
    return tuple(found)


def find_date_problems(text: str, source: str, published: date | None) -> list[str]:
    """Return a problem for each date of the text that the source does not give.

    With the article's date, a weekday may stand for the date nearest before or after it and back.
    """
    given = find_dates(source)
    days = {d for mention in given if (d := resolve(mention, published))}
    problems = []
    for mention in find_dates(text):
        if any(_contains(other, mention) for other in given):
            continue
        wanted = resolve(mention, published)
        if wanted is None or wanted not in days:
            problems.append(f"date not in the source: {mention.text!r}")
    return problems


def use_dates_of(source: str, text: str, published: date | None) -> str:
    """Return the text with each date in the words that the source has for the same day."""
    given = {day: m.text for m in find_dates(source) if (day := resolve(m, published))}
    for mention in find_dates(text):
        day = resolve(mention, published)
        if day in given and mention.text not in source:
            text = plain(text).replace(mention.text, given[day], 1)
    return text


def resolve(mention: Mention, published: date | None) -> date | None:
    """Return the day that is meant, or None where it cannot be told."""
    if mention.day is not None and mention.month is not None:
        year = mention.year or (published.year if published else None)
        try:
            return date(year, mention.month, mention.day) if year else None
        except ValueError:
            return None
    if published is None:
        return None
    if mention.weekday is not None:
        # News names the day within the last week, or the day itself.
        return published - timedelta(days=(published.weekday() - mention.weekday) % 7)
    shift = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}.get(mention.phrase)
    return None if shift is None else published + timedelta(days=shift)


def _contains(given: Mention, written: Mention) -> bool:
    """Say whether the source's date says all that the written one says."""
    if written.phrase or written.weekday is not None:
        return given.phrase == written.phrase and given.weekday == written.weekday
    return (
        given.month == written.month
        and written.day in {None, given.day}
        and written.year in {None, given.year}
    )
