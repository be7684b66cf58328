"""Write bot_api.json: the methods and types of the Bot API that the test server checks against.

    python tests/data/make_bot_api.py path/to/api.json

`api.json` is a machine-readable Bot API description (`methods` and `types`, each with `fields` of
`name`, `types` and `required`). Kept are the methods below with every type their parameters can
hold, and those types of answers and updates that the server makes itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

METHODS = [
    "answerCallbackQuery",
    "answerInlineQuery",
    "close",
    "deleteMessage",
    "deleteMyCommands",
    "deleteWebhook",
    "editMessageReplyMarkup",
    "editMessageText",
    "getChat",
    "getChatAdministrators",
    "getChatMember",
    "getChatMemberCount",
    "getFile",
    "getMe",
    "getMyCommands",
    "getMyDescription",
    "getMyName",
    "getMyShortDescription",
    "getUpdates",
    "getWebhookInfo",
    "leaveChat",
    "logOut",
    "pinChatMessage",
    "sendChatAction",
    "sendDocument",
    "sendLocation",
    "sendMessage",
    "setChatMenuButton",
    "setMessageReaction",
    "setMyCommands",
    "setMyDescription",
    "setMyName",
    "setMyShortDescription",
    "setWebhook",
    "unpinChatMessage",
]

ANSWER_TYPES = [
    "CallbackQuery",
    "Chat",
    "ChatFullInfo",
    "ChatMemberAdministrator",
    "ChatMemberBanned",
    "ChatMemberLeft",
    "ChatMemberMember",
    "ChatMemberOwner",
    "ChatMemberRestricted",
    "ChatMemberUpdated",
    "Document",
    "File",
    "ForumTopicCreated",
    "InlineQuery",
    "Location",
    "Message",
    "MessageEntity",
    "Update",
    "User",
    "WebhookInfo",
]


def main(source: Path, target: Path) -> None:
    api = json.loads(source.read_text(encoding="utf-8"))
    methods = {name: _fields(api["methods"][name]) for name in sorted(METHODS)}
    wanted = [t for fields in methods.values() for f in fields.values() for t in f["types"]]
    types: dict[str, object] = {}
    while wanted:
        name = wanted.pop().replace("Array of ", "")
        if name in types or name not in api["types"]:
            continue
        kind = api["types"][name]
        if "subtypes" in kind:
            types[name] = {"subtypes": kind["subtypes"]}
            wanted += kind["subtypes"]
        else:
            fields = _fields(kind)
            types[name] = {"fields": fields}
            wanted += [t for f in fields.values() for t in f["types"]]
    for name in ANSWER_TYPES:
        types.setdefault(name, {"fields": _fields(api["types"][name])})
    target.write_text(
        json.dumps(
            {"version": api["version"], "methods": methods, "types": dict(sorted(types.items()))},
            indent=1,
            ensure_ascii=False,
        )
        + "\n",
        encoding="utf-8",
    )


def _fields(described: dict[str, list[dict[str, object]]]) -> dict[str, dict[str, object]]:
    return {
        str(f["name"]): {"types": f["types"], "required": f["required"]}
        for f in described.get("fields", [])
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).with_name("bot_api.json"))
