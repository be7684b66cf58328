"""When a feed is read again: sooner with news, later without, much later after failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from summarizer.collecting.planning import plan_next
from summarizer.errors import (
    BadStatusError,
    DigestError,
    DisallowedError,
    GoneError,
    UnreachableError,
    UnreadableError,
)
from summarizer.models import FeedState

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def plan(state: FeedState, outcome: object, **options: object) -> FeedState:
    values: dict[str, object] = {"interval_s": 900, "min_interval_s": 300, "max_interval_s": 14400}
    values |= {"jitter": 0.5, **options}
    return plan_next(state, now=NOW, outcome=outcome, **values)  # type: ignore[arg-type]


def wait(state: FeedState) -> float:
    assert state.next_at is not None
    return (state.next_at - NOW).total_seconds()


FEED = FeedState(url="https://example.org/rss", interval_s=900)


def test_a_feed_with_news_is_read_more_often_down_to_the_minimum() -> None:
    state = plan(FEED, "new")
    assert (state.interval_s, wait(state)) == (600, 600)
    for _ in range(5):
        state = plan(state, "new")
    assert (state.interval_s, wait(state)) == (300, 300)
    assert (state.last_ok_at, state.last_tried_at, state.last_error) == (NOW, NOW, None)


def test_a_feed_without_news_is_read_less_often_up_to_the_maximum() -> None:
    state = plan(FEED, "unchanged")
    assert state.interval_s == 1125
    for _ in range(20):
        state = plan(state, "unchanged")
    assert (state.interval_s, wait(state)) == (14400, 14400)


def test_what_the_server_keeps_for_long_is_not_asked_for_sooner() -> None:
    assert wait(plan(FEED, "new", max_age_s=3600)) == 3600
    assert plan(FEED, "new", max_age_s=3600).interval_s == 600
    assert wait(plan(FEED, "new", max_age_s=10**8)) == 14400
    assert wait(plan(FEED, "new", max_age_s=1)) == 600


def test_failures_back_off_twice_as_long_each_time() -> None:
    state, waits = FEED, []
    for _ in range(7):
        state = plan(state, UnreachableError("no answer"))
        waits.append(wait(state))
    assert waits == [900, 1800, 3600, 7200, 14400, 14400, 14400]
    assert (state.failures, state.last_error, state.disabled) == (7, "no answer", False)
    assert (state.last_ok_at, state.last_tried_at) == (None, NOW)
    again = plan(state, "unchanged")
    assert (again.failures, again.last_error) == (0, None)


def test_jitter_spreads_feeds_by_a_tenth() -> None:
    failed = UnreachableError("no answer")
    assert wait(plan(FEED, failed, jitter=0.0)) == pytest.approx(810)
    assert wait(plan(FEED, failed, jitter=1.0)) == pytest.approx(990)


def test_a_server_that_says_when_is_believed_for_a_day() -> None:
    soon, late = NOW + timedelta(hours=6), NOW + timedelta(days=9)
    assert plan(FEED, BadStatusError("503", retry_at=soon)).next_at == soon
    assert plan(FEED, BadStatusError("503", retry_at=late)).next_at == NOW + timedelta(days=1)
    early = NOW + timedelta(seconds=1)
    assert wait(plan(FEED, BadStatusError("429", retry_at=early))) == 900


def test_a_gone_feed_is_disabled() -> None:
    assert plan(FEED, GoneError("gone")).disabled
    errors: list[DigestError] = [DisallowedError("robots"), UnreadableError("not a feed")]
    assert not any(plan(FEED, error).disabled for error in errors)
