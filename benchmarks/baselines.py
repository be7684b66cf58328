"""Summaries that take no model, to measure a system against."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pysbd
from sklearn.feature_extraction.text import TfidfVectorizer

_SEGMENTER = pysbd.Segmenter(language="en", clean=False)


@lru_cache(maxsize=5000)
def split(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, paragraph by paragraph."""
    return tuple(
        sentence.strip()
        for paragraph in text.split("\n")
        for sentence in _SEGMENTER.segment(paragraph)
        if sentence.strip()
    )


def first_two(texts: Sequence[str]) -> list[str]:
    """Return the first article's first two sentences."""
    return list(split(texts[0])[:2])


def each_first(texts: Sequence[str]) -> list[str]:
    """Return each article's first sentence."""
    return [sentence for text in texts for sentence in split(text)[:1]]


def lexrank(texts: Sequence[str], *, sentences: int = 2) -> list[str]:
    """Return the most central sentences, best first (continuous LexRank, Erkan & Radev 2004)."""
    found = list(dict.fromkeys(s for text in texts for s in split(text) if len(s.split()) > 4))
    if len(found) <= sentences:
        return found
    rows = TfidfVectorizer(stop_words="english").fit_transform(found)
    links = (rows @ rows.T).toarray()
    np.fill_diagonal(links, 1.0)  # a sentence of stop words alone is linked to itself
    walk = 0.15 / len(found) + 0.85 * links / links.sum(axis=1, keepdims=True)
    rank = np.full(len(found), 1 / len(found))
    for _ in range(100):
        rank = rank @ walk
    return [found[i] for i in np.argsort(-rank, kind="stable")[:sentences]]
