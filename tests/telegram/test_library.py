"""The library runs against the test server as it does against Telegram."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict, NetworkError, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
)

import bot  # noqa: F401  # says how the library gives periods
from tests.telegram_server import TelegramServer


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.effective_message is not None
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
    await update.effective_message.reply_html("<b>Welcome</b>", reply_markup=keyboard)


async def more(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("here")
    await update.callback_query.edit_message_text("Read <i>on</i>", parse_mode="HTML")


def application(server: TelegramServer) -> Application[Any, Any, Any, Any, Any, Any]:
    app = (
        ApplicationBuilder()
        .token(server.token)
        .base_url(f"{server.url}/bot")
        .base_file_url(f"{server.url}/file/bot")
        .build()
    )
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CallbackQueryHandler(more))
    return app


async def test_an_application_of_the_library_runs_against_it(server: TelegramServer) -> None:
    app = application(server)
    chat = server.private_chat(name="Ada")
    async with app:
        assert app.updater is not None
        await app.updater.start_polling(drop_pending_updates=True)
        await app.start()
        await chat.send_text("/start")
        message = await chat.wait_for_message("Welcome")
        assert message.html == "<b>Welcome</b>"
        assert [(e.type, e.offset, e.length) for e in message.entities] == [("bold", 0, 7)]
        assert message.buttons == [["More"]]
        press = await chat.press("More")
        assert (await press.wait_for_answer())["text"] == "here"
        assert (await chat.wait_for_message("Read on")).buttons == []
        assert chat.texts == ["Read on"]
        await app.updater.stop()
        await app.stop()
    assert not server.updates


async def test_the_library_sends_and_fetches_files(server: TelegramServer) -> None:
    chat = server.private_chat()
    async with application(server).bot as library:
        sent = await library.send_document(
            chat.id,
            b'{"a": "\xc3\xa9\r\n"}',
            filename="e.json",
            caption="<b>Yours</b>",
            parse_mode="HTML",
        )
        document = chat.messages[0].document
        assert document is not None
        assert (document.name, document.content) == ("e.json", b'{"a": "\xc3\xa9\r\n"}')
        assert sent.document is not None
        assert sent.caption == "Yours"
        file = await library.get_file(sent.document.file_id)
        assert bytes(await file.download_as_bytearray()) == document.content


async def test_faults_reach_the_library_as_its_own_errors(server: TelegramServer) -> None:
    chat = server.private_chat()
    async with application(server).bot as library:
        server.fail_next("sendMessage", retry_after=7)
        with pytest.raises(RetryAfter):
            await library.send_message(chat.id, "a")
        server.fail_next("sendMessage", status=502)
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await library.send_message(chat.id, "a")
        server.fail_next("sendMessage", cut="before")
        with pytest.raises(NetworkError):
            await library.send_message(chat.id, "a")
        assert chat.texts == []
        server.fail_next("sendMessage", cut="after", chat_id=chat.id)
        with pytest.raises(NetworkError):
            await library.send_message(chat.id, "a")
        assert chat.texts == ["a"]
        server.fail_next("sendMessage", delay_s=0.01, times=2)
        await library.send_message(chat.id, "b")
        assert [c.refused for c in server.calls_of("sendMessage")][-3:] == [
            "connection cut",
            "connection cut",
            "",
        ]


async def test_the_library_maps_refusals_to_its_errors(server: TelegramServer) -> None:
    async with application(server).bot as library:
        with pytest.raises(BadRequest, match="Chat not found"):
            await library.send_message(5, "a")
        server.fail_next("getUpdates", status=409, description="Conflict: other")
        with pytest.raises(Conflict):
            await library.get_updates()
