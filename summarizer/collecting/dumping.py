"""Plain-text dumps of whole pages: where the article is, and its title.

A dump has lost all markup, so what is judged is the lines' order: headings, sentences, cut-off
teasers, names, and the words that only furniture has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from summarizer.collecting.cleaning import clean_line, clean_text
from summarizer.collecting.furnishing import (
    clean_paragraphs,
    count_words,
    is_caption,
    is_furniture,
    is_heading,
    is_prose,
    is_section,
    is_teaser,
    key,
)

_LONGEST_TITLE = 25  # words
# What stands glued to the front of a title: a label, or the page's menu ('HomeWorldTitle').
_GLUED = re.compile(
    r"^(?:(?:[Tt]itle|[Hh]eadline)\s*:\s*|(?:(?:Home|Menu|Search|News|World|Europe|Asia|Africa|Americas"
    r"|International|National|Local|Politics|Business|Economy|Markets|Opinion|Culture|Science|Health"
    r"|Tech|Technology|Sports?|Entertainment|Lifestyle|Video|Latest|Breaking)(?=[A-Z“‘\"']))+)"
)
_NAME = re.compile(
    r"(?:[A-Z][\w’'-]+|[A-Z]\.)(?: (?:[A-Z]\.|de|van|von|al|bin))?(?: [A-Z][\w’'-]+){1,2}"
)
# After these nothing of the article follows.
_END = re.compile(
    r"(?:published|posted|written) by\b|about (?:the )?authors?\b|leave a (?:reply|comment)\b"
    r"|(?:one|\d+) (?:thoughts?|responses?|replies|comments?)\b|post navigation\b|comments\s*:?$"
    r"|please enter your\b|share this\b|like this:|loading\.\.\."
    r"|(?:previous|next) (?:post|article)\b",
    re.IGNORECASE,
)


def read_dump(text: str) -> tuple[str, list[str]]:
    """Return the title ('' where there is none) and the paragraphs of the article in a dump."""
    lines = _without_related(_lines(text))
    start = _start(lines)
    title = _title(lines[:start], lines[start:])
    kept = clean_paragraphs(_region(lines[start:]), title=title)
    return title, _with_headings_that_head(kept)


def _start(lines: Sequence[str]) -> int:
    """Return where the text begins: at its first long paragraph, or short ones before that."""
    whole = [_is_sentence(line) for line in lines]
    long = [index for index, line in enumerate(lines) if _is_body(line)]
    start = (
        long[0] if long else next((i for i, is_whole in enumerate(whole) if is_whole), len(lines))
    )
    while start > 0 and whole[start - 1]:
        start -= 1
    return start


def _is_sentence(line: str) -> bool:
    return is_prose(line) and not is_furniture(line)


def _lines(text: str) -> list[str]:
    """Return the lines; of a text that is wrapped at a column, the paragraphs."""
    raw = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    full = [line for line in raw if 50 <= len(line) <= 100]
    broken = [a for a, b in pairwise(raw) if 50 <= len(a) <= 100 and b[:1].islower()]
    if full and len(broken) > 0.3 * len(full) and max(map(len, raw)) <= 110:
        return clean_text("\n".join(raw)).split("\n\n")
    return [line for line in map(clean_line, raw) if line]


def _without_related(lines: Sequence[str]) -> list[str]:
    """Return the lines without lists of other stories: headings of lists, titles with teasers."""
    kept: list[str] = []
    in_section = False
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        in_section = is_section(line) or (in_section and not _is_body(line))
        is_related = is_teaser(line) or (is_teaser(following) and is_heading_or_question(line))
        if not in_section and not is_related:
            kept.append(line)
    return kept


def is_heading_or_question(line: str) -> bool:
    """Return whether a line could be the title of a story."""
    return len(line.split()) <= _LONGEST_TITLE and not re.search(r"[.;,:][\"'”’)]*$", line)


def _is_body(line: str) -> bool:
    return count_words(line) >= 18 and _is_sentence(line)


def _title(before: Sequence[str], body: Sequence[str]) -> str:
    """Return the title among the lines before the text.

    The first that could be one; but where a later line says the same in other words, that one:
    it stands nearer to the text, and what was before it is the page's.
    """
    candidates = [
        _GLUED.sub("", line)
        for index, line in enumerate(before)
        if 3 <= len(line.split()) <= _LONGEST_TITLE
        and is_heading_or_question(line)
        and not is_furniture(line)
        and not _NAME.fullmatch(line)
        and not _is_glued(line, before[index + 1 :])
    ]
    if not candidates:
        return ""
    known = _content_words(" ".join(body))
    told = [c for c in candidates if len(_content_words(c) & known) >= 2]
    title = next(
        (c for c in told if 2 * len(_content_words(c) & known) >= len(_content_words(c))),
        max(candidates, key=lambda c: len(_content_words(c) & known)),
    )
    for later in told[told.index(title) + 1 :] if title in told else []:
        common = _content_words(title) & _content_words(later)
        if len(common) >= 2 and 2 * len(common) >= len(_content_words(title)):
            title = later
    return title


def _is_glued(line: str, following: Sequence[str]) -> bool:
    """Return whether a line is page furniture glued to the front of a later line."""
    return any(
        len(later.split()) >= 3 and line != later and line.endswith(later) for later in following
    )


def _content_words(text: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+", text.lower())
    return {word[:6] for word in words if len(word) > 3 or word in ("us", "uk", "eu", "un", "xi")}


def _region(lines: Sequence[str]) -> list[str]:
    """Return the lines up to where the page goes on with other things."""
    for index, line in enumerate(lines):
        if _END.match(line):
            before = sum(len(earlier.split()) for earlier in lines[:index])
            after = sum(len(later.split()) for later in lines[index:] if _is_body(later))
            if before >= after:
                lines = lines[:index]
                break
    captions = [line for line in lines if is_caption(line)]
    kept = []
    for line in lines:
        is_name = bool(_NAME.fullmatch(line)) and not line.isupper()
        if not is_name and not any(_is_alike(line, caption) for caption in captions):
            kept.append(line)
    return kept


def _is_alike(line: str, caption: str) -> bool:
    """Return whether a line says what a caption says: the picture's text stands there twice."""
    words, others = set(key_words(line)), set(key_words(caption))
    return bool(words) and len(words & others) >= 0.8 * len(words) and not is_prose(line)


def key_words(line: str) -> list[str]:
    """Return the words of a line in lower case."""
    return re.findall(r"\w+", line.lower())


def _with_headings_that_head(paragraphs: Sequence[str]) -> list[str]:
    """Return the paragraphs with only those short lines that stand before a sentence."""
    kept: list[str] = []
    for text in reversed(paragraphs):
        is_sentence = bool(re.search(r"[.!?…][\"'”’)\]]*$", text)) or len(text.split()) > 30
        heads = (
            bool(kept)
            and is_heading(text)
            and key(text) != key(kept[-1])
            and not is_heading(kept[-1])
        )
        if is_sentence or heads:
            kept.append(text)
    return kept[::-1]
