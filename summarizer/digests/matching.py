"""Topics to the stories that belong to them: by meaning and by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from config.catalog import Catalog
from summarizer.digests.evidence import find_evidence, has_excluded
from summarizer.errors import UnknownTopicError
from summarizer.models import FREE, StoryReport, Topic
from summarizer.words import UNKNOWN_RARITY, content_stems, rarity

MOST_WORDS = 12
"""Of a free topic; longer texts are messages, not topics."""
MOST_LETTERS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A logistic regression over `find_evidence`, and how likely a match must be.

    A story missed annoys less than one that is wrong.
    """

    weights: tuple[float, ...]
    intercept: float
    sure: float


# Fitted by `python -m benchmarks.topics --fit`, on pairs that are not the held-out ones.
FREE_JUDGE = Judge(weights=(8.2, 1.6, 2.0, 1.6, 3.7), intercept=-7.5, sure=0.58)
CATALOG_JUDGE = Judge(weights=(6.9, 1.7, 5.5), intercept=-3.9, sure=0.68)

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
    if len(wanted.split()) > MOST_WORDS or len(wanted) > MOST_LETTERS or "://" in wanted:
        raise UnknownTopicError(
            f"too long for a topic, or an address: {text.strip()!r}",
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
    if not topic.queries:
        return [(r, 1.0) for r in reports if not has_excluded(topic, r)]
    judge = FREE_JUDGE if topic.is_free else CATALOG_JUDGE
    odds = find_evidence(topic, topic_vectors, reports) @ np.array(judge.weights) + judge.intercept
    likelihoods = 1 / (1 + np.exp(-odds))
    matches = [
        (reports[int(place)], float(likelihoods[place]))
        for place in np.flatnonzero(likelihoods >= judge.sure)
        if not has_excluded(topic, reports[int(place)])
    ]
    matches.sort(key=lambda match: -match[1])
    return matches


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
