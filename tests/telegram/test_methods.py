"""The methods of the test server do and refuse what Telegram does and refuses."""

from __future__ import annotations

import pytest

from tests.telegram.conftest import Answer, Caller
from tests.telegram_server import TelegramServer


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
