"""What a command and a button are: who runs them, and whether they change settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.handlers.calls import Call

Action = Callable[[Call], Awaitable[None]]
Pressed = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command with its aliases, what runs it, and its line in Telegram's menu."""

    names: tuple[str, ...]
    run: Action
    menu: str = ""
    """English; empty: not in the menu."""
    changes: Callable[[str], bool] = lambda text: False
    """Whether a call with this text changes settings: in groups, admins alone may."""
    elsewhere: bool = False
    """Whether it can be given for a channel, from a private chat: '/topics @channel'."""
    private: bool = False
    """In the menu of private chats alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a button does, how many arguments it takes and whether it changes settings."""

    run: Pressed
    arguments: int = 0
    changes: bool = True


def always(text: str) -> bool:
    """Say that a command changes settings whatever follows it."""
    return True


def with_text(text: str) -> bool:
    """Say that a command changes settings where something follows it, and else shows them."""
    return bool(text.strip())
