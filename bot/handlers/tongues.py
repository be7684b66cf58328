"""/lang: the language the bot speaks in a chat; what it reads and summarises stays English."""

from __future__ import annotations

import structlog
from telegram import BotCommandScopeChat, BotCommandScopeChatAdministrators
from telegram.error import TelegramError

from bot.handlers.buttons import button, in_rows
from bot.handlers.calls import Call
from bot.handlers.menus import make_menu
from bot.languages import LANGUAGES, find_language, name_language
from bot.texts import Html, Translator, lines, translator

log = structlog.get_logger(__name__)


class Tongues:
    """A chat's language."""

    async def lang(self, call: Call) -> None:
        """Set the language in the text, by code or name; without one show them all."""
        wanted = call.text.strip()
        code = _find(wanted)
        if code is not None:
            await self._set(call, code)
        else:
            await self.choose(call, wanted)

    async def choose(self, call: Call, unknown: str = "") -> None:
        """Show the languages; `unknown` is one that was asked for and is not among them."""
        _ = call.words
        choices = [
            button(f"{'✓ ' if code == call.chat.language else ''}{name}", "lang", code)
            for code, name in LANGUAGES.items()
        ]
        await call.show(
            lines(
                _("I do not speak “{language}” yet, but one of these?", language=unknown)
                if unknown
                else _("<b>Which language shall I speak here?</b>"),
                _english_news(_),
            ),
            [*in_rows(choices, 2), [button(_.plain("‹ Settings"), "set")]],
        )

    async def choose_by_button(self, call: Call) -> None:
        """Show the languages."""
        await self.choose(call)

    async def set_by_button(self, call: Call, code: str) -> None:
        """Set the language of a button."""
        await self._set(call, find_language(code))

    async def _set(self, call: Call, code: str) -> None:
        chats = call.desk.storage.chats
        call.chat = await chats.update(call.chat.id, language=code) or call.chat
        if call.managed_from is None:
            call.words = translator(code)
            await self._set_menu(call)
        _ = call.words
        await call.show(
            _(
                "Headings and dates are in {language} there now.",
                language=name_language(code, _.language),
            )
            if call.managed_from
            else lines(_("From now on I speak English here."), _english_news(_)),
            [[button(_.plain("‹ Settings"), "set")]],
        )

    async def _set_menu(self, call: Call) -> None:
        """Give this chat its command menu in its language, whatever its people's apps speak."""
        bot, chat_id = call.desk.bot, int(call.chat.id)
        try:
            if call.is_private:
                menu = make_menu(call.words, "private")
                await bot.set_my_commands(menu, BotCommandScopeChat(chat_id))
            elif call.chat.kind != "channel":
                menu = make_menu(call.words, "members")
                await bot.set_my_commands(menu, BotCommandScopeChat(chat_id))
                menu = make_menu(call.words, "admins")
                await bot.set_my_commands(menu, BotCommandScopeChatAdministrators(chat_id))
        except TelegramError as exc:
            log.warning("menu of a chat not set", chat=call.chat.id, error=str(exc))


def _find(text: str) -> str | None:
    """Return the code of the language that a text names, in that language or any of ours."""
    named = text.casefold()
    for code, name in LANGUAGES.items():
        known = {code, name.casefold()} | {name_language(code, o).casefold() for o in LANGUAGES}
        if named in known:
            return code
    return None


def _english_news(words: Translator) -> Html:
    """Return, for other languages than English, that the news itself stays English."""
    _ = words
    if words.language == "en":
        return Html()
    return _("The news itself stays in English, as the outlets write it.")
