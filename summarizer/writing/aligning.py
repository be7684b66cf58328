"""Which word of a source each word of a written sentence stands on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from summarizer.writing.numbers import Quantity, find_quantities, is_number_word, same_value
from summarizer.writing.wording import equivalents
from summarizer.writing.words import (
    FINDING_VERBS,
    REPORTING_VERBS,
    Token,
    plain,
    root,
    stem,
    tokenize,
)

# What the key may stand for: the narrower word on the right supports the wider one on the left.
MARK_WORTH = 0.1
"""What a punctuation mark in its place is worth, where a content word is worth 1."""
_SAME_NAMES = (
    frozenset({"u.s", "u.s.a", "usa", "america", "american", "united states"}),
    frozenset({"u.k", "britain", "british", "united kingdom"}),
    frozenset({"e.u", "european union"}),
    frozenset({"u.n", "united nations"}),
    frozenset({"w.h.o", "world health organization"}),
)
_DEMONYM_ENDINGS = frozenset(
    {"", "a", "n", "s", "an", "ans", "ian", "ians", "i", "is", "ese", "ish", "e", "y", "ns"}
)


_Path: TypeAlias = "tuple[int | None, _Path] | None"
"""Places from the last one back."""


@lru_cache(maxsize=65536)
def supports(written: str, source: str) -> bool:
    """Say whether a lower-case word may stand on another: a form, a plain or a wider word of it."""
    if written == source:
        return True
    a, b = stem(written), stem(source)
    if a == b or b in equivalents(a):
        return True
    if len(a) > 4 and len(b) > 4 and root(a) == root(b):
        return True
    return _is_demonym(written, source)


def _is_demonym(a: str, b: str) -> bool:
    shared = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        shared += 1
    rests = {a[shared:], b[shared:]}
    return (
        shared >= 4
        and rests <= _DEMONYM_ENDINGS
        and any(r in rests for r in ("n", "ese", "ian", "i", "an", "ish"))
    )


class Alignment:
    """A written text laid on its source; `places[i]` is where written token i stands, or None."""

    def __init__(self, written: str, source: str) -> None:
        self.written_text, self.source_text = plain(written), plain(source)
        words = _read(self.source_text)
        self.written, self.source = tokenize(self.written_text), words.tokens
        self.places = _align(self.written, words, _value_places(written, source))
        self.from_source: dict[int, int] = {}
        for i, place in enumerate(self.places):
            if place is not None:
                self.from_source.setdefault(place, i)


class _Source:
    """A source's words, by what may stand on them; kept, for many texts are laid on one source."""

    def __init__(self, text: str) -> None:
        self.tokens = tokenize(text)
        self.places: dict[str, list[int]] = {}
        self.joined: dict[str, list[int]] = {}
        """Where a word and the next one make up a longer word."""
        self._supporting: dict[tuple[str, bool], list[int]] = {}
        for j, token in enumerate(self.tokens):
            self.places.setdefault(token.low, []).append(j)
        for j, (token, after) in enumerate(itertools.pairwise(self.tokens)):
            self.joined.setdefault(token.low + after.low, []).append(j)

    def supporting(self, token: Token) -> list[int]:
        """Return where words stand that support a content word, its own form or another."""
        key = token.low, token.is_capital
        if key not in self._supporting:
            self._supporting[key] = [
                j
                for j, other in enumerate(self.tokens)
                if other.kind == "word" and _match(token, other, self.tokens, j)
            ]
        return self._supporting[key]

    def compounds(self, written: Sequence[Token], i: int) -> list[int]:
        """Return where "healthcare" stands on "health care", or a part of one on the other."""
        low = written[i].low
        if len(low) < 3 or not written[i].is_content:
            return []
        pairs = [low + t.low for t in written[i + 1 : i + 2]]
        pairs += [t.low + low for t in written[max(0, i - 1) : i]]
        return [j for p in pairs for j in self.places.get(p, ())] + self.joined.get(low, [])


