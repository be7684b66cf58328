"""How likely two articles report the same event, from their meaning, words and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from summarizer.models import Article, Vector
from summarizer.words import content_stems, name_stems, rarity

Matrix = NDArray[np.float64]

TEXT_WORDS = 300
LEAD_WORDS = 60
TITLE_WORDS = 12
"""Words of the text that stand in for a title, where there is none."""
FEW_NAMES = 3
MOST_DAYS = 30

# A logistic regression on pairs of articles of labelled events, fitted by
# `python -m benchmarks.grouping --fit`; the names are those of `features`.
WEIGHTS: Final = {
    "meaning": 8.07,
    "words": 13.38,
    "title_in_lead": 6.42,
    # Not fitted: too rare in the labelled sets, but what tells two floods of one day apart.
    "strangers": -6.0,
    # Not fitted: the labelled sets' dates are the events' own, or those of later republication.
    "days": -1.0,
}
INTERCEPT: Final = -12.01
LOWEST, HIGHEST = -12.0, 4.0
"""Log-odds are cut here, so that one odd pair does not decide for a whole group."""

# The more articles of the same days are on one subject, the more of them are as alike as two on one
# event without being so. How steeply the bound rises is what did best on the sets that the weights
# were fitted on; that it does not fall further than this comes from reading the stories of three
# days (`python -m benchmarks.grouping --show 60`), where nearly half of the articles stand alone.
SUBJECT = 0.5
"""Cosine from which two articles are on one subject."""
FEW, MANY = 5, 50
"""Articles on one subject between which the bound rises, with their logarithm."""
LOOSE, STRICT = -4.5, 0.0
"""Log-odds from which two articles are one story, where few and where many are on their subject."""


def pair_scores(articles: Sequence[Article], vectors: Vector, crowds: NDArray[np.int64]) -> Matrix:
    """Return by how much the log-odds of each two articles (n × n, symmetric) say one story.

    `crowds` says how many articles of the same days are on each one's subject, itself too.
    """
    bounds = np.interp(np.log(crowds), np.log([FEW, MANY]), [LOOSE, STRICT])
    scores: Matrix = np.clip(log_odds(articles, vectors), LOWEST, HIGHEST)
    return scores - (bounds[:, None] + bounds[None, :]) / 2


def log_odds(articles: Sequence[Article], vectors: Vector) -> Matrix:
    """Return the log-odds (n × n, symmetric) that two articles report the same event."""
    scores = np.full((len(articles), len(articles)), INTERCEPT)
    for name, values in features(articles, vectors).items():
        scores += WEIGHTS[name] * values
    return scores


def features(articles: Sequence[Article], vectors: Vector) -> dict[str, Matrix]:
    """Return what a pair is scored by, each as an n × n matrix.

    meaning        cosine of the vectors
    words          cosine of the weighted words of title and text
    title_in_lead  that of one's title and the other's title and first words, both ways
    strangers      1 where both name people and places, but not one that the other names
    days           logarithm of the days apart
    """
    count = len(articles)
    texts = [_start(a.text, TEXT_WORDS) for a in articles]
    titles = [content_stems(a.title or _start(a.text, TITLE_WORDS)) for a in articles]
    leads = [content_stems(f"{a.title} {_start(a.text, LEAD_WORDS)}") for a in articles]
    words = [content_stems(f"{a.title} {text}") for a, text in zip(articles, texts, strict=True)]
    title_in_lead = _cosines([*titles, *leads])[:count, count:]
    names = [name_stems(text) for text in texts]
    named = np.array([len(set(each)) >= FEW_NAMES for each in names])
    days = np.array([a.published_at.timestamp() for a in articles]) / 86_400
    return {
        "meaning": (vectors @ vectors.T).astype(np.float64),
        "words": _cosines(words),
        "title_in_lead": (title_in_lead + title_in_lead.T) / 2,
        "strangers": np.outer(named, named) * (_cosines(names) == 0.0),
        "days": np.log1p(np.minimum(np.abs(days[:, None] - days[None, :]), MOST_DAYS)),
    }


def _start(text: str, words: int) -> str:
    return " ".join(text.split(maxsplit=words)[:words])


def _cosines(rows: Sequence[Sequence[str]]) -> Matrix:
    """Return the cosines (n × n) of the rows' stems by their tf-idf weights."""
    columns: dict[str, int] = {}
    indices: list[int] = []
    values: list[float] = []
    starts = [0]
    for stems in rows:
        weights = {w: (1 + log(n)) * rarity(w) for w, n in Counter(stems).items()}
        length = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        for word, weight in weights.items():
            indices.append(columns.setdefault(word, len(columns)))
            values.append(weight / length)
        starts.append(len(indices))
    matrix = csr_array((values, indices, starts), shape=(len(rows), max(len(columns), 1)))
    cosines: Matrix = (matrix @ matrix.T).toarray()
    return cosines
