"""Text from outside as plain, harmless text: no markup, no invisible characters."""

from __future__ import annotations

import re
import unicodedata

from lxml import etree

# Controls, bidirectional marks, overrides and isolates, zero-width and tag characters, soft
# hyphens, surrogates: they hide or reorder what a reader sees. Joiners stay; emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0001-\U000e007f]"
)
_LINE_BREAKS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

_MARKUP = re.compile(r"<[a-zA-Z/!?]|&[#a-zA-Z]")
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "dd", "div", "dl", "dt", "fieldset"}
    | {"figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"}
    | {"main", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"}
)
_UNREAD = frozenset(
    {"audio", "button", "embed", "form", "head", "iframe", "math", "nav", "noscript", "object"}
    | {"script", "select", "style", "svg", "template", "textarea", "title", "video"}
)
_MAX_DEPTH = 200


def clean_text(text: str) -> str:
    """Return text in NFC without invisible characters; paragraphs by one blank line.

    Line breaks inside a paragraph become spaces.
    """
    text = _LINE_BREAKS.sub("\n", _INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    paragraphs = (" ".join(p.split()) for p in re.split(r"\n\s*\n", text))
    return "\n\n".join(p for p in paragraphs if p)


def clean_line(text: str) -> str:
    """Return text as one clean line."""
    return " ".join(clean_text(text).split())


def strip_markup(text: str) -> str:
    """Return the plain text of an HTML fragment, its blocks as paragraphs."""
    if not _MARKUP.search(text):
        return clean_text(text)
    try:
        # Not lxml.html: that chooses a class for each element, which takes three times as long.
        root = etree.fromstring(f"<div>{_INVISIBLE.sub('', text)}</div>", etree.HTMLParser())
    except (etree.XMLSyntaxError, ValueError):
        return clean_text(re.sub(r"<[^>]*>", " ", text))
    parts: list[str] = []
    _collect(root, parts, 0)
    return clean_text("".join(parts))


def _collect(element: etree._Element, parts: list[str], depth: int) -> None:
    if not isinstance(element.tag, str):  # a comment or processing instruction
        return
    if element.tag == "br":
        parts.append("\n\n" if element.getnext() is not None and _is_br(element) else "\n")
        return
    if element.tag in _UNREAD or depth > _MAX_DEPTH:
        return
    edge = "\n\n" if element.tag in _BLOCKS else ""
    parts.append(edge)
    parts.append(element.text or "")
    for child in element:
        _collect(child, parts, depth + 1)
        parts.append(child.tail or "")
    parts.append(edge)


def _is_br(element: etree._Element) -> bool:
    following = element.getnext()
    return bool(following.tag == "br" and not (element.tail or "").strip())
