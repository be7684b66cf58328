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
MOST_DAYS = 30
TITLE_WORDS = 12
"""Words of the text that stand in for a title, where there is none."""

# A logistic regression on pairs of articles of labelled events, fitted by
# `python -m benchmarks.grouping --fit`; the names are those of the functions in `features`.
WEIGHTS: Final = {
    "meaning": 9.67,
    "lead": 2.04,
    "text": 8.83,
    "title": 1.68,
    "names": 0.82,
    "title_in_lead": 1.65,
    # Not fitted: the labelled sets' dates are the events' own, or those of later republication.
    "days": -1.0,
}
INTERCEPT: Final = -10.82
LOWEST, HIGHEST = -8.0, 4.0
"""Log-odds are cut here, so that one odd pair does not decide for a whole group."""


def pair_scores(articles: Sequence[Article], vectors: Vector) -> Matrix:
    """Return the log-odds (n × n, symmetric) that two articles report the same event, cut off."""
    clipped: Matrix = np.clip(log_odds(articles, vectors), LOWEST, HIGHEST)
    return clipped


def log_odds(articles: Sequence[Article], vectors: Vector) -> Matrix:
    """Return the log-odds (n × n, symmetric) that two articles report the same event."""
    scores = np.full((len(articles), len(articles)), INTERCEPT)
    for name, values in features(articles, vectors).items():
        scores += WEIGHTS[name] * values
    return scores


def features(articles: Sequence[Article], vectors: Vector) -> dict[str, Matrix]:
    """Return what a pair is scored by, each as an n × n matrix: cosines, and days apart (log)."""
    count = len(articles)
    titles = [a.title or _start(a.text, TITLE_WORDS) for a in articles]
    texts = [_start(a.text, TEXT_WORDS) for a in articles]
    title_words = [content_stems(title) for title in titles]
    lead_words = [
        words + content_stems(_start(a.text, LEAD_WORDS))
        for words, a in zip(title_words, articles, strict=True)
    ]
    text_words = [
        words + content_stems(text) for words, text in zip(title_words, texts, strict=True)
    ]
    # One matrix for both, so that titles and leads share their columns.
    both = _cosines(_weighted([*title_words, *lead_words]))
    title_in_lead = both[:count, count:]
    days = np.array([a.published_at.timestamp() for a in articles]) / 86_400
    return {
        "meaning": (vectors @ vectors.T).astype(np.float64),
        "lead": both[count:, count:],
        "text": _cosines(_weighted(text_words)),
        "title": both[:count, :count],
        "names": _cosines(_weighted([name_stems(text) for text in texts])),
        "title_in_lead": (title_in_lead + title_in_lead.T) / 2,
        "days": np.log1p(np.minimum(np.abs(days[:, None] - days[None, :]), MOST_DAYS)),
    }


def _start(text: str, words: int) -> str:
    return " ".join(text.split(maxsplit=words)[:words])


def _weighted(rows: Sequence[Sequence[str]]) -> csr_array:
    """Return the tf-idf weights of each row's stems, rows of unit length."""
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
    return csr_array((values, indices, starts), shape=(len(rows), max(len(columns), 1)))


def _cosines(matrix: csr_array) -> Matrix:
    cosines: Matrix = (matrix @ matrix.T).toarray()
    return cosines
