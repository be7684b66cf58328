"""Feeds of all kinds to entries: RSS and Atom through feedparser, JSON Feed by hand."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import feedparser
from lxml import etree, html

from summarizer.collecting.cleaning import clean_line, strip_markup
from summarizer.errors import NotAFeedError, UnreadableError
from summarizer.models import Entry, Feed, Fetched

MAX_ENTRIES = 500
_MAX_TITLE = 500
_MAX_TEXT = 100_000
_MAX_FEEDS_NAMED = 10

_TRACKING = re.compile(
    r"(?:utm_|at_|pk_|mtm_|hsa_|stm_|__twitter_)\w*"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh"
    r"|mc_[ce]id|_ga|_gl|mkt_tok|oly_(?:anon|enc)_id|vero_id|_hsenc|_hsmi|hsctatracking|wickedid"
    r"|rb_clickid|s_cid|cmpid?|ncid|ocid|icid|ito|ftag|smid|smtyp|xtor|ref_src|ref_url|emc"
    r"|guccounter|guce_referr\w*|spm|sr_share|feedtype",
    re.IGNORECASE,
)
_FROM_FEED = re.compile(
    r"(?:partner|source|src|ref|from|output)=(?:rss|feed|atom)\w*", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Feeds need no document type; what it could define are entities that expand without end.
_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^\[<>]{0,500}\[.*?\]\s*>", re.IGNORECASE | re.DOTALL)
_REFERENCE = re.compile(rb"&#(\d{1,20}|[xX][0-9a-fA-F]{1,20});?")
_ITEM_START = re.compile(rb"<(?:item|entry)(?=[\s>])", re.IGNORECASE)
_FEED_TYPES = re.compile(r"application/(?:rss\+xml|atom\+xml|feed\+json)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """What any kind of feed says of one item, before it is cleaned."""

    link: str
    title: str
    texts: tuple[str, ...]
    published_at: datetime | None
    updated_at: datetime | None


def parse_feed(fetched: Fetched, feed: Feed, *, now: datetime) -> list[Entry]:
    """Return the feed's entries in its order, at most `MAX_ENTRIES`, each address once.

    Entries without a link or a title are left out; a missing date, or one in the future, is
    `now`. Raises NotAFeedError for a web page and UnreadableError for anything else.
    """
    if fetched.content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        items: Iterable[_Item] = _json_items(fetched)
    else:
        items = _xml_items(fetched)
    entries: dict[str, Entry] = {}
    for item in items:
        entry = _entry(item, fetched.url, feed, now)
        if entry is not None:
            entries.setdefault(canonical_url(entry.url), entry)
        if len(entries) >= MAX_ENTRIES:
            break
    return list(entries.values())


def parse_ttl(fetched: Fetched) -> int | None:
    """Return how many seconds an RSS feed says it may be kept (`ttl`), if it does."""
    found = re.search(rb"<ttl>\s*(\d{1,6})\s*</ttl>", fetched.content[:20_000])
    return int(found[1]) * 60 if found else None


def canonical_url(url: str) -> str:
    """Return the address without what does not change what it names.

    The host is lower case; fragments, default ports and tracking parameters are dropped. Raises
    UnreadableError for what is no web address.
    """
    try:
        parts = urlsplit(clean_line(url))
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError as exc:
        raise UnreadableError(f"not a web address: {url!r}") from exc
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host:
        raise UnreadableError(f"not a web address: {url!r}")
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{port}"
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _is_tracking(pair))
    return urlunsplit((scheme, host, _ascii(parts.path) or "/", _ascii(query), ""))


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _FROM_FEED.fullmatch(pair))


def _ascii(text: str) -> str:
    """Return text with what is not ASCII percent-encoded, and all else as it was."""
    return quote(text, safe="!#$%&'()*+,/:;=?@[]~\"<>\\^`{|}")


def _entry(item: _Item, base: str, feed: Feed, now: datetime) -> Entry | None:
    title = clean_line(strip_markup(item.title))[:_MAX_TITLE]
    try:
        link = urljoin(base, clean_line(item.link))
        canonical_url(link)
    except (ValueError, UnreadableError):
        return None
    if not title or not item.link.strip():
        return None
    texts = [strip_markup(text[:_MAX_TEXT]) for text in item.texts]
    published_at = item.published_at or item.updated_at or now
    return Entry(
        url=link,
        outlet=feed.outlet,
        feed_url=feed.url,
        title=title,
        text=max(texts, key=len, default=""),
        published_at=min(published_at, now),
        updated_at=min(item.updated_at, now) if item.updated_at else None,
        language=feed.language,
    )


def _xml_items(fetched: Fetched) -> list[_Item]:
    content = _cut(_DOCTYPE.sub(b"", _utf8(fetched.content), count=1))
    content = _REFERENCE.sub(_known_character, content)
    # feedparser trusts the header's charset above all; a body that is valid UTF-8 is UTF-8.
    charset = "utf-8" if _is_utf8(content) else fetched.charset
    headers = {"content-location": fetched.url}
    if charset:
        headers["content-type"] = f"application/xml; charset={charset}"
    try:
        parsed = feedparser.parse(
            BytesIO(content),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as exc:  # it promises none, and raises whatever its parts do
        raise UnreadableError(f"the parser fails on this feed: {fetched.url!r}: {exc}") from exc
    if not parsed.get("version"):
        if re.search(rb"<(?:!doctype\s+html|html|body)\b", content[:5000], re.IGNORECASE):
            feeds = _named_feeds(fetched)
            hint = f"; it names {feeds[0]!r}" if feeds else ""
            raise NotAFeedError(f"a web page, not a feed: {fetched.url!r}{hint}", feeds=feeds)
        if not parsed.entries:
            raise UnreadableError(f"not a feed: {fetched.url!r}")
    return [_xml_item(entry) for entry in parsed.entries]


def _utf8(content: bytes) -> bytes:
    """Return UTF-16 (which its byte order mark names) as UTF-8, all else as it is."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").encode("utf-8", "replace")
    return content


