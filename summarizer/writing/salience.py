"""How likely someone who tells a story uses each of its words: a logistic model over counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from summarizer.models import SourceSentence
from summarizer.writing.ranking import RANKER
from summarizer.writing.words import Token, tokenize

WORDS = "words"
"""The model's weights in the ranker's file, the constant last."""


def measure_salience(
    sentences: Sequence[SourceSentence], titles: Sequence[str]
) -> dict[str, float]:
    """Return for each stem of a story's sentences the chance that its telling has it, 0 to 1.

    `titles` are those of the articles, one each.
    """
    stems, rows = describe_words(sentences, titles)
    if not stems:
        return {}
    weights = _weights()
    scores = 1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1])))
    return dict(zip(stems, scores.tolist(), strict=True))


def describe_words(
    sentences: Sequence[SourceSentence], titles: Sequence[str]
) -> tuple[list[str], NDArray[np.float64]]:
    """Return the stems, and for each a row of what its chance is told from."""
    where: dict[str, list[tuple[SourceSentence, Token, bool]]] = {}
    for sentence in sentences:
        for place, token in enumerate(spoken(sentence.text)):
            where.setdefault(token.stem, []).append((sentence, token, place > 0))
    in_titles = [{token.stem for token in spoken(title)} for title in titles]
    rows = [
        (
            len({sentence.n for sentence, _, _ in found}) / len(titles),
            len({sentence.n for sentence, _, _ in found}) > 1,
            max(math.exp(-sentence.position / 3) for sentence, _, _ in found),
            any(token.is_capital and inside for _, token, inside in found),
            found[0][1].kind == "number",
            found[0][1].is_content,
            len(found[0][1].low) / 8,
            sum(stem in title for title in in_titles) / len(titles),
        )
        for stem, found in where.items()
    ]
    return list(where), np.array(rows, dtype=np.float64)


def spoken(text: str) -> list[Token]:
    """Return the tokens that are words or numbers."""
    return [token for token in tokenize(text) if token.low[0].isalnum()]


@cache
def _weights() -> NDArray[np.float64]:
    weights: Mapping[str, NDArray[np.float16]] = load(
        files("summarizer.writing").joinpath(RANKER).read_bytes()
    )
    return weights[WORDS].astype(np.float64)
