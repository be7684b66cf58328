"""Train what tells a column's sentences from a report's (writing/opinion.py).

Run as ``python -m summarizer.training.opinion DATA``; it takes minutes on a CPU. ``DATA`` holds
``articles_allsides.jsonl.xz``. The labels are the outlets': some print columns alone or nearly so,
left and right, some reports; so a sentence's label is often wrong, and the regression strong.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from summarizer.embedding import Embedder
from summarizer.sentences import split_sentences
from summarizer.writing.opinion import WEIGHTS
from summarizer.writing.screening import find_fault

SEED = 3
COLUMNS = {
    "Townhall": 120,
    "National Review": 120,
    "American Spectator": 80,
    "Guest Writer - Right": 120,
    "Reason": 60,
    "Salon": 120,
    "Slate": 120,
    "The Atlantic": 80,
    "Daily Kos": 60,
    "Guest Writer - Left": 120,
    "New York Times - Opinion": 68,
    "CNN - Editorial": 81,
}
"""Articles taken of each outlet."""
REPORTS = {
    "Reuters": 200,
    "Associated Press": 200,
    "BBC News": 150,
    "NPR Online News": 100,
    "The Hill": 120,
    "Politico": 100,
    "USA TODAY": 100,
    "Wall Street Journal - News": 80,
    "New York Times - News": 80,
    "CNN (Web News)": 80,
    "Fox Online News": 80,
}
FIRST, SENTENCES = 14, 5
"""Sentences of an article that are looked at, and those of them that are taken."""
HELD_OUT = ("Salon", "American Spectator", "CNN - Editorial", "Reuters", "NPR Online News")
"""Outlets that only measure, before the weights are fitted to all."""
PENALTY = 0.02
BATCH = 256


def read_sentences(file: Path) -> list[tuple[str, str]]:
    """Return sentences that rules find fit to be told, with their outlet."""
    by_outlet: defaultdict[str, list[str]] = defaultdict(list)
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            by_outlet[article["outlet"]].append(article["text"])
    chosen = random.Random(SEED)
    found: list[tuple[str, str]] = []
    for outlet, count in {**COLUMNS, **REPORTS}.items():
        texts = by_outlet[outlet]
        for text in chosen.sample(texts, min(count, len(texts))):
            fit = [s for s in split_sentences(text)[:FIRST] if find_fault(s) is None]
            found += [(outlet, s) for s in chosen.sample(fit, min(SENTENCES, len(fit)))]
    return found


def embed(embedder: Embedder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the mean state of each text's word pieces (texts, width)."""
    rows = [
        embedding.states.mean(axis=0)
        for start in range(0, len(texts), BATCH)
        for embedding in embedder.embed_words(texts[start : start + BATCH])
    ]
    return np.array(rows, dtype=np.float32)


def train(
    states: NDArray[np.float32], is_column: NDArray[np.bool_]
) -> Mapping[str, NDArray[np.float32]]:
    """Return the weights (width,) and the intercept of the regression."""
    mean, scale = states.mean(axis=0), np.maximum(states.std(axis=0), 1e-3)
    rows = torch.tensor((states - mean) / scale)
    labels = torch.tensor(is_column.astype(np.float32))
    # As many of both, whatever was read.
    counts = torch.where(labels > 0, 1 / labels.mean(), 1 / (1 - labels.mean())) / 2
    weights = torch.zeros(rows.shape[1] + 1, requires_grad=True)
    optimizer: Any = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def step() -> Any:
        optimizer.zero_grad()
        error: Any = torch.nn.functional.binary_cross_entropy_with_logits(
            rows @ weights[:-1] + weights[-1], labels, weight=counts
        )
        error = error + PENALTY * (weights[:-1] ** 2).sum()
        error.backward()
        return error

    optimizer.step(step)
    found = weights.detach().numpy()
    own = found[:-1] / scale
    return {"weights": own, "intercept": np.array([found[-1] - mean @ own], dtype=np.float32)}


def measure(
    weights: Mapping[str, NDArray[np.float32]],
    states: NDArray[np.float32],
    is_column: NDArray[np.bool_],
) -> float:
    """Return how often a column's sentence has the higher odds of one of each (the ROC's area)."""
    odds = states @ weights["weights"]
    order = np.argsort(np.argsort(odds)) + 1
    columns, reports = int(is_column.sum()), int((~is_column).sum())
    return float((order[is_column].sum() - columns * (columns + 1) / 2) / (columns * reports))


def main() -> None:
    """Read the command line, train, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    asked = parser.parse_args()
    sentences = read_sentences(asked.data / "articles_allsides.jsonl.xz")
    states = embed(Embedder.load(), [text for _, text in sentences])
    is_column = np.array([outlet in COLUMNS for outlet, _ in sentences])
    held_out = np.array([outlet in HELD_OUT for outlet, _ in sentences])
    figure = measure(
        train(states[~held_out], is_column[~held_out]), states[held_out], is_column[held_out]
    )
    print(f"{len(sentences)} sentences; area under the curve of outlets kept apart: {figure:.3f}")
    weights = train(states, is_column)
    save_file(dict(weights), Path(str(files("summarizer.writing").joinpath(WEIGHTS))))


if __name__ == "__main__":
    main()
