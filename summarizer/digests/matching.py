"""Topics to the stories that belong to them: by meaning and by words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from summarizer.errors import UnknownTopicError
from summarizer.models import StoryReport, Topic
from summarizer.words import UNKNOWN_RARITY, content_stems, rarity, stems

FREE = "free:"
MOST_WORDS = 12
"""Of a free topic; longer texts are messages, not topics."""

# Logistic regressions over the evidence below, fitted on the development half of
# benchmarks/data/topics.jsonl by `python -m benchmarks.topics --fit`.
FREE_WEIGHTS, FREE_INTERCEPT = (5.7, 3.0, 3.0), -5.3
CATALOG_WEIGHTS, CATALOG_INTERCEPT = (9.9, 2.8, 3.0), -6.1
SURE = 0.6
"""How likely a story must belong to a topic: a story missed annoys less than one that is wrong."""
ENOUGH = 3
"""Words of a topic of the catalogue in one text, from which more say no more."""
DISTANT = 0.1
"""Stories whose meaning is further from the topic than this cosine are not looked at for words."""

_EXCLUDED = re.compile(r"(?:^|\s)[-−–]([^\W_][\w'’.-]*)")
_FILLER = re.compile(
    r"^(?:(?:please|show|give|tell|me|the|latest|recent|new|news|stories|updates?|digest|summary|"
    r"summari[sz]e|anything|everything|what'?s|happening|new|on|in|about|of|for|from|regarding)\s+)*"
    r"(?:about|on|regarding)\s+(?=\S)",
    re.IGNORECASE,
)


def catalog_topics(catalog: Catalog) -> list[Topic]:
    """Return the catalogue's topics as topics to subscribe to."""
    return [
        Topic(
            key=topic.id,
            name=topic.name,
            queries=topic.queries,
            words=topic.words,
            aliases=topic.aliases,
        )
        for topic in catalog.topics
    ]


def parse_topic(text: str, catalog_topics: Sequence[Topic]) -> Topic:
    """Return the topic that a person means by `text`.

    A key, name or alias of the catalogue gives that topic; other words are a free topic, with the
    words after a hyphen excluded ("chip export controls -memory"). Raises UnknownTopicError for a
    text without usable words, a whole message, and what looks like a slip of the pen for a name of
    the catalogue.
    """
    plain = " ".join(text.removeprefix(FREE).split()).strip(" .,;:!?\"“”'")
    excluded = tuple(dict.fromkeys(word.casefold() for word in _EXCLUDED.findall(plain)))
    wanted = " ".join(_EXCLUDED.sub(" ", plain).split()).strip(" .,;:!?\"“”'")
    names = _names(catalog_topics)
    for candidate in (wanted, _FILLER.sub("", f"{wanted}")):
        if topic := names.get(candidate.casefold().removeprefix("#")):
            return _excluding(topic, excluded)
    wanted = _FILLER.sub("", wanted) or wanted
    content = content_stems(wanted)
    if not content:
        raise UnknownTopicError(
            f"no words to look for: {text.strip()!r}",
            suggestions=[topic.name for topic in catalog_topics[:3]],
        )
    if len(wanted.split()) > MOST_WORDS:
        raise UnknownTopicError(
            f"too long for a topic, at most {MOST_WORDS} words: {text.strip()!r}",
            suggestions=[topic.name for topic in catalog_topics[:3]],
        )
    if len(content) == 1 and rarity(content[0]) == UNKNOWN_RARITY:
        close = get_close_matches(wanted.casefold(), names, n=3, cutoff=0.8)
        if close:
            suggestions = list(dict.fromkeys(names[name].name for name in close))
            raise UnknownTopicError(f"unknown topic: {wanted!r}", suggestions=suggestions)
    return _excluding(
        Topic(key=FREE + wanted.casefold(), name=wanted, queries=(wanted,), words=(wanted,)),
        excluded,
    )


def topic_texts(topic: Topic) -> list[str]:
    """Return the texts whose vectors `match_topic` wants, in its order."""
    return list(topic.queries)


