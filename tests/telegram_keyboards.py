"""Inline keyboards, refused where Telegram would refuse them."""

from __future__ import annotations

from tests.telegram_entities import valid_link
from tests.telegram_types import Json, bad_request


def check_keyboard(markup: Json, *, private: bool) -> None:
    """Raise RefusedError for an inline keyboard that Telegram would refuse."""
    rows = markup.get("inline_keyboard", [])
    if sum(len(row) for row in rows) > 100:
        raise bad_request("reply markup is too long")
    if any(len(row) > 8 for row in rows):
        raise bad_request("a row of the keyboard has more than 8 buttons")  # they are not shown
    for button in (button for row in rows for button in row):
        kinds = set(button) - {"text", "icon_custom_emoji_id", "style"}
        if not button["text"].strip():
            raise bad_request("can't parse inline keyboard button: text must be non-empty")
        if len(kinds) != 1:
            raise bad_request("text buttons are unallowed in the inline keyboard")
        _check_button(button, kinds.pop(), private=private)


def _check_button(button: Json, kind: str, *, private: bool) -> None:
    if kind == "callback_data" and not 1 <= len(button[kind].encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if kind == "url" and valid_link(button[kind]) is None:
        raise bad_request(f"inline keyboard button URL '{button[kind]}' is invalid: Wrong HTTP URL")
    if kind == "web_app":
        if not private:
            raise bad_request("BUTTON_TYPE_INVALID")
        url = button[kind]["url"]
        if not url.startswith("https://") or valid_link(url) is None:
            raise bad_request(
                f"inline keyboard button Web App URL '{url}' is invalid: "
                "Only HTTPS links are allowed"
            )
