"""Times of day and weekdays as people write them."""

from __future__ import annotations

from datetime import time

import pytest
from babel.dates import get_day_names
from hypothesis import given
from hypothesis import strategies as st

from bot.languages import LANGUAGES
from bot.timetables import (
    EVERY_DAY,
    WEEKEND,
    WORKDAYS,
    Times,
    parse_hours,
    parse_schedule,
    parse_time,
    parse_times,
    split_schedule,
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
    "text", ["", "25", "8:60", "13pm", "0am", "eight", "8:0", "8x", "80000", "-8", "8 9"]
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
        split_schedule(text)
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
        ("covid 19 9:30", "covid 19", time(9, 30)),
        ("8", "", time(8)),
        ("", "", None),
    ],
)
def test_the_time_at_the_end_of_a_topic_is_told_from_its_words(
    text: str, head: str, at: time | None
) -> None:
    assert split_schedule(text) == (head, Times(times=(at,)) if at else None)


def test_a_bare_number_or_day_is_a_time_after_a_topic_that_is_known() -> None:
    assert split_schedule("world 8", known=True) == ("world", Times(times=(time(8),)))
    assert split_schedule("world mon 9", known=True) == (
        "world",
        Times(times=(time(9),), weekdays=(0,)),
    )
    for days in ("mon-fri", "Mon, Tue, Wed, Thu, Fri", "Mo–Fr", "пн-пт", "lun.-ven."):
        assert split_schedule(f"chip controls {days} 9:15") == (
            "chip controls",
            Times(times=(time(9, 15),), weekdays=WORKDAYS),
        )
    assert split_schedule("black friday 08:00") == ("black friday", Times(times=(time(8),)))


def test_what_looks_like_a_time_and_is_none_is_refused() -> None:
    for text in ("world 25:00", "25:00", "world 13 pm"):
        with pytest.raises(BadTimeError):
            split_schedule(text)


@pytest.mark.parametrize(
    "text",
    [
        "mon-fri 8:00 and 18:00",
        "Montag bis Freitag um 8 Uhr und 18 Uhr",
        "werktags 8, 18",
        "lunes a viernes a las 8 y a las 18",
        "du lundi au vendredi à 8h et 18h",
        "по будням в 8:00 и 18:00",
        "с понедельника по пятницу в 8 ч и 18 ч",
        "周一到周五 8点、18点",
        "工作日上午8点和下午6点",
    ],
)
def test_schedules_are_read_in_every_language_of_the_interface(text: str) -> None:
    assert parse_schedule(text) == Times(times=(time(8), time(18)), weekdays=WORKDAYS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", EVERY_DAY)
def test_the_weekdays_that_the_bot_writes_it_reads(language: str, day: int) -> None:
    for width in ("wide", "abbreviated"):
        name = get_day_names(width, locale=language)[day]
        assert parse_schedule(f"{name} 8:00").weekdays == (day,)


@pytest.mark.parametrize(
    "text",
    [
        "22:00 07:00",
        "10 pm – 7 am",
        "22-7",
        "from 22:00 to 07:00",
        "22 Uhr bis 7 Uhr",
        "de 22h à 7h",
        "с 22:00 до 7:00",
        "22点到7点",
    ],
)
def test_quiet_hours_are_read_in_their_order(text: str) -> None:
    assert parse_hours(text) == (time(22), time(7))


@pytest.mark.parametrize("text", ["22:00", "now", "", "22:00 22:00", "1 2 3"])
def test_quiet_hours_are_two_times(text: str) -> None:
    with pytest.raises(BadTimeError):
        parse_hours(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00 18:00", Times(times=(time(8), time(18)))),
        ("weekdays 07:30", Times(times=(time(7, 30),), weekdays=WORKDAYS)),
        ("weekends noon", Times(times=(time(12),), weekdays=WEEKEND)),
        ("mon, thu-sat 8pm", Times(times=(time(20),), weekdays=(0, 3, 4, 5))),
        ("sat – mon 9", Times(times=(time(9),), weekdays=(0, 5, 6))),
        ("every day 8", Times(times=(time(8),), weekdays=EVERY_DAY)),
        ("08:00 mon-fri", Times(times=(time(8),), weekdays=WORKDAYS)),
        ("on Mondays and Fridays at 8", Times(times=(time(8),), weekdays=(0, 4))),
    ],
)
def test_schedules_are_read_with_their_days(text: str, expected: Times) -> None:
    assert parse_schedule(text) == expected


@pytest.mark.parametrize("text", ["weekdays", "someday 8", "mon-someday 8", "mond 8"])
def test_a_schedule_without_a_time_or_with_a_wrong_day_is_refused(text: str) -> None:
    with pytest.raises(BadTimeError):
        parse_schedule(text)
