"""The sample news day as its outlets publish it: stories in, feeds and pages out.

The sources stand in config/sample: the outlets, a page template each, and the articles, one file
a story. Times in them are relative ('day 1 06:10'), so that the sample is always of today.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented outlet; `format` is rss, rss-full (whole texts), atom or json."""

    id: str
    name: str
    feed: str
    """The path of its feed."""
    format: str
    language: str = "en"
    encoding: str = "utf-8"
    dates: str = "uk"
    insets: tuple[str, ...] = ()
    """HTML that its pages put between the paragraphs."""
    moved_from: str | None = None
    """An old path that redirects to the feed."""
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One article as its outlet publishes it."""

    outlet: str
    path: str
    section: str
    title: str
    summary: str
    byline: str
    photo: str
    paragraphs: tuple[str, ...]
    published_at: datetime
    updated_at: datetime
    page: str = "open"
    """open, paywall (the page shows little) or missing (404)."""
    tracked: str = ""
    """Query parameters under which the feed lists it a second time."""


def read_outlets() -> list[Outlet]:
    """Return the outlets of the sample, in the order of outlets.toml."""
    rows = tomllib.loads(_source("outlets.toml"))["outlets"]
    return [Outlet(**{**row, "insets": tuple(row.get("insets", ()))}) for row in rows]


def read_items(outlets: Sequence[Outlet], *, day: int, first: date) -> list[Item]:
    """Return what is published by the end of sample day `day`, the newest first.

    `first` is the date of day 1. A later text at the same path replaces the earlier one.
    """
    styles = {outlet.id: outlet.dates for outlet in outlets}
    items: dict[tuple[str, str], Item] = {}
    folder = files("config").joinpath("sample", "stories")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        for block in file.read_text(encoding="utf-8").split("\n=====\n"):
            item = _parse_item(block, styles, first)
            if item.published_at.date() > first + timedelta(days=day - 1):
                continue
            earlier = items.get((item.outlet, item.path))
            if earlier is not None:
                item = replace(item, published_at=earlier.published_at)
            items[item.outlet, item.path] = item
    return sorted(items.values(), key=lambda item: (item.updated_at, item.path), reverse=True)


def _source(name: str) -> str:
    return files("config").joinpath("sample", name).read_text(encoding="utf-8")


def _parse_item(block: str, styles: dict[str, str], first: date) -> Item:
    """Return the article of one block: 'name: value' lines, a blank line, the paragraphs."""
    head, _, body = block.strip().partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    _, day, clock = fields["at"].split()
    own_day = first + timedelta(days=int(day) - 1)
    at = datetime.combine(own_day, time.fromisoformat(clock), tzinfo=UTC)
    us = styles[fields["outlet"]] == "us"

    def fill(text: str) -> str:
        return re.sub(
            r"\{(day|date|year) ([+-]?\d+)\}",
            lambda m: _say(m[1], int(m[2]), own_day, us=us),
            " ".join(text.split()),
        )

    return Item(
        outlet=fields["outlet"],
        path=fields["path"],
        section=fields["section"],
        title=fill(fields["title"]),
        summary=fill(fields["summary"]),
        byline=fields["byline"],
        photo=fill(fields.get("photo", "")),
        paragraphs=tuple(fill(paragraph) for paragraph in body.split("\n\n")),
        published_at=at,
        updated_at=at,
        page=fields.get("page", "open"),
        tracked=fields.get("tracked", ""),
    )


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _say(what: str, away: int, own_day: date, *, us: bool) -> str:
    """Return the day ('Monday'), date ('21 March', 'March 21') or year that is so far away."""
    if what == "year":
        return str(own_day.year + away)
    day = own_day + timedelta(days=away)
    return _WEEKDAYS[day.weekday()] if what == "day" else _say_date(day, us=us)


def _say_date(day: date, *, us: bool) -> str:
    """Return '21 March' or 'March 21', whatever the locale."""
    month = _MONTHS[day.month - 1]
    return f"{month} {day.day}" if us else f"{day.day} {month}"


# --- feeds ----------------------------------------------------------------------------------


def render_feed(outlet: Outlet, items: Sequence[Item], *, base: str) -> tuple[str, bytes]:
    """Return the media type and the body of the outlet's feed; `base` is its address."""
    listed = [(item, f"{base}{item.path}") for item in items]
    listed += [(item, f"{base}{item.path}?{item.tracked}") for item in items if item.tracked]
    if outlet.format == "json":
        return "application/feed+json", _json_feed(outlet, listed, base).encode()
    if outlet.format == "atom":
        return "application/atom+xml", _atom(outlet, listed, base).encode()
    return "application/rss+xml", _rss(outlet, listed, base).encode(outlet.encoding)


