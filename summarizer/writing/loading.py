"""The model that the settings name: the bundled one rewrites sentences, others whole stories."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from summarizer.writing.backends.bundled import BUNDLED as WEIGHTS
from summarizer.writing.rewriting import Rewriter
from summarizer.writing.summarizing import Summarizer
from summarizer.writing.weights import PACKED

BUNDLED = "bundled"
"""The name of the model that comes with the project."""


def load_model(settings: Settings, name: str | None = None) -> Rewriter | Summarizer:
    """Load the model that the settings name, or the one of this name. Raises ModelError."""
    name = name or settings.model.name
    cache = model_cache(settings)
    device, threads = settings.model.device, settings.model.threads
    if is_packed(name):
        return Rewriter.load(packed_folder(name), cache=cache, device=device, threads=threads)
    return Summarizer.load(name, cache=cache, device=device, threads=threads)


def is_packed(name: str) -> bool:
    """Say whether this is the bundled model, or a folder packed as it is by training."""
    return name == BUNDLED or (Path(name) / PACKED).is_file()


def packed_folder(name: str) -> Path:
    """Return the folder of a model for which `is_packed` holds."""
    return WEIGHTS if name == BUNDLED else Path(name)


def model_cache(settings: Settings) -> Path:
    """Return the folder of converted models."""
    return settings.paths.folder() / "models"
