"""Train the network that says how likely each word of a story is told (writing/salience.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from summarizer.models import EMBEDDING_WIDTH
from summarizer.writing.salience import StoryWords

SEED = 20261126
UNITS = 24
PASSES, BATCH, LEARNING_RATE, DECAY = 6, 16, 4e-3, 0.05
DROPOUT = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedWords:
    """A story's words, the mean state of each (stems, width), and 1 for each that is told."""

    words: StoryWords
    states: NDArray[np.float16]
    used: NDArray[np.float32]


class _Network(torch.nn.Module):
    """The network of `Salience`, for several stories at once."""

    def __init__(self, mean: NDArray[np.float32], scale: NDArray[np.float32]) -> None:
        super().__init__()
        self.mean, self.scale = torch.tensor(mean), torch.tensor(scale)
        self.own = torch.nn.Linear(len(mean), UNITS + 1)
        self.sentence = torch.nn.Linear(2 * UNITS + 1, UNITS)
        self.out = torch.nn.Linear(3 * UNITS, 1, bias=False)
        # It begins as a plain regression on words alone, and learns what their sentences add.
        torch.nn.init.zeros_(self.out.weight)
        self.dropout = torch.nn.Dropout(DROPOUT)

    def forward(self, stories: Sequence[UsedWords]) -> torch.Tensor:
        """Return the log-odds of the stories' stems, one story's after the other's."""
        states = torch.cat([torch.tensor(s.states, dtype=torch.float32) for s in stories])
        counts = torch.cat([torch.tensor(s.words.counts, dtype=torch.float32) for s in stories])
        places = torch.cat([torch.tensor(s.words.places, dtype=torch.float32) for s in stories])
        stems = np.cumsum([0, *(len(s.used) for s in stories)])
        sentences = np.cumsum([0, *(len(s.words.places) for s in stories)])
        stem = torch.tensor(
            np.concatenate([s.words.members[0] + stems[n] for n, s in enumerate(stories)])
        )
        sentence = torch.tensor(
            np.concatenate([s.words.members[1] + sentences[n] for n, s in enumerate(stories)])
        )
        story = torch.repeat_interleave(
            torch.arange(len(stories)), torch.tensor(np.diff(sentences))
        )
        seen = (torch.cat([states, counts], dim=1) - self.mean) / self.scale
        own = self.own(self.dropout(seen))
        units, straight = torch.relu(own[:, :-1]), own[:, -1]
        means = _mean(units[stem], sentence, len(places))
        whole = _mean(means, story, len(stories))[story]
        context = torch.cat([means - whole, whole, places[:, None]], dim=1)
        told = torch.relu(self.sentence(self.dropout(context)))
        around = _mean(told[sentence], stem, len(units))
        highest = torch.zeros_like(units).scatter_reduce(
            0, stem[:, None].expand(-1, UNITS), told[sentence], "amax"
        )
        outcome: torch.Tensor = (
            straight + self.out(torch.cat([units, around, highest], dim=1))[:, 0]
        )
        return outcome


def train_words(stories: Sequence[UsedWords]) -> dict[str, NDArray[np.float16]]:
    """Return the weights of `Salience`."""
    torch.manual_seed(SEED)
    rows = np.concatenate(
        [np.hstack([story.states, story.words.counts]).astype(np.float32) for story in stories]
    )
    mean, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-3)
    network = _Network(mean, scale)
    steps = PASSES * (len(stories) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=max(1, steps), pct_start=0.1
    )
    for _ in range(PASSES):
        order = torch.randperm(len(stories)).tolist()
        for start in range(0, len(stories) - BATCH + 1, BATCH):
            batch = [stories[n] for n in order[start : start + BATCH]]
            error = _error(network(batch), batch)
            optimizer.zero_grad()
            error.backward()
            optimizer.step()
            schedule.step()
    own = network.own.weight.detach().numpy().T
    # States come by the million, so they are standardised in the weights.
    states = own[:EMBEDDING_WIDTH] / scale[:EMBEDDING_WIDTH, None]
    weights = {
        "mean": mean[EMBEDDING_WIDTH:],
        "scale": scale[EMBEDDING_WIDTH:],
        "states": states,
        "counts": own[EMBEDDING_WIDTH:],
        "bias": network.own.bias.detach().numpy() - mean[:EMBEDDING_WIDTH] @ states,
        "sentence": network.sentence.weight.detach().numpy().T,
        "sentence_bias": network.sentence.bias.detach().numpy(),
        "out": network.out.weight.detach().numpy()[0],
    }
    # In rows, since safetensors writes the memory as it lies.
    return {name: np.ascontiguousarray(w, dtype=np.float16) for name, w in weights.items()}


def _error(odds: torch.Tensor, stories: Sequence[UsedWords]) -> Any:
    used = torch.tensor(np.concatenate([story.used for story in stories]))
    # A story of many words counts more than one of few, but not by as much.
    weights = torch.tensor(
        np.concatenate([np.full(len(s.used), len(s.used) ** -0.5) for s in stories]),
        dtype=torch.float32,
    )
    return torch.nn.functional.binary_cross_entropy_with_logits(
        odds, used, weight=weights / weights.sum(), reduction="sum"
    )


def _mean(rows: torch.Tensor, owners: torch.Tensor, count: int) -> torch.Tensor:
    """Return for each of `count` owners the mean of its rows, zeros if it has none."""
    total = torch.zeros(count, rows.shape[1]).index_add(0, owners, rows)
    sizes = torch.bincount(owners, minlength=count).clamp(min=1)
    return total / sizes[:, None]
