"""Feeds of all kinds to entries: RSS and Atom through feedparser, JSON Feed by hand."""

from __future__ import annotations

import calendar
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape, unescape
from io import BytesIO
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import feedparser
from lxml import etree, html

from summarizer.collecting.cleaning import clean_line, strip_markup
from summarizer.collecting.decoding import decode
from summarizer.errors import NotAFeedError, UnreadableError
from summarizer.models import Entry, Feed, Fetched

MAX_ENTRIES = 500
_MAX_TITLE = 500
_MAX_TEXT = 100_000
_MAX_FEEDS_NAMED = 10
_MAX_SIGNS = 500_000
"""Signs of markup in a feed, in the texts of its entries too: a fat one has one in 20 bytes."""
_MAX_PARTS = 100_000
"""Elements and attributes of a feed: 200 for each entry."""
_MAX_PREFIXES = 100
_MAX_URL = 2000
_HEAD = 200_000
"""Bytes of a web page in which the feeds that it names are looked for."""

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
_ROOT = re.compile(r"<(rss|feed|rdf:RDF)(?:\s[^<>]{0,5000}?)?/?>", re.IGNORECASE)
_ITEM_START = re.compile(r"<(?:item|entry)(?=[\s>])", re.IGNORECASE)
# References with what they stand in unread: no reference is one in a comment or a CDATA section.
_REFERENCE = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|&(?P<name>#\d{1,20}|#[xX][0-9a-fA-F]{1,20}|\w{1,31})?(?P<end>;?)",
    re.DOTALL,
)
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PREFIX = re.compile(r"xmlns:([\w.-]+)")
# feedparser goes through the attributes of an element time and again, as through all namespaces.
_TOO_MUCH = etree.XPath(f"count(//*) + count(//@*) > {_MAX_PARTS} or //*[count(@*) > 100]")
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
    canonical = urlunsplit((scheme, host, _ascii(parts.path) or "/", _ascii(query), ""))
    if len(canonical) > _MAX_URL:
        raise UnreadableError(f"a web address of {len(canonical)} characters: {url[:100]!r}")
    return canonical


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
    text = _cut(decode(fetched.content, charset=fetched.charset))
    root = _read_xml(text, fetched.url)
    # feedparser gets markup that is whole: what it does with other is slow and without bounds.
    content = b"" if root is None else etree.tostring(root, encoding="utf-8")
    headers = {"content-location": fetched.url, "content-type": "application/xml; charset=utf-8"}
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
        if re.search(r"<(?:!doctype\s+html|html|body)\b", text[:5000], re.IGNORECASE):
            feeds = _named_feeds(fetched)
            hint = f"; it names {feeds[0]!r}" if feeds else ""
            raise NotAFeedError(f"a web page, not a feed: {fetched.url!r}{hint}", feeds=feeds)
        if not parsed.entries:
            raise UnreadableError(f"not a feed: {fetched.url!r}")
    return [_xml_item(entry) for entry in parsed.entries]


def _read_xml(text: str, url: str) -> etree._Element | None:
    """Return a feed's root with all that can be read of it, or None where that is nothing.

    No document type is read: what it could define are entities that expand without end. Raises
    UnreadableError for more markup than a feed has.
    """
    prefixes = set(_PREFIX.findall(text))
    if sum(map(text.count, "<&=")) > _MAX_SIGNS or len(prefixes) > _MAX_PREFIXES:
        raise UnreadableError(f"too much markup: {url!r}")
    start = _ROOT.search(text)
    if start is not None:  # what servers warn of may stand before it
        text = text[start.start() :]
    text = _NO_XML.sub("", _REFERENCE.sub(_as_xml, text))
    root = _recover(text, strict=True)
    starts = [found.start() for found in _ITEM_START.finditer(text)]
    if root is None and (start or starts):  # then each entry for itself
        tag = start[0].removesuffix(">").removesuffix("/") + ">" if start else ""
        if start is None or _recover(f"{tag}</{start[1]}>", strict=True) is None:
            tag = "<rss version='2.0'>"
        root = _recover(tag)
        for at, end in pairwise((*starts, len(text))):
            entry = _recover(tag + text[at:end])
            if root is not None and entry is not None:
                root.extend(entry[:1])
    if root is not None and _TOO_MUCH(root):
        raise UnreadableError(f"too many elements or attributes: {url!r}")
    return root


def _recover(text: str, *, strict: bool = False) -> etree._Element | None:
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=not strict,
        resolve_entities=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def _as_xml(found: re.Match[str]) -> str:
    """Return a reference as XML has it; the sign itself where it stands for nothing else."""
    whole, name, end = found[0], found["name"] or "", found["end"]
    if whole.startswith("<") or (end and name in _XML_NAMES):
        return whole
    character = unescape(f"&{name};") if end or name.startswith("#") else whole
    return f"&amp;{whole[1:]}" if character.startswith("&") else escape(character)


def _cut(text: str) -> str:
    """Return a feed without the items past the limit: feedparser takes a millisecond for each."""
    for number, start in enumerate(_ITEM_START.finditer(text)):
        if number >= MAX_ENTRIES:
            closing = "</feed>" if start[0].lower() == "<entry" else "</channel></rss>"
            return text[: start.start()] + closing
    return text


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


def _named_feeds(fetched: Fetched) -> list[str]:
    """Return the feeds a web page names in its head, feeds of comments last."""
    try:
        parser = html.HTMLParser(encoding=fetched.charset)
        tree = html.fromstring(fetched.content[:_HEAD], parser=parser)
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
    if fetched.content.count(b"{") + fetched.content.count(b"[") > _MAX_PARTS:
        raise UnreadableError(f"too many objects and lists: {fetched.url!r}")
    try:
        document = json.loads(fetched.content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"not valid JSON: {fetched.url!r}") from exc
    items = document.get("items")
    if "jsonfeed.org" not in str(document.get("version")) or not isinstance(items, list):
        raise UnreadableError(f"JSON, but no JSON Feed: {fetched.url!r}")
    return [_json_item(item) for item in items[:MAX_ENTRIES] if isinstance(item, dict)]


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
