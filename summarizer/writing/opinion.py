"""How much a sentence sounds like a column rather than a report: a regression on its words."""

from __future__ import annotations

import math

from summarizer.embedding import TextEmbedding
from summarizer.writing.weights import load_small

WEIGHTS = "opinion.safetensors"
"""Written by `python -m summarizer.training.opinion`."""


def measure_opinion(embedding: TextEmbedding) -> float:
    """Return the chance that a sentence is from a column, where as many are as are not, 0 to 1."""
    if not len(embedding.states):
        return 0.0
    weights = load_small(WEIGHTS)
    odds = embedding.states.mean(axis=0) @ weights["weights"] + weights["intercept"][0]
    return 1 / (1 + math.exp(-float(odds)))
