"""Train the ranker of source sentences, and the network that tells the chances of words.

Run as ``python -m summarizer.training.rank DATA``, once the packaged MiniLM is there; it takes
half an hour on two cores. ``DATA`` holds the JSON-lines files named in ``SETS`` (xz-compressed),
stories of several articles with what people wrote of them. Writes the weights into
``summarizer.writing``.
"""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from summarizer.embedding import Embedder
from summarizer.models import Article, SourceSentence
from summarizer.sentences import source_sentences
from summarizer.stories.independence import independent_reports
from summarizer.training.words import UsedWords, train_words
from summarizer.writing.ranking import FEATURES, RANKER, Ranker, describe_sentences
from summarizer.writing.salience import (
    WEIGHTS,
    describe_words,
    mean_states,
    spoken,
    word_states,
)
from summarizer.writing.screening import find_fault
from summarizer.writing.selecting import group_sentences, measure_likeness
from summarizer.writing.weights import widen
from summarizer.writing.words import stems

SEED = 20261126
SETS = ("neus_leads.train", "neus_clusters.train")
MOST_ARTICLES, MOST_SENTENCES = 6, 30
RECALL = 0.7
"""What the share of the reference's words in a sentence counts beside its precision."""
HIDDEN, NETWORKS = 24, 4
"""Units of a network, and networks whose mean is the ranker."""
STEPS, BATCH, LEARNING_RATE, DECAY = 1000, 2048, 3e-3, 3e-3
DROPOUT = 0.2
HELD_OUT = 10
"""Every how many-th story only measures; the ranker that is written has learnt from all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A story's sentences and words: their features, and what a person took from them.

    `worth` says how much each sentence has of what a person wrote.
    """

    rows: NDArray[np.float64]
    worth: NDArray[np.float64]
    words: UsedWords


def read_stories(file: Path) -> Iterator[tuple[list[Article], str]]:
    """Yield each story's articles, and what a person wrote of it."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            record = json.loads(line)
            yield (
                [
                    Article(
                        id=f"{number}:{n}",
                        n=n,
                        url=None,
                        outlet=article.get("outlet") or f"outlet {n}",
                        title=article.get("title") or "",
                        text=article["text"],
                        published_at=then,
                        fetched_at=then,
                    )
                    for n, article in enumerate(record["articles"][:MOST_ARTICLES], start=1)
                ],
                record["summary"],
            )


def rank_story(articles: Sequence[Article], summary: str, embedder: Embedder) -> Ranked | None:
    """Return a story's sentences as the selection sees them; None if none is fit to be told."""
    found = [s for article in articles for s in source_sentences(article, most=MOST_SENTENCES)]
    sentences = [sentence for sentence in found if find_fault(sentence.text) is None]
    if not sentences:
        return None
    titles = [a.title for a in articles]
    words = describe_words(found, titles)
    wanted = {token.stem for token in spoken(summary)}
    embedded = dict(zip(found, embedder.embed_words([s.text for s in found]), strict=True))
    vectors = np.array([embedded[s].vector for s in sentences])
    states = [word_states(s.text, embedded[s]) for s in found]
    return Ranked(
        rows=describe_story(articles, sentences, vectors, embedder.embed(titles)),
        worth=np.array([measure_worth(s.text, summary) for s in sentences]),
        words=UsedWords(
            words=words,
            states=mean_states(words, found, states).astype(np.float16),
            used=np.array([stem in wanted for stem in words.stems], dtype=np.float32),
        ),
    )


