"""Decide when to read a feed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from summarizer.collecting.fetching import MAX_WAIT
from summarizer.errors import DigestError, GoneError, RetryError
from summarizer.models import FeedState

Outcome = Literal["new", "unchanged"]


def plan_next(
    state: FeedState,
    *,
    now: datetime,
    outcome: Outcome | DigestError,
    interval_s: int,
    min_interval_s: int,
    max_interval_s: int,
    max_age_s: int | None = None,
    jitter: float,
) -> FeedState:
    """Return the feed's state after a read: its health and when to read it next.

    The interval shrinks by a third where there was news and grows by a quarter where not; the
    server's `max_age_s` bounds it from below. Failures back off exponentially. `jitter` (0 to 1)
    spreads feeds that failed or started together. Validators are the caller's to store.
    """
    spread = 0.9 + 0.2 * jitter
    if isinstance(outcome, DigestError):
        failures = state.failures + 1
        wait_s = min(interval_s * 2.0 ** min(failures - 1, 16), max_interval_s) * spread
        next_at = now + timedelta(seconds=wait_s)
        retry_at = outcome.retry_at if isinstance(outcome, RetryError) else None
        if retry_at is not None:
            next_at = max(next_at, min(retry_at, now + MAX_WAIT))
        return replace(
            state,
            next_at=next_at,
            failures=failures,
            last_error=str(outcome)[:500],
            last_tried_at=now,
            disabled=state.disabled or isinstance(outcome, GoneError),
        )
    factor = 2 / 3 if outcome == "new" else 5 / 4
    kept_s = min(max(round(state.interval_s * factor), min_interval_s), max_interval_s)
    wait_s = min(max(kept_s, max_age_s or 0), max_interval_s) * spread
    return replace(
        state,
        next_at=now + timedelta(seconds=wait_s),
        interval_s=kept_s,
        failures=0,
        last_error=None,
        last_ok_at=now,
        last_tried_at=now,
    )
