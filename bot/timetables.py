"""Times of day and weekdays as people write them, in every language of the interface."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib.resources import files

from babel.dates import get_day_names

from bot.languages import LANGUAGES
from summarizer.errors import BadTimeError

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WORKDAYS = (0, 1, 2, 3, 4)
WEEKEND = (5, 6)

_EXAMPLES = "write it like 8, 08:00, 8am, 7:30 pm or 20h"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {"daily": EVERY_DAY, "weekdays": WORKDAYS, "weekends": WEEKEND}
_NAMED = {"noon": time(12), "midnight": time(0)}
_TIME = re.compile(
    r"""(?P<named>noon|midnight)(?!\w)
    | (?P<hour>\d{1,2})
      (?: (?:[:.h](?P<minute>\d{2})) | (?P<compact>\d{2}(?!\d)) )?
      \s* (?P<half>[ap]\.?m\b\.?)?
      (?(minute)|h?)(?!\w)
    """,
    re.VERBOSE,
)
_SURE = re.compile(r"\d[:.h]\d|\d\s*[ap]\.?m|\dh|noon|midnight")
"""What no number but a time of day looks like."""
_DAY = "|".join(_DAYS)
_ONE = re.compile(rf"\b({_DAY}|{'|'.join(_GROUPS)})\b")
_LOOKS_LIKE_TIME = re.compile(
    r"\d{1,2}[:.]\d{2}(\s*[ap]\.?m\.?)?|\d{1,2}\s*([ap]\.?m\.?|h(\d{2})?)"
)
_SEPARATOR = re.compile(r"[\s,;、&]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When digests go out: local times, each on these weekdays (0 is Monday)."""

    times: tuple[time, ...]
    weekdays: tuple[int, ...] = EVERY_DAY


def parse_time(text: str) -> time:
    """Return the time of day in `text`: '8', '08.00', '8 pm', '20h'; raises BadTimeError."""
    times = parse_times(text)
    if len(times) != 1:
        raise BadTimeError(f"more than one time of day: {text!r}; {_EXAMPLES}")
    return times[0]


def parse_times(text: str) -> tuple[time, ...]:
    """Return the times of day in `text`, sorted, each once; raises BadTimeError."""
    return tuple(sorted(set(_read_times(_to_english(text), text))))


def parse_hours(text: str) -> tuple[time, time]:
    """Return the two times of day in `text`, in its order: '22:00 07:00', '10 pm – 7 am'.

    Raises BadTimeError for any other number of them, and for the same time twice.
    """
    until = rf"(?<!\w)(?:{_any(_words()['to'])})(?!\w)|\s-\s|(?<=\w)-(?=\d)"
    times = _read_times(re.sub(until, " ", _to_english(text)), text)
    if len(times) != 2 or times[0] == times[1]:
        raise BadTimeError(f"not two times of day: {text!r}; write it like 22:00 07:00")
    return times[0], times[1]


def parse_schedule(text: str) -> Times:
    """Return the schedule in `text`: '08:00 18:00', 'weekdays 07:30', 'mon, thu-fri 8pm'.

    Raises BadTimeError where a day or a time cannot be read, or there is no time.
    """
    weekdays, rest = _take_days(_to_english(text))
    times = tuple(sorted(set(_read_times(rest, text))))
    return Times(times=times, weekdays=tuple(sorted(weekdays)) or EVERY_DAY)


def split_schedule(text: str, *, known: bool = False) -> tuple[str, Times | None]:
    """Return `text` without the schedule at its end, and that schedule where there is one.

    Bare numbers and weekdays count only after a topic that is known, as `known` says: 'apollo 11'
    and 'black friday' are topics. A text of nothing else is a schedule. Raises BadTimeError for
    what is written like a time and is none ('25:00').
    """
    words = text.split()
    for start in range(len(words)):
        tail = words[start:]
        if start and not known and not _is_surely_schedule(tail):
            continue
        try:
            times = parse_schedule(" ".join(tail))
        except BadTimeError:
            continue
        return " ".join(words[:start]), times
    for count in (2, 1):
        if len(words) >= count and _LOOKS_LIKE_TIME.fullmatch(" ".join(words[-count:]).lower()):
            raise _bad(" ".join(words[-count:]))
    return text.strip(), None


def _is_surely_schedule(words: list[str]) -> bool:
    english = _to_english(" ".join(words))
    if re.search(r"(?<![\d:.])\d{1,2}(?![\d:.h])(?!\s*[ap]\.?m)", english):
        return False
    only_groups = not re.search(rf"\b({_DAY})\b", english)
    said_as_days = _plain(words[0]) in _words()["filler"]
    # 'mon 8:00' and 'mon-fri 8:00', but not 'black friday 8:00'
    short = all(part.strip(".") in _short_days() for part in re.split("[-–,]", _plain(words[0])))
    return bool(_SURE.search(english)) and (only_groups or said_as_days or short)


