"""What each method of the Bot API does in the test server, with Telegram's own refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from tests.telegram_chats import Chat, World
from tests.telegram_entities import Entity, read_text, units
from tests.telegram_keyboards import check_keyboard
from tests.telegram_messages import Message, Place
from tests.telegram_types import Json, RefusedError, Upload, bad_request

Parameters = Mapping[str, Json]


class Methods:
    """The methods by their names; each takes checked parameters and returns the `result`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commands: dict[tuple[str, str], list[Json]] = {}
        """By the scope as JSON text and the language code."""
        self.profile: dict[tuple[str, str], str] = {}
        """By 'name', 'description' or 'short_description' and the language code."""

    def get(self, name: str) -> Callable[[Parameters], Json]:
        words = re.sub("([A-Z])", r"_\1", name).lower()
        method: Callable[[Parameters], Json] = getattr(self, f"_{words}")
        return method

    def chat(self, chat_id: int | str) -> Chat:
        """Return the chat a request names; raises RefusedError where Telegram would."""
        for chat in self.world.chats.values():
            if chat_id == chat.id or (chat.username and chat_id == f"@{chat.username}"):
                break
        else:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise RefusedError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        kind = f"{chat.type} chat"
        if chat.type == "private" and chat.bot_status == "kicked":
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        if chat.bot_status == "kicked":
            raise RefusedError(403, f"Forbidden: bot was kicked from the {kind}")
        if chat.bot_status == "left":
            raise RefusedError(403, f"Forbidden: bot is not a member of the {kind}")
        return chat

    # --- messages -------------------------------------------------------------------------

    def _send_message(self, p: Parameters) -> Json:
        text, entities = _read_message(p)
        chat = self._sendable(p)
        message = chat.store_bot_message(
            text=text,
            html=p["text"],
            entities=entities,
            preview=not p.get("link_preview_options", {}).get("is_disabled", False),
            **_shared(chat, p),
        )
        return message.to_json()

    def _send_document(self, p: Parameters) -> Json:
        if not isinstance(p["document"], Upload):
            raise bad_request("wrong file identifier/HTTP URL specified")
        if not p["document"].content:
            raise bad_request("file must be non-empty")
        text = ""
        entities: list[Entity] = []
        if p.get("caption"):
            text, entities = read_text(p["caption"], p.get("parse_mode"), limit=1024)
        chat = self._sendable(p)
        message = chat.store_bot_message(
            text=text,
            html=p.get("caption", ""),
            entities=entities,
            document=p["document"],
            **_shared(chat, p),
        )
        return message.to_json()

    def _send_location(self, p: Parameters) -> Json:
        chat = self._sendable(p)
        place = {"location": {"latitude": p["latitude"], "longitude": p["longitude"]}}
        return chat.store_bot_message(service=place, **_shared(chat, p)).to_json()

    def _edit_message_text(self, p: Parameters) -> Json:
        text, entities = _read_message(p)
        message = self._editable(p)
        keyboard = _read_keyboard(message.chat, p)
        if (text, entities, keyboard) == (message.text, message.entities, message.keyboard):
            raise _not_modified()
        message.text, message.html, message.entities = text, p["text"], entities
        return self._edited(message, keyboard)

    def _edit_message_reply_markup(self, p: Parameters) -> Json:
        message = self._editable(p)
        keyboard = _read_keyboard(message.chat, p)
        if keyboard == message.keyboard:
            raise _not_modified()
        return self._edited(message, keyboard)

    def _delete_message(self, p: Parameters) -> Json:
        chat = self.chat(p["chat_id"])
        message = chat.history.get(p["message_id"])
        if message is None:
            raise bad_request("message to delete not found")
        if message not in chat.messages and chat.bot_status != "administrator":
            raise bad_request("message can't be deleted")
        del chat.history[message.id]
        self.world.note_change()
        return True

    def _pin_chat_message(self, p: Parameters) -> Json:
        return self._set_pinned(p, True)

    def _unpin_chat_message(self, p: Parameters) -> Json:
        return self._set_pinned(p, False)

    def _set_message_reaction(self, p: Parameters) -> Json:
        chat = self.chat(p["chat_id"])
        if p["message_id"] not in chat.history:
            raise bad_request("message to react not found")
        return True

    def _send_chat_action(self, p: Parameters) -> Json:
        chat = self.chat(p["chat_id"])
        if p["action"] not in _ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.actions.append(p["action"])
        return True

    # --- answers to presses and inline queries ----------------------------------------------

    def _answer_callback_query(self, p: Parameters) -> Json:
        if units(p.get("text", "")) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        return self._answer(p["callback_query_id"], p)

    def _answer_inline_query(self, p: Parameters) -> Json:
        ids = [result["id"] for result in p["results"]]
        if len(ids) > 50 or len(set(ids)) != len(ids):
            raise bad_request("RESULTS_TOO_MUCH" if len(ids) > 50 else "RESULT_ID_DUPLICATE")
        for result in p["results"]:
            if not 1 <= len(result["id"].encode()) <= 64:
                raise bad_request("RESULT_ID_INVALID")
            content = result.get("input_message_content", {})
            if "message_text" in content:
                read_text(content["message_text"], content.get("parse_mode"))
            check_keyboard(result.get("reply_markup", {}), private=False)
        return self._answer(p["inline_query_id"], p)

    def _answer(self, query_id: str, p: Parameters) -> Json:
        query = self.world.queries.get(query_id)
        if query is None or query.answer is not None:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        query.answer = dict(p)
        self.world.note_change()
        return True

    # --- chats and the bot itself -----------------------------------------------------------

    def _get_me(self, p: Parameters) -> Json:
        return self.world.bot.to_json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }

    def _get_chat(self, p: Parameters) -> Json:
        gifts = dict.fromkeys(
            [
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ],
            False,
        )
        return self.chat(p["chat_id"]).to_json() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": gifts,
        }

    def _get_chat_member(self, p: Parameters) -> Json:
        chat = self.chat(p["chat_id"])
        is_own = p["user_id"] == self.world.bot.id
        if chat.hides_members and not is_own and chat.bot_status != "administrator":
            raise bad_request("CHAT_ADMIN_REQUIRED")
        return chat.member_json(p["user_id"])

    def _get_chat_administrators(self, p: Parameters) -> Json:
        chat = self.chat(p["chat_id"])
        if chat.type == "private":
            raise bad_request("there are no administrators in the private chat")
        members = [chat.member_json(user_id) for user_id in chat.people]
        return [m for m in members if m["status"] in ("creator", "administrator")]

    def _get_chat_member_count(self, p: Parameters) -> Json:
        chat = self.chat(p["chat_id"])
        return 1 + sum(status not in ("left", "kicked") for status in chat.members.values())

    def _leave_chat(self, p: Parameters) -> Json:
        self.chat(p["chat_id"]).set_bot_status("left")
        return True

    def _get_file(self, p: Parameters) -> Json:
        document = self.document(p["file_id"])
        return {
            "file_id": p["file_id"],
            "file_unique_id": f"unique-{p['file_id']}",
            "file_size": len(document.content),
            "file_path": f"documents/{p['file_id']}",
        }

    def document(self, file_id: str) -> Upload:
        for chat in self.world.chats.values():
            for message in chat.history.values():
                if message.document and file_id == f"document-{chat.id}-{message.id}":
                    return message.document
        raise bad_request("invalid file_id")

    def _set_my_commands(self, p: Parameters) -> Json:
        if len(p["commands"]) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in p["commands"]:
            if not re.fullmatch("/?[a-z0-9_]{1,32}", command["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= units(command["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(p)] = p["commands"]
        return True

    def _delete_my_commands(self, p: Parameters) -> Json:
        self.commands.pop(self._scope(p), None)
        return True

    def _get_my_commands(self, p: Parameters) -> Json:
        return self.commands.get(self._scope(p), [])

    def _scope(self, p: Parameters) -> tuple[str, str]:
        scope = p.get("scope", {"type": "default"})
        if "chat_id" in scope:
            self.chat(scope["chat_id"])
        return json.dumps(scope, sort_keys=True), p.get("language_code", "")

    def _set_my_name(self, p: Parameters) -> Json:
        return self._set_profile("name", 64, p)

    def _set_my_description(self, p: Parameters) -> Json:
        return self._set_profile("description", 512, p)

    def _set_my_short_description(self, p: Parameters) -> Json:
        return self._set_profile("short_description", 120, p)

    def _set_profile(self, what: str, limit: int, p: Parameters) -> Json:
        text = p.get(what, "")
        if units(text) > limit:
            raise bad_request(f"bot {what.replace('_', ' ')} is too long")
        self.profile[what, p.get("language_code", "")] = text
        return True

    def _get_my_name(self, p: Parameters) -> Json:
        return {"name": self._profile("name", p) or self.world.bot.first_name}

    def _get_my_description(self, p: Parameters) -> Json:
        return {"description": self._profile("description", p)}

    def _get_my_short_description(self, p: Parameters) -> Json:
        return {"short_description": self._profile("short_description", p)}

    def _profile(self, what: str, p: Parameters) -> str:
        default = self.profile.get((what, ""), "")
        return self.profile.get((what, p.get("language_code", "")), default)

    def _set_chat_menu_button(self, p: Parameters) -> Json:
        if "chat_id" in p:
            self.chat(p["chat_id"])
        return True

    # --- shared -------------------------------------------------------------------------------

    def _sendable(self, p: Parameters) -> Chat:
        chat = self.chat(p["chat_id"])
        if chat.type == "channel" and (chat.bot_status != "administrator" or not chat.bot_may_send):
            raise bad_request("need administrator rights in the channel chat")
        if not chat.bot_may_send:
            raise bad_request("not enough rights to send text messages to the chat")
        thread = p.get("message_thread_id")
        if thread is not None and thread not in chat.topics:
            raise bad_request("message thread not found")
        if (thread or 0) in chat.closed and chat.bot_status != "administrator":
            raise bad_request("TOPIC_CLOSED")
        return chat

    def _editable(self, p: Parameters) -> Message:
        if "inline_message_id" in p:
            raise bad_request("MESSAGE_ID_INVALID")
        if "chat_id" not in p:
            raise bad_request("chat_id is empty")
        if "message_id" not in p:
            raise bad_request("message identifier is not specified")
        chat = self.chat(p["chat_id"])
        message = chat.history.get(p["message_id"])
        if message is None:
            raise bad_request("message to edit not found")
        if message not in chat.messages:
            raise bad_request("message can't be edited")
        return message

    def _edited(self, message: Message, keyboard: list[list[Json]]) -> Json:
        message.keyboard = keyboard
        message.edits += 1
        message.changed = self.world.note_change()
        return message.to_json()

    def _set_pinned(self, p: Parameters, pinned: bool) -> Json:
        chat = self.chat(p["chat_id"])
        message = chat.history.get(p.get("message_id", max(chat.history, default=0)))
        if message is None:
            raise bad_request(f"message to {'pin' if pinned else 'unpin'} not found")
        message.pinned = pinned
        return True


def _read_message(p: Parameters) -> tuple[str, list[Entity]]:
    text, entities = read_text(p["text"], p.get("parse_mode"))
    if "entities" in p and not p.get("parse_mode"):
        entities = [
            Entity(type=e["type"], offset=e["offset"], length=e["length"], url=e.get("url"))
            for e in p["entities"]
        ]
    return text, entities


def _shared(chat: Chat, p: Parameters) -> dict[str, Json]:
    """Return what all sent messages have: keyboard, silence, thread, what they reply to."""
    reply = p.get("reply_parameters", {})
    reply_to = reply.get("message_id")
    if reply_to is not None and reply_to not in chat.history:
        if not reply.get("allow_sending_without_reply"):
            raise bad_request("message to be replied not found")
        reply_to = None
    markup = p.get("reply_markup", {})
    below = "keyboard" in markup or "remove_keyboard" in markup
    return {
        "keyboard": _read_keyboard(chat, p),
        "below": [[b["text"] for b in row] for row in markup.get("keyboard", [])]
        if below
        else None,
        "silent": p.get("disable_notification", False),
        "thread_id": p.get("message_thread_id"),
        "reply_to": reply_to,
    }


def _read_keyboard(chat: Place, p: Parameters) -> list[list[Json]]:
    markup = p.get("reply_markup", {})
    check_keyboard(markup, private=chat.type == "private")
    rows: list[list[Json]] = [row for row in markup.get("inline_keyboard", []) if row]
    return rows


def _not_modified() -> RefusedError:
    return bad_request(
        "message is not modified: specified new message content and reply markup are exactly the "
        "same as a current content and reply markup of the message"
    )


_ACTIONS = {"typing", "upload_document", "upload_photo", "find_location", "choose_sticker"}
