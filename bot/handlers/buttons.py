"""Buttons under the bot's messages, and the data they send back.

Data is `1|action|argument|…`: the number is the version of this form, so that buttons of an older
bot are recognised and answered politely. `1@-1001234|action|…` acts on another chat than the one it
stands in: a channel that is managed from a private chat. Telegram takes 64 bytes at most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.rendering import Button
from bot.texts import clock

VERSION = "1"
DATA_BYTES = 64
PER_PAGE = 10

Keyboard = Sequence[Sequence[Button]]

_HEAD = re.compile(rf"{VERSION}(?:@(-?\d+))?\|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button's data says."""

    action: str
    arguments: tuple[str, ...] = ()
    chat_id: str | None = None
    """The chat it acts on, where that is not the one it was pressed in."""


def button(text: str, action: str, *arguments: str) -> Button:
    """Return a button; raises ValueError where its data is too long for Telegram."""
    data = "|".join((VERSION, action, *arguments))
    if len(data.encode()) > DATA_BYTES:
        raise ValueError(f"too long for a button: {data!r}")
    return Button(text=text, data=data)


def fits(action: str, *arguments: str, chat_id: str | None = None) -> bool:
    """Return whether a button can carry this, for the chat `chat_id` where one is given."""
    head = VERSION if chat_id is None else f"{VERSION}@{chat_id}"
    return len("|".join((head, action, *arguments)).encode()) <= DATA_BYTES


def aim(keyboard: Keyboard, chat_id: str) -> Keyboard:
    """Return the buttons as ones that act on the chat `chat_id`, wherever they stand."""
    head = f"{VERSION}@{chat_id}|"
    return [
        [replace(b, data=_HEAD.sub(head, b.data, count=1)) if b.data else b for b in row]
        for row in keyboard
    ]


def read_press(data: str) -> Press | None:
    """Return what the data says, None for data of another form."""
    head = _HEAD.match(data)
    if head is None or head.end() == len(data):
        return None
    action, *arguments = data[head.end() :].split("|")
    return Press(action=action, arguments=tuple(arguments), chat_id=head[1])


def in_rows(buttons: Iterable[Button], width: int) -> list[list[Button]]:
    """Return the buttons in rows of `width`."""
    row = list(buttons)
    return [row[start : start + width] for start in range(0, len(row), width)]


def page_of(
    buttons: Sequence[Button], page: str, turn: str, *arguments: str, width: int = 2
) -> list[list[Button]]:
    """Return one page of buttons, with a row to turn to the others where there are several.

    That row's buttons do `turn` with the arguments and the number of the page, from 0. A page that
    is not there is the nearest one.
    """
    last = max(0, (len(buttons) - 1) // PER_PAGE)
    number = min(int(page) if page.isdecimal() else 0, last)
    rows = in_rows(buttons[number * PER_PAGE : (number + 1) * PER_PAGE], width)
    if last:
        before, after = (number - 1) % (last + 1), (number + 1) % (last + 1)
        rows.append(
            [
                button("‹", turn, *arguments, str(before)),
                button(f"{number + 1} / {last + 1}", turn, *arguments, str(number)),
                button("›", turn, *arguments, str(after)),
            ]
        )
    return rows


def time_grid(action: str, *arguments: str, chosen: Sequence[str] = ()) -> list[list[Button]]:
    """Return a button for each hour of the waking day; the last argument is the time."""
    hours = (clock(time(hour)) for hour in range(6, 22))
    return in_rows(
        (button(f"✓ {h}" if h in chosen else h, action, *arguments, h) for h in hours), 4
    )


def to_markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Return Telegram's form of a keyboard, None for an empty one."""
    rows = [
        [InlineKeyboardButton(b.text, callback_data=b.data, url=b.url) for b in row]
        for row in keyboard
        if row
    ]
    return InlineKeyboardMarkup(rows) if rows else None