def _rss(outlet: Outlet, listed: Sequence[tuple[Item, str]], base: str) -> str:
    rows = []
    for item, url in listed:
        full = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in item.paragraphs)
        content = f"<content:encoded><![CDATA[{full}]]></content:encoded>"
        rows.append(
            f"<item><title>{escape(item.title)}</title><link>{escape(url)}</link>"
            f'<guid isPermaLink="false">{outlet.id}{escape(item.path)}</guid>'
            f"<description>{escape(f'<p>{escape(item.summary)}</p>')}</description>"
            f"<dc:creator>{escape(item.byline)}</dc:creator>"
            f"<category>{escape(item.section)}</category>"
            f"<pubDate>{format_datetime(item.published_at)}</pubDate>"
            f"{content if outlet.format == 'rss-full' else ''}</item>"
        )
    return (
        f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n<rss version="2.0"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{escape(outlet.name)}</title><link>{base}/</link>"
        f"<description>News from {escape(outlet.name)}</description>"
        f"<language>{outlet.language}</language><ttl>15</ttl>\n" + "\n".join(rows)
    ) + "\n</channel></rss>\n"


def _atom(outlet: Outlet, listed: Sequence[tuple[Item, str]], base: str) -> str:
    rows = [
        f"<entry><title>{escape(item.title)}</title>"
        f'<link rel="alternate" type="text/html" href="{escape(url)}"/>'
        f"<id>tag:{outlet.id}.example,2024:{escape(item.path)}</id>"
        f"<published>{item.published_at.isoformat()}</published>"
        f"<updated>{item.updated_at.isoformat()}</updated>"
        f"<author><name>{escape(item.byline)}</name></author>"
        f'<summary type="html">{escape(escape(item.summary))}</summary></entry>'
        for item, url in listed
    ]
    newest = listed[0][0].updated_at.isoformat()
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f"<title>{escape(outlet.name)}</title><id>{base}/</id><updated>{newest}</updated>"
        f'<link rel="self" href="{base}{outlet.feed}"/>\n' + "\n".join(rows) + "\n</feed>\n"
    )


def _json_feed(outlet: Outlet, listed: Sequence[tuple[Item, str]], base: str) -> str:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/",
        "feed_url": f"{base}{outlet.feed}",
        "language": outlet.language,
        "items": [
            {
                "id": url,
                "url": url,
                "title": item.title,
                "summary": item.summary,
                "content_text": item.summary,
                "date_published": item.published_at.isoformat(),
                "date_modified": item.updated_at.isoformat(),
                "authors": [{"name": item.byline}],
                "tags": [item.section],
            }
            for item, url in listed
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


# --- pages ----------------------------------------------------------------------------------


def render_page(outlet: Outlet, item: Item, others: Sequence[Item], *, base: str) -> bytes:
    """Return the article's page; `others` are the outlet's articles, for its lists of links."""
    related = [other for other in others if other.path != item.path] or [item]
    inset_values = {
        "related_url": related[0].path,
        "related_title": escape(related[0].title),
    }
    shown = item.paragraphs[:1] if item.page == "paywall" else item.paragraphs
    insets = iter(outlet.insets)
    body: list[str] = []
    for number, paragraph in enumerate(shown, start=1):
        body.append(f"<p>{escape(paragraph, quote=False)}</p>")
        if number % 2 == 0 and number < len(shown):
            body.append(Template(next(insets, "")).substitute(inset_values))
    values = {
        "title": escape(item.title),
        "summary": escape(item.summary),
        "section": escape(item.section),
        "byline": escape(item.byline),
        "photo": escape(item.photo),
        "when": f"{_say_date(item.published_at.date(), us=outlet.dates == 'us')}"
        f" {item.published_at.year}, {item.published_at:%H:%M}",
        "published": item.published_at.isoformat(),
        "updated": item.updated_at.isoformat(),
        "url": f"{base}{item.path}",
        "feed": outlet.feed,
        "free": "false" if item.page == "paywall" else "true",
        "body": "\n".join(body),
        "wall": _source("pages/paywall.html") if item.page == "paywall" else "",
        "related": _links(related[:5]),
        "trending": _links(related[::-1][:4]),
        "title_json": json.dumps(item.title, ensure_ascii=False),
    }
    page = Template(_source(f"pages/{outlet.id}.html")).substitute(values)
    return page.encode(outlet.encoding, errors="xmlcharrefreplace")


def render_home(outlet: Outlet, items: Sequence[Item]) -> bytes:
    """Return the outlet's front page, which names its feed."""
    kind = {"json": "feed+json", "atom": "atom+xml"}.get(outlet.format, "rss+xml")
    page = (
        f'<!doctype html><html lang="{outlet.language}"><head><meta charset="{outlet.encoding}">'
        f"<title>{escape(outlet.name)}</title>"
        f'<link rel="alternate" type="application/{kind}" href="{outlet.feed}"></head>'
        f"<body><h1>{escape(outlet.name)}</h1><ul>{_links(items)}</ul></body></html>\n"
    )
    return page.encode(outlet.encoding, errors="xmlcharrefreplace")


def _links(items: Sequence[Item]) -> str:
    return "\n".join(f'<li><a href="{item.path}">{escape(item.title)}</a></li>' for item in items)
