from __future__ import annotations

import pytest

from summarizer.writing.numbers import find_quantities, is_number_word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("775 people", [(775, "", "")]),
        ("at least 1,200 people", [(1200, "", "least")]),
        ("about 1.2 million", [(1_200_000, "", "about")]),
        ("$1.9 trillion", [(1.9e12, "dollar", "")]),
        ("€5bn", [(5e9, "euro", "")]),
        ("3.5 per cent", [(3.5, "percent", "")]),
        ("more than 10%", [(10, "percent", "more")]),
        ("twenty-one men", [(21, "", "")]),
        ("two hundred and five", [(205, "", "")]),
        ("two hundred and five thousand", [(205_000, "", "")]),
        ("a dozen boats", [(12, "", "")]),
        ("two-thirds of it", [(2 / 3, "", "")]),
        ("half of it", [(0.5, "", "")]),
        ("the third time", [(3, "ordinal", "")]),
        ("the twenty-first man", [(21, "ordinal", "")]),
        ("the 21st man", [(21, "ordinal", "")]),
        ("in 1999", [(1999, "year", "")]),
        ("at 10:30", [(10.3, "time", "")]),
        ("twenty or more", [(20, "", "least")]),
        ("one of them and no one else", []),
        ("one man", [(1, "", "")]),
        ("twice a week", [(2, "", "")]),
        ("ten dollars", [(10, "dollar", "")]),
        ("nearly 2 dozen", [(24, "", "nearly")]),
        ("talks about 5 issues", [(5, "", "")]),
        ("no more than 40 boats", [(40, "", "most")]),
        ("the second boat", [(2, "ordinal", "")]),
        ("version 1.2.3", [(123, "", "")]),
        ("no number", []),
    ],
)
def test_quantities_are_read(text: str, expected: list[tuple[float, str, str]]) -> None:
    found = [(q.value, q.unit, q.bound) for q in find_quantities(text)]
    assert found == [(pytest.approx(value), unit, bound) for value, unit, bound in expected]


def test_what_is_counted_is_the_nearest_plural() -> None:
    assert [q.noun for q in find_quantities("12 Norland rescue workers and 60 km of road")] == [
        "worker",
        "kilometer",
    ]


def test_parts_of_numbers_are_known() -> None:
    assert is_number_word("million")
    assert not is_number_word("boat")
