"""Real processes on a real PostgreSQL, killed while they work."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from benchmarks.scale_chaos import Plan, run_chaos
from tests.conftest import new_database


@pytest.mark.slow
async def test_nothing_is_lost_or_told_twice_while_processes_are_killed(
    postgres_server: URL, tmp_path: Path
) -> None:
    plan = Plan(
        feeds=60,
        chats=300,
        kills=3,
        kill_every_s=5,
        minutes=1,
        apart=1,
        event_every_s=3,
        read_every_s=20,
    )
    with new_database(postgres_server) as url:
        outcome = await run_chaos(url.render_as_string(hide_password=False), tmp_path, plan, print)
    assert outcome.wrong == [], "\n".join([*outcome.wrong, *outcome.problems])
    assert outcome.kills.total() == 3
    assert outcome.digests == 300
    assert outcome.articles == outcome.published > 0
