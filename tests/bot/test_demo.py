"""The demo: the sample played through the real stages, to the terminal or to a chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.demo import TerminalScreen, run_demo
from bot.rendering import Message
from config.settings import Settings, load_settings
from summarizer.errors import ConfigError, UnreachableError
from tests.telegram_server import TelegramServer

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


def settings(folder: Path, **telegram: str) -> Settings:
    environ = {f"DIGEST_TELEGRAM__{key.upper()}": value for key, value in telegram.items()}
    return load_settings(
        environ={"DIGEST_PATHS__DATA": str(folder), "DIGEST_MODEL__BEAMS": "1", **environ}
    )


def console() -> Console:
    return Console(file=StringIO(), width=100)


def shown(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.mark.slow
async def test_a_chat_gets_the_evening_and_in_the_morning_only_what_is_new(
    tmp_path: Path, server: TelegramServer
) -> None:
    chat = server.private_chat(name="Ada")
    screen = console()
    chosen = settings(
        tmp_path, token=server.token, api_url=server.url, operator_chats=f"[{chat.id}]"
    )
    await run_demo(chosen, telegram=True, console=screen, now=NOW)

    evening, *morning = chat.messages
    assert "Tue 3 Mar, 20:00" in evening.text
    assert "Lindholm" in evening.text
    assert "Karsk" in evening.text
    assert "Sources differ" in evening.text
    assert "Read 30 articles from 9 of 10 feeds (1 unreachable)." in evening.text
    assert "German 1" in evening.text
    updates = [m for m in morning if m.text.startswith("Update")]
    assert {m.reply_to for m in updates} == {evening.id}
    assert any("tugs" in m.text for m in updates)
    told = set(evening.text.split("\n\n")[1:3])
    assert not any(paragraph in m.text for m in morning for paragraph in told)

    first, second = shown(screen).split("The next morning: only what is new")
    assert "30 articles from 9 feeds" in first
    assert "every one checked" in first
    assert "7 articles from 9 feeds; 1 changed since" in second
    assert "The whole demo took" in second


async def test_the_terminal_shows_what_a_chat_would() -> None:
    screen = console()
    await TerminalScreen(screen).show([Message(text="<b>Ferry</b> runs aground &amp; floats")])
    assert shown(screen).strip() == "Ferry runs aground & floats"


@pytest.mark.parametrize(
    ("telegram", "said"),
    [
        ({}, "telegram.token is not set"),
        ({"token": "1:x"}, "telegram.operator_chats is empty"),
    ],
)
async def test_a_chat_needs_a_token_and_an_operator(
    tmp_path: Path, telegram: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        await run_demo(settings(tmp_path, **telegram), telegram=True, console=console())


async def test_a_wrong_token_is_said_before_any_work(
    tmp_path: Path, server: TelegramServer
) -> None:
    wrong = settings(tmp_path, token="1:wrong", api_url=server.url, operator_chats="[1]")
    with pytest.raises(ConfigError, match="cannot post to chat 1"):
        await run_demo(wrong, telegram=True, console=console())


async def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    nowhere = settings(tmp_path, token="1:x", api_url="http://127.0.0.1:9", operator_chats="[1]")
    with pytest.raises(UnreachableError, match="cannot reach Telegram"):
        await run_demo(nowhere, telegram=True, console=console())
