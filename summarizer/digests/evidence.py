"""What speaks for a story's belonging to a topic: its meaning, and the words it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from heapq import nlargest
from importlib.resources import files
from sys import intern

import numpy as np
from numpy.typing import NDArray

from summarizer.models import StoryReport, Topic
from summarizer.words import content_stems, rarity, stems

ENOUGH = 3
"""Words of a topic of the catalogue in a story's lead, from which more say no more."""
DISTANT = 0.1
"""Stories whose meaning is further from the topic than this cosine are not looked at for words."""
NEAR_WORDS = "near_words.txt"
"""A stem, then others of nearly its meaning, each with a digit for its worth out of `WORTHS`."""
COMPANY_WORDS = "company_words.txt"
"""A stem, then others that news has beside it, each with a digit for how often out of `WORTHS`."""
WORTHS = 9
COMPANY = 5
"""Words of a word's company in a story's start, from which more say no more."""
START = 8
"""Sentences of a story's start, its titles not counted."""
_START = (1 << START + 1) - 1
LEAD = 0b11
"""The places of a story's lead: its titles (bit 0) and its first sentence (bit 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that a topic asks for: how rare it is, what can stand for it, what stands beside it.

    In `stems` the worth is 1 for the word itself and less for others of its meaning; in `company`
    it says how much oftener than by chance news has the two together.
    """

    rarity: float
    stems: Mapping[str, float]
    company: Mapping[str, float]


@lru_cache(maxsize=10_000)
def find_words(texts: tuple[str, ...]) -> tuple[Word, ...]:
    """Return the words that free words ask for."""
    wanted = dict.fromkeys(stem for text in texts for stem in content_stems(text))
    return tuple(
        Word(
            rarity=rarity(stem),
            stems={**_related(NEAR_WORDS, stem), stem: 1.0},
            company={**_related(COMPANY_WORDS, stem), stem: 1.0},
        )
        for stem in wanted
    )


def _related(name: str, stem: str) -> dict[str, float]:
    """Return the stems that a table relates to this one, with their worth."""
    others = _table(name).get(stem, "").split()
    return {other[:-1]: int(other[-1]) / WORTHS for other in others}


@cache
def _table(name: str) -> dict[str, str]:
    """Return a table's lines by their stem; unread, as that takes a tenth of the memory."""
    lines = files("summarizer.digests").joinpath(name).read_text(encoding="utf-8").splitlines()
    return {own: others for own, _, others in (line.partition(" ") for line in lines)}


def find_evidence(
    topic: Topic, topic_vectors: NDArray[np.float32], reports: Sequence[StoryReport]
) -> NDArray[np.float64]:
    """Return a row for each report: how near the topic it is, all from 0 to 1.

    First stands the cosine of the nearest query. Of free words follow how many of them, by rarity,
    the report has, how well its lead has the one it lacks most, 1 over their number, and how much
    of the company they keep its start has; of a topic of the catalogue how many of its words the
    lead has, and how many sentences have any. Words count nothing where the meaning is `DISTANT`.
    """
    vectors = np.concatenate([report.vector for report in reports]).reshape(len(reports), -1)
    nearest = (vectors @ topic_vectors.T).max(axis=1)
    words = find_words(topic.words) if topic.is_free else ()
    phrases = _phrases_of(topic.words)
    rows = np.zeros((len(reports), 5 if topic.is_free else 3))
    rows[:, 0] = nearest
    for place in np.flatnonzero(nearest >= DISTANT):
        text = _text(_Version(reports[int(place)]))
        if topic.is_free:
            rows[place, 1:] = _find_words(words, text)
        else:
            rows[place, 1:] = _find_phrases(phrases, text)
    return rows


def has_excluded(topic: Topic, report: StoryReport) -> bool:
    """Say whether the report has a word that the topic bars."""
    if not topic.exclude:
        return False
    text = _text(_Version(report))
    return any(text.places(phrase) for _, phrase in _phrases_of(topic.exclude))


class _Version:
    """A report as the key of a cache: equal to itself in the same version."""

    __slots__ = ("_key", "_report")

    def __init__(self, report: StoryReport) -> None:
        self._report: StoryReport | None = report
        self._key = (report.story_id, report.version, report.headline, len(report.sentences))

    def take(self) -> StoryReport:
        """Give the report away: a cache that kept it would keep those that nobody needs."""
        report, self._report = self._report, None
        assert report is not None
        return report

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@dataclass(frozen=True, slots=True)
class _Text:
    """The stems of a report: all, and in their order: its titles, then a sentence a line.

    A table of where each two and three words in a row stand would take 70 KB a report.
    """

    stems: frozenset[str]
    lines: tuple[str, ...]

    def places(self, phrase: str) -> int:
        """Return which lines have these stems in a row, as bits of a number."""
        wanted = f" {phrase} "
        found = 0
        for number, line in enumerate(self.lines):
            if wanted in line:
                found |= 1 << number
        return found


@lru_cache(maxsize=20_000)
def _text(version: _Version) -> _Text:
    report = version.take()
    titles = [stems(text) for text in (report.headline, *(a.title for a in report.articles))]
    sentences = [stems(sentence.text) for sentence in report.sentences]
    lines = [" | ".join(map(" ".join, titles)), *map(" ".join, sentences)]
    return _Text(
        # One string for each stem, however many reports have it.
        stems=frozenset(intern(stem) for words in (*titles, *sentences) for stem in words),
        lines=tuple(f" {line} " for line in lines),
    )


@lru_cache(maxsize=1000)
def _phrases_of(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the texts' stems in a row, each after the first of them."""
    found = dict.fromkeys(tuple(stems(text)) for text in texts)
    return tuple((words[0], " ".join(words)) for words in found if words)


def _find_words(words: Sequence[Word], text: _Text) -> tuple[float, float, float, float]:
    found = lacking = company = 0.0
    in_lead = 1.0
    for word in words:
        best = best_in_lead = 0.0
        for stem, worth in word.stems.items():
            if stem in text.stems and (places := text.places(stem)):
                best = max(best, worth)
                if places & LEAD:
                    best_in_lead = max(best_in_lead, worth)
        found += word.rarity * best
        lacking += word.rarity * (1 - best)
        in_lead = min(in_lead, best_in_lead)
        beside = (
            worth
            for stem, worth in word.company.items()
            if stem in text.stems and text.places(stem) & _START
        )
        company += word.rarity * min(1.0, sum(nlargest(COMPANY, beside)) / COMPANY)
    whole = found + lacking
    return found / whole, in_lead, 1 / len(words), company / whole


def _find_phrases(phrases: Sequence[tuple[str, str]], text: _Text) -> tuple[float, float]:
    found = [
        places
        for first, phrase in phrases
        if first in text.stems and (places := text.places(phrase))
    ]
    in_lead = sum(1 for places in found if places & LEAD)
    anywhere = 0
    for places in found:
        anywhere |= places
    told = (anywhere >> 1).bit_count() / max(len(text.lines) - 1, 1)
    return min(in_lead, ENOUGH) / ENOUGH, told