def describe_story(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return the features of a story's sentences."""
    texts = enumerate(independent_reports(articles))
    return describe_sentences(
        articles,
        sentences,
        vectors,
        titles,
        groups=group_sentences(sentences, measure_likeness(sentences, vectors)),
        independent={article_id: str(n) for n, ids in texts for article_id in ids},
    )


def measure_worth(sentence: str, summary: str) -> float:
    """Return how much of the sentence the summary has, and of the summary the sentence."""
    own, wanted = stems(sentence), stems(summary)
    words, pairs = _shared(own, wanted), _shared(list(pairwise(own)), list(pairwise(wanted)))
    return (
        words / max(1, len(own))
        + pairs / max(1, len(own) - 1)
        + RECALL * words / max(1, len(wanted))
    )


def _shared(one: Sequence[object], other: Sequence[object]) -> int:
    return (Counter(one) & Counter(other)).total()


def train(stories: Sequence[Ranked]) -> dict[str, NDArray[np.float16]]:
    """Return the weights of the ranker: the mean of several networks as one wider network."""
    rows = np.concatenate([story.rows for story in stories])
    # What a sentence is worth beside the story's others: between stories nothing is chosen.
    worth = np.concatenate([story.worth - story.worth.mean() for story in stories])
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
    inputs = torch.tensor((rows - mean) / scale, dtype=torch.float32)
    targets = torch.tensor(worth / worth.std(), dtype=torch.float32)
    # A story of many sentences counts more than one of few, but not by as much.
    weights = torch.tensor(
        np.concatenate([np.full(len(s.worth), len(s.worth) ** -0.5) for s in stories]),
        dtype=torch.float32,
    )
    networks = [_train_one(inputs, targets, weights / weights.mean(), n) for n in range(NETWORKS)]
    return {
        "mean": mean.astype(np.float16),
        "scale": scale.astype(np.float16),
        # In rows, since safetensors writes the memory as it lies.
        "hidden": np.ascontiguousarray(
            np.hstack([hidden for hidden, _, _ in networks]), dtype=np.float16
        ),
        "bias": np.concatenate([bias for _, bias, _ in networks]).astype(np.float16),
        "out": (np.concatenate([out for _, _, out in networks]) / NETWORKS).astype(np.float16),
    }


def _train_one(
    inputs: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, number: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the hidden weights (features, units), their bias and the output weights (units,)."""
    torch.set_num_threads(1)  # a network this small is slower on several
    torch.manual_seed(SEED + number)
    hidden = torch.nn.Linear(inputs.shape[1], HIDDEN)
    # Nothing is chosen by what a score is beyond others, so the output needs no bias.
    out = torch.nn.Linear(HIDDEN, 1, bias=False)
    network = torch.nn.Sequential(hidden, torch.nn.ReLU(), torch.nn.Dropout(DROPOUT), out)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        batch = torch.randint(len(inputs), (BATCH,))
        error = (network(inputs[batch]).squeeze(1) - targets[batch]) ** 2
        optimizer.zero_grad()
        (error * weights[batch]).mean().backward()
        optimizer.step()
        schedule.step()
    return (
        hidden.weight.detach().numpy().T,
        hidden.bias.detach().numpy(),
        out.weight.detach().numpy()[0],
    )


def measure(ranker: Ranker, stories: Sequence[Ranked]) -> dict[str, float]:
    """Return what the three sentences ranked highest are worth, beside the first and the best."""

    def worth(order: Sequence[NDArray[np.float64]]) -> float:
        best = [s.worth[np.argsort(-o)[:3]].sum() for s, o in zip(stories, order, strict=True)]
        return round(float(np.mean(best)), 3)

    first = FEATURES.index("first")
    return {
        "first": worth([s.rows[:, first] for s in stories]),
        "ranked": worth([ranker.rank(s.rows) for s in stories]),
        "best": worth([s.worth for s in stories]),
    }


def main() -> None:
    """Read the command line, train, and write the ranker."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    asked = parser.parse_args()
    embedder = Embedder.load()
    stories = [
        story
        for name in SETS
        for articles, summary in read_stories(asked.data / f"{name}.jsonl.xz")
        if (story := rank_story(articles, summary, embedder))
    ]
    held_out = stories[::HELD_OUT]
    kept = [story for number, story in enumerate(stories) if number % HELD_OUT]
    figures = measure(Ranker(**widen(train(kept))), held_out)
    print(f"{len(kept)} stories; worth of three sentences in {len(held_out)} others: {figures}")
    package = files("summarizer.writing")
    save_file(train(stories), Path(str(package.joinpath(RANKER))))
    save_file(train_words([s.words for s in stories]), Path(str(package.joinpath(WEIGHTS))))


if __name__ == "__main__":
    main()
