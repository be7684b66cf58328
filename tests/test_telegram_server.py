"""The test server behaves as Telegram does, towards the library and towards plain HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
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
from tests.telegram_entities import read_text
from tests.telegram_http import HttpServer, Request, Response
from tests.telegram_server import TelegramServer
from tests.telegram_types import RefusedError

Answer = dict[str, Any]


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


class Caller:
    """Calls methods with plain HTTP."""

    def __init__(self, server: TelegramServer, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client

    async def __call__(self, method: str, **parameters: Any) -> Answer:
        url = f"{self.server.url}/bot{self.server.token}/{method}"
        answer: Answer = (await self.client.post(url, json=parameters)).json()
        return answer

    async def refusal(self, method: str, **parameters: Any) -> str:
        answer = await self(method, **parameters)
        assert not answer["ok"]
        description: str = answer["description"]
        return description


@pytest.fixture
async def call(server: TelegramServer) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Caller(server, client)


# --- python-telegram-bot -------------------------------------------------------------------------


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


# --- updates ------------------------------------------------------------------------------------


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


# --- requests -----------------------------------------------------------------------------------


async def test_a_wrong_token_and_an_unknown_method_are_refused(
    server: TelegramServer, call: Caller
) -> None:
    answer = await call.client.get(f"{server.url}/bot1:x/getMe")
    assert (answer.status_code, answer.json()["description"]) == (401, "Unauthorized")
    assert (await call("getEverything"))["error_code"] == 404


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"text": "a"}, "chat_id is empty"),
        ({"chat_id": 1}, "message text is empty"),
        ({"chat_id": 1, "text": " \n"}, "message text is empty"),
        ({"chat_id": 1, "text": "a", "colour": "red"}, 'unknown parameter "colour"'),
        ({"chat_id": 1, "text": 5}, "field text must be of type String"),
        ({"chat_id": 1, "text": "a", "protect_content": 1}, "must be of type Boolean"),
        ({"chat_id": 1, "text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup"),
        ({"chat_id": 1, "text": "a", "reply_markup": []}, "object expected as reply_markup"),
        ({"chat_id": 1, "text": "a", "entities": {}}, "field entities must be an Array"),
        ({"chat_id": 1, "text": "a", "reply_parameters": {}}, 'can\'t find field "message_id"'),
        ({"chat_id": 1, "text": "a", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"chat_id": 2, "text": "a"}, "chat not found"),
        ({"chat_id": "@nobody", "text": "a"}, "chat not found"),
        ({"chat_id": 1, "text": "a", "message_thread_id": 3}, "message thread not found"),
        ({"chat_id": 1, "text": "a", "reply_parameters": {"message_id": 3}}, "replied not found"),
    ],
)
async def test_a_message_that_is_wrong_is_refused_in_telegrams_words(
    server: TelegramServer, call: Caller, parameters: Answer, problem: str
) -> None:
    server.private_chat(user_id=1)
    assert problem in await call.refusal("sendMessage", **parameters)


@pytest.mark.parametrize(
    ("button", "problem"),
    [
        ({"text": "a", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "url": "no link"}, "Wrong HTTP URL"),
        ({"text": "a"}, "text buttons are unallowed"),
        ({"text": " ", "callback_data": "x"}, "must be non-empty"),
        ({"text": "a", "callback_data": "x", "size": 1}, 'unknown field "size"'),
        ({"text": "a", "web_app": {"url": "http://example.org/"}}, "Only HTTPS links"),
    ],
)
async def test_a_button_that_is_wrong_is_refused(
    server: TelegramServer, call: Caller, button: Answer, problem: str
) -> None:
    chat = server.private_chat()
    markup = {"inline_keyboard": [[button]]}
    refused = await call.refusal("sendMessage", chat_id=chat.id, text="a", reply_markup=markup)
    assert problem in refused


async def test_too_many_buttons_are_refused(server: TelegramServer, call: Caller) -> None:
    chat = server.supergroup()
    button = {"text": "a", "callback_data": "b"}
    for rows, problem in (([[button] * 9], "8 buttons"), ([[button] * 8] * 13, "too long")):
        markup = {"inline_keyboard": rows}
        refused = await call.refusal("sendMessage", chat_id=chat.id, text="a", reply_markup=markup)
        assert problem in refused
    app = {"inline_keyboard": [[{"text": "a", "web_app": {"url": "https://example.org/"}}]]}
    refused = await call.refusal("sendMessage", chat_id=chat.id, text="a", reply_markup=app)
    assert "BUTTON_TYPE_INVALID" in refused


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


# --- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("é<b>a</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<p>a</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ('<a href="x', "Unclosed start tag"),
        ("<a href>a</a>", "Expected equal sign"),
        ("<a =>a</a>", "Empty attribute name"),
        ("<a ", "Unclosed start tag"),
        ("<b>a</b", "Unclosed end tag"),
        ("<span>a</span>", 'must have class "tg-spoiler"'),
        ("a&nbsp;b", 'unsupported entity "&nbsp;"'),
    ],
)
def test_html_that_telegram_cannot_parse_is_refused(html: str, problem: str) -> None:
    with pytest.raises(RefusedError) as caught:
        read_text(html, "HTML")
    assert caught.value.description.startswith("Bad Request: can't parse entities: ")
    assert problem in caught.value.description


def test_html_becomes_text_and_entities_in_utf16_units() -> None:
    html = (
        '  \N{GRINNING FACE}<b>b <i>&amp;</i></b> <a href="https://a.org/?x=1&amp;y=2">l</a>\r '
        "<span class='tg-spoiler'>s</span><code>c</code> <u></u><b> </b>\n"
        '<blockquote expandable>q &#8212; "&quot;</blockquote >\n'
    )
    text, entities = read_text(html, "HTML")
    assert text == '\N{GRINNING FACE}b & l sc  \nq — ""'
    assert [(e.type, e.offset, e.length, e.url) for e in entities] == [
        ("bold", 2, 3, None),
        ("italic", 4, 1, None),
        ("text_link", 6, 1, "https://a.org/?x=1&y=2"),
        ("spoiler", 8, 1, None),
        ("code", 9, 1, None),
        ("expandable_blockquote", 13, 6, None),
    ]


def test_a_link_to_nothing_is_left_out_silently() -> None:
    for href in ("", "nowhere", "ftp://a.org", "http://a b.org", "http://[", "javascript:x"):
        assert read_text(f'<a href="{href}">l</a>', "HTML") == ("l", [])
    assert read_text('<a href="a.org">l</a>', "HTML")[1][0].url == "http://a.org/"
    assert read_text("<a href='tg://user?id=1'>l</a>", "HTML")[1][0].url == "tg://user?id=1"


def test_limits_of_a_text_are_telegrams() -> None:
    assert len(read_text("<b>" + "a" * 4096 + "</b>", "HTML")[0]) == 4096
    for text in ("a" * 4097, "\N{GRINNING FACE}" * 2049):
        with pytest.raises(RefusedError, match="message is too long"):
            read_text(text, None)
    assert len(read_text("<b>a</b> " * 101, "HTML")[1]) == 100
    link = f'<a href="https://a.org/{"x" * 985}">l</a>'
    assert len(read_text(link * 8, "HTML")[1]) == 8
    with pytest.raises(RefusedError, match="ENTITIES_TOO_LONG"):
        read_text(link * 8 + "<a href='https://b.org'>l</a>", "HTML")


def test_commands_links_and_names_are_found_in_plain_text() -> None:
    text, entities = read_text("/start@digest_bot see https://a.org/x. @adalove #news a.org", None)
    found = [(e.type, text[e.offset : e.offset + e.length]) for e in entities]
    assert found == [
        ("bot_command", "/start@digest_bot"),
        ("url", "https://a.org/x"),
        ("mention", "@adalove"),
        ("hashtag", "#news"),
        ("url", "a.org"),
    ]


# --- chats --------------------------------------------------------------------------------------


async def test_edits_show_and_wrong_ones_are_refused(server: TelegramServer, call: Caller) -> None:
    chat = server.private_chat()
    theirs = await chat.send_text("hello")
    sent = (await call("sendMessage", chat_id=chat.id, text="a"))["result"]
    this = {"chat_id": chat.id, "message_id": sent["message_id"]}
    assert "is not modified" in await call.refusal("editMessageText", **this, text="a")
    assert (await call("editMessageText", **this, text="b"))["ok"]
    assert chat.texts == ["b"]
    assert "is not modified" in await call.refusal("editMessageReplyMarkup", **this)
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "go"}]]}
    assert (await call("editMessageReplyMarkup", **this, reply_markup=markup))["ok"]
    assert chat.messages[0].buttons == [["Go"]]
    other = {"chat_id": chat.id, "message_id": 99}
    assert "to edit not found" in await call.refusal("editMessageText", **other, text="b")
    assert "to delete not found" in await call.refusal("deleteMessage", **other)
    assert "MESSAGE_ID_INVALID" in await call.refusal(
        "editMessageText", inline_message_id="1", text="b"
    )
    assert "chat_id is empty" in await call.refusal("editMessageText", message_id=1, text="b")
    assert "not specified" in await call.refusal("editMessageText", chat_id=chat.id, text="b")
    own = {"chat_id": chat.id, "message_id": theirs.id}
    assert "can't be edited" in await call.refusal("editMessageText", **own, text="b")
    assert "can't be deleted" in await call.refusal("deleteMessage", **own)
    assert (await call("deleteMessage", **this))["ok"]
    assert chat.texts == []


async def test_replies_name_their_message_and_may_do_without(
    server: TelegramServer, call: Caller
) -> None:
    chat = server.private_chat()
    theirs = await chat.send_text("hello")
    await call("sendMessage", chat_id=chat.id, text="a", reply_parameters={"message_id": theirs.id})
    gone = {"message_id": 99, "allow_sending_without_reply": True}
    await call("sendMessage", chat_id=chat.id, text="b", reply_parameters=gone)
    assert [m.reply_to for m in chat.messages] == [theirs.id, None]


async def test_a_chat_that_shut_the_bot_out_says_so(server: TelegramServer, call: Caller) -> None:
    person, group, channel = server.private_chat(), server.supergroup(), server.channel()
    person.set_bot_status("kicked")
    group.set_bot_status("kicked")
    channel.set_bot_status("left")
    expected = {
        person.id: "Forbidden: bot was blocked by the user",
        group.id: "Forbidden: bot was kicked from the supergroup chat",
        channel.id: "Forbidden: bot is not a member of the channel chat",
    }
    for chat_id, words in expected.items():
        assert await call.refusal("sendMessage", chat_id=chat_id, text="a") == words
    assert [u["my_chat_member"]["new_chat_member"]["status"] for u in server.updates] == [
        "kicked",
        "kicked",
        "left",
    ]
    group.set_bot_status("restricted", may_send=False)
    assert "not enough rights" in await call.refusal("sendMessage", chat_id=group.id, text="a")
    channel.set_bot_status("administrator", may_send=False)
    refused = await call.refusal("sendMessage", chat_id=channel.id, text="a")
    assert "need administrator rights" in refused


async def test_a_group_that_was_upgraded_names_its_new_id(
    server: TelegramServer, call: Caller
) -> None:
    group = server.group()
    new = group.upgrade()
    answer = await call("sendMessage", chat_id=group.id, text="a")
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}
    assert server.updates[0]["message"]["migrate_to_chat_id"] == new.id
    assert server.updates[1]["message"]["migrate_from_chat_id"] == group.id
    assert (await call("sendMessage", chat_id=new.id, text="a"))["ok"]


async def test_topics_of_a_forum_are_threads(server: TelegramServer, call: Caller) -> None:
    forum = server.supergroup(forum=True)
    thread = forum.add_topic("News")
    await forum.send_text("hello", thread_id=thread)
    assert server.updates[0]["message"]["message_thread_id"] == thread
    sending = {"chat_id": forum.id, "message_thread_id": thread, "text": "a"}
    assert (await call("sendMessage", **sending))["ok"]
    assert forum.messages[0].thread_id == thread
    forum.delete_topic(thread)
    assert "thread not found" in await call.refusal("sendMessage", **sending)


async def test_channels_have_posts_without_a_sender(server: TelegramServer, call: Caller) -> None:
    channel = server.channel(username="lindholm")
    await channel.send_text("by a person")
    assert server.updates[0]["channel_post"]["sender_chat"]["id"] == channel.id
    assert (await call("sendMessage", chat_id="@lindholm", text="by the bot"))["ok"]
    assert channel.texts == ["by the bot"]
    assert (await call("leaveChat", chat_id=channel.id))["ok"]
    assert channel.bot_status == "left"


async def test_members_have_their_rights(server: TelegramServer, call: Caller) -> None:
    group = server.group()
    admin = group.add_member("Ann", "administrator")
    muted = group.add_member("Max", "restricted")
    gone = group.add_member("Kim", "kicked")
    statuses = []
    for user_id in (group.user.id, admin.id, muted.id, gone.id, 5, server.bot.id):
        member = await call("getChatMember", chat_id=group.id, user_id=user_id)
        statuses.append(member["result"]["status"])
    assert statuses == ["creator", "administrator", "restricted", "kicked", "left", "member"]
    admins = (await call("getChatAdministrators", chat_id=group.id))["result"]
    assert {m["user"]["id"] for m in admins} == {group.user.id, admin.id}
    assert (await call("getChatMemberCount", chat_id=group.id))["result"] == 4
    alone = server.private_chat()
    assert "no administrators" in await call.refusal("getChatAdministrators", chat_id=alone.id)
    await group.press_data("x", user=muted, message=await group.send_text("a"))
    assert server.updates[-1]["callback_query"]["from"]["first_name"] == "Max"


async def test_a_press_is_answered_once(server: TelegramServer, call: Caller) -> None:
    chat = server.private_chat()
    press = await chat.press_data("x", message=await chat.send_text("a"))
    refused = await call.refusal("answerCallbackQuery", callback_query_id=press.id, text="x" * 201)
    assert "MESSAGE_TOO_LONG" in refused
    assert (await call("answerCallbackQuery", callback_query_id=press.id))["ok"]
    assert "too old" in await call.refusal("answerCallbackQuery", callback_query_id=press.id)


async def test_inline_queries_are_answered_with_checked_results(
    server: TelegramServer, call: Caller
) -> None:
    query = await server.private_chat().inline_query("world")

    def result(result_id: str, html: str = "<b>a</b>") -> Answer:
        content = {"message_text": html, "parse_mode": "HTML"}
        return {
            "type": "article",
            "id": result_id,
            "title": "t",
            "input_message_content": content,
        }

    for results, problem in (
        ([result("1"), result("1")], "RESULT_ID_DUPLICATE"),
        ([result(str(n)) for n in range(51)], "RESULTS_TOO_MUCH"),
        ([result("x" * 65)], "RESULT_ID_INVALID"),
        ([result("1", "<b>")], "can't parse entities"),
    ):
        refused = await call.refusal("answerInlineQuery", inline_query_id=query.id, results=results)
        assert problem in refused
    await call("answerInlineQuery", inline_query_id=query.id, results=[result("1")])
    assert (await query.wait_for_answer())["results"][0]["title"] == "t"


async def test_the_bots_commands_and_profile_are_kept_by_language(
    server: TelegramServer, call: Caller
) -> None:
    commands = [{"command": "start", "description": "Start"}]
    scope = {"type": "all_group_chats"}
    await call("setMyCommands", commands=commands, scope=scope, language_code="de")
    got = await call("getMyCommands", scope=scope, language_code="de")
    assert got["result"] == commands
    assert (await call("getMyCommands"))["result"] == []
    await call("deleteMyCommands", scope=scope, language_code="de")
    assert server.methods.commands == {}
    for wrong, problem in (
        ({"command": "Start!", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "start", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ):
        assert problem in await call.refusal("setMyCommands", commands=[wrong])
    assert "TOO_MUCH" in await call.refusal("setMyCommands", commands=commands * 101)
    unknown = {"type": "chat", "chat_id": 5}
    refused = await call.refusal("setMyCommands", commands=commands, scope=unknown)
    assert "chat not found" in refused
    await call("setMyDescription", description="News", language_code="")
    assert (await call("getMyDescription", language_code="fr"))["result"]["description"] == "News"
    await call("setMyShortDescription", short_description="N")
    assert (await call("getMyShortDescription"))["result"]["short_description"] == "N"
    assert (await call("getMyName"))["result"]["name"] == "Digest"
    assert "too long" in await call.refusal("setMyName", name="x" * 65)
    assert (await call("setChatMenuButton", menu_button={"type": "commands"}))["ok"]
    assert "chat not found" in await call.refusal("setChatMenuButton", chat_id=5)


async def test_small_methods_do_what_they_say(server: TelegramServer, call: Caller) -> None:
    chat = server.private_chat()
    theirs = await chat.send_text("hello")
    await chat.send_location(52.5, 13.4)
    await chat.send_document("feeds.opml", b"<opml/>")
    assert server.updates[-1]["message"]["document"]["file_name"] == "feeds.opml"
    this = {"chat_id": chat.id, "message_id": theirs.id}
    assert (await call("sendChatAction", chat_id=chat.id, action="typing"))["ok"]
    assert chat.actions == ["typing"]
    assert "wrong parameter action" in await call.refusal(
        "sendChatAction", chat_id=chat.id, action="sleeping"
    )
    assert (await call("pinChatMessage", **this))["ok"]
    assert theirs.pinned
    assert (await call("unpinChatMessage", **this))["ok"]
    assert not theirs.pinned
    reaction = [{"type": "emoji", "emoji": "👍"}]
    assert (await call("setMessageReaction", **this, reaction=reaction))["ok"]
    assert "not found" in await call.refusal("setMessageReaction", chat_id=chat.id, message_id=99)
    assert "not found" in await call.refusal("pinChatMessage", chat_id=chat.id, message_id=99)
    assert (await call("sendLocation", chat_id=chat.id, latitude=1.5, longitude=2))["ok"]
    assert (await call("getChat", chat_id=chat.id))["result"]["first_name"] == "Ada"
    assert (await call("logOut"))["result"] is True
    assert "invalid file_id" in await call.refusal("getFile", file_id="none")
    assert "wrong file" in await call.refusal("sendDocument", chat_id=chat.id, document="x")


# --- limits -------------------------------------------------------------------------------------


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


async def test_the_library_maps_refusals_to_its_errors(server: TelegramServer) -> None:
    async with application(server).bot as library:
        with pytest.raises(BadRequest, match="Chat not found"):
            await library.send_message(5, "a")
        server.fail_next("getUpdates", status=409, description="Conflict: other")
        with pytest.raises(Conflict):
            await library.get_updates()
