"""How much a sentence sounds like a column rather than a report: a regression on its words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from summarizer.embedding import TextEmbedding

WEIGHTS = "opinion.safetensors"
"""Written by `python -m summarizer.training.opinion`."""


def measure_opinion(embedding: TextEmbedding) -> float:
    """Return the chance that a sentence is from a column, where as many are as are not, 0 to 1."""
    if not len(embedding.states):
        return 0.0
    weights, intercept = _load()
    odds = float(embedding.states.mean(axis=0) @ weights) + intercept
    return 1 / (1 + float(np.exp(-odds)))


@cache
def _load() -> tuple[NDArray[np.float32], float]:
    found = load(files("summarizer.writing").joinpath(WEIGHTS).read_bytes())
    return found["weights"].astype(np.float32), float(found["intercept"][0])
