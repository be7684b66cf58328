"""Updates by webhook: only Telegram's are taken, and each is stored before it is confirmed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.app import run
from bot.web.webhook import BODY_BYTES, SECRET_HEADER
from summarizer.errors import ConfigError, StorageError
from tests.bot.conftest import Town
from tests.telegram_server import TelegramServer


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def by_webhook(port: int) -> dict[str, str]:
    return {
        "DIGEST_TELEGRAM__WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
        "DIGEST_WEB__PORT": str(port),
    }


@pytest.fixture
async def hooked(resting: Town, port: int) -> Town:
    """The bot, running with a webhook."""
    await resting.start(**by_webhook(port))
    await resting.server.wait_for_call("setWebhook")
    return resting


@pytest.fixture
async def web(hooked: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the bot's web server."""
    assert hooked.app.web is not None
    async with httpx.AsyncClient(base_url=hooked.app.web.url, trust_env=False) as client:
        yield client


def secret_of(town: Town) -> str:
    return str(town.server.calls_of("setWebhook")[-1].parameters["secret_token"])


async def test_a_person_is_answered_by_webhook_as_by_polling(hooked: Town) -> None:
    chat = hooked.server.private_chat()
    await hooked.ask(chat, "/help", "What I can do")
    assert not hooked.server.calls_of("getUpdates")
    asked = hooked.server.calls_of("setWebhook")[0].parameters["allowed_updates"]
    assert "callback_query" in asked


async def test_what_comes_while_the_bot_is_down_is_answered_when_it_is_back(
    hooked: Town, port: int
) -> None:
    await hooked.stop()
    chat = hooked.server.private_chat()
    await chat.send_text("/help")
    await hooked.start(**by_webhook(port))
    await chat.wait_for_message("What I can do")


async def test_an_update_without_the_secret_is_refused(
    hooked: Town, web: httpx.AsyncClient
) -> None:
    update = {"update_id": 1}
    for headers in ({}, {SECRET_HEADER: "guess"}, {SECRET_HEADER: "geraten-äöü".encode()}):
        answer = await web.post("/telegram", json=update, headers=headers)
        assert answer.status_code == 403
    assert await hooked.storage.updates.store(1, "{}", hooked.now), "nothing was kept of it"
    assert secret_of(hooked) not in hooked.server.token
    assert hooked.server.token.split(":")[1] not in secret_of(hooked)


async def test_what_is_no_update_is_refused(hooked: Town, web: httpx.AsyncClient) -> None:
    headers = {SECRET_HEADER: secret_of(hooked)}
    for body in (b"", b"{", b"[]", b"{}", b'{"update_id": "x", "message": 3}', b"\xff"):
        answer = await web.post("/telegram", content=body, headers=headers)
        assert answer.status_code == 400, body
    huge = b" " * (BODY_BYTES + 1)
    assert (await web.post("/telegram", content=huge, headers=headers)).status_code == 413
    assert (await web.get("/telegram")).status_code == 405
    assert (await web.get("/other")).status_code == 404


async def test_an_update_that_cannot_be_stored_is_left_with_telegram(
    hooked: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hooked.storage.updates.store
    failed = asyncio.Event()

    async def store(*values: object, **named: object) -> bool:
        if not failed.is_set():
            failed.set()
            raise StorageError("locked")
        return await real(*values, **named)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(hooked.storage.updates, "store", store)
    chat = hooked.server.private_chat()
    await hooked.ask(chat, "/help", "What I can do")
    assert failed.is_set()
    assert "503" in hooked.server.webhook["last_error_message"]


async def test_a_webhook_is_set_again_after_a_passing_failure(
    resting: Town, port: int, server: TelegramServer
) -> None:
    server.fail_next("setWebhook", retry_after=1)
    await resting.start(**by_webhook(port))
    await resting.ask(server.private_chat(), "/help", "What I can do")


async def test_back_to_polling_the_webhook_is_taken_down(hooked: Town) -> None:
    await hooked.stop()
    hooked.build()
    await hooked.start()
    await hooked.ask(hooked.server.private_chat(), "/help", "What I can do")
    assert hooked.server.webhook == {"url": ""}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"DIGEST_TELEGRAM__WEBHOOK_URL": "https://example.org/t"}, r"set web\.port"),
        ({"DIGEST_WEB__PORT": "1", "DIGEST_WEB__HOST": "192.0.2.1"}, r"cannot serve on 192\.0"),
    ],
)
async def test_a_server_that_cannot_be_is_said_at_start(
    resting: Town, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        await run(resting.build(**environ), asyncio.Event())


async def test_an_address_that_telegram_does_not_take_is_said(resting: Town, port: int) -> None:
    wrong = by_webhook(port) | {"DIGEST_TELEGRAM__WEBHOOK_URL": "http://example.org/t"}
    with pytest.raises(ConfigError, match=r"(?i)webhook_url.*https url"):
        await run(resting.build(**wrong), asyncio.Event())


async def test_a_token_that_is_refused_is_said(resting: Town, port: int) -> None:
    resting.server.fail_next("setWebhook", status=401)
    with pytest.raises(ConfigError, match="@BotFather"):
        await run(resting.build(**by_webhook(port)), asyncio.Event())
