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
from summarizer.collecting.furniture import SENTENCE_END

_LONGEST_TITLE = 25  # words
_LONGEST_DUMP = 1_000_000  # characters
_OTHER_LINE = 4
"""Words of text that a line between the sentences outweighs."""
# What stands glued to the front of a title: a label, or the page's menu ('HomeWorldTitle').
_GLUED = re.compile(
    r"^(?:(?:[Tt]itle|[Hh]eadline)\s*:\s*|(?:(?:Home|Menu|Search|News|World|Europe|Asia|Africa|Americas"
    r"|International|National|Local|Politics|Business|Economy|Markets|Opinion|Culture|Science|Health"
    r"|Tech|Technology|Sports?|Entertainment|Lifestyle|Video|Latest|Breaking)(?=[A-Z“‘\"']))+)"
)
_NAME = re.compile(
    r"(?:[A-Z][\w’'-]+|[A-Z]\.)(?: (?:[A-Z]\.|de|van|von|al|bin))?(?: [A-Z][\w’'-]+){1,2}"
)
# After these the page goes on with the author, the readers' comments, other posts.
_AUTHOR_OR_COMMENTS = re.compile(
    r"(?:published|posted|written) by\b|about (?:the )?authors?\b|view all posts by\b"
    r"|leave a (?:reply|comment)\b|comments\s*:?$|please enter your\b|sort comments\b"
    r"|(?:one|\d+) (?:thoughts?|responses?|replies|comments?)\b[^.!?]{0,80}$",
    re.IGNORECASE,
)
_SHARE_OR_NEXT = re.compile(
    r"post navigation\b|share this\b|like this:|loading\.\.\."
    r"|(?:previous|next) (?:post|article)\b",
    re.IGNORECASE,
)
_TEXT_BEFORE_COMMENTS = 60  # words
_STOP_WORDS = frozenset(
    {
        "the",
        "and",
        "for",
        "with",
        "from",
        "that",
        "this",
        "was",
        "were",
        "are",
        "has",
        "have",
        "had",
    }
    | {"not", "but", "its", "his", "her", "who", "will", "after", "over", "into", "says", "said"}
    | {"you", "your", "our", "new", "all", "how", "what", "why", "when", "about", "more", "out"}
)


def read_dump(text: str) -> tuple[str, list[str]]:
    """Return the title ('' where there is none) and the paragraphs of the article in a dump."""
    lines = _lines(text[:_LONGEST_DUMP])
    kept = _without_related(lines)
    start, end = _densest(kept)
    body = kept[start:end]
    before = lines[: lines.index(body[0])] if body else lines
    title = _title(before, body)
    return title, _with_headings_that_head(clean_paragraphs(_region(body), title=title))


def _densest(lines: Sequence[str]) -> tuple[int, int]:
    """Return where the running text begins and ends: most words in sentences, few lines between.

    The largest sum of a run (Bentley 1984), each other line counting against it.
    """
    best = total = 0
    start, region = 0, (0, 0)
    for index, line in enumerate(lines):
        is_text = count_words(line) >= 4 and SENTENCE_END.search(line) and not is_furniture(line)
        total += count_words(line) if is_text and not is_teaser(line) else -_OTHER_LINE
        if total <= 0:
            total, start = 0, index + 1
        elif total > best:
            best, region = total, (start, index + 1)
    return region


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
        is_related = is_teaser(line) or (is_teaser(following) and _is_title_like(line))
        if not in_section and not is_related:
            kept.append(line)
    return kept


def _is_title_like(line: str) -> bool:
    """Return whether a line could be the title of a story."""
    return 3 <= count_words(line) <= _LONGEST_TITLE and not re.search(r"[.;,:][\"'”’)]*$", line)


def _is_body(line: str) -> bool:
    return count_words(line) >= 18 and _is_sentence(line)


def _title(before: Sequence[str], body: Sequence[str]) -> str:
    """Return the title among the lines before the text: the one that shares most words with it.

    Of two that share as many the later: it stands nearer to the text.
    """
    known = _content_words(" ".join(body))
    best, title = 0.0, ""
    for index, line in enumerate(before):
        following = before[index + 1] if index + 1 < len(before) else ""
        if not _is_title_like(line) or is_furniture(line) or _NAME.fullmatch(line):
            continue
        if (
            is_teaser(line)
            or is_teaser(following)
            or _is_glued(line, before[index + 1 : index + 9])
        ):
            continue
        line = _GLUED.sub("", line)
        words = _content_words(line)
        shared = len(words & known)
        if shared and shared * shared / len(words) >= best:
            best, title = shared * shared / len(words), line
    return title


def _is_glued(line: str, following: Sequence[str]) -> bool:
    """Return whether a line is page furniture glued to the front of a later line."""
    return any(
        len(later.split()) >= 3 and line != later and line.endswith(later) for later in following
    )


def _content_words(text: str) -> set[str]:
    """Return the beginnings of the words that say something: 'holds' and 'holding' are the same."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    return {
        w[:4].lower()
        for w in words
        if w.lower() not in _STOP_WORDS and (len(w) > 2 or w[0].isupper())
    }


def _region(lines: Sequence[str]) -> list[str]:
    """Return the lines up to where the page goes on with other things, without captions, names."""
    for index, line in enumerate(lines):
        is_sure = bool(_AUTHOR_OR_COMMENTS.match(line))
        if not is_sure and not _SHARE_OR_NEXT.match(line):
            continue
        before = sum(count_words(earlier) for earlier in lines[:index] if is_prose(earlier))
        after = sum(count_words(later) for later in lines[index:] if _is_body(later))
        if before >= after or (is_sure and before >= _TEXT_BEFORE_COMMENTS):
            lines = lines[:index]
            break
    captions = [line for line in lines if is_caption(line)]
    return [
        line
        for line in lines
        if not (_NAME.fullmatch(line) and not line.isupper())
        and not any(_is_alike(line, caption) for caption in captions)
    ]


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