def _take_days(english: str) -> tuple[set[int], str]:
    """Return the weekdays that a text names, and the text without them."""
    weekdays: set[int] = set()
    for match in _ranges().finditer(english):
        first, last = _DAYS.index(match[1]), _DAYS.index(match[2])
        weekdays.update((first + i) % 7 for i in range((last - first) % 7 + 1))
    english = _ranges().sub(" ", english)
    for match in _ONE.finditer(english):
        weekdays.update(_GROUPS.get(match[1]) or (_DAYS.index(match[1]),))
    return weekdays, _ONE.sub(" ", english)


def _read_times(english: str, text: str) -> list[time]:
    """Return the times in a text that is English by now, in its order."""
    fillers = _words()["filler"]
    rest = " ".join(w for w in _SEPARATOR.split(english) if w and w not in fillers)
    found: list[time] = []
    position = 0
    while position < len(rest):
        match = _TIME.match(rest, position)
        if match is None:
            raise _bad(text)
        found.append(_read(match, text))
        position = match.end()
        if position < len(rest):
            if not rest[position].isspace():
                raise _bad(text)
            position += 1
    if not found:
        raise _bad(text)
    return found


def _read(match: re.Match[str], text: str) -> time:
    if match["named"]:
        return _NAMED[match["named"]]
    hour = int(match["hour"])
    minute = int(match["minute"] or match["compact"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise _bad(text)
        hour = hour % 12 + (12 if match["half"][0] == "p" else 0)
    if hour > 23 or minute > 59:
        raise _bad(text)
    return time(hour, minute)


def _to_english(text: str) -> str:
    """Return the text in small letters with days, groups and words of time in English."""
    plain = re.sub("[–−—]", "-", _plain(text))
    for part in ("morning", "evening"):
        half = "am" if part == "morning" else "pm"
        pattern = rf"(?:{_any(_words()[part])})\s*(\d{{1,2}}(?:[:点]\d\d)?)(?:点)?"
        plain = re.sub(pattern, rf" \1 {half} ", plain)
    o_clock = _any(_words()["o_clock"])
    plain = re.sub(rf"(\d)\s*(?:{o_clock})\s*(\d\d)(?!\d)", r"\1:\2", plain)
    plain = re.sub(rf"(\d)\s*(?:{o_clock})(?![a-zа-я.])", r"\1h ", plain)
    plain = re.sub(r"(\d:\d\d)h\b", r"\1", plain)
    english = _phrases().sub(lambda match: f" {_meanings()[match[0].rstrip('.')]} ", plain)
    return " ".join(re.sub("([和在从每到至、])", r" \1 ", english).split())


@cache
def _read_file() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("bot").joinpath("timetables.toml").read_text(encoding="utf-8"))


@cache
def _words() -> dict[str, tuple[str, ...]]:
    return {name: tuple(map(_plain, listed)) for name, listed in _read_file()["words"].items()}


@cache
def _meanings() -> dict[str, str]:
    """What each phrase for a day, a group of days or a time means, by the phrase."""
    meanings: dict[str, str] = {}
    for language in LANGUAGES:
        for width in ("wide", "abbreviated"):
            for day, name in get_day_names(width, locale=language).items():
                meanings[_plain(name).rstrip(".")] = _DAYS[day]
    for meaning, phrases in _read_file()["days"].items():
        meanings |= dict.fromkeys(map(_plain, phrases), meaning)
    for meaning in _NAMED:
        meanings |= dict.fromkeys(_words()[meaning], meaning)
    return meanings | {day: day for day in _DAYS}


@cache
def _short_days() -> set[str]:
    """What days are called in short, in every language; '' where a comma ends a word."""
    names = [get_day_names("abbreviated", locale=language) for language in LANGUAGES]
    return {"", *_DAYS, *(_plain(day).rstrip(".") for each in names for day in each.values())}


@cache
def _phrases() -> re.Pattern[str]:
    """Any phrase with a meaning: a whole word in alphabets, anywhere in Chinese."""
    chinese = [phrase for phrase in _meanings() if "\u4e00" <= phrase[0] <= "\u9fff"]
    spaced = _meanings().keys() - set(chinese)
    return re.compile(rf"(?<!\w)(?:{_any(spaced)})(?!\w)\.?|{_any(chinese)}")


@cache
def _ranges() -> re.Pattern[str]:
    return re.compile(rf"\b({_DAY})\s*(?:-|\b(?:{_any(_words()['to'])})\b)\s*({_DAY})\b")


def _plain(text: str) -> str:
    """Return the text in small letters without accents."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in bare if not unicodedata.combining(c)).replace("’", "'")


def _any(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(p) for p in sorted(phrases, key=len, reverse=True))


def _bad(text: str) -> BadTimeError:
    if not text.strip():
        return BadTimeError(f"no time of day; {_EXAMPLES}")
    return BadTimeError(f"not a time of day: {text.strip()!r}; {_EXAMPLES}")
