"""Text as Telegram reads it: HTML to entities, cleaning, limits in UTF-16 units.

Follows the parser of Telegram's own open-source server (td/telegram/MessageEntity.cpp), error
texts included. Nesting is kept as written; overlapping is impossible in HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import unescape
from urllib.parse import urlsplit

from tests.telegram_types import Json, bad_request

TEXT_LIMIT = 4096
ENTITY_LIMIT = 100
LINK_BYTES_LIMIT = 8000

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "blockquote": "blockquote",
}
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)(?:\s*=\s*("[^"]*"|'[^']*'|[A-Za-z0-9.-]+))?""")
_REFERENCE = re.compile(r"&(#\d{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]+);")
_FOUND_IN_TEXT = (
    ("url", re.compile(r"https?://[^\s<>]*[^\s<>.,;:!?)]|\b(?:[\w-]+\.)+(?:com|org|net|io)\b\S*")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w+)?\b")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z]\w{3,31}\b")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A part of a text with a meaning; `offset` and `length` in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None

    def to_json(self) -> Json:
        value = {"type": self.type, "offset": self.offset, "length": self.length}
        return value if self.url is None else {**value, "url": self.url}


def units(text: str) -> int:
    """Return the length of `text` in UTF-16 code units, as Telegram counts."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def read_text(
    text: str, parse_mode: str | None, *, limit: int = TEXT_LIMIT
) -> tuple[str, list[Entity]]:
    """Return a message's text and entities as Telegram would keep them.

    Raises RefusedError for what Telegram would refuse.
    """
    if parse_mode and parse_mode.lower() != "html":
        raise bad_request("unsupported parse_mode")
    plain, entities = parse_html(text) if parse_mode else (text, [])
    plain, entities = _clean(plain, entities)
    if not plain:
        raise bad_request("message text is empty")
    if units(plain) > limit:
        raise bad_request("message is too long")
    if sum(len((e.url or "").encode()) for e in entities) > LINK_BYTES_LIMIT:
        raise bad_request("ENTITIES_TOO_LONG")
    entities += find_entities(plain, taken=entities)
    return plain, sorted(entities, key=lambda e: (e.offset, -e.length))[:ENTITY_LIMIT]


def find_entities(text: str, taken: list[Entity]) -> list[Entity]:
    """Return the links, commands, mentions and hashtags that stand in a plain text."""
    found: list[Entity] = []
    for kind, pattern in _FOUND_IN_TEXT:
        for match in pattern.finditer(text):
            start = units(text[: match.start()])
            entity = Entity(type=kind, offset=start, length=units(match[0]))
            clash = [e for e in (*taken, *found) if e.type in _LINKS and _overlap(e, entity)]
            if not clash:
                found.append(entity)
    return sorted(found, key=lambda e: e.offset)


_LINKS = {"text_link", "code", "pre", "url", "mention"}


def _overlap(a: Entity, b: Entity) -> bool:
    return a.offset < b.offset + b.length and b.offset < a.offset + a.length


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Return the plain text and entities of Telegram HTML; raises RefusedError with the place."""
    text: list[str] = []
    length = 0
    entities: list[Entity] = []
    open_tags: list[tuple[str, str | None, int]] = []
    i = 0
    while i < len(source):
        if source[i] == "&":
            piece, i = _read_reference(source, i)
        elif source[i] != "<":
            piece, i = source[i], i + 1
        elif source[i : i + 2] == "</":
            i = _close_tag(source, i, length, open_tags, entities)
            continue
        else:
            tag, argument, i = _open_tag(source, i)
            open_tags.append((tag, argument, length))
            continue
        text.append(piece)
        length += units(piece)
    if open_tags:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return "".join(text), entities


def _read_reference(source: str, i: int) -> tuple[str, int]:
    match = _REFERENCE.match(source, i)
    if match is None:
        return "&", i + 1
    if match[1][0] != "#" and match[1] not in ("lt", "gt", "amp", "quot"):
        # Telegram shows such a name as it stands; nobody means that.
        raise _unparsable(f'unsupported entity "{match[0]}" at byte offset {_byte(source, i)}')
    return unescape(match[0]), match.end()


