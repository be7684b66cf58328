"""Take the furniture out of article text: what pages put between and around the paragraphs.

Extractors leave pointers to other stories, subscription and comment forms, credits and bylines
inside the text. What is judged here is one paragraph at a time and its neighbours; `dumping.py`
deals with whole pages.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from summarizer.collecting.furniture import (
    APPEALS,
    AUTHOR_BOX,
    BYLINE,
    CREDIT_AT_END,
    CREDIT_WORDS,
    DATE_LINE,
    DATE_MARK,
    HAS_INLINE,
    HEARD,
    IN_NAMES,
    INLINE,
    JOINT,
    NAMED_AT_END,
    NOT_LETTERS,
    OPENINGS,
    PICTURE_AT_END,
    READING_TIME,
    SECTION,
    SENTENCE_END,
    SENTENCES,
    TEASER_END,
    UNSPACED,
    Appeal,
)

_LONGEST_APPEAL = 100  # words
_LONGEST_OPENING = 70
_LONGEST_CAPTION = 45
_LONGEST_NAMED_CAPTION = 25
_LONGEST_LABEL = 3
_LONGEST_DATED = 20
_LONGEST_CREDIT = 120  # characters
_KEY_LENGTH = 240


def clean_paragraphs(
    paragraphs: Sequence[str],
    *,
    title: str = "",
    authors: Collection[str] = (),
    outside: Collection[str] = (),
) -> list[str]:
    """Return the paragraphs of an article without the furniture between them.

    `authors` are lower-case names. `outside` holds the texts (as `key` gives them) of headlines,
    captions and links of the page: a paragraph that is nothing but one of those is not text.
    """
    appeals = _possible_appeals(" ".join(paragraphs).lower())
    kept: list[str] = []
    cut = in_section = False
    for index, raw in enumerate(paragraphs):
        text = INLINE.sub(" ", raw).strip() if HAS_INLINE.search(raw) else raw.strip()
        name = key(text)
        if not name or (index < 3 and _same(name, key(title))):
            continue
        in_section = is_section(text) or (in_section and not is_prose(text))
        if (
            in_section
            or name in outside
            or text.lower() in authors
            or is_furniture(text, appeals)
            or (kept and name == key(kept[-1]))
        ):
            cut = True
            continue
        if named := _named_caption(text):
            if index + 1 < len(paragraphs):
                cut = True
                continue
            text = text[: named.start()]  # at the end of a text it is the agency's mark
        left = _drop_sentences(text, appeals)
        cut = left != text and not _says_something(left)
        if not cut:
            kept.append(left)
    labels = next((i for i, text in enumerate(kept) if not _is_label(text)), 0)
    if labels and is_prose(kept[labels]):  # what stands above an article, not between its parts
        del kept[:labels]
    while len(kept) > 3 and len(kept[-1].split()) < 90 and AUTHOR_BOX.match(kept[-1]):
        kept.pop()
        cut = True
    while cut and kept and is_heading(kept[-1]):  # it headed what was cut
        kept.pop()
    return kept


def _is_label(text: str) -> bool:
    """Return whether a line is a name of a section, a place or a kind of text."""
    return count_words(text) <= _LONGEST_LABEL and not SENTENCE_END.search(text)


def _named_caption(text: str) -> re.Match[str] | None:
    """Return the name in brackets after the last full stop of a short paragraph: a picture's."""
    is_short = text.endswith(")") and len(text.split()) <= _LONGEST_NAMED_CAPTION
    found = NAMED_AT_END.search(text) if is_short else None
    words = re.split(r"[ /,]+", found[1].strip()) if found is not None else []
    is_name = words and words[0].lower() not in HEARD
    return found if is_name and all(w[:1].isupper() or w in IN_NAMES for w in words) else None


def _says_something(text: str) -> bool:
    """Return whether what an appeal leaves is more than the question or the name that led to it."""
    sentences = SENTENCES.split(text)
    return count_words(text) > _LONGEST_LABEL and not all(s.endswith("?") for s in sentences)


def _same(name: str, title: str) -> bool:
    """Return whether a line repeats the title, give or take a few words."""
    short, long = sorted((name, title), key=len)
    return name == title or (len(short) > 20 and short in long and len(short) > 0.8 * len(long))


def key(text: str) -> str:
    """Return the first letters and digits of a text, lower case: what two copies of it share."""
    return NOT_LETTERS.sub("", text[:_KEY_LENGTH]).lower()


