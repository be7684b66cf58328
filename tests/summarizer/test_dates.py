from __future__ import annotations

from datetime import date

import pytest

from summarizer.writing.dates import Mention, find_date_problems, find_dates, resolve


@pytest.mark.parametrize(
    ("text", "year", "month", "day"),
    [
        ("on March 3, 2025", 2025, 3, 3),
        ("on 3 March", None, 3, 3),
        ("the 21st of May 2024", 2024, 5, 21),
        ("on Sept. 9", None, 9, 9),
        ("2025-03-04", 2025, 3, 4),
        ("in August 2024", 2024, 8, None),
        ("since October", None, 10, None),
    ],
)
def test_dates_are_read(text: str, year: int | None, month: int, day: int | None) -> None:
    (found,) = find_dates(text)
    assert (found.year, found.month, found.day) == (year, month, day)


def test_may_the_verb_is_no_date() -> None:
    assert find_dates("It may rain. They may march.") == ()


def test_days_resolve_by_the_articles_date() -> None:
    published = date(2026, 3, 16)
    assert resolve(Mention("Monday", weekday=0), published) == published
    assert resolve(Mention("Sunday", weekday=6), published) == date(2026, 3, 15)
    assert resolve(Mention("tomorrow", phrase="tomorrow"), published) == date(2026, 3, 17)
    assert resolve(Mention("last year", phrase="last year"), published) is None
    assert resolve(Mention("30 February", month=2, day=30), published) is None
    assert resolve(Mention("3 March", month=3, day=3), None) is None


def test_a_shorter_date_is_borne_out_by_a_longer_one_but_not_back() -> None:
    assert find_date_problems("in March", "on 3 March 2025", None) == []
    assert find_date_problems("on 3 March 2025", "in March", None) != []
    assert find_date_problems("last week", "last week", None) == []
    assert find_date_problems("last week", "next week", None) != []
