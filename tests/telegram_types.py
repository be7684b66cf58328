"""Checks requests and answers against the Bot API's methods and types (data/bot_api.json)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

Json = Any
"""What json.loads returns. The test server passes it on as Telegram does: unread."""


class RefusedError(Exception):
    """An answer with ok=false, as Telegram words it."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(description: str) -> RefusedError:
    return RefusedError(400, f"Bad Request: {description}")


@cache
def bot_api() -> dict[str, Json]:
    path = Path(__file__).parent / "data" / "bot_api.json"
    loaded: dict[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def method_names() -> dict[str, str]:
    """Return each method's name by its lower-case form: Telegram takes any case."""
    return {name.lower(): name for name in bot_api()["methods"]}


def read_parameters(method: str, given: dict[str, Json]) -> dict[str, Json]:
    """Return the parameters with their types.

    Text from a form is read as the type that is asked for. Raises RefusedError for parameters that
    are unknown, malformed or missing. Telegram overlooks unknown ones; here they are mistakes.
    """
    fields = bot_api()["methods"][method]
    for name in given:
        if name not in fields:
            raise bad_request(f'unknown parameter "{name}" of {method}')
    for name, field in fields.items():
        if field["required"] and given.get(name) in (None, ""):
            raise bad_request(_missing(name))
    return {name: _read(value, fields[name]["types"], name) for name, value in given.items()}


def check_object(value: Json, name: str) -> None:
    """Raise RefusedError unless `value` is of the type `name`; what the server sends is checked."""
    _check(value, [name], name)


def _missing(name: str) -> str:
    return {
        "chat_id": "chat_id is empty",
        "text": "message text is empty",
        "user_id": "invalid user_id specified",
        "message_id": "message identifier is not specified",
    }.get(name, f'parameter "{name}" is required')


def _read(value: Json, types: list[str], name: str) -> Json:
    if isinstance(value, str):
        value = _from_text(value, types, name)
    _check(value, types, name)
    return value


def _from_text(text: str, types: list[str], name: str) -> Json:
    if "Integer" in types and text.removeprefix("-").isdigit():
        return int(text)
    if "Boolean" in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if "String" in types or "InputFile" in types:
        return text
    try:
        return json.loads(text)
    except ValueError:
        what = "reply keyboard markup" if name == "reply_markup" else name
        raise bad_request(f"can't parse {what} JSON object") from None


def _check(value: Json, types: list[str], where: str) -> None:
    problems: list[RefusedError] = []
    for name in types:
        try:
            return _check_one(value, name, where)
        except RefusedError as exc:
            problems.append(exc)
    raise problems[0]


def _check_one(value: Json, name: str, where: str) -> None:
    if name.startswith("Array of "):
        if not isinstance(value, list):
            raise bad_request(f"field {where} must be an Array")
        for i, item in enumerate(value):
            _check(item, [name.removeprefix("Array of ")], f"{where}[{i}]")
    elif name in ("Integer", "Float", "String", "Boolean"):
        if not isinstance(value, _PYTHON_TYPES[name]) or (
            isinstance(value, bool) and name != "Boolean"
        ):
            raise bad_request(f"field {where} must be of type {name}")
    elif name == "InputFile":
        if not isinstance(value, str | Upload):
            raise bad_request(f"field {where} must be a file")
    else:
        _check_object(value, name, where)


_PYTHON_TYPES: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "Float": (int, float),
    "String": str,
    "Boolean": bool,
}


def _check_object(value: Json, name: str, where: str) -> None:
    kind = bot_api()["types"].get(name)
    if kind is None:
        return  # a type that only Telegram makes
    if not isinstance(value, dict):
        raise bad_request(f"object expected as {where}")
    if "subtypes" in kind:
        return _check(value, _matching_subtypes(value, kind["subtypes"]), where)
    for key, field in kind["fields"].items():
        if field["required"] and key not in value:
            raise bad_request(f'can\'t find field "{key}" in {where}')
    for key, item in value.items():
        if key not in kind["fields"]:
            raise bad_request(f'unknown field "{key}" in {where} ({name})')
        _check(item, kind["fields"][key]["types"], f"{where}.{key}")
    return None


def _matching_subtypes(value: dict[str, Json], subtypes: list[str]) -> list[str]:
    """Return the subtypes whose name tells of the value's `type`, else all of them."""
    tag = str(value.get("type", "")).replace("_", "")
    return [s for s in subtypes if tag and s.lower().endswith(tag)] or subtypes


class Upload:
    """A file that came in a multipart body."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content
