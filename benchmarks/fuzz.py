"""Feed every reader of foreign text with rubbish: `python -m benchmarks.fuzz`.

Good examples are cut, joined, repeated and sprinkled with what has broken programs before. Whatever
comes in, a reader returns something within its bounds or raises one of the errors it names, soon;
what is shown to a chat is Telegram HTML with balanced tags within the limits.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.forms import Form
from bot.handlers.buttons import read_press
from bot.markup import fits
from bot.rendering import render_digest, render_report
from bot.timetables import parse_hours, parse_schedule, parse_times, split_schedule
from bot.zones import find_zone
from config.catalog import load_catalog
from summarizer.collecting.extracting import extract_article, extract_dump
from summarizer.collecting.outlines import parse_opml
from summarizer.collecting.parsing import MAX_ENTRIES, parse_feed, parse_ttl
from summarizer.digests.matching import catalog_topics, parse_topic
from summarizer.errors import RequestError, SkipError
from summarizer.models import Entry, Feed, Fetched, Page
from tests.bot.reports import article, digest, report, sentence, told
from tests.telegram_entities import read_text

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SLOW_S = 5.0
"""Processor time of one input, from which it counts as a failure."""
DATA = Path(__file__).parents[1] / "tests" / "data"
SAMPLE = Path(__file__).parents[1] / "config" / "sample" / "pages"

NASTY = (
    *("\x00", "\x1b[31m", "\r\n\r\n", "\ufeff", "\u202e", "\u2066", "\u200b", "\ufffd", "\ud800"),
    *("<", ">", "&", "'", '"', "]]>", "<![CDATA[", "<!--", "-->", "<?xml", "&#0;", "&#x110000;"),
    *("&lol;", "&amp;amp;", "<b>", "</b>", "<a href='", "javascript:alert(1)", "</blockquote>"),
    *("<script>", "<item>", "</entry>", "<p>" * 50, "<div>" * 200, "{" * 50, "[" * 500, "9" * 400),
    *("%00", "%s%n", "../../etc/passwd", "http://127.0.0.1/", "http://[", "//", "file:///", "\\"),
    *(
        "1|",
        "|" * 40,
        "/start",
        "/digest@",
        "@all",
        "#",
        "tg://user?id=1",
        "Z̸̢a" * 30,
        "👩‍👩‍👧‍👦" * 20,
    ),
    *("2099-99-99T25:61:61Z", "0000-00-00", "-1", "1e999", "NaN", "null", "true", "𝟙𝟚:𝟛𝟘"),
)


def spoil(rng: random.Random, examples: Sequence[str], limit: int = 20_000) -> str:
    """Return one of the examples after a few accidents."""
    text = rng.choice(examples)
    for _ in range(rng.randint(1, 6)):
        at, end = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
        match rng.randint(0, 6):
            case 0:
                text = text[:at] + text[end:]
            case 1:
                text = text[:at] + rng.choice(NASTY) + text[at:]
            case 2:
                text = text[:end] + text[at:end] * rng.randint(1, 5) + text[end:]
            case 3:
                text = text[:at]
            case 4:
                other = rng.choice(examples)
                text = text[:at] + other[rng.randint(0, len(other)) :]
            case 5:
                text = "".join(c if rng.random() > 0.02 else rng.choice(NASTY) for c in text)
            case _:
                text = text[:at] + chr(rng.randint(0, 0x2FFF)) * rng.randint(1, 30) + text[at:]
        text = text[:limit]
    return text


def to_bytes(rng: random.Random, text: str) -> bytes:
    """Return the text in an encoding, mostly the right one, sometimes with broken bytes."""
    encoding = rng.choice(("utf-8", "utf-8", "utf-8", "latin-1", "utf-16", "cp1251", "shift_jis"))
    content = bytearray(text.encode(encoding, "replace" if encoding != "utf-8" else "ignore"))
    for _ in range(rng.choice((0, 0, 1, 5))):
        if content:
            content[rng.randrange(len(content))] = rng.randrange(256)
    return bytes(content)


def _read_examples(*patterns: tuple[Path, str]) -> list[str]:
    return [
        file.read_text(encoding="utf-8")
        for folder, pattern in patterns
        for file in sorted(folder.glob(pattern))
    ]


FEEDS = _read_examples((DATA / "feeds", "*"))
PAGES = _read_examples((DATA / "pages", "*.html"), (SAMPLE, "*.html"))
DUMPS = _read_examples((DATA / "dumps", "*.txt"))
OPML = [
    "<?xml version='1.0'?><opml version='2.0'><head><title>Mine</title></head><body>"
    "<outline text='News'><outline type='rss' text='Post' title='Post' "
    "xmlUrl='https://post.example.org/rss' htmlUrl='https://post.example.org'/>"
    "<outline type='rss' text='Star &amp; Sun' xmlUrl='http://star.example.org/a?b=1&amp;c=2'/>"
    "</outline></body></opml>",
    "http://127.0.0.1:1/feeds.opml",
]
PRESSES = [
    "1|sub|free:chip exports|08:00",
    "1|at|abcdef|18:00",
    "s:3f2a",
    "1|none|yes",
    "1|len|short",
]
WORDS = [
    *(
        "chip export controls -china",
        "top 08:00",
        "world at 8 pm",
        "weekdays 07:30, sat 9",
        "8.30pm",
    ),
    *(
        "mon-fri 08:00 18:00",
        "every day noon",
        "Europe/Berlin",
        "new york",
        "UTC+5:30",
        "22:00-07:00",
    ),
    *("@channel world 08:00", "all", "der Klimagipfel", "выборы в Думу", "芯片出口管制", "/digest"),
]
CHARSETS = (None, "utf-8", "iso-8859-1", "klingon", "utf-7", "utf-16", "rot13", "idna", "\x00")
TOPICS = catalog_topics(load_catalog())


def read_feed(rng: random.Random) -> None:
    content = to_bytes(rng, spoil(rng, FEEDS))
    feed = Feed(url="https://news.example/rss", outlet="Example")
    fetched = Fetched(url=feed.url, content=content, charset=rng.choice(CHARSETS))
    parse_ttl(fetched)
    entries = parse_feed(fetched, feed, now=NOW)
    assert len(entries) <= MAX_ENTRIES
    for entry in entries:
        _assert_plain(entry.title)
        assert entry.url.startswith(("http://", "https://")), entry.url
        assert entry.published_at <= NOW


def read_page(rng: random.Random) -> None:
    url = "https://news.example/a"
    entry = Entry(
        url=url, outlet="Example", feed_url=url, title="A title", text="", published_at=NOW
    )
    html = to_bytes(rng, spoil(rng, PAGES))
    found = extract_article(entry, Page(url=url, html=html, charset=rng.choice(CHARSETS)), now=NOW)
    _assert_plain(found.title)
    assert "\x00" not in found.text
    assert found.published_at <= NOW


def read_dump(rng: random.Random) -> None:
    extract_dump(spoil(rng, DUMPS))


def read_opml(rng: random.Random) -> None:
    for feed in parse_opml(to_bytes(rng, spoil(rng, OPML)), name="feeds.opml"):
        assert feed.url.lower().startswith(("http://", "https://")), feed.url
        _assert_plain(feed.outlet)


def read_callback(rng: random.Random) -> None:
    read_press(spoil(rng, PRESSES, 64))


def read_command(rng: random.Random) -> None:
    text = spoil(rng, WORDS, 4096)
    readers: tuple[Callable[[str], object], ...] = (
        lambda t: parse_topic(t, TOPICS),
        parse_schedule,
        parse_times,
        parse_hours,
        split_schedule,
        find_zone,
    )
    rng.choice(readers)(text)


def render(rng: random.Random) -> None:
    def words() -> str:
        return spoil(rng, WORDS, rng.choice((100, 100, 3000)))

    stories = []
    for n in range(rng.randint(1, 5)):
        count = rng.randint(1, 4)
        articles = [
            article(i, words(), url=rng.choice((None, "", f"https://e.org/{words()}", words())))
            for i in range(1, count + 1)
        ]
        said = [sentence(words(), rng.randint(1, count)) for _ in range(rng.randint(0, 4))]
        one = report(words(), said, articles, story_id=str(n))
        stories.append(told(one, one_line=rng.random() < 0.3))
        for message in render_report(one, Form()):
            read_text(message.text, "HTML")
    cut = rng.randint(0, len(stories))
    whole = digest(*stories[:cut], updates=stories[cut:], topics=[words()])
    for message in render_digest(whole, Form(links=rng.random() < 0.8)):
        assert fits(message.text)
        read_text(message.text, "HTML")


def _assert_plain(text: str) -> None:
    assert not any(c in text for c in "\x00\x1b\n\u202e\u2066\u200b"), repr(text)


@dataclass(slots=True)
class Outcome:
    """What one kind of input came to."""

    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


KINDS: dict[str, tuple[Callable[[random.Random], None], int]] = {
    "feeds": (read_feed, 10_000),
    "pages": (read_page, 10_000),
    "dumps": (read_dump, 10_000),
    "OPML": (read_opml, 100_000),
    "callback data": (read_callback, 100_000),
    "commands": (read_command, 100_000),
    "rendering": (render, 100_000),
}


def fuzz(kind: str, seeds: Iterable[int]) -> Outcome:
    """Give one kind of reader an input for each seed."""
    reader, _ = KINDS[kind]
    outcome = Outcome()
    for seed in seeds:
        started = time.process_time()
        try:
            reader(random.Random(f"{kind} {seed}"))
        except (SkipError, RequestError) as exc:
            outcome.refused[type(exc).__name__] += 1
        except Exception:
            outcome.failures.append(f"{kind} {seed}: {traceback.format_exc(limit=-4)}")
        took = time.process_time() - started
        outcome.slowest_s = max(outcome.slowest_s, took)
        if took > SLOW_S:
            outcome.failures.append(f"{kind} {seed}: {took:.1f} s")
        outcome.done += 1
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the full number of inputs")
    parser.add_argument("--kind", choices=list(KINDS), action="append")
    chosen = parser.parse_args()
    failed = False
    for kind in chosen.kind or KINDS:
        count = max(1, round(KINDS[kind][1] * chosen.share))
        outcome = fuzz(kind, range(count))
        refused = ", ".join(f"{name} {n}" for name, n in outcome.refused.most_common())
        print(
            f"{kind:14} {outcome.done:7} inputs, {len(outcome.failures)} failures, "
            f"slowest {outcome.slowest_s:.2f} s; refused: {refused or 'none'}",
            flush=True,
        )
        for failure in outcome.failures[:5]:
            print(failure)
        failed = failed or bool(outcome.failures)
    sys.exit(failed)


if __name__ == "__main__":
    main()
