"""People by their full names where a story first tells of them, by their last names after that.

A source sentence says "Brandt" because the article has said who that is; a digest takes the
sentence and not what stood before it. The full name is the one the cited article gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from summarizer.models import Article, Sentence
from summarizer.writing.names import TITLES
from summarizer.writing.restoring import common_words
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import (
    AUXILIARIES,
    FUNCTION_WORDS,
    PREPOSITIONS,
    TIMES,
    Token,
    plain,
    tokenize,
    word_set,
)

_FULL = re.compile(
    r"(?<![\w.'-])(?=(([A-Z][a-zà-ÿ]+(?:-[A-Z][a-zà-ÿ]+)?) "
    r"(?:[A-Z]\. )?([A-Z](?:[a-zà-ÿ]|[A-Z'-](?=[A-Za-z]))+))\b)"
)
"""Of plain text. "Vice President Ada Brandt" has both "President Ada" and "Ada Brandt"."""

_NO_FIRST_NAMES = word_set(
    """
    new north south east west northern southern eastern western central san santa los las la el
    united white supreme great saint fort port lake mount black capitol
    """
)
_GROUP = re.compile(r"(?:an|ese|ish|ic|crat|si|qi|li|ni)s$")
"""How "Republicans" ends."""
_NO_LAST_NAMES = word_set(
    """
    house court street city state states county party university college times post journal news
    senate congress department ministry administration committee council office board bank union
    school hospital church park river island islands bay beach hill hills square center centre
    """
)
_BEHIND = (
    AUXILIARIES
    | PREPOSITIONS
    | {",", ".", ";", "'s", "'", "and", "who"}
    | {"also", "already", "earlier", "later", "never", "now", "still", "then"}
)
_WORD = re.compile(r"[\w-]+")
_QUOTED = re.compile(r"[“\"].*?[”\"]")
_COUPLE = re.compile(r"\b(?:Mr|Mrs|Ms)\.? and ")
_COURTESY = re.compile(r"\b(?:Mr|Mrs|Ms)\.? (?=[A-Z])")
_LONGEST = 20_000


def introduce_people(
    sentences: Sequence[Sentence], articles: Mapping[str, Article]
) -> list[Sentence]:
    """Return the sentences with the full name of each person at the first mention by last name.

    `articles` are by id. A name is written out where all articles that a sentence cites have it,
    and none has two people of that last name. "Mr." and its like go, as agencies write: one outlet
    has them and the next one has not.
    """
    known: set[str] = set()
    told = []
    for sentence in sentences:
        texts = [articles[e.article_id].text for e in sentence.evidence]
        cited = [full_names(text) for text in texts]
        text = _without_courtesies(sentence.text, texts)
        # Tokens have their places in the plain text.
        bare = _bare_names(text) if len(plain(text)) == len(text) else []
        for token in reversed(bare):
            full = {names.get(token.text) for names in cited}
            if token.text not in known and len(full) == 1 and (name := full.pop()):
                # The last name stays as it is written, with its kind of apostrophe.
                first = name.removesuffix(token.text)
                text = text[: token.start] + first + text[token.start :]
        known |= {t.text for t in tokenize(text) if t.is_capital}
        told.append(replace(sentence, text=text))
    return told


def _without_courtesies(text: str, articles: Sequence[str]) -> str:
    """Return the text without "Mr." outside quotations, but where it tells two people apart."""
    if _COUPLE.search(text):
        return text
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    for match in reversed(list(_COURTESY.finditer(text))):
        name = r"\b(Mr|Mrs|Ms)\.? " + re.escape(_WORD.findall(text[match.end() :])[0])
        styles = {style for article in articles for style in re.findall(name, article)}
        if len(styles) < 2 and not any(a < match.start() < b for a, b in quoted):
            text = text[: match.start()] + text[match.end() :]
    return text


def use_names_of(source: str, text: str, article: str) -> str:
    """Return the text with the full names that the source lacks, and its article has, cut short."""
    for last, full in full_names(article).items():
        if full in plain(text) and full not in plain(source):
            text = plain(text).replace(full, last)
    return text


@lru_cache(maxsize=512)
def full_names(text: str) -> Mapping[str, str]:
    """Return the full name of each person that a text names in full, by last name.

    Without those of whom there are two, and without what may be no person's name.
    """
    text = plain(text[:_LONGEST])
    small = set(re.findall(r"\b[a-z]+\b", text))
    found: dict[str, str] = {}
    firsts: dict[str, set[str]] = {}
    for match in _FULL.finditer(text):
        first, last = match[2].lower(), match[3].lower()
        if (
            first in small | FUNCTION_WORDS | TITLES | TIMES | _NO_FIRST_NAMES
            or first in common_words()
            or last in small | TIMES | _NO_LAST_NAMES
            or _GROUP.search(last)
        ):
            continue
        found.setdefault(match[3], match[1])
        firsts.setdefault(match[3], set()).add(first)
    return {last: full for last, full in found.items() if len(firsts[last]) == 1}


def _bare_names(text: str) -> list[Token]:
    """Return the first mentions outside quotations that may be somebody's last name alone."""
    tokens = tokenize(text)
    verbs = {verb.start for verb in finite_verbs(tokens)}
    found = []
    mentioned: set[str] = set()
    quoted = False
    for i, token in enumerate(tokens):
        if plain(token.text) == '"':
            quoted = not quoted
        before = tokens[i - 1] if i else None
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if (
            not quoted
            and token.is_capital
            and token.text not in mentioned
            and not (before and (before.is_capital or before.low in TITLES | {"the", ".", "-"}))
            and after is not None
            and not after.is_capital
            and (after.low in _BEHIND or i + 1 in verbs)
        ):
            found.append(token)
        mentioned.add(token.text)
    return found
