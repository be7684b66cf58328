"""Buttons under the bot's messages, and the data they send back.

Data is `1|action|argument|…`: the number is the version of this form, so that buttons of an older
bot are recognised and answered politely. Telegram takes 64 bytes at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.rendering import Button
from bot.texts import clock

VERSION = "1"
DATA_BYTES = 64

Keyboard = Sequence[Sequence[Button]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What a button's data says."""

    action: str
    arguments: tuple[str, ...] = ()


def button(text: str, action: str, *arguments: str) -> Button:
    """Return a button; raises ValueError where its data is too long for Telegram."""
    data = "|".join((VERSION, action, *arguments))
    if len(data.encode()) > DATA_BYTES:
        raise ValueError(f"too long for a button: {data!r}")
    return Button(text=text, data=data)


def fits(action: str, *arguments: str) -> bool:
    """Return whether a button can carry this."""
    return len("|".join((VERSION, action, *arguments)).encode()) <= DATA_BYTES


def read_press(data: str) -> Press | None:
    """Return what the data says, None for data of another form."""
    version, _, rest = data.partition("|")
    if version != VERSION or not rest:
        return None
    action, *arguments = rest.split("|")
    return Press(action=action, arguments=tuple(arguments))


def in_rows(buttons: Iterable[Button], width: int) -> list[list[Button]]:
    """Return the buttons in rows of `width`."""
    row = list(buttons)
    return [row[start : start + width] for start in range(0, len(row), width)]


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
