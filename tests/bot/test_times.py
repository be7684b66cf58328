"""Times of day as people write them, and what is next due in a chat's own time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.times import (
    EVERY_DAY,
    WEEKEND,
    WORKDAYS,
    Times,
    next_due,
    next_due_at,
    parse_schedule,
    parse_time,
    parse_times,
    split_time,
)
from summarizer.errors import BadTimeError


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("8", 8, 0),
        ("8:00", 8, 0),
        ("08.00", 8, 0),
        ("0800", 8, 0),
        ("8am", 8, 0),
        ("8 pm", 20, 0),
        ("7:30 p.m.", 19, 30),
        ("12am", 0, 0),
        ("12 pm", 12, 0),
        ("20h", 20, 0),
        ("20h30", 20, 30),
        ("Noon", 12, 0),
        ("midnight", 0, 0),
        (" 6 ", 6, 0),
    ],
)
def test_times_are_read_as_people_write_them(text: str, hour: int, minute: int) -> None:
    assert parse_time(text) == time(hour, minute)


@pytest.mark.parametrize(
    "text", ["", "25", "8:60", "13pm", "0am", "eight", "8:0", "8x", "80000", "-8", "8:00h", "8 9"]
)
def test_nonsense_is_refused_with_examples(text: str) -> None:
    with pytest.raises(BadTimeError, match="7:30 pm"):
        parse_time(text)


@pytest.mark.parametrize("text", ["08:00 18:00", "18, 8", "6 pm and 8am", "8 8 18:00"])
def test_several_times_are_sorted_and_each_once(text: str) -> None:
    assert parse_times(text) == (time(8), time(18))


@given(st.text())
def test_any_text_is_times_or_a_clear_error(text: str) -> None:
    try:
        assert parse_times(text)
        parse_schedule(text)
        split_time(text)
    except BadTimeError:
        pass


@given(st.times())
def test_what_the_bot_writes_it_reads(at: time) -> None:
    assert parse_time(at.strftime("%H:%M")) == at.replace(second=0, microsecond=0, tzinfo=None)


@pytest.mark.parametrize(
    ("text", "head", "at"),
    [
        ("world 08:00", "world", time(8)),
        ("world at 8 pm", "world", time(20)),
        ("chip export controls 20h", "chip export controls", time(20)),
        ("world", "world", None),
        ("apollo 11", "apollo 11", None),
        ("election 2026", "election 2026", None),
        ("8", "", time(8)),
        ("", "", None),
    ],
)
def test_the_time_at_the_end_of_a_topic_is_told_from_its_words(
    text: str, head: str, at: time | None
) -> None:
    assert split_time(text) == (head, at)


def test_a_bare_number_is_a_time_on_request_alone() -> None:
    assert split_time("world 8", bare=True) == ("world", time(8))
    with pytest.raises(BadTimeError):
        split_time("world 25:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00 18:00", Times(times=(time(8), time(18)))),
        ("weekdays 07:30", Times(times=(time(7, 30),), weekdays=WORKDAYS)),
        ("weekends noon", Times(times=(time(12),), weekdays=WEEKEND)),
        ("mon, thu-sat 8pm", Times(times=(time(20),), weekdays=(0, 3, 4, 5))),
        ("sat – mon 9", Times(times=(time(9),), weekdays=(0, 5, 6))),
        ("every day 8", Times(times=(time(8),), weekdays=EVERY_DAY)),
        ("on Mondays and Fridays at 8", Times(times=(time(8),), weekdays=(0, 4))),
    ],
)
def test_schedules_are_read_with_their_days(text: str, expected: Times) -> None:
    assert parse_schedule(text) == expected


@pytest.mark.parametrize("text", ["weekdays", "someday 8", "mo 8", "mon-someday 8", "8 mon"])
def test_a_schedule_without_a_time_or_with_a_wrong_day_is_refused(text: str) -> None:
    with pytest.raises(BadTimeError):
        parse_schedule(text)


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


@settings(max_examples=300, deadline=None)
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


@settings(max_examples=100, deadline=None)
@given(st.times(), zones, moments)
def test_one_time_a_day_is_due_at_most_once_a_day(at: time, zone: str, start: datetime) -> None:
    at = at.replace(second=0, microsecond=0)
    due = start
    dates = []
    for _ in range(5):
        due = next_due([at], EVERY_DAY, zone, due)
        dates.append(due.astimezone(ZoneInfo(zone)).date())
    assert len(set(dates)) == len(dates)
