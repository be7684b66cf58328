"""The parts of sending that decide: what an error means, and when the next message may go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.pacing import Pacer
from bot.refusals import judge


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (RetryAfter(3), "hold"),
        (RetryAfter(timedelta(seconds=3)), "hold"),
        (Forbidden("Forbidden: bot was kicked from the group chat"), "leave"),
        (BadRequest("Chat not found"), "leave"),
        (BadRequest("Message thread not found"), "thread"),
        (BadRequest("Can't parse entities"), "fail"),
        (ChatMigrated(-5), "move"),
        (InvalidToken(), "stop"),
        (NetworkError("Bad Gateway"), "retry"),
        (TimedOut(), "retry"),
        (TelegramError("Something new"), "fail"),
    ],
)
def test_each_error_has_its_next_step(error: TelegramError, step: str) -> None:
    refusal = judge(error)
    assert refusal.step == step
    assert refusal.wait == (timedelta(seconds=3) if step == "hold" else timedelta())
    assert refusal.new_chat_id == ("-5" if step == "move" else "")


@pytest.mark.parametrize(
    ("error", "may_have_arrived"),
    [
        (NetworkError("Bad Gateway"), False),
        (TimedOut(), True),
        (caused(TimedOut(), httpx.PoolTimeout("full")), False),
        (caused(TimedOut(), httpx.ReadTimeout("slow")), True),
        (caused(NetworkError("x"), httpx.ConnectError("refused")), False),
        (caused(NetworkError("x"), httpx.ReadError("broken")), True),
    ],
)
def test_only_a_request_that_went_out_may_have_arrived(
    error: TelegramError, may_have_arrived: bool
) -> None:
    assert judge(error).may_have_arrived is may_have_arrived


def test_a_private_chat_waits_a_second_after_each_answer() -> None:
    pacer = Pacer()
    assert pacer.wait_for_chat("1", True, 0) == 0
    pacer.note_answer("1", 0.4)
    assert pacer.wait_for_chat("1", True, 1.0) == pytest.approx(0.4)
    assert pacer.wait_for_chat("2", True, 1.0) == 0
    assert pacer.wait_for_chat("1", True, 1.5) == 0


def test_a_group_waits_for_the_twentieth_last_answer() -> None:
    pacer = Pacer()
    for i in range(20):
        assert pacer.wait_for_chat("-1", False, i) == 0
        pacer.note_answer("-1", i)
    assert pacer.wait_for_chat("-1", False, 20) == 40
    pacer.note_answer("-1", 61)
    assert pacer.wait_for_chat("-1", False, 60.5) == 0.5


async def starts_of(count: int, on_way_s: Sequence[float]) -> tuple[list[float], list[float]]:
    """Send `count` messages that are each so long on their way; return starts and answers."""
    pacer, loop = Pacer(), asyncio.get_running_loop()
    starts, answers = [0.0] * count, [0.0] * count

    async def send(i: int) -> None:
        slot = await pacer.take_slot()
        starts[i] = loop.time()
        await asyncio.sleep(on_way_s[i])
        answers[i] = loop.time()
        pacer.free(slot)

    await asyncio.gather(*(send(i) for i in range(count)))
    return starts, answers


async def test_a_message_starts_a_second_after_the_answer_to_the_thirtieth_before_it() -> None:
    starts, answers = await starts_of(45, [0.02 * (i % 7) for i in range(45)])
    assert starts[29] - starts[0] < 0.5
    apart = [start - answer for start, answer in zip(starts[30:], sorted(answers), strict=False)]
    assert min(apart) > 0.999
    assert max(apart) < 1.5


async def test_a_hung_message_keeps_its_slot_for_two_seconds() -> None:
    starts, answers = await starts_of(31, [2.2] * 30 + [0.0])
    assert starts[30] - starts[0] == pytest.approx(2.0, abs=0.3)
    assert answers[0] > starts[30]


async def test_a_loop_that_was_busy_lets_no_more_go_at_once() -> None:
    asyncio.get_running_loop().call_later(0.9, time.sleep, 0.5)
    starts, answers = await starts_of(61, [0.0] * 61)
    assert starts[30] - answers[0] > 0.999
    assert starts[60] - answers[30] > 0.999


def test_chats_that_no_limit_holds_are_forgotten() -> None:
    pacer = Pacer()
    for i in range(100):
        pacer.note_answer(str(i), i)
    pacer.note_answer("0", 100)
    assert len(pacer._answered) == 61
