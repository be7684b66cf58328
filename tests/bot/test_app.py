"""Everything in one process: started, introduced, failing clearly, stopped cleanly."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from pathlib import Path

import pytest

from bot.app import open_app, run, run_roles
from bot.handlers.menus import introduce
from bot.logging import set_up_logging
from summarizer.errors import ConfigError
from tests.bot.conftest import NOON, Town
from tests.bot.reports import FERRY
from tests.telegram_server import TelegramServer


async def test_the_menus_and_descriptions_are_set_for_each_kind_of_chat_and_language(
    resting: Town, server: TelegramServer
) -> None:
    await resting.start(introduced=False)
    await server.world.wait_until(
        lambda: ("short_description", "") in server.methods.profile, 15, "not introduced"
    )
    menus = server.methods.commands

    def named(scope: str, language: str = "") -> dict[str, str]:
        commands = menus[json.dumps({"type": scope}), language]
        return {c["command"]: c["description"] for c in commands}

    private, members = named("all_private_chats"), named("all_group_chats")
    admins = named("all_chat_administrators")
    assert private["digest"] == "A summary now"
    assert set(private) - set(admins) == {"status", "privacy"}
    assert set(members) == {"digest", "topics", "sources", "help"}
    assert {"subscribe", "lang", "quiet"} <= set(admins)
    known = {name for command in resting.app.routes.commands for name in command.names}
    assert set(private) | set(admins) <= known
    assert "every sentence with its sources" in server.methods.profile["short_description", ""]


async def test_what_is_set_already_is_not_set_again(resting: Town, server: TelegramServer) -> None:
    async with resting.app.application.bot as bot:
        await introduce(bot)
        count = len(server.calls_of("setMyCommands"))
        await introduce(bot)
    assert len(server.calls_of("setMyCommands")) == count


async def test_a_menu_that_cannot_be_set_harms_nobody(
    resting: Town, server: TelegramServer
) -> None:
    server.fail_next("setMyCommands", status=400)
    await resting.start(introduced=False)
    await resting.ask(server.private_chat(), "/help", "What I can do")


async def test_a_wrong_token_stops_with_a_clear_message(resting: Town) -> None:
    app = resting.build(DIGEST_TELEGRAM__TOKEN="1:wrong")
    with pytest.raises(ConfigError, match="@BotFather"):
        await run(app, asyncio.Event())


async def test_no_token_stops_with_a_clear_message(resting: Town) -> None:
    with pytest.raises(ConfigError, match="DIGEST_TELEGRAM__TOKEN"):
        resting.build(DIGEST_TELEGRAM__TOKEN="")


async def test_a_network_that_is_away_at_start_is_waited_for(
    resting: Town, server: TelegramServer
) -> None:
    server.fail_next("getMe", status=502)
    await resting.start()
    await resting.ask(server.private_chat(), "/help", "What I can do")


async def test_a_stop_while_the_network_is_away_ends_the_wait(
    resting: Town, server: TelegramServer
) -> None:
    server.fail_next("getMe", status=502, times=100)
    stop = asyncio.Event()
    running = asyncio.create_task(run(resting.app, stop))
    await server.wait_for_call("getMe")
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_a_handler_that_fails_gives_a_reference_to_person_and_operators(
    resting: Town, server: TelegramServer
) -> None:
    operator = server.private_chat(name="Otto")
    await resting.start(DIGEST_TELEGRAM__OPERATOR_CHATS=f"[{operator.id}]")
    resting.shelf.broken = RuntimeError("a bug")
    chat = server.private_chat()
    answer = await resting.ask(chat, "/digest world", "Something went wrong")
    reference = answer.split("ref ")[1][:6]
    assert reference in (await operator.wait_for_message("RuntimeError")).text
    resting.shelf.broken = None
    await resting.ask(chat, "/digest world", "World")


async def test_digests_go_out_by_the_timer_alone(resting: Town, server: TelegramServer) -> None:
    await resting.shelf.add(FERRY, NOON)
    await resting.start(DIGEST_SCHEDULE__TICK_S="0.05", DIGEST_SCHEDULE__COLLECT_S="0.05")
    chat = server.private_chat()
    await resting.ask(chat, "/subscribe world 18:00")
    resting.now = NOON.replace(hour=18)
    await chat.wait_for_message("Ferry runs aground")
    await asyncio.wait_for(resting.shelf.second_round.wait(), 5)


async def test_old_things_are_purged(town: Town) -> None:
    await town.shelf.add(FERRY, NOON)
    town.now = NOON.replace(month=6)
    await town.app.rounds.purge()
    assert await town.storage.stories.report(FERRY.story_id) is None


async def test_an_answer_waits_out_a_limit_and_a_broken_line(
    town: Town, server: TelegramServer
) -> None:
    chat = server.private_chat()
    server.fail_next("sendMessage", retry_after=1, chat_id=chat.id)
    await town.ask(chat, "/help", "What I can do")
    server.fail_next("sendMessage", status=502, chat_id=chat.id)
    await town.ask(chat, "/help", "What I can do")


async def test_a_limit_that_is_waited_out_is_no_error_in_the_log(
    resting: Town,
    server: TelegramServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    set_up_logging("info", json_lines=True)
    chat = server.private_chat()
    server.fail_next("sendMessage", retry_after=1, chat_id=chat.id)
    await resting.start()
    await resting.ask(chat, "/help", "What I can do")
    await resting.stop()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    waited = [line for line in lines if line["event"] == "Telegram asks to wait"]
    assert [(line["level"], line["wait_s"]) for line in waited] == [("info", 1)]
    assert [line for line in lines if line["level"] in ("warning", "error")] == []


async def test_everything_opens_from_the_settings_alone(
    resting: Town, server: TelegramServer, tmp_path: Path
) -> None:
    settings = resting.settings(
        DIGEST_DATABASE__URL=f"sqlite+aiosqlite:///{tmp_path / 'own.db'}",
        DIGEST_COLLECTING__CATALOG_FEEDS="false",
        DIGEST_COLLECTING__FEEDS='[{url = "https://post.example.org/rss", outlet = "Post"}]',
    )
    async with open_app(settings) as app:
        assert [f.outlet for f, _ in await app.rounds.storage.articles.feeds()] == ["Post"]
    chat = server.private_chat()
    await chat.send_text("/sources")
    running = asyncio.create_task(run_roles(settings))
    shown = await chat.wait_for_message("I read 1 outlet", timeout_s=20)
    assert shown.buttons[0] == ["✓ Post"]
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, 10)
