"""A Bot API server for tests: loopback HTTP, Telegram's checks and limits, faults on request.

    async with TelegramServer() as server:
        chat = server.private_chat(name="Ada")
        await chat.send_text("/start")
        message = await chat.wait_for_message("Welcome")
        await chat.press("Technology")

Point a bot at `server.url` with `server.token` (python-telegram-bot: `base_url=f"{url}/bot"`).
By hand: `python -m tests.telegram_server --port 8081`.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import httpx

from tests.telegram_chats import Chat, ChatType, World
from tests.telegram_http import CutError, HttpServer, Request, Response
from tests.telegram_limits import WORDING, Fault, Limits, too_many_requests
from tests.telegram_messages import User
from tests.telegram_methods import Methods
from tests.telegram_types import (
    Json,
    RefusedError,
    bad_request,
    check_object,
    method_names,
    read_parameters,
)

LEFT_OUT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that came, and how it was answered; `refused` is empty where it was done."""

    method: str
    parameters: dict[str, Json]
    at: float
    """By the server's clock."""
    refused: str = ""


class TelegramServer:
    """Telegram, as far as a bot can tell."""

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        username: str = "digest_test_bot",
        strict_limits: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.token = token
        self.bot = User(
            id=int(token.split(":")[0]), first_name="Digest", username=username, is_bot=True
        )
        self.world = World(self.bot, self._enqueue)
        self.methods = Methods(self.world)
        self.limits = Limits() if strict_limits else None
        self.clock = clock
        self.calls: list[Call] = []
        self.updates: list[Json] = []
        """Not yet confirmed by the bot, in order."""
        self.webhook: dict[str, Json] = {"url": ""}
        self._allowed: list[str] = []
        self._faults: list[Fault] = []
        self._next_update = 100_000
        self._poll: asyncio.Future[None] | None = None
        self._pusher: asyncio.Task[None] | None = None
        self._http = HttpServer(self._respond, port)

    async def __aenter__(self) -> Self:
        await self._http.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop_pushing()
        await self._http.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.port}"

    # --- what a test sets up ------------------------------------------------------------------

    def private_chat(
        self,
        *,
        user_id: int | None = None,
        name: str = "Ada",
        language_code: str | None = "en",
        username: str | None = None,
    ) -> Chat:
        user = User(
            id=user_id or self.world.next_id(),
            first_name=name,
            username=username,
            language_code=language_code,
        )
        return self._add("private", user.id, name, owner=user, username=username)

    def group(self, *, name: str = "Group", owner: User | None = None) -> Chat:
        return self._add("group", -self.world.next_id(), name, owner=owner)

    def supergroup(
        self, *, name: str = "Supergroup", forum: bool = False, owner: User | None = None
    ) -> Chat:
        chat_id = -1_000_000_000_000 - self.world.next_id()
        return self._add("supergroup", chat_id, name, owner=owner, is_forum=forum)

    def channel(
        self, *, name: str = "Channel", username: str | None = None, owner: User | None = None
    ) -> Chat:
        chat_id = -1_000_000_000_000 - self.world.next_id()
        return self._add("channel", chat_id, name, owner=owner, username=username)

    def fail_next(
        self,
        method: str,
        *,
        status: int = 500,
        description: str = "",
        retry_after: int | None = None,
        cut: Literal["before", "after"] | None = None,
        delay_s: float = 0,
        hold: asyncio.Event | None = None,
        chat_id: int | None = None,
        times: int = 1,
    ) -> None:
        """Make the next requests of a method fail (of one chat, where `chat_id` is given).

        `retry_after` answers 429; `cut` closes the connection without an answer, before or after
        the request is carried out; `delay_s` carries it out and holds the answer back, `hold` until
        it is set; else the answer is `status` with `description`.
        """
        error = None
        if retry_after is not None:
            error = too_many_requests(retry_after)
        elif cut is None and not delay_s and hold is None:
            error = RefusedError(status, description or WORDING.get(status, "Error"))
        self._faults.append(
            Fault(
                method=method,
                chat_id=chat_id,
                error=error,
                cut=cut,
                delay_s=delay_s,
                hold=hold,
                times=times,
            )
        )

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def wait_for_call(self, method: str, *, timeout_s: float = 15) -> Call:
        """Return the newest call of the method, once there is one."""
        await self.world.wait_until(
            lambda: bool(self.calls_of(method)), timeout_s, f"{method} was not called"
        )
        return self.calls_of(method)[-1]

    async def wait_until_confirmed(self, *, timeout_s: float = 15) -> None:
        """Return once the bot has confirmed every update."""
        await self.world.wait_until(
            lambda: not self.updates, timeout_s, "the bot did not take all updates"
        )

    def _add(
        self,
        kind: ChatType,
        chat_id: int,
        name: str,
        *,
        owner: User | None,
        username: str | None = None,
        is_forum: bool = False,
    ) -> Chat:
        owner = owner or User(id=self.world.next_id(), first_name="Olga", language_code="en")
        chat = Chat(
            self.world, chat_id, kind, name=name, username=username, owner=owner, is_forum=is_forum
        )
        self.world.chats[chat_id] = chat
        return chat

    # --- updates ------------------------------------------------------------------------------

    def _enqueue(self, kind: str, payload: Json) -> None:
        self._next_update += 1
        update = {"update_id": self._next_update, kind: payload}
        check_object(update, "Update")
        wanted = kind in self._allowed if self._allowed else kind not in LEFT_OUT_BY_DEFAULT
        if wanted:
            self.updates.append(update)
        self.world.note_change()

    async def _get_updates(self, p: dict[str, Json]) -> Json:
        if self.webhook["url"]:
            raise RefusedError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(
                RefusedError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )
        self._allowed = p.get("allowed_updates", self._allowed)
        offset = p.get("offset", 0)
        if offset < 0:
            self.updates = self.updates[offset:]
        else:
            self.updates = [u for u in self.updates if u["update_id"] >= offset]
        self.world.note_change()
        poll = self._poll = asyncio.get_running_loop().create_future()
        waiting = asyncio.ensure_future(
            self.world.wait_until(lambda: bool(self.updates), p.get("timeout", 0), "no updates")
        )
        try:
            await asyncio.wait({poll, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if poll.done():
                poll.result()
            limit = min(max(p.get("limit", 100), 1), 100)
            return self.updates[:limit]
        finally:
            waiting.cancel()
            with contextlib.suppress(AssertionError, asyncio.CancelledError):
                await waiting
            if not poll.done():
                poll.cancel()

    async def _set_webhook(self, p: dict[str, Json]) -> Json:
        if not p["url"].startswith(("https://", "http://127.0.0.1:")):
            # Telegram takes https alone; plain loopback spares tests a certificate.
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        secret = p.get("secret_token", "")
        if not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
            raise bad_request("secret token contains unallowed characters")
        await self._delete_webhook(p)
        self.webhook = {"url": p["url"], "secret_token": secret}
        self._allowed = p.get("allowed_updates", self._allowed)
        self._pusher = asyncio.create_task(self._push())
        return True

    async def _delete_webhook(self, p: dict[str, Json]) -> Json:
        await self._stop_pushing()
        self.webhook = {"url": ""}
        if p.get("drop_pending_updates"):
            self.updates.clear()
        return True

    def _get_webhook_info(self, p: dict[str, Json]) -> Json:
        shown = {name: value for name, value in self.webhook.items() if name != "secret_token"}
        return shown | {
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
        }

    async def _push(self) -> None:
        headers = {}
        if self.webhook["secret_token"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.webhook["secret_token"]
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                await self.world.wait_until(lambda: bool(self.updates), math.inf, "")
                update = self.updates[0]
                try:
                    answer = await client.post(self.webhook["url"], json=update, headers=headers)
                    answer.raise_for_status()
                except httpx.HTTPError as exc:
                    self.webhook["last_error_date"] = int(time.time())
                    self.webhook["last_error_message"] = str(exc)
                    await asyncio.sleep(0.05)
                else:
                    self.updates.remove(update)
                    self.world.note_change()

    async def _stop_pushing(self) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pusher
            self._pusher = None

    # --- requests -----------------------------------------------------------------------------

    async def _respond(self, request: Request) -> Response:
        parts = request.path.strip("/").split("/")
        if parts[:2] == ["file", f"bot{self.token}"]:
            return Response(status=200, content=self.methods.document(parts[-1]).content)
        if parts[0] != f"bot{self.token}":
            return _failed(RefusedError(401, "Unauthorized"))
        method = method_names().get(parts[-1].lower())
        if method is None or len(parts) != 2:
            return _failed(RefusedError(404, "Not Found"))
        refused = ""
        try:
            result = await self._carry_out(method, request)
            return Response.of_json({"ok": True, "result": result})
        except RefusedError as exc:
            refused = exc.description
            return _failed(exc)
        except CutError:
            refused = "connection cut"
            raise
        finally:
            self.calls.append(
                Call(method=method, parameters=request.parameters, at=self.clock(), refused=refused)
            )
            self.world.note_change()

    async def _carry_out(self, method: str, request: Request) -> Json:
        parameters = read_parameters(method, request.parameters)
        fault = self._take_fault(method, parameters.get("chat_id"))
        if fault is not None and fault.error is not None:
            raise fault.error
        if fault is not None and fault.cut == "before":
            raise CutError
        result = await self._call(method, parameters)
        if fault is not None and fault.cut == "after":
            raise CutError
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
            if fault.hold is not None:
                await fault.hold.wait()
        return result

    async def _call(self, method: str, parameters: dict[str, Json]) -> Json:
        own: dict[str, Callable[[dict[str, Json]], Json]] = {
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "close": lambda p: True,
            "logOut": lambda p: True,
        }
        if self.limits is not None and method in ("sendMessage", "sendDocument", "sendLocation"):
            chat = self.methods.chat(parameters["chat_id"])
            self.limits.take(chat.id, private=chat.type == "private", now=self.clock())
        result = own[method](parameters) if method in own else self.methods.get(method)(parameters)
        return await result if inspect.isawaitable(result) else result

    def _take_fault(self, method: str, chat_id: int | None) -> Fault | None:
        for fault in self._faults:
            if fault.method == method and fault.chat_id in (None, chat_id):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None


def _failed(error: RefusedError) -> Response:
    answer: dict[str, Json] = {
        "ok": False,
        "error_code": error.code,
        "description": error.description,
    }
    if error.parameters:
        answer["parameters"] = error.parameters
    return Response.of_json(answer, status=error.code)


if __name__ == "__main__":
    from tests.telegram_console import main

    main()