def _known_character(reference: re.Match[bytes]) -> bytes:
    """Return a numeric reference as it is, or the sign for what is no character."""
    digits = reference[1]
    code = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
    return reference[0] if code < 0x110000 else "\ufffd".encode()


def _cut(content: bytes) -> bytes:
    """Return a feed without the items past the limit: feedparser takes a millisecond for each."""
    for number, start in enumerate(_ITEM_START.finditer(content)):
        if number >= MAX_ENTRIES:
            closing = b"</feed>" if start[0].lower() == b"<entry" else b"</channel></rss>"
            return content[: start.start()] + closing
    return content


def _xml_item(entry: Mapping[str, Any]) -> _Item:
    texts = [str(content.get("value", "")) for content in entry.get("content", ())]
    return _Item(
        link=str(entry.get("feedburner_origlink") or entry.get("link") or ""),
        title=str(entry.get("title", "")),
        texts=(*texts, str(entry.get("summary", ""))),
        published_at=_xml_date(entry, "published_parsed"),
        updated_at=_xml_date(entry, "updated_parsed"),
    )


def _xml_date(entry: Mapping[str, Any], key: str) -> datetime | None:
    # Asked with `in`: feedparser would give the time of publishing for a missing update.
    value = entry[key] if key in entry else None  # noqa: SIM401
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC) if value else None
    except (ValueError, OverflowError, OSError):
        return None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _named_feeds(fetched: Fetched) -> list[str]:
    """Return the feeds a web page names in its head, feeds of comments last."""
    try:
        tree = html.fromstring(fetched.content, parser=html.HTMLParser(encoding=fetched.charset))
    except (etree.ParserError, ValueError, LookupError):
        return []
    found: dict[str, bool] = {}
    for link in tree.iter("link"):
        rel, href = link.get("rel", "").lower().split(), link.get("href", "").strip()
        if "alternate" not in rel or not href or not _FEED_TYPES.match(link.get("type", "")):
            continue
        try:
            url = canonical_url(urljoin(fetched.url, href))
        except (ValueError, UnreadableError):
            continue
        found.setdefault(url, "comment" in f"{url} {link.get('title', '')}".lower())
    return sorted(found, key=lambda url: found[url])[:_MAX_FEEDS_NAMED]


def _json_items(fetched: Fetched) -> list[_Item]:
    """Return the items of a JSON Feed (jsonfeed.org, versions 1 and 1.1)."""
    try:
        document = json.loads(fetched.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"not valid JSON: {fetched.url!r}") from exc
    items = document.get("items")
    if "jsonfeed.org" not in str(document.get("version")) or not isinstance(items, list):
        raise UnreadableError(f"JSON, but no JSON Feed: {fetched.url!r}")
    return [_json_item(item) for item in items if isinstance(item, dict)]


def _json_item(item: Mapping[str, object]) -> _Item:
    def text(key: str) -> str:
        value = item.get(key)
        return value if isinstance(value, str) else ""

    return _Item(
        link=text("url") or text("external_url"),
        title=text("title"),
        texts=(text("content_html"), _escape(text("content_text")), _escape(text("summary"))),
        published_at=_json_date(text("date_published")),
        updated_at=_json_date(text("date_modified")),
    )


def _escape(plain: str) -> str:
    return plain.replace("&", "&amp;").replace("<", "&lt;")


def _json_date(value: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(value)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