def match_topic(
    topic: Topic, topic_vectors: NDArray[np.float32], reports: Sequence[StoryReport]
) -> list[tuple[StoryReport, float]]:
    """Return the reports that belong to the topic with how likely they do, the likeliest first.

    `topic_vectors` has one row for each of `topic_texts(topic)`. A topic without queries has every
    report.
    """
    if not reports:
        return []
    excluded = _phrases_of(topic.exclude)
    if not topic.queries:
        return [(r, 1.0) for r in reports if excluded.isdisjoint(_words(_Version(r)).all)]
    weights, intercept = (
        (FREE_WEIGHTS, FREE_INTERCEPT)
        if topic.key.startswith(FREE)
        else (CATALOG_WEIGHTS, CATALOG_INTERCEPT)
    )
    odds = find_evidence(topic, topic_vectors, reports) @ np.array(weights) + intercept
    matches: list[tuple[StoryReport, float]] = []
    likelihoods = 1 / (1 + np.exp(-odds))
    for place in np.flatnonzero(likelihoods >= SURE):
        report = reports[int(place)]
        if excluded.isdisjoint(_words(_Version(report)).all):
            matches.append((report, float(likelihoods[place])))
    matches.sort(key=lambda match: -match[1])
    return matches


def find_evidence(
    topic: Topic, topic_vectors: NDArray[np.float32], reports: Sequence[StoryReport]
) -> NDArray[np.float64]:
    """Return for each report how near the topic it is: in meaning, its lead's words, all words.

    Meaning is the cosine of the nearest query; words are shares from 0 to 1, and 0 where the
    meaning is `DISTANT`.
    """
    vectors = np.concatenate([report.vector for report in reports]).reshape(len(reports), -1)
    evidence = np.zeros((len(reports), 3))
    evidence[:, 0] = (vectors @ topic_vectors.T).max(axis=1)
    is_free = topic.key.startswith(FREE)
    wanted = _stems_of(topic.words) if is_free else _phrases_of(topic.words)
    count = _share_of_stems if is_free else _share_of_phrases
    for place in np.flatnonzero(evidence[:, 0] >= DISTANT):
        words = _words(_Version(reports[int(place)]))
        evidence[place, 1:] = count(wanted, words.lead), count(wanted, words.all)
    return evidence


class _Version:
    """A report as the key of a cache: equal to itself in the same version."""

    __slots__ = ("_key", "report")

    def __init__(self, report: StoryReport) -> None:
        self.report = report
        self._key = (report.story_id, report.version, report.headline, len(report.sentences))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@dataclass(frozen=True, slots=True)
class _Words:
    """The stems of a report, and its runs of two and three stems."""

    lead: frozenset[str]
    """Of its headline, its articles' titles and its first sentence."""
    all: frozenset[str]


@lru_cache(maxsize=20_000)
def _words(version: _Version) -> _Words:
    report = version.report
    titles = [article.title for article in report.articles]
    texts = [sentence.text for sentence in report.sentences]
    lead = frozenset(run for text in (report.headline, *titles, *texts[:1]) for run in _runs(text))
    return _Words(lead=lead, all=lead.union(run for text in texts for run in _runs(text)))


def _runs(text: str) -> Iterator[str]:
    """Yield each stem, and each two and three in a row."""
    words = stems(text)
    for length in (1, 2, 3):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _stems_of(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(stem for text in texts for stem in content_stems(text))


def _phrases_of(texts: Sequence[str]) -> frozenset[str]:
    return frozenset(" ".join(stems(text)) for text in texts)


def _share_of_stems(wanted: frozenset[str], words: frozenset[str]) -> float:
    """Return how much of free words a text has, its rare words counting more."""
    found = sum(rarity(stem) for stem in wanted & words)
    return found / sum(rarity(stem) for stem in wanted) if found else 0.0


def _share_of_phrases(wanted: frozenset[str], words: frozenset[str]) -> float:
    """Return how many of a catalogue topic's words a text has; `ENOUGH` are all that count."""
    return min(len(wanted & words), ENOUGH) / ENOUGH


def _names(topics: Sequence[Topic]) -> dict[str, Topic]:
    return {
        name.casefold(): topic
        for topic in topics
        for name in (*topic.aliases, topic.name, topic.key)
    }


def _excluding(topic: Topic, excluded: Sequence[str]) -> Topic:
    if not excluded:
        return topic
    suffix = "".join(f" -{word}" for word in excluded)
    return Topic(
        key=topic.key + suffix,
        name=topic.name + suffix,
        queries=topic.queries,
        words=topic.words,
        exclude=tuple(excluded),
        aliases=topic.aliases,
    )
