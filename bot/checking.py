"""`digest-bot check`: what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from config.catalog import load_catalog
from config.settings import Settings
from summarizer.errors import DigestError
from summarizer.storage import Storage, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the check."""

    name: str
    ok: bool
    detail: str


async def check_installation(
    settings: Settings, *, offline: bool, backup: Path | None = None
) -> list[Result]:
    """Check each part on its own, so that one that is wrong hides no other.

    `offline` leaves out what needs a request (the token), for health checks.
    """
    checks: list[tuple[str, Callable[[Settings], Awaitable[str]]]] = [
        ("configuration", _check_configuration),
        ("database", _check_database),
        ("model", _check_model),
        ("feeds", _check_feeds),
    ]
    if not offline:
        checks.append(("telegram", _check_telegram))
    if backup is not None:
        checks.append(("backup", partial(_check_backup, backup)))
    return [await _try(name, check, settings) for name, check in checks]


async def _try(
    name: str, check: Callable[[Settings], Awaitable[str]], settings: Settings
) -> Result:
    try:
        return Result(name=name, ok=True, detail=await check(settings))
    except DigestError as exc:
        return Result(name=name, ok=False, detail=str(exc))


async def _check_configuration(settings: Settings) -> str:
    topics = len(load_catalog().topics)
    return f"{topics} topics, data in {settings.paths.folder()}"


async def _check_database(settings: Settings) -> str:
    storage = await Storage.open(settings.database_url)
    await storage.close()
    return settings.database_url.split("@")[-1]


async def _check_backup(file: Path, settings: Settings) -> str:
    await asyncio.to_thread(verify, file)
    return f"{file} can be restored"


async def _check_model(settings: Settings) -> str:
    from summarizer.writing.loading import load_model

    await asyncio.to_thread(load_model, settings)
    return settings.model.name


async def _check_feeds(settings: Settings) -> str:
    storage = await Storage.open(settings.database_url)
    try:
        feeds = await storage.articles.feeds()
    finally:
        await storage.close()
    read = [state for _, state in feeds if state.last_ok_at]
    if not read:
        return f"{len(feeds)} known, none read yet"
    newest = max(state.last_ok_at for state in read if state.last_ok_at)
    minutes = int((datetime.now(UTC) - newest).total_seconds() // 60)
    wrong = sum(1 for _, state in feeds if state.failures)
    return f"{len(feeds)} known, {wrong} failing, last read {minutes} min ago"


async def _check_telegram(settings: Settings) -> str:
    import telegram
    from telegram.error import InvalidToken, TelegramError

    from summarizer.errors import ConfigError

    token = settings.telegram.token.get_secret_value()
    if not token:
        raise ConfigError("no token; get one from @BotFather and set DIGEST_TELEGRAM__TOKEN")
    bot = telegram.Bot(token, base_url=f"{settings.telegram.api_url.rstrip('/')}/bot")
    try:
        async with bot:
            return f"@{bot.username}"
    except InvalidToken as exc:
        raise ConfigError("Telegram refuses the token; copy it again from @BotFather") from exc
    except TelegramError as exc:
        raise ConfigError(f"cannot reach Telegram at {settings.telegram.api_url}: {exc}") from exc
