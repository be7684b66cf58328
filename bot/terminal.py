"""Digests in the terminal: what the chat would show, in its order and words."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from bot.rendering import PLAIN, Form, Message, render_digest
from summarizer.models import Digest

_STYLES = {"b": "bold", "i": "italic", "a": "cyan", "blockquote": "dim"}


def digest_to_terminal(digest: Digest, form: Form = PLAIN) -> RenderableType:
    """Return the messages of a digest, a rule between them, the buttons below each."""
    return messages_to_terminal(render_digest(digest, form))


def story_to_terminal(digest: Digest, form: Form = PLAIN) -> RenderableType:
    """Return a digest of one story without its button: there is nothing to press."""
    return Group(*(to_text(message.text) for message in render_digest(digest, form)))


def messages_to_terminal(messages: Iterable[Message]) -> RenderableType:
    """Return messages one below the other, as a chat shows them."""
    shown: list[RenderableType] = []
    for i, message in enumerate(messages):
        if i:
            shown.append(Rule(style="dim"))
        shown.append(to_text(message.text))
        for row in message.keyboard:
            shown.append(Text(" ".join(f"[{button.text}]" for button in row), style="cyan"))
    return Group(*shown)


def to_text(html: str) -> Text:
    """Return Telegram HTML as styled text with links."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = Text()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        url = dict(attrs).get("href")
        self._open.append(f"{_STYLES.get(tag, '')} {f'link {url}' if url else ''}".strip())

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()
        if tag == "blockquote":  # a chat ends the line there by itself
            self.text.append("\n")

    def handle_data(self, data: str) -> None:
        self.text.append(data, " ".join(style for style in self._open if style))
