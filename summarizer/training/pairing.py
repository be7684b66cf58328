"""Pairs found in news itself: the same sentence at another outlet, and what an editor kept."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from summarizer.training.edits import PLAIN
from summarizer.training.filtering import (
    PRONOUNS,
    Limits,
    Pair,
    content,
    is_fit,
    keeps_claims,
    numbers,
    words,
)
from summarizer.writing.aligning import Alignment
from summarizer.writing.arranging import put_speaker_first
from summarizer.writing.gaps import find_gaps, kept_tokens
from summarizer.writing.pruning import prune
from summarizer.writing.structure import Structure
from summarizer.writing.syntax import Parser

DAYS = 2
"""Two outlets report the same within this many days."""
MOST_COMMON = 40
"""A word in more sentences of these days finds none that say the same."""
LEAST_SHARED = 4
LEAST_LIKE, MOST_LIKE = 0.5, 0.97
"""Share of the content words of both that both have."""
WORTH = 0.22
"""A word is worth keeping from this chance on that the reference has it: F1 rises as long as what
is added is right more than half as often as what is there (about 0.4)."""
LEAST_KEPT = 0.35
"""Share of a sentence's words in the reference below which it tells something else."""

Dated = tuple[date, str, str]
"""The day, the outlet and one sentence of it."""


def across_outlets(sentences: Iterable[Dated], limits: Limits) -> Iterator[Pair]:
    """Yield sentences of two outlets that say the same, the plainer and shorter one as target."""
    days: dict[date, list[tuple[str, str, frozenset[str]]]] = defaultdict(list)
    for day, outlet, text in sentences:
        days[day].append((outlet, text, frozenset(content(words(text)))))
    for day in sorted(days):
        own = days[day]
        later = [days.get(day + timedelta(days=k), []) for k in range(1, DAYS)]
        pool = own + [row for rows in later for row in rows]
        for i, j in _near(pool, len(own)):
            (outlet, one, a), (other, two, b) = pool[i], pool[j]
            if outlet == other or not LEAST_LIKE <= len(a & b) / len(a | b) <= MOST_LIKE:
                continue
            orders = sorted(((one, two), (two, one)), key=lambda pair: _loaded(pair[1]))
            for source, target in orders:
                if is_fit(source, target, limits):
                    yield Pair("outlet", source, target)
                    break


def _near(pool: Sequence[tuple[str, str, frozenset[str]]], own: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of two sentences, one of the first `own`, with rare words in common."""
    counts = Counter(stem for _, _, stems in pool for stem in stems)
    rare = {s: k for k, s in enumerate(s for s, n in counts.items() if 2 <= n <= MOST_COMMON)}
    rows = [i for i, (_, _, stems) in enumerate(pool) for stem in stems if stem in rare]
    columns = [rare[stem] for _, _, stems in pool for stem in stems if stem in rare]
    if not rows:
        return
    matrix = csr_array((np.ones(len(rows), np.int16), (rows, columns)), (len(pool), len(rare)))
    shared = (matrix[:own] @ matrix.T).tocoo()
    for i, j, n in zip(*shared.coords, shared.data, strict=True):
        if n >= LEAST_SHARED and i < j:
            yield int(i), int(j)


def _loaded(text: str) -> tuple[int, int]:
    return len(PLAIN.findall(text)), len(text)


def kept_by_editors(
    stories: Iterable[tuple[str, Sequence[str], str]], parser: Parser, limits: Limits
) -> Iterator[Pair]:
    """Yield sentences and the form of each that has most of what an editor's text has of it.

    A story is the pairs' kind, sentences of its articles, and the editor's text.
    """
    for kind, sentences, reference in stories:
        wanted = words(reference)
        single, double = set(_stemmed(wanted)), set(pairwise(_stemmed(wanted)))
        close = [
            s
            for s in sentences
            if len(words(s)) <= limits.most_words
            and _share(_stemmed(content(words(s))), single) >= LEAST_KEPT
        ]
        for tree in parser.parse(close):
            forms = [form for form in prune(Structure(tree)) if is_kept(tree.text, form, limits)]
            forms += [f for text in (tree.text, *forms) if (f := put_speaker_first(text, tree))]
            if forms:
                best = max(forms, key=lambda form: _gain(form, single, double))
                if _gain(best, single, double) > _gain(tree.text, single, double):
                    yield Pair(kind, tree.text, best)
                else:
                    yield Pair("copy", tree.text, tree.text)


def is_kept(source: str, target: str, limits: Limits) -> bool:
    """Say whether a form of a sentence keeps its claims and enough of it."""
    src, tgt = words(source), words(target)
    return (
        len(tgt) >= max(limits.least_words, limits.least_ratio * len(src))
        and tgt[0] not in PRONOUNS
        and numbers(tgt) <= numbers(src)
        and keeps_claims(source, target)
    )


def _gain(text: str, single: set[str], double: set[tuple[str, str]]) -> float:
    """Return what a sentence adds: the reference's words and pairs of words, less what it costs."""
    stems = _stemmed(words(text))
    return sum((s in single) - WORTH for s in stems) + 0.5 * sum(
        (pair in double) - WORTH / 2 for pair in pairwise(stems)
    )


def _stemmed(tokens: Sequence[str]) -> list[str]:
    return [token[:5] for token in tokens]


def _share(stems: Sequence[str], known: set[str]) -> float:
    return sum(stem in known for stem in stems) / max(1, len(stems))


def whole(pairs: Iterable[Pair], parser: Parser) -> Iterator[Pair]:
    """Yield the pairs whose target lost nothing that had to stay, by the source's tree."""
    batch: list[Pair] = []
    for pair in pairs:
        batch.append(pair)
        if len(batch) == 256:
            yield from _whole(batch, parser)
            batch = []
    yield from _whole(batch, parser)


def _whole(pairs: Sequence[Pair], parser: Parser) -> Iterator[Pair]:
    for pair, tree in zip(pairs, parser.parse([p.source for p in pairs]), strict=True):
        structure = Structure(tree)
        if not find_gaps(structure, kept_tokens(Alignment(pair.target, tree.text), tree)):
            yield pair


def day_of(text: str) -> date | None:
    """Read "2016-09-20" or "04-24-2019"."""
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text or ""):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.fullmatch(r"(\d\d)-(\d\d)-(\d{4})", text or ""):
        return date(int(match[3]), int(match[1]), int(match[2]))
    return None
