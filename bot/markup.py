"""Telegram HTML in pieces that can be packed into messages without cutting anything.

A block (a story) is a list of pieces; a piece is never split. Limits are Telegram's: a message has
4,096 UTF-16 units after parsing, 100 entities and 8,000 bytes of link targets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape
from urllib.parse import urlsplit

TEXT_UNITS = 4096
ENTITIES = 100
LINK_BYTES = 8000

PIECE_UNITS = 1000
PIECE_ENTITIES = 40
PIECE_LINK_BYTES = 4000
"""Of one piece: a fraction of a message, so that any piece fits into one."""
WORD_LENGTH = 50
"""Longer words may become several pieces; within one message that does not show."""
URL_BYTES = 2000
"""Longer addresses are not linked."""

_TAG = re.compile(r"<[^>]*>")
_HREF = re.compile(r'href="([^"]*)"')
_FOUND_BY_TELEGRAM = re.compile(r"[@#$/]\w|\w[.@][^\W\d]")
"""What Telegram may make a link, mention or command of by itself; more than it does."""
_KEPT_FORMATS = "\u200c\u200d"
"""Joiners: emoji and several scripts are written with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A bit of HTML that stays whole; `before` sets it off from the piece before it."""

    html: str
    before: str = "\n"
    quote: bool = False
    """In an expandable quotation, together with the quoted pieces next to it."""
    story_id: str | None = None
    fact_ids: tuple[str, ...] = ()


def clean(text: str) -> str:
    """Return text from outside in one line, without control and direction characters."""
    if text.isprintable():  # nearly all is, and character by character is 20 times slower
        return " ".join(text.split())
    kept = (
        " " if c.isspace() else c
        for c in text
        if c.isspace() or c in _KEPT_FORMATS or unicodedata.category(c) not in _UNWANTED
    )
    return " ".join("".join(kept).split())


_UNWANTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def escaped(text: str) -> str:
    """Return text from outside as Telegram HTML."""
    return escape(clean(text), quote=False)


def link(html: str, url: str | None) -> str:
    """Return `html` linked to `url`, or as it is where that is no address to link to."""
    if url is None or not can_link(url):
        return html
    return f'<a href="{escape(url)}">{html}</a>'


@lru_cache(maxsize=4096)
def can_link(url: str) -> bool:
    """Whether Telegram would make a link of this address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and "." in host.strip(".")
        and clean(url) == url
        and " " not in url
        and len(url.encode()) <= URL_BYTES
    )


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def text_pieces(text: str, *, tag: str = "", before: str = "\n") -> list[Piece]:
    """Return `text`, cleaned and escaped, as one piece, or as several where it is very long."""
    return list(_text_pieces(clean(text), tag, before))


@lru_cache(maxsize=4096)  # many chats are told the same
def _text_pieces(text: str, tag: str, before: str) -> tuple[Piece, ...]:
    if _fits_piece(text):
        return (_tagged(text, tag, before),) if text else ()
    pieces: list[Piece] = []
    words: list[str] = []
    join = before
    for space, word in _words(text):
        together = "".join([*words, space, word] if words else [word])
        if words and not _fits_piece(together):
            pieces.append(_tagged("".join(words), tag, join))
            words, join = [], space
        words += [space, word] if words else [word]
    if words:
        pieces.append(_tagged("".join(words), tag, join))
    return tuple(pieces)


def pack(blocks: Iterable[Sequence[Piece]]) -> list[list[Piece]]:
    """Return the pieces message by message: blocks stay whole wherever a message can hold them."""
    packed: list[list[Piece]] = []
    for block in blocks:
        if packed and _fits([*packed[-1], *block]):
            packed[-1] += block
        elif _fits(block):
            packed.append(list(block))
        else:
            packed += _split(block)
    return [message for message in packed if message]


def to_html(pieces: Sequence[Piece]) -> str:
    """Return the text of a message."""
    html = ""
    quoted = False
    for i, piece in enumerate(pieces):
        after_quote = quoted and not piece.quote
        if after_quote:
            html += "</blockquote>"
        if i:
            html += "\n" if after_quote else piece.before  # a quotation has its own margin
        if piece.quote and not quoted:
            html += "<blockquote expandable>"
        html += piece.html
        quoted = piece.quote
    return html + "</blockquote>" if quoted else html


def fits(html: str) -> bool:
    """Whether this is within the limits of one message."""
    return _Size.of(html).fits


@dataclass(frozen=True, slots=True)
class _Size:
    units: int
    entities: int
    link_bytes: int

    @classmethod
    def of(cls, html: str) -> _Size:
        text = unescape(_TAG.sub("", html))
        tags = sum(1 for tag in _TAG.finditer(html) if not tag[0].startswith("</"))
        links = [unescape(target) for target in _HREF.findall(html)]
        return cls(
            units(text),
            tags + sum(1 for _ in _FOUND_BY_TELEGRAM.finditer(text)),
            sum(len(target.encode()) + 1 for target in links),  # it may add a slash
        )

    @property
    def fits(self) -> bool:
        return (
            self.units <= TEXT_UNITS and self.entities <= ENTITIES and self.link_bytes <= LINK_BYTES
        )


def _fits(pieces: Sequence[Piece]) -> bool:
    return fits(to_html(pieces))


def _split(block: Sequence[Piece]) -> list[list[Piece]]:
    messages: list[list[Piece]] = [[]]
    for piece in block:
        if messages[-1] and not _fits([*messages[-1], piece]):
            messages.append([])
        messages[-1].append(piece)
    return messages


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield each word with the space before it; a very long one in parts with nothing between."""
    for word in text.split(" "):
        for start in range(0, len(word), WORD_LENGTH):
            yield "" if start else " ", word[start : start + WORD_LENGTH]


def _fits_piece(text: str) -> bool:
    size = _Size.of(escape(text, quote=False))
    return size.units <= PIECE_UNITS and size.entities <= PIECE_ENTITIES


def _tagged(text: str, tag: str, before: str) -> Piece:
    html = escape(text, quote=False)
    return Piece(html=f"<{tag}>{html}</{tag}>" if tag else html, before=before)


def with_suffix(pieces: Sequence[Piece], suffix: Sequence[str]) -> list[Piece]:
    """Return the pieces with the first of `suffix` added to the last, the others after it."""
    if not suffix:
        return list(pieces)
    last = replace(pieces[-1], html=pieces[-1].html + suffix[0])
    return [*pieces[:-1], last, *(Piece(html=html, before="") for html in suffix[1:])]
