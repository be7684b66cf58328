"""Committed weights: the model's as int8 with one scale per row, small networks' as float16."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

PACKED = "model.int8.safetensors"
SCALE = ".scale"


def save_weights(state: dict[str, torch.Tensor], config: dict[str, Any], folder: Path) -> None:
    """Write `config.json` and the packed weights into `folder`.

    Matrices become int8 with a float32 scale per row (the same rounding as CTranslate2's, so
    converting loses nothing more); vectors and positions stay float16. Tied copies of the
    embeddings are left out.
    """
    from safetensors.numpy import save_file

    packed: dict[str, NDArray[Any]] = {}
    for name, tensor in state.items():
        if "embed_tokens" in name or name in {"lm_head.weight", "final_logits_bias"}:
            continue
        array = tensor.detach().float().cpu().numpy()
        if array.ndim == 2 and "positions" not in name:
            scale = np.maximum(np.abs(array).max(axis=1, keepdims=True), 1e-12) / 127
            packed[name] = np.rint(array / scale).astype(np.int8)
            packed[name + SCALE] = scale[:, 0].astype(np.float32)
        else:
            packed[name] = array.astype(np.float16)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(packed, folder / PACKED)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


def load_weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Read packed weights back as float32 arrays under the model's own names."""
    from safetensors.numpy import load_file

    packed = load_file(folder / PACKED)
    state: dict[str, NDArray[np.float32]] = {}
    for name, array in packed.items():
        if name.endswith(SCALE):
            continue
        if (scale := packed.get(name + SCALE)) is not None:
            state[name] = array.astype(np.float32) * scale[:, None]
        else:
            state[name] = array.astype(np.float32)
    return state


def weights_hash(folder: Path) -> str:
    """Return a short hash of the packed weights and the configuration."""
    digest = hashlib.sha256()
    for name in (PACKED, "config.json", "tokenizer.json"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


@cache
def load_small(name: str) -> Mapping[str, NDArray[np.float32]]:
    """Return the arrays of a small network that comes with this package."""
    from safetensors.numpy import load

    return widen(load(files("summarizer.writing").joinpath(name).read_bytes()))


def widen(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
    """Return the arrays as float32, in which they are computed with."""
    return {name: array.astype(np.float32) for name, array in arrays.items()}
