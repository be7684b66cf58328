"""Batches of token ids for each kind of training stage, for ever."""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from summarizer.training.warm_start import BEGIN, END, MASK, PAD

Row = NDArray[np.int64]
FIRST_WORD_ID = 1000  # below are MiniLM's special and unused tokens and punctuation


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Token ids, each (batch, length); `choices` are the ids the softmax runs over, sorted."""

    source: Row
    target: Row
    choices: Row


class Prepared:
    """The prepared folder: a stream of real text, the pairs by kind, and the word pieces."""

    def __init__(self, folder: Path) -> None:
        text = read_arrays(folder / "text.npz.xz")
        self.text = text["ids"].astype(np.int64)
        self.sentences = _rows(text["ids"], text["offsets"])
        self.pieces = [str(piece) for piece in text["pieces"]]
        self.continues = np.array([piece.startswith("##") for piece in self.pieces])
        self.sources: list[Row] = []
        self.targets: list[Row] = []
        self.kinds: list[str] = []
        if (folder / "pairs.npz.xz").exists():
            pairs = read_arrays(folder / "pairs.npz.xz")
            rows = _rows(pairs["ids"], pairs["offsets"])
            self.sources, self.targets = rows[0::2], rows[1::2]
            names = [str(name) for name in pairs["kind_names"]]
            self.kinds = [names[kind] for kind in pairs["kinds"]]

    def words(self, row: Row) -> list[Row]:
        """Return a row's whole words, each as its pieces."""
        starts = np.flatnonzero(~self.continues[row])
        return np.split(row, starts[1:]) if len(row) else []


def read_arrays(path: Path) -> Mapping[str, NDArray[Any]]:
    """Read the arrays of an .npz file compressed by xz as a whole."""
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes()))) as arrays:
        return dict(arrays)


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write arrays as `read_arrays` reads them: half of what zip makes of token ids."""
    plain = io.BytesIO()
    np.savez(plain, allow_pickle=False, **arrays)
    path.write_bytes(lzma.compress(plain.getvalue(), preset=6))


def _rows(ids: NDArray[np.uint16], offsets: NDArray[np.int64]) -> list[Row]:
    wide = ids.astype(np.int64)
    return [wide[a:b] for a, b in pairwise(offsets)]


def padded(rows: Sequence[Row]) -> Row:
    """Stack rows of token ids, filled up with padding to the longest."""
    out = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


def copy_batches(
    data: Prepared,
    random: np.random.Generator,
    *,
    batch: int,
    lengths: tuple[int, int],
    random_share: float,
    subset: int,
) -> Iterator[Batch]:
    """Yield batches whose target is their source: random tokens that can only be copied, or text.

    The softmax runs over the batch's tokens and those the random ones come from.
    """
    words = np.unique(data.text)
    words = words[words >= FIRST_WORD_ID]
    while True:
        some = random.choice(words, size=min(subset, len(words)), replace=False)
        rows = []
        for _ in range(batch):
            length = int(random.integers(lengths[0], lengths[1] + 1))
            if random.random() < random_share:
                rows.append(random.choice(some, size=length))
            else:
                start = int(random.integers(0, max(1, len(data.text) - length)))
                rows.append(data.text[start : start + length])
        target = padded([np.append(row, END) for row in rows])
        source = padded([np.concatenate(([BEGIN], row, [END])) for row in rows])
        yield Batch(source=source, target=target, choices=np.union1d(target, some))


def by_length(
    sizes: NDArray[np.int64], tokens: int, random: np.random.Generator
) -> Iterator[list[int]]:
    """Yield the numbers of rows of similar length, epoch after epoch, each row once an epoch.

    A batch has at most `tokens` source and target tokens, padding included.
    """
    while True:
        # Noise keeps the batches of an epoch from being the same ones each time.
        order = np.argsort(sizes + random.normal(0, 2.0, len(sizes)))
        batches: list[list[int]] = [[]]
        longest = 0
        for k in order:
            longest = max(longest, int(sizes[k]))
            if batches[-1] and 2 * longest * (len(batches[-1]) + 1) > tokens:
                batches.append([])
                longest = int(sizes[k])
            batches[-1].append(int(k))
        for j in random.permutation(len(batches)):
            yield batches[j]


def pair_batches(
    data: Prepared,
    random: np.random.Generator,
    *,
    kinds: Sequence[str],
    batch_tokens: int,
    common: int,
) -> Iterator[Batch]:
    """Yield batches of pairs of similar length.

    Every softmax runs over the batch's own tokens and the `common` commonest. Raises ValueError
    where there are no pairs of these kinds.
    """
    chosen = [i for i, kind in enumerate(data.kinds) if not kinds or kind in kinds]
    if not chosen:
        raise ValueError(f"no pairs of {kinds or 'any kind'}: run summarizer.training.prepare")
    counts = np.bincount(np.concatenate([data.targets[i] for i in chosen]))
    usual = np.argsort(-counts)[:common]
    sizes = np.array([max(len(data.sources[i]), len(data.targets[i])) for i in chosen])
    for numbers in by_length(sizes, batch_tokens, random):
        rows = [chosen[k] for k in numbers]
        source = padded([data.sources[i] for i in rows])
        target = padded([data.targets[i] for i in rows])
        yield Batch(
            source=source,
            target=target,
            choices=np.union1d(np.union1d(source, target), usual),
        )


def noise_batches(
    data: Prepared, random: np.random.Generator, *, batch_tokens: int, common: int
) -> Iterator[Batch]:
    """Yield batches of sentences to be mended: with masked words, foreign words or a wrong order.

    After Lewis et al., BART (2020); what is put in is taken out again, which is what shortening
    asks for.
    """
    usual = np.argsort(-np.bincount(data.text))[:common]
    sizes = np.array([len(row) + 2 for row in data.sentences])
    for numbers in by_length(sizes, batch_tokens, random):
        rows = [data.sentences[k] for k in numbers]
        noisy = [spoil(data, row, random) for row in rows]
        source = padded([np.concatenate(([BEGIN], row, [END])) for row in noisy])
        target = padded([np.append(row, END) for row in rows])
        yield Batch(
            source=source,
            target=target,
            choices=np.union1d(np.union1d(source, target), usual),
        )


def spoil(data: Prepared, row: Row, random: np.random.Generator) -> Row:
    """Return a sentence's pieces with noise."""
    words = data.words(row)
    for i in np.flatnonzero(random.random(len(words)) < 0.08):
        words[i] = np.array([MASK])
    if random.random() < 0.7:
        for _ in range(int(random.integers(1, 3))):
            other = data.words(data.sentences[int(random.integers(len(data.sentences)))])
            size = int(random.integers(1, 9))
            start = int(random.integers(0, max(1, len(other) - size)))
            at = int(random.integers(0, len(words) + 1))
            words[at:at] = other[start : start + size]
    if random.random() < 0.3 and len(words) > 6:
        a, b = sorted(random.choice(np.arange(1, len(words) - 1), size=2, replace=False))
        words = [*words[a:b], *words[:a], *words[b:]]
    return np.concatenate(words) if words else row
