"""Where articles give different values for the same thing; said only when it is certain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, Difference, DifferenceValue, Sentence, SourceSentence
from summarizer.writing.contradictions import find_date_differences, find_speaker_differences
from summarizer.writing.dates import find_dates, resolve
from summarizer.writing.names import is_name
from summarizer.writing.numbers import same_value
from summarizer.writing.readings import GROWS, Reading, read_figures
from summarizer.writing.words import TIMES, stems, tokenize

MOST_VALUES = 3
"""Of a count that kept growing, the first and the last are told."""
FARTHEST = 3
"""Times the lower value from which the higher one is of something else."""
SAME_THING = 0.72
"""Cosine of two sentences, and a quarter of the share of words they have in common, from which they
put a figure on the same thing; found on pairs of reports of 2019."""


def find_differences(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
) -> list[Difference]:
    """Return where articles give different values for the same thing.

    Row i of `vectors` belongs to `sentences[i]`, row i of `titles` to the title of `articles[i]`.
    Two values differ only if both are exact, of the same unit, counted of the same thing in
    sentences that are alike in meaning and words. A later, higher count of what can only grow is
    an update; then "at least" may stand before either.
    """
    named = [SourceSentence(article_id=a.id, n=a.n, position=0, text=a.title) for a in articles]
    sentences, vectors = [*sentences, *named], np.concatenate([vectors, titles])
    readings = read_figures(sentences)
    published = {a.n: a.published_at for a in articles}
    found = [
        *find_date_differences(sentences, vectors, published),
        *find_speaker_differences(sentences),
    ]
    for about in dict.fromkeys(r.about for r in readings):
        same = _keep_newest(r for r in readings if r.about == about)
        if len({r.unit for r in same}) > 1:
            continue
        pairs = [
            (a, b)
            for i, a in enumerate(same)
            for b in same[i + 1 :]
            if a.n != b.n
            and not same_value(a.value, b.value)
            and a.noun == b.noun
            and not _are_parts(a, same)
            and not _are_parts(b, same)
            and _about_the_same(sentences, vectors, a, b, published)
        ]
        # Who else gives one of these values gives it of the same thing.
        values = {(r.value, r.noun) for pair in pairs for r in pair}
        differing = [r for r in same if (r.value, r.noun) in values]
        difference = _compare(about, differing, published)
        if difference is not None:
            found.append(difference)
    return found


def drop_outdated(
    sentences: Sequence[Sentence], differences: Sequence[Difference]
) -> list[Sentence]:
    """Return the sentences without those that give a count which another one brings up to date."""
    updates = [d for d in differences if d.kind == "update"]
    given = [{(r.about, r.shown) for r in _read(s.text)} for s in sentences] if updates else []
    outdated = {
        number
        for difference in updates
        for last in [(difference.about, difference.values[-1].value)]
        if any(last in values for values in given)
        for number, values in enumerate(given)
        if last not in values
        and any((difference.about, v.value) in values for v in difference.values[:-1])
    }
    return [s for number, s in enumerate(sentences) if number not in outdated]


def _read(text: str) -> list[Reading]:
    return read_figures([SourceSentence(article_id="", n=0, position=0, text=text)])


def _compare(
    about: str, readings: Sequence[Reading], dates: Mapping[int, datetime]
) -> Difference | None:
    """Return the difference between readings of one thing, or None where it is not certain."""
    values: dict[float, list[Reading]] = {}
    for reading in sorted(readings, key=lambda r: (r.value, dates[r.n])):
        values.setdefault(reading.value, []).append(reading)
    if len(values) < 2:
        return None
    groups = list(values.values())
    first = [min(dates[r.n] for r in group) for group in groups]
    is_update = about in GROWS and all(a < b for a, b in pairwise(first))
    if not is_update and (len(groups) > 2 or any(r.at_least for r in readings)):
        # Three values are different things more often than a disagreement, and "at least 3"
        # leaves room for 4.
        return None
    if not is_update and groups[-1][0].value > FARTHEST * groups[0][0].value:
        return None
    if len(groups) > MOST_VALUES:
        groups = [groups[0], *groups[1 - MOST_VALUES :]]
    return Difference(
        about=about,
        values=tuple(
            DifferenceValue(
                value=group[0].shown,
                articles=tuple(sorted({r.n for r in group})),
                later=is_update and k > 0,
            )
            for k, group in enumerate(groups)
        ),
        kind="update" if is_update else "conflict",
    )


def _about_the_same(
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    a: Reading,
    b: Reading,
    published: Mapping[int, datetime],
) -> bool:
    """Say whether two sentences tell of one event: alike, and at odds in no name or day."""
    first, second = sentences[a.sentence].text, sentences[b.sentence].text
    mine, theirs = set(stems(first)), set(stems(second))
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    if float(vectors[a.sentence] @ vectors[b.sentence]) + shared / 4 < SAME_THING:
        return False
    days = [_days(text, published[r.n].date()) for text, r in ((first, a), (second, b))]
    names = [_names(text) for text in (first, second)]
    return all(not x or not y or x & y for x, y in (days, names))


def _days(text: str, published: date) -> set[date]:
    return {day for mention in find_dates(text) if (day := resolve(mention, published))}


def _names(text: str) -> set[str]:
    tokens = tokenize(text)
    return {t.stem for i, t in enumerate(tokens) if is_name(tokens, i) and t.low not in TIMES}


def _keep_newest(readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings, of an article that counts on ("at least 3", "at least 4") the last."""
    groups: dict[tuple[int, str], list[Reading]] = {}
    for reading in readings:
        groups.setdefault((reading.n, reading.noun), []).append(reading)
    kept = []
    for group in groups.values():
        most = max(r.value for r in group)
        counts_on = group[0].about in GROWS and all(r.at_least for r in group)
        kept += [r for r in group if r.value == most or not counts_on]
    return kept


def _are_parts(reading: Reading, readings: Sequence[Reading]) -> bool:
    """Say whether its article gives other values too, or another article gives it beside others.

    What one article tells apart is not one thing.
    """
    given: dict[int, set[float]] = {}
    for r in readings:
        if r.noun == reading.noun:
            given.setdefault(r.n, set()).add(r.value)
    return any(len(values) > 1 and reading.value in values for values in given.values())
