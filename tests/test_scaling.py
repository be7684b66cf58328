"""Real processes on a real PostgreSQL, killed while they work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import URL

from benchmarks.scale_chaos import SMALL, run_chaos
from benchmarks.scale_promises import Expected, check_arrivals
from tests.conftest import new_database


@pytest.mark.slow
async def test_nothing_is_lost_doubled_or_out_of_order_while_processes_are_killed(
    postgres_server: URL, tmp_path: Path
) -> None:
    with new_database(postgres_server) as url:
        outcome = await run_chaos(url.render_as_string(hide_password=False), tmp_path, SMALL, print)
    assert outcome.wrong == [], "\n".join([*outcome.wrong, *outcome.problems])
    assert len(outcome.kills) == 3
    assert outcome.digests >= 300
    assert outcome.several > 0
    assert outcome.articles == outcome.published > 0


@pytest.mark.parametrize(
    ("arrived", "found"),
    [
        ([(10, "1st"), (20, "2nd"), (30, "3rd")], ([], 0)),
        ([(10, "1st"), (20, "2nd"), (29, "2nd"), (30, "3rd")], ([], 1)),
        (
            [(10, "1st"), (25, "2nd"), (29, "2nd"), (30, "3rd")],
            (["twice without a kill: '2nd'"], 1),
        ),
        ([(10, "1st"), (20, "2nd"), (30, "3rd"), (40, "2nd")], (["after a later one: '2nd'"], 1)),
        ([(10, "1st"), (20, "3rd"), (30, "2nd")], (["after a later one: '2nd'"], 0)),
        ([(10, "1st"), (20, "3rd")], (["lost: '2nd'"], 0)),
        ([(10, "1st"), (20, "2nd"), (30, "4th")], (["not expected: '4th'"], 0)),
    ],
)
def test_the_check_sees_what_is_lost_doubled_and_out_of_order(
    arrived: Sequence[tuple[float, str]], found: tuple[list[str], int]
) -> None:
    expected = [Expected(text="1st"), Expected(text="2nd"), Expected(text="3rd", sent=False)]
    assert check_arrivals(expected, arrived, killed=[22]) == found
