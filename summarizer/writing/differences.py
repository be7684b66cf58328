"""Where articles give different values for the same thing; said only when it is certain."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, Difference, DifferenceValue, SourceSentence
from summarizer.writing.numbers import Quantity, find_quantities, same_value
from summarizer.writing.words import Token, plain, stem, stems, tokenize

SAME_THING = 0.7
"""The cosine from which two sentences are about the same thing."""
SHARED_WORDS = 0.4

# What a quantity is about, in a word that readers know; told by the words near it.
_ABOUT: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (label, frozenset(stem(w) for w in words.split()))
    for label, words in (
        ("killed", "killed kill dead died die deaths death toll fatalities"),
        ("injured", "injured injuring hurt wounded injuries"),
        ("missing", "missing unaccounted"),
        ("arrested", "arrested detained arrests"),
        ("rescued", "rescued saved"),
        ("evacuated", "evacuated evacuees"),
        ("displaced", "displaced homeless"),
        ("infected", "infected cases infections"),
        ("on board", "aboard board passengers"),
        ("wind", "wind winds gusts"),
        ("magnitude", "magnitude"),
        ("protesters", "protesters demonstrators marchers"),
    )
)
_LABELS = frozenset(word for _, words in _ABOUT for word in words)
_PARTING = frozenset(
    {"and", "or", "but", "while", "more", "other", "others", "another", "additional"}
)
# "Nine people" and "nine" may be the same; "two soldiers" and "19 people" are not.
_ANYONE = frozenset({"", "person", "people"})
_COUNTS_UP = frozenset(
    {"killed", "injured", "arrested", "infected", "evacuated", "rescued", "displaced", "missing"}
)
_UNITS = frozenset(
    stem(u)
    for u in [
        "kilometer",
        "mile",
        "meter",
        "foot",
        "hour",
        "minute",
        "dollar",
        "pound",
        "euro",
        "ton",
        "kilogram",
        "acre",
        "hectare",
    ]
) | {"kilometer/hour", "mile/hour", "percent", "dollar", "pound", "euro", "yen"}


@dataclass(frozen=True, slots=True)
class _Reading:
    about: str
    value: float
    unit: str
    noun: str
    """The stem of what is counted; '' for people."""
    shown: str
    sentence: int
    n: int


def find_differences(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
) -> list[Difference]:
    """Return where articles give different exact values for the same thing.

    Row i of `vectors` belongs to `sentences[i]`. Two values differ only if both are exact, of the
    same unit, counted of the same thing in sentences that are alike in meaning and words. A later,
    higher count of what can only grow is an update.
    """
    readings = [r for i, s in enumerate(sentences) for r in _read(i, s)]
    dates = {a.n: a.published_at for a in articles}
    found: list[Difference] = []
    for about in dict.fromkeys(r.about for r in readings):
        same = [r for r in readings if r.about == about]
        if any(a.unit != b.unit for a in same for b in same):
            continue
        pairs = [
            (a, b)
            for i, a in enumerate(same)
            for b in same[i + 1 :]
            if a.n != b.n
            and not same_value(a.value, b.value)
            and a.noun == b.noun
            and _about_the_same(sentences, vectors, a, b)
        ]
        if not pairs or _is_ambiguous(same):
            continue
        values: dict[float, list[_Reading]] = {}
        for reading in {id(r): r for pair in pairs for r in pair}.values():
            values.setdefault(reading.value, []).append(reading)
        if len(values) != 2:
            # Three or more values are different things more often than a disagreement.
            continue
        low, high = sorted(values)
        newest_low = max(dates[r.n] for r in values[low])
        oldest_high = min(dates[r.n] for r in values[high])
        is_update = about in _COUNTS_UP and oldest_high > newest_low
        found.append(
            Difference(
                about=about,
                values=tuple(
                    DifferenceValue(
                        value=values[v][0].shown,
                        articles=tuple(sorted({r.n for r in values[v]})),
                        later=is_update and v == high,
                    )
                    for v in (low, high)
                ),
                kind="update" if is_update else "conflict",
            )
        )
    return found


def _read(i: int, sentence: SourceSentence) -> list[_Reading]:
    text = plain(sentence.text)
    tokens = tokenize(text)
    found = []
    for quantity in find_quantities(text):
        if quantity.bound or quantity.unit in {"ordinal", "year", "time"} or quantity.value < 2:
            continue
        about = _about(tokens, quantity)
        if about:
            unit = quantity.unit or (quantity.noun if quantity.noun in _UNITS else "")
            found.append(
                _Reading(
                    about=about,
                    value=quantity.value,
                    unit=unit,
                    noun="" if quantity.noun in _ANYONE | _LABELS else quantity.noun,
                    shown=_show(text, tokens, quantity),
                    sentence=i,
                    n=sentence.n,
                )
            )
    return found


def _about(tokens: Sequence[Token], quantity: Quantity) -> str:
    """Return what the quantity is of: the label of the nearest word of the list, if one is near.

    "nine people were injured", "injured nine people", "a death toll of 12"; nothing beyond a comma
    or a conjunction counts.
    """
    after = itertools.takewhile(_goes_on, tokens[quantity.end : quantity.end + 6])
    before = itertools.takewhile(_goes_on, reversed(tokens[: quantity.start]))
    found = [
        (distance, label)
        for words, reach in ((after, 6), (before, 3))
        for distance, token in enumerate(itertools.islice(words, reach))
        for label, stems_of in _ABOUT
        if token.stem in stems_of
    ]
    return min(found, default=(0, ""))[1]


def _goes_on(token: Token) -> bool:
    return token.text not in {",", ";", ".", ":", "(", ")", '"'} and token.low not in _PARTING


def _show(text: str, tokens: Sequence[Token], quantity: Quantity) -> str:
    """Return the quantity as printed, in digits where it was spelled out, with its unit."""
    end = quantity.end
    if quantity.noun in _UNITS and end < len(tokens):
        end += 3 if quantity.noun.endswith("/hour") and _is_rate(tokens, end) else 1
    number = text[tokens[quantity.start].start : tokens[quantity.end - 1].end]
    if number.isalpha() and quantity.value == int(quantity.value):
        number = f"{int(quantity.value):,}"
    return number + text[tokens[quantity.end - 1].end : tokens[end - 1].end]


def _is_rate(tokens: Sequence[Token], end: int) -> bool:
    return end + 2 < len(tokens) and tokens[end + 1].low in {"/", "per"}


def _about_the_same(
    sentences: Sequence[SourceSentence], vectors: NDArray[np.float32], a: _Reading, b: _Reading
) -> bool:
    if float(vectors[a.sentence] @ vectors[b.sentence]) < SAME_THING:
        return False
    mine, theirs = set(stems(sentences[a.sentence].text)), set(stems(sentences[b.sentence].text))
    return len(mine & theirs) >= SHARED_WORDS * min(len(mine), len(theirs))


def _is_ambiguous(readings: Sequence[_Reading]) -> bool:
    """Say whether one article gives several values itself: then they are different things."""
    return any(len({r.value for r in readings if r.n == n}) > 1 for n in {r.n for r in readings})
