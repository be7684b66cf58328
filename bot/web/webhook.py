"""Telegram's updates by webhook: it posts each one to us, and we answer once it is stored.

The secret that Telegram repeats with every update is derived from the bot's token: nothing to
configure, the same in every process of one bot, and a new one whenever the token is.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from urllib.parse import urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from bot.receiving import UPDATES, Inbox
from summarizer.errors import ConfigError, StorageError

log = structlog.get_logger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
"""https://core.telegram.org/bots/api#setwebhook"""
BODY_BYTES = 1_000_000
"""Of one update at most; the largest that Telegram sends are a few tens of kilobytes."""
LONGEST_WAIT_S = 60.0


class Webhook:
    """Takes the updates that Telegram posts to `url`."""

    def __init__(self, *, bot: Bot, inbox: Inbox, url: str) -> None:
        self._bot = bot
        self._inbox = inbox
        self._url = url
        self._secret = hmac.digest(bot.token.encode(), b"webhook", "sha256").hex()
        self.route = Route(urlsplit(url).path or "/", self._receive, methods=["POST"])

    async def run(self, stop: asyncio.Event) -> None:
        """Tell Telegram where to post, then wait for `stop`; what is posted meanwhile is taken.

        Telegram keeps posting to the same address after the stop, and again until we are back.
        Raises ConfigError where it does not take the address or the token.
        """
        wait = 1.0
        while not stop.is_set():
            try:
                await self._bot.set_webhook(
                    self._url, secret_token=self._secret, allowed_updates=UPDATES
                )
            except InvalidToken as exc:
                raise ConfigError(
                    "Telegram does not know this token: set telegram.token "
                    "(DIGEST_TELEGRAM__TOKEN) to the one from @BotFather"
                ) from exc
            except BadRequest as exc:
                raise ConfigError(
                    f"Telegram does not take telegram.webhook_url: {self._url!r}: {exc.message}"
                ) from exc
            except TelegramError as exc:
                log.warning("webhook not set", error=exc.message, wait_s=wait)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _wait_of(exc, wait))
                wait = min(LONGEST_WAIT_S, wait * 2)
            else:
                log.info("webhook set", url=self._url)
                await stop.wait()

    async def _receive(self, request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            log.warning("update with a wrong secret refused")
            return Response(status_code=403)
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return Response(status_code=413)
        try:
            update = Update.de_json(json.loads(body), self._bot)
        except (ValueError, TypeError, KeyError, AttributeError):
            log.warning("update not understood", size=len(body))
            return Response(status_code=400)
        try:
            await self._inbox.wait_for_room()
            await self._inbox.take(update)
        except StorageError as exc:
            log.warning("update not stored", error=str(exc))
            return Response(status_code=503)  # Telegram posts it again
        return Response(status_code=200)


async def _read(request: Request) -> bytes | None:
    """Return the body, None where it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            return None
    return body


def _wait_of(error: TelegramError, otherwise: float) -> float:
    if not isinstance(error, RetryAfter):
        return otherwise
    given = error.retry_after
    return float(given) if isinstance(given, int) else given.total_seconds()
