"""The menus of commands that Telegram shows, and what it says of the bot, in each language."""

from __future__ import annotations

from typing import Literal

import structlog
from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from telegram.error import TelegramError

from bot.languages import LANGUAGES
from bot.texts import Translator, translator

log = structlog.get_logger(__name__)

Audience = Literal["private", "members", "admins"]


def make_menu(words: Translator, audience: Audience) -> list[BotCommand]:
    """Return the commands for people of private chats, of groups, or for a group's admins."""
    _ = words.plain
    everyone = {
        "digest": _("A summary now"),
        "topics": _("Topics and their times"),
        "sources": _("What is read"),
        "help": _("What I can do"),
    }
    settings = {
        "subscribe": _("Get a topic every day"),
        "unsubscribe": _("Stop a topic"),
        "schedule": _("Times and weekdays"),
        "timezone": _("Time zone"),
        "quiet": _("Hours without messages"),
        "settings": _("Length, links and more"),
        "lang": _("Language"),
    }
    own = {
        "status": _("Is all well"),
        "privacy": _("What I keep"),
    }
    shown = {
        "private": {**everyone, **settings, **own},
        "members": everyone,
        "admins": {**everyone, **settings},
    }[audience]
    order = ["digest", "subscribe", "topics", "unsubscribe", "schedule", "timezone", "quiet"]
    order += ["sources", "settings", "lang", "status", "privacy", "help"]
    return [BotCommand(name, shown[name]) for name in order if name in shown]


async def introduce(bot: Bot) -> None:
    """Set the menus and the bot's descriptions where they are not yet what they shall be.

    A failure is logged and harms nobody: the next start sets what is missing.
    """
    try:
        for code in LANGUAGES:
            # What has no language code is for all others.
            await _introduce_in(bot, translator(code), None if code == "en" else code)
    except TelegramError as exc:
        log.warning("menu not set", error=str(exc))


async def _introduce_in(bot: Bot, words: Translator, code: str | None) -> None:
    scopes: list[tuple[BotCommandScope, Audience]] = [
        (BotCommandScopeDefault(), "private"),
        (BotCommandScopeAllPrivateChats(), "private"),
        (BotCommandScopeAllGroupChats(), "members"),
        (BotCommandScopeAllChatAdministrators(), "admins"),
    ]
    for scope, audience in scopes:
        menu = make_menu(words, audience)
        if list(await bot.get_my_commands(scope, language_code=code)) != menu:
            await bot.set_my_commands(menu, scope, language_code=code)
    description = words.plain(
        "I read many news outlets and tell you briefly and neutrally what happened: a few checked "
        "sentences a story, each with its sources. Press Start and choose a topic."
    )
    if (await bot.get_my_description(code)).description != description:
        await bot.set_my_description(description, code)
    short = words.plain("News digests from many outlets, every sentence with its sources.")
    if (await bot.get_my_short_description(code)).short_description != short:
        await bot.set_my_short_description(short, code)