def is_furniture(text: str, appeals: Sequence[Appeal] = APPEALS) -> bool:
    """Return whether a paragraph is furniture by its own words."""
    words = len(text.split())
    if words <= _LONGEST_OPENING and OPENINGS.match(text.lower()):
        return True
    if words <= _LONGEST_APPEAL and _is_appeal(text, appeals):
        return True
    if words <= _LONGEST_DATED and _is_dated_line(text):
        return True
    if words <= 12 and (BYLINE.fullmatch(text) or DATE_LINE.fullmatch(text)):
        return True
    return is_caption(text)


def _is_dated_line(text: str) -> bool:
    """Return whether a line is made of parts, one of them a time: 'Name · 3 March · 3 min read'."""
    parts = JOINT.split(text)
    return len(parts) > 1 and any(
        READING_TIME.fullmatch(part) or (DATE_LINE.fullmatch(part) and DATE_MARK.search(part))
        for part in parts
    )


def is_caption(text: str) -> bool:
    """Return whether a line ends as captions do: with who made or sold the picture."""
    if len(text.split()) > _LONGEST_CAPTION:
        return False
    if text.endswith((")", "]")) and PICTURE_AT_END.search(text):
        return True
    found = _credit(text)
    if found is None:
        return False
    before = text[: found.start()].rstrip()
    # '… told Reuters.' is prose: a credit follows a full stop, a bracket or no sentence at all.
    if not before or text[found.start()] in "([|/–—" or SENTENCE_END.search(before):
        return True
    return bool(found["word"]) and ":" in found[0]


def _credit(text: str) -> re.Match[str] | None:
    end = text[-_LONGEST_CREDIT:]
    if not any(word in end for word in CREDIT_WORDS):
        return None
    return CREDIT_AT_END.search(text, max(0, len(text) - _LONGEST_CREDIT))


def _is_appeal(text: str, appeals: Sequence[Appeal]) -> bool:
    """Return whether a paragraph begins with an appeal: then it goes on as one.

    A pointer to a live blog may have slipped in front of news.
    """
    if not _has_appeal(text, appeals):
        return False
    first, *others = SENTENCES.split(text)
    if not others:
        return True
    return _has_appeal(first, appeals) and not ("live" in first and is_prose(" ".join(others)))


def _possible_appeals(lower: str) -> list[Appeal]:
    return [appeal for appeal in APPEALS if any(word in lower for word in appeal[0])]


def _has_appeal(text: str, appeals: Sequence[Appeal]) -> bool:
    if not appeals:
        return False
    lower = text.lower()
    return any(
        any(word in lower for word in words) and pattern.search(lower) is not None
        for words, pattern in appeals
    )


def is_section(text: str) -> bool:
    """Return whether a line heads a list of other stories."""
    return len(text.split()) <= 8 and bool(SECTION.fullmatch(text.strip(" -–—|•»>:")))


def is_teaser(text: str) -> bool:
    """Return whether a paragraph is the cut-off beginning of another text."""
    return len(text.split()) <= 40 and bool(TEASER_END.search(text))


def is_prose(text: str) -> bool:
    """Return whether a paragraph is running text: a whole sentence, not a cut-off one."""
    return count_words(text) >= 9 and bool(SENTENCE_END.search(text)) and not is_teaser(text)


def count_words(text: str) -> int:
    """Return the number of words; of scripts that set no spaces, half the number of signs."""
    words = len(text.split())
    return words if text.isascii() else words + len(UNSPACED.findall(text)) // 2


def is_heading(text: str) -> bool:
    """Return whether a line could head a section: short and not a sentence."""
    return len(text.split()) <= 12 and not re.search(r"[.;,:][\"'”’)]*$", text)


def _drop_sentences(text: str, appeals: Sequence[Appeal]) -> str:
    """Return a paragraph without its sentences that are appeals; a long one without a credit."""
    credit = _credit(text) if len(text.split()) > _LONGEST_CAPTION else None
    if credit is not None and SENTENCE_END.search(text[: credit.start()].rstrip()):
        text = text[: credit.start()].rstrip()
    if not _has_appeal(text, appeals):
        return text
    sentences = SENTENCES.split(text)
    if len(sentences) == 1:
        return text
    return " ".join(s for s in sentences if not (len(s.split()) <= 30 and _has_appeal(s, appeals)))
