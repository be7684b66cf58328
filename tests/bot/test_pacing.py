"""The parts of sending that decide: what an error means, and when the next message may go."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from itertools import pairwise

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


def test_thirty_messages_start_within_a_second_and_a_tenth_at_most() -> None:
    pacer = Pacer()
    now = 0.0
    starts = []
    for _ in range(61):
        now += pacer.wait_for_all(now)
        pacer.note_start(now)
        starts.append(now)
    assert starts[1] == pytest.approx(1 / 40)
    assert [starts[30], starts[60]] == pytest.approx([1.1, 2.2])
    assert pacer.wait_for_all(10) == 0


async def test_a_loop_that_was_busy_lets_no_messages_go_at_once() -> None:
    pacer = Pacer()
    starts: list[float] = []

    async def send() -> None:
        await pacer.take_slot()
        starts.append(asyncio.get_running_loop().time())

    sending = [asyncio.create_task(send()) for _ in range(5)]
    await asyncio.sleep(0.01)
    time.sleep(0.2)  # noqa: ASYNC251 -- that is what is tested
    await asyncio.gather(*sending)
    assert min(b - a for a, b in pairwise(starts)) > 0.02


def test_chats_that_no_limit_holds_are_forgotten() -> None:
    pacer = Pacer()
    for i in range(100):
        pacer.note_answer(str(i), i)
    pacer.note_answer("0", 100)
    assert len(pacer._answered) == 61
