"""Times of day as people write them, and what is next due in a chat's own time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.times import ClockChange, find_clock_change, next_due, next_due_at
from bot.timetables import EVERY_DAY, WORKDAYS

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type]  # mypy: tzinfo is last


def test_the_local_time_stays_when_the_clocks_change() -> None:
    before = next_due_at(["08:00"], EVERY_DAY, "Europe/Berlin", local("Europe/Berlin", 2026, 3, 27))
    assert before == datetime(2026, 3, 27, 7, tzinfo=UTC)
    after = next_due_at(["08:00"], EVERY_DAY, "Europe/Berlin", local("Europe/Berlin", 2026, 3, 29))
    assert after == datetime(2026, 3, 29, 6, tzinfo=UTC)


def test_a_time_that_the_clock_leaves_out_is_due_when_it_goes_on() -> None:
    night = local("Europe/Berlin", 2026, 3, 29)
    assert next_due([time(2, 30)], EVERY_DAY, "Europe/Berlin", night) == datetime(
        2026, 3, 29, 1, tzinfo=UTC
    )
    # Two times in the gap fall on one instant; the day's next is tomorrow's.
    end = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert next_due([time(2, 15), time(2, 45)], EVERY_DAY, "Europe/Berlin", end) == datetime(
        2026, 3, 30, 0, 15, tzinfo=UTC
    )


def test_a_gap_of_half_an_hour_is_found_too() -> None:
    zone = "Australia/Lord_Howe"
    due = next_due([time(2, 10)], EVERY_DAY, zone, local(zone, 2026, 10, 4))
    assert due.astimezone(ZoneInfo(zone)).time() == time(2, 30)


def test_a_time_that_comes_twice_is_due_the_first_time_alone() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    night = local("Europe/Berlin", 2026, 10, 25)
    assert next_due([time(2, 30)], EVERY_DAY, "Europe/Berlin", night) == first
    assert next_due([time(2, 30)], EVERY_DAY, "Europe/Berlin", first) == datetime(
        2026, 10, 26, 1, 30, tzinfo=UTC
    )


def test_a_coming_change_of_the_clock_is_found_for_the_times_it_touches() -> None:
    winter = datetime(2026, 1, 5, tzinfo=UTC)
    zone = "Europe/Berlin"
    assert find_clock_change([time(8)], EVERY_DAY, zone, winter) is None
    assert find_clock_change([time(2, 30)], EVERY_DAY, "UTC", winter) is None
    assert find_clock_change([time(8), time(2, 30)], EVERY_DAY, zone, winter) == ClockChange(
        kind="skipped",
        time=time(2, 30),
        date=date(2026, 3, 29),
        due_at=datetime(2026, 3, 29, 1, tzinfo=UTC),
    )
    summer = datetime(2026, 6, 1, tzinfo=UTC)
    assert find_clock_change([time(2, 30)], EVERY_DAY, zone, summer) == ClockChange(
        kind="twice",
        time=time(2, 30),
        date=date(2026, 10, 25),
        due_at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    )
    # The clocks change on Sundays.
    assert find_clock_change([time(2, 30)], WORKDAYS, zone, winter) is None


def test_a_clock_that_changes_at_midnight_is_found_too() -> None:
    change = find_clock_change([time(0, 30)], EVERY_DAY, "Africa/Cairo", NEW_YEAR)
    assert change is not None
    assert (change.kind, change.date) == ("skipped", date(2026, 4, 24))


def test_a_date_that_a_zone_left_out_has_no_digest() -> None:
    # Samoa went from 29 to 31 December 2011.
    zone = "Pacific/Apia"
    due = next_due([time(8)], EVERY_DAY, zone, local(zone, 2011, 12, 29, 9))
    assert due.astimezone(ZoneInfo(zone)) == local(zone, 2011, 12, 31, 8)


def test_only_the_weekdays_chosen_count() -> None:
    friday = datetime(2026, 3, 13, 9, tzinfo=UTC)
    assert next_due([time(8)], WORKDAYS, "UTC", friday) == datetime(2026, 3, 16, 8, tzinfo=UTC)
    assert next_due([time(8)], (4,), "UTC", friday) == datetime(2026, 3, 20, 8, tzinfo=UTC)


def test_a_schedule_needs_a_time_and_a_weekday() -> None:
    for times, weekdays in (([], EVERY_DAY), ([time(8)], ()), ([time(8)], (9,))):
        with pytest.raises(ValueError):
            next_due(times, weekdays, "UTC", datetime(2026, 3, 13, tzinfo=UTC))


zones = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
moments = st.integers(0, 37 * 365 * 24 * 60).map(
    lambda minutes: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
some_times = st.lists(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=3
)
some_days = st.lists(st.integers(0, 6), min_size=1, unique=True)


@settings(max_examples=300)
@given(some_times, some_days, zones, moments)
def test_what_is_due_is_later_at_that_time_or_the_end_of_a_gap(
    times: list[time], days: list[int], zone: str, after: datetime
) -> None:
    due = next_due(times, days, zone, after)
    assert after < due <= after + timedelta(days=15)
    shown = due.astimezone(ZoneInfo(zone))
    assert shown.weekday() in days
    just_before = (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    if shown.time() not in times:
        assert just_before.utcoffset() != shown.utcoffset()
        gap_start = just_before.replace(tzinfo=None)
        gap_end = shown.replace(tzinfo=None)
        assert any(gap_start < datetime.combine(shown.date(), t) < gap_end for t in times)


@settings(max_examples=100)
@given(st.times(), zones, moments)
def test_one_time_a_day_is_due_at_most_once_a_day(at: time, zone: str, start: datetime) -> None:
    at = at.replace(second=0, microsecond=0)
    due = start
    dates = []
    for _ in range(5):
        due = next_due([at], EVERY_DAY, zone, due)
        dates.append(due.astimezone(ZoneInfo(zone)).date())
    assert len(set(dates)) == len(dates)
