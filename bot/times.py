"""When a schedule of local times is next due, right across the changes of the clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """A local time that a coming change of the clock leaves out or brings twice."""

    kind: Literal["skipped", "twice"]
    time: time
    date: date
    due_at: datetime
    """When the digest goes out that day, in UTC."""


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


def find_clock_change(
    times: Sequence[time], weekdays: Sequence[int], timezone: str, after: datetime
) -> ClockChange | None:
    """Return the first time within a year that a change of the clock leaves out or brings twice."""
    zone = ZoneInfo(timezone)
    first = after.astimezone(zone).date()
    for offset in range(367):
        day = first + timedelta(days=offset)
        noon = datetime.combine(day, time(12), tzinfo=zone)
        if noon.utcoffset() == (noon - timedelta(days=1)).utcoffset():
            continue
        for near in (day - timedelta(days=1), day):
            for time_ in sorted(times):
                change = _change_of(near, time_, zone)
                if change and near.weekday() in weekdays and change.due_at > after:
                    return change
    return None


def _change_of(day: date, time_: time, zone: ZoneInfo) -> ClockChange | None:
    wall = datetime.combine(day, time_.replace(fold=0), tzinfo=zone)
    if wall.utcoffset() == wall.replace(fold=1).utcoffset():
        return None
    due_at = _instant(day, time_, zone)
    if due_at is None:
        return None
    exists = due_at.astimezone(zone).time() == time_
    return ClockChange(kind="twice" if exists else "skipped", time=time_, date=day, due_at=due_at)


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
