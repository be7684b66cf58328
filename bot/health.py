"""Whether a promise is at risk, and what to look at then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from summarizer.storage import Vitals

OVERDUE = timedelta(minutes=10)
"""Digests, messages and answers that are this late put a promise at risk."""
INTERVALS = 2
"""So many intervals without any feed that could be read."""


@dataclass(slots=True)
class Rival:
    """Another program that takes this bot's updates, as far as who polls has noticed one."""

    since: datetime | None = None


def find_problems(
    vitals: Vitals, *, now: datetime, started_at: datetime, rival_since: datetime | None
) -> list[str]:
    """Return what puts a promise at risk at `now`, in words for an operator; empty if all is well.

    `vitals` must count as overdue what was due before `now - OVERDUE`. In the time after
    `started_at` what was left by a stop is not held against the process.
    """
    problems = []
    quiet = INTERVALS * timedelta(seconds=vitals.least_interval_s)
    last = max(started_at, vitals.last_read_at or started_at)
    if vitals.least_interval_s and now - last > quiet:
        problems.append(
            f"no feed could be read for {_minutes(now - last)}: is the network there? "
            "digest-bot feeds check"
        )
    if now - started_at > OVERDUE:
        if vitals.digests_overdue:
            problems.append(f"{vitals.digests_overdue} digests are overdue and not composed")
        if vitals.messages_overdue:
            problems.append(f"{vitals.messages_overdue} messages are overdue and not sent")
        if vitals.oldest_update_at is not None and now - vitals.oldest_update_at > OVERDUE:
            problems.append(
                f"somebody has waited for an answer for {_minutes(now - vitals.oldest_update_at)}"
            )
    if rival_since is not None:
        problems.append(
            "another program takes this bot's updates since "
            f"{rival_since:%Y-%m-%d %H:%M} UTC: end it, or get a new token from @BotFather"
        )
    return problems


def _minutes(time: timedelta) -> str:
    return f"{int(time.total_seconds() // 60)} minutes"
