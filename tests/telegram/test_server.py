"""The test server takes requests, hands out updates and keeps to limits as Telegram does."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from tests.telegram.conftest import Caller
from tests.telegram_http import HttpServer, Request, Response
from tests.telegram_server import TelegramServer


async def test_an_offset_confirms_what_lies_before_it(server: TelegramServer, call: Caller) -> None:
    chat = server.private_chat()
    for text in ("one", "two", "three"):
        await chat.send_text(text)
    updates = (await call("getUpdates", limit=2))["result"]
    assert [u["message"]["text"] for u in updates] == ["one", "two"]
    offset = updates[-1]["update_id"] + 1
    updates = (await call("getUpdates", offset=offset))["result"]
    assert [u["message"]["text"] for u in updates] == ["three"]
    assert len((await call("getUpdates", offset=-1))["result"]) == 1
    assert (await call("getUpdates", offset=updates[0]["update_id"] + 1))["result"] == []
    await server.wait_until_confirmed()


async def test_a_long_poll_returns_when_something_happens(
    server: TelegramServer, call: Caller
) -> None:
    chat = server.private_chat()
    polling = asyncio.create_task(call("getUpdates", timeout=5))
    await server.world.wait_until(lambda: server._poll is not None, 15, "no poll")
    await chat.send_text("/start")
    (update,) = (await polling)["result"]
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_two_polls_at_once_conflict(server: TelegramServer, call: Caller) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=5))
    await server.world.wait_until(lambda: server._poll is not None, 15, "no poll")
    await call("getUpdates", timeout=0)
    answer = await first
    assert answer["error_code"] == 409
    assert "terminated by other getUpdates request" in answer["description"]


async def test_a_poll_that_hangs_up_is_in_nobodys_way(server: TelegramServer, call: Caller) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=5))
    await server.world.wait_until(lambda: server._poll is not None, 15, "no poll")
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await server.world.wait_until(
        lambda: server._poll is not None and server._poll.done(), 15, "the poll goes on"
    )
    await server.private_chat().send_text("hello")
    assert len((await call("getUpdates"))["result"]) == 1


async def test_only_the_kinds_of_updates_asked_for_come(
    server: TelegramServer, call: Caller
) -> None:
    chat = server.private_chat()
    await call("getUpdates", allowed_updates=["callback_query"])
    await chat.send_text("hello")
    assert server.updates == []


async def test_a_webhook_gets_each_update_until_it_takes_it(
    server: TelegramServer, call: Caller
) -> None:
    got: list[Request] = []

    async def respond(request: Request) -> Response:
        got.append(request)
        return Response(status=500 if len(got) == 1 else 200, content=b"")

    hook = HttpServer(respond, 0)
    await hook.start()
    url = f"http://127.0.0.1:{hook.port}/hook"
    assert (await call("setWebhook", url=url, secret_token="s-1"))["ok"]
    assert "can't use getUpdates" in await call.refusal("getUpdates")
    await server.private_chat().send_text("hello")
    await server.wait_until_confirmed()
    assert [r.parameters["message"]["text"] for r in got] == ["hello", "hello"]
    info = (await call("getWebhookInfo"))["result"]
    assert info["url"] == url
    assert "500" in info["last_error_message"]
    assert (await call("deleteWebhook", drop_pending_updates=True))["ok"]
    assert (await call("getUpdates"))["result"] == []
    await hook.stop()


async def test_a_webhook_must_be_https_with_a_plain_secret(call: Caller) -> None:
    assert "HTTPS URL" in await call.refusal("setWebhook", url="http://example.org/")
    refused = await call.refusal("setWebhook", url="https://example.org/", secret_token="ü")
    assert "unallowed characters" in refused


async def test_a_wrong_token_and_an_unknown_method_are_refused(
    server: TelegramServer, call: Caller
) -> None:
    answer = await call.client.get(f"{server.url}/bot1:x/getMe")
    assert (answer.status_code, answer.json()["description"]) == (401, "Unauthorized")
    assert (await call("getEverything"))["error_code"] == 404


async def test_forms_are_read_as_json_is(server: TelegramServer, call: Caller) -> None:
    chat = server.private_chat()
    markup = {"inline_keyboard": [[{"text": "Go", "url": "https://example.org"}]]}
    form = {
        "chat_id": str(chat.id),
        "text": "a & b",
        "disable_notification": "True",
        "link_preview_options": '{"is_disabled": true}',
        "reply_markup": json.dumps(markup),
    }
    url = f"{server.url}/bot{server.token}/sendmessage"
    assert (await call.client.post(url, data=form)).json()["ok"]
    (message,) = chat.messages
    assert (message.text, message.silent, message.preview) == ("a & b", True, False)
    assert message.button("Go") == {"text": "Go", "url": "https://example.org"}
    with pytest.raises(AssertionError, match="nothing to press"):
        await chat.press("Go")
    with pytest.raises(AssertionError, match="no button 'Stop'"):
        await chat.press("Stop")


async def test_strict_limits_answer_429_until_the_window_has_passed() -> None:
    now = 100.0
    async with (
        TelegramServer(strict_limits=True, clock=lambda: now) as server,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        call = Caller(server, client)
        person, group = server.private_chat(), server.group()
        assert (await call("sendMessage", chat_id=person.id, text="a"))["ok"]
        answer = await call("sendMessage", chat_id=person.id, text="a")
        assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 1})
        for _ in range(20):
            assert (await call("sendMessage", chat_id=group.id, text="a"))["ok"]
        answer = await call("sendMessage", chat_id=group.id, text="a")
        assert answer["description"] == "Too Many Requests: retry after 60"
        now = 101.0
        assert (await call("sendMessage", chat_id=person.id, text="a"))["ok"]
        now = 102.5
        for _ in range(30):
            assert (await call("sendMessage", chat_id=server.private_chat().id, text="a"))["ok"]
        refused = await call.refusal("sendMessage", chat_id=server.private_chat().id, text="a")
        assert "retry after 1" in refused


async def test_waiting_for_what_does_not_come_fails_and_says_what_there_is(
    server: TelegramServer, call: Caller
) -> None:
    chat = server.private_chat()
    await call("sendMessage", chat_id=chat.id, text="something else")
    with pytest.raises(AssertionError, match=r"'a' did not come .* there is \['something else'\]"):
        await chat.wait_for_message("a", timeout_s=0.01)
    with pytest.raises(AssertionError, match="sendDocument was not called"):
        await server.wait_for_call("sendDocument", timeout_s=0.01)
    assert (await server.wait_for_call("sendMessage")).parameters["chat_id"] == chat.id
