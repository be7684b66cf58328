"""The people and messages of the test server."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from tests.telegram_entities import Entity
from tests.telegram_types import Json, Upload


class Place(Protocol):
    """The chat of a message."""

    id: int
    history: dict[int, Message]

    @property
    def type(self) -> str: ...

    def to_json(self) -> Json: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def to_json(self) -> Json:
        values = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": self.language_code,
        }
        return {name: value for name, value in values.items() if value is not None}


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as the chat shows it now, edits included."""

    id: int
    chat: Place
    sender: User | None
    text: str = ""
    """Plain text, as people read it."""
    html: str = ""
    """As the bot sent it."""
    entities: list[Entity] = field(default_factory=list)
    keyboard: list[list[Json]] = field(default_factory=list)
    """Rows of inline buttons, as sent."""
    below: list[list[str]] | None = None
    """The keyboard it puts in place of the people's own; empty where it takes that away."""
    silent: bool = False
    preview: bool = True
    reply_to: int | None = None
    thread_id: int | None = None
    document: Upload | None = None
    pinned: bool = False
    edits: int = 0
    changed: int = 0
    """The world's count of changes when it was last sent or edited."""
    service: dict[str, Json] = field(default_factory=dict)
    date: int = field(default_factory=lambda: int(time.time()))

    @property
    def buttons(self) -> list[list[str]]:
        return [[button["text"] for button in row] for row in self.keyboard]

    @property
    def links(self) -> list[str]:
        """The targets of its links, in order."""
        return [e.url for e in self.entities if e.url is not None]

    def button(self, text: str) -> Json:
        """Return the button of this text, as sent."""
        for row in self.keyboard:
            for button in row:
                if button["text"] == text:
                    return button
        raise AssertionError(f"no button {text!r} among {self.buttons!r}")

    def to_json(self, *, with_reply: bool = True) -> Json:
        value: dict[str, Json] = {
            "message_id": self.id,
            "date": self.date,
            "chat": self.chat.to_json(),
            **self.service,
        }
        if self.sender is not None:
            value["from"] = self.sender.to_json()
        elif self.chat.type == "channel":
            value["sender_chat"] = self.chat.to_json()
        if self.text:
            value["text"] = self.text
        if self.entities:
            value["entities"] = [e.to_json() for e in self.entities]
        if self.document is not None:
            value["document"] = {
                "file_id": f"document-{self.chat.id}-{self.id}",
                "file_unique_id": f"unique-{self.chat.id}-{self.id}",
                "file_name": self.document.name,
                "file_size": len(self.document.content),
            }
            value |= {"caption": value.pop("text")} if self.text else {}
            value |= {"caption_entities": value.pop("entities")} if self.entities else {}
        if self.keyboard:
            value["reply_markup"] = {"inline_keyboard": self.keyboard}
        if self.thread_id is not None:
            value |= {"message_thread_id": self.thread_id, "is_topic_message": True}
        if self.edits:
            value["edit_date"] = self.date
        replied = self.chat.history.get(self.reply_to or 0)
        if with_reply and replied is not None:
            value["reply_to_message"] = replied.to_json(with_reply=False)
        return value