def _open_tag(source: str, start: int) -> tuple[str, str | None, int]:
    at = _byte(source, start)
    match = re.compile(r"[^\s>]*").match(source, start + 1)
    assert match is not None
    tag, i = match[0].lower(), match.end()
    if i == len(source):
        raise _unparsable(f"Unclosed start tag at byte offset {at}")
    if tag not in TAGS:
        raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {at}')
    argument = None
    while source[i : i + 1] != ">":
        attribute = _ATTRIBUTE.match(source, i)
        if attribute is None:
            if not source[i:].strip():
                raise _unparsable(f"Unclosed start tag at byte offset {at}")
            if source[i:].lstrip().startswith(">"):
                i = source.index(">", i)
                continue
            raise _unparsable(f'Empty attribute name in the tag "{tag}" at byte offset {at}')
        i = attribute.end()
        if source[i:].lstrip().startswith("=") and ">" not in source[i:]:
            raise _unparsable(f"Unclosed start tag at byte offset {at}")
        if attribute[2] is None and attribute[1] != "expandable":
            raise _unparsable(
                "Expected equal sign in declaration of an attribute of the tag "
                f'"{tag}" at byte offset {at}'
            )
        value = unescape((attribute[2] or "").strip("\"'"))
        argument = _argument(tag, attribute[1], value) or argument
    if tag == "span" and argument != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    return tag, argument, i + 1


def _argument(tag: str, name: str, value: str) -> str | None:
    if (tag, name) in {("a", "href"), ("span", "class"), ("tg-emoji", "emoji-id")}:
        return value
    return "expandable" if (tag, name) == ("blockquote", "expandable") else None


def _close_tag(
    source: str,
    start: int,
    length: int,
    open_tags: list[tuple[str, str | None, int]],
    entities: list[Entity],
) -> int:
    at = _byte(source, start)
    if not open_tags:
        raise _unparsable(f"Unexpected end tag at byte offset {at}")
    match = re.compile(r"</([^\s>]*)\s*>").match(source, start)
    if match is None:
        raise _unparsable(f"Unclosed end tag at byte offset {at}")
    tag, argument, offset = open_tags.pop()
    if match[1] and match[1] != tag:
        raise _unparsable(
            f'Unmatched end tag at byte offset {at}, expected "</{tag}>", found "</{match[1]}>"'
        )
    kind = TAGS[tag]
    if kind == "blockquote" and argument:
        kind = "expandable_blockquote"
    url = valid_link(argument or "") if kind == "text_link" else None
    if length > offset and (kind != "text_link" or url):
        entities.append(Entity(type=kind, offset=offset, length=length - offset, url=url))
    return match.end()


def valid_link(url: str) -> str | None:
    """Return the link as Telegram keeps it, or None: the text of such a link is not linked."""
    if not url or re.search(r"\s", url):
        return None
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme == "tg":
        return url
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or ""):
        return None
    return url if parts.path or parts.query or parts.fragment else f"{url}/"


def _clean(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Trim the text and take out what Telegram takes out, moving the entities along."""
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\t]", " ", text)
    kept = [e for e in entities if _part(text, e).strip()]
    for dropped in reversed([*re.finditer("[\r\u2028-\u202e]", text)]):
        kept = _shift(kept, units(text[: dropped.start()]), 1)
    text = re.sub("[\r\u2028-\u202e]", "", text)
    lead = len(text) - len(text.lstrip())
    kept = _shift(kept, 0, units(text[:lead]))
    text = text.strip()
    end = units(text)
    kept = [replace(e, length=min(e.length, end - e.offset)) for e in kept if e.offset < end]
    return text, [e for e in kept if e.length > 0]


def _shift(entities: list[Entity], at: int, count: int) -> list[Entity]:
    """Return the entities after `count` units were removed at `at`."""
    moved = []
    for e in entities:
        start = e.offset - min(count, max(0, e.offset - at))
        end = e.offset + e.length
        end -= min(count, max(0, end - at))
        moved.append(replace(e, offset=start, length=end - start))
    return moved


def _part(text: str, entity: Entity) -> str:
    raw = text.encode("utf-16-le", "surrogatepass")
    part = raw[2 * entity.offset : 2 * (entity.offset + entity.length)]
    return part.decode("utf-16-le", "surrogatepass")


def _byte(source: str, i: int) -> int:
    return len(source[:i].encode("utf-8", "surrogatepass"))


def _unparsable(problem: str) -> Exception:
    return bad_request(f"can't parse entities: {problem}")