@lru_cache(maxsize=256)
def _read(source: str) -> _Source:
    return _Source(source)


def _value_places(written: str, source: str) -> dict[int, list[int]]:
    """Return for the tokens of written quantities where equal values stand in the source."""
    places: dict[int, list[int]] = {}
    tokens = tokenize(plain(source))
    same: list[Quantity]
    for quantity in find_quantities(plain(written)):
        same = [
            g
            for g in find_quantities(plain(source))
            if g.unit == quantity.unit and same_value(g.value, quantity.value)
        ]
        for i in range(quantity.start, quantity.end):
            # The figure stands at the figure; "percent", "million" at the last word.
            is_last = i == quantity.end - 1 and quantity.end - quantity.start > 1
            places[i] = [min(g.end - 1, _figure(g, tokens) + is_last) for g in same]
    return places


def _figure(quantity: Quantity, tokens: Sequence[Token]) -> int:
    """Return the place of a quantity's first number word."""
    inside = range(quantity.start, quantity.end)
    return next(
        (k for k in inside if tokens[k].kind == "number" or is_number_word(tokens[k].low)),
        quantity.end - 1,
    )


def _align(
    written: Sequence[Token], source: _Source, values: dict[int, list[int]]
) -> list[int | None]:
    """Return the best place for each written token, keeping to the source's order where it can."""
    options: list[list[tuple[int | None, float]]] = []
    for i, token in enumerate(written):
        worth = 1.0 if token.is_content else 0.25 if token.kind == "word" else MARK_WORTH
        found = dict.fromkeys(source.places.get(token.low, ()), worth)
        if token.is_content:
            for j in source.supporting(token):
                found.setdefault(j, 0.8 if source.tokens[j].stem == token.stem else 0.55)
        for j in values.get(i, []):
            found.setdefault(j, 0.8)
        for j in source.compounds(written, i):
            found.setdefault(j, 0.8)
        options.append([(None, 0.0), *found.items()])
    # Viterbi: state = the place of the last word that has one; a path is linked from its end.
    paths: dict[int, tuple[float, _Path]] = {-1: (0.0, None)}
    for choices in options:
        grown: dict[int, tuple[float, _Path]] = {}
        for last, (score, path) in paths.items():
            for place, worth in choices:
                if place is None:
                    key, total = last, score
                else:
                    step = _step(last, place)
                    # Punctuation follows along; it must not pull words out of their places.
                    step = step if worth > MARK_WORTH else min(step, 0.0)
                    key, total = place, score + worth + step
                if key not in grown or grown[key][0] < total:
                    grown[key] = (total, (place, path))
        paths = dict(sorted(grown.items(), key=lambda item: -item[1][0])[:60])
    path = max(paths.values(), key=lambda p: p[0])[1]
    places: list[int | None] = []
    while path is not None:
        place, path = path
        places.append(place)
    return places[::-1]


def _match(token: Token, other: Token, source: Sequence[Token], j: int) -> bool:
    if supports(token.low, other.low):
        return True
    if token.is_capital or other.is_capital:
        pair = f"{other.low} {source[j + 1].low}" if j + 1 < len(source) else ""
        return any(
            token.low in names and (other.low in names or pair in names) for names in _SAME_NAMES
        )
    return False


def _step(last: int, place: int) -> float:
    if last < 0:
        return -0.01 * min(place, 10)
    if place == last + 1:
        return 0.5
    if place > last:
        return -0.01 * min(place - last, 20)
    return -0.7 if place < last else -0.9


def is_reporting(token: Token) -> bool:
    """Say whether the word is a form of a verb that says that someone said something."""
    return token.kind == "word" and token.stem in _REPORTING and not token.low.endswith("ly")


def is_telling(token: Token) -> bool:
    """Say whether the word says that someone said something, or what a court or a study found."""
    return is_reporting(token) or token.low in FINDING_VERBS


_REPORTING = frozenset(stem(verb) for verb in REPORTING_VERBS)
