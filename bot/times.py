"""Times of day as people write them, and when a schedule is next due in their time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from summarizer.errors import BadTimeError

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
WORKDAYS = (0, 1, 2, 3, 4)
WEEKEND = (5, 6)

_EXAMPLES = "write it like 8, 08:00, 8am, 7:30 pm or 20h"
_NAMED = {"noon": time(12), "midday": time(12), "midnight": time(0)}
_TIME = re.compile(
    r"""(?P<named>noon|midday|midnight)
    | (?P<hour>\d{1,2})
      (?: (?:[:.h](?P<minute>\d{2})) | (?P<compact>\d{2}(?!\d)) )?
      \s* (?P<half>[ap]\.?m\b\.?)?
      (?(minute)|h?)(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LOOKS_LIKE_TIME = re.compile(
    r"\d{1,2}|\d{1,2}[:.]\d{2}(\s*[ap]\.?m\.?)?|\d{1,2}\s*([ap]\.?m\.?|h(\d{2})?)|noon|midnight",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[\s,;]+(?:(?:and|at|&)[\s,;]+)?|\b(?:at)\s+", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GROUPS = {
    "daily": EVERY_DAY,
    "everyday": EVERY_DAY,
    "weekdays": WORKDAYS,
    "weekday": WORKDAYS,
    "workdays": WORKDAYS,
    "weekends": WEEKEND,
    "weekend": WEEKEND,
}


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
    found: set[time] = set()
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TIME.match(text, position)
        if match is None:
            raise _bad(text)
        found.add(_read(match, text))
        position = match.end()
        if position < len(text):
            gap = _SEPARATOR.match(text, position)
            if gap is None:
                raise _bad(text)
            position = gap.end()
    if not found:
        raise _bad(text)
    return tuple(sorted(found))


def split_time(text: str, *, bare: bool = False) -> tuple[str, time | None]:
    """Return `text` without the time of day at its end, and that time where there is one.

    A bare number ('8') counts as a time only with `bare`, or where there is nothing else: 'apollo
    11' is a topic. Raises BadTimeError for what is written like a time and is none ('25:00').
    """
    words = text.split()
    for count in (2, 1):
        tail = " ".join(words[-count:])
        if len(words) < count or not _LOOKS_LIKE_TIME.fullmatch(tail):
            continue
        if tail.isdigit() and not (bare or len(words) == 1):
            continue
        head = words[:-count]
        if head and head[-1].lower() == "at":
            head = head[:-1]
        return " ".join(head), parse_time(tail)
    return text.strip(), None


def parse_schedule(text: str) -> Times:
    """Return the schedule in `text`: '08:00 18:00', 'weekdays 07:30', 'mon, thu-fri 8pm'.

    Raises BadTimeError where a day or a time cannot be read, or there is no time.
    """
    weekdays: set[int] = set()
    rest = re.sub(r"\bevery\s+day\b", "daily", text.strip(), flags=re.IGNORECASE)
    rest = re.sub(r"\s*[-–]\s*(?=[a-z])", "-", rest, flags=re.IGNORECASE)
    while match := re.match(
        r"(?:on\s+|every\s+)?([a-z]+(?:-[a-z]+)?)\b[\s,;]*", rest, re.IGNORECASE
    ):
        word = match[1].lower()
        if word in ("and", "at"):
            rest = rest[match.end() :]
            continue
        if word in _NAMED:
            break
        weekdays.update(_read_days(word))
        rest = rest[match.end() :]
    return Times(times=parse_times(rest), weekdays=tuple(sorted(weekdays)) or EVERY_DAY)


def next_due(
    times: Sequence[time], weekdays: Sequence[int], timezone: str, after: datetime
) -> datetime:
    """Return the first instant later than `after`, in UTC, at which the schedule is due.

    A local time that a clock change leaves out is due at the next instant that exists; one that
    comes twice is due the first time only. A date that a zone left out altogether has none.
    """
    if not times or not weekdays:
        raise ValueError("a schedule needs a time and a weekday")
    zone = ZoneInfo(timezone)
    day = after.astimezone(zone).date() - timedelta(days=1)
    # A week and a day on each side always holds one, also when a zone skips a date.
    for offset in range(17):
        date_ = day + timedelta(days=offset)
        if date_.weekday() not in weekdays:
            continue
        due = [
            instant
            for time_ in sorted(times)
            if (instant := _instant(date_, time_, zone)) is not None and instant > after
        ]
        if due:
            return min(due)
    raise ValueError(f"no such weekday: {tuple(weekdays)!r}")


def next_due_at(
    times: Sequence[str], weekdays: Sequence[int], timezone: str, after: datetime
) -> datetime:
    """Return what `next_due` does, for times as they are stored: 'HH:MM'."""
    return next_due([time.fromisoformat(t) for t in times], weekdays, timezone, after)


def _instant(date_: date, time_: time, zone: ZoneInfo) -> datetime | None:
    """Return when the wall clock first shows this, or the end of the gap it falls into."""
    wall = datetime.combine(date_, time_.replace(fold=0), tzinfo=zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return instant
    # In a gap, fold=1 uses the offset after it: an instant before the change (PEP 495).
    before, after = wall.replace(fold=1).astimezone(UTC), instant
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    end = after.replace(microsecond=0)
    return end if end.astimezone(zone).date() == date_ else None


def _read(match: re.Match[str], text: str) -> time:
    if match["named"]:
        return _NAMED[match["named"].lower()]
    hour = int(match["hour"])
    minute = int(match["minute"] or match["compact"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise _bad(text)
        hour = hour % 12 + (12 if match["half"][0].lower() == "p" else 0)
    if hour > 23 or minute > 59:
        raise _bad(text)
    return time(hour, minute)


def _read_days(word: str) -> tuple[int, ...]:
    if word in _GROUPS:
        return _GROUPS[word]
    first, _, last = word.partition("-")
    start = _read_day(first)
    if not last:
        return (start,)
    count = (_read_day(last) - start) % 7 + 1
    return tuple((start + i) % 7 for i in range(count))


def _read_day(word: str) -> int:
    for number, name in enumerate(_DAYS):
        if len(word) >= 3 and (name.startswith(word) or word.removesuffix("s") == name):
            return number
    # "tues" and "thurs" are prefixes already; anything else is not a day.
    raise BadTimeError(f"not a day: {word!r}; write mon, tue … sun, weekdays, weekends or daily")


def _bad(text: str) -> BadTimeError:
    if not text.strip():
        return BadTimeError(f"no time of day; {_EXAMPLES}")
    return BadTimeError(f"not a time of day: {text.strip()!r}; {_EXAMPLES}")
