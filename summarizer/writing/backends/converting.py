"""Summarising models under CTranslate2: converted once to int8, several times as fast on a CPU."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from summarizer.errors import ModelError
from summarizer.writing.backends.families import Family, join_story, read_family, read_summary

ORIGINAL = "transformers"
"""The folder inside a converted model with the original's tokenizer and configuration."""

QUANTIZATION = "int8"


class Converted:
    """A converted model on a CPU."""

    def __init__(self, translator: Any, tokenizer: Any, config: Any, generation: Any) -> None:
        self._translator = translator
        self._tokenizer = tokenizer
        self._generation = generation
        self.family: Family = read_family(config, tokenizer)

    @classmethod
    def load(cls, folder: Path, *, threads: int) -> Converted:
        """Load what `find_converted` made. Raises ModelError where it is damaged."""
        import ctranslate2
        from transformers import AutoConfig, AutoTokenizer, GenerationConfig

        original = str(folder / ORIGINAL)
        try:
            translator = ctranslate2.Translator(
                str(folder),
                device="cpu",
                compute_type=QUANTIZATION,
                intra_threads=threads or os.cpu_count() or 1,
            )
            tokenizer = AutoTokenizer.from_pretrained(original)
            config = AutoConfig.from_pretrained(original)
            generation = GenerationConfig.from_pretrained(original)
        except (RuntimeError, ValueError, OSError) as exc:
            raise ModelError(
                f"cannot load the converted model: '{folder}': {exc}; delete this folder"
            ) from exc
        return cls(translator, tokenizer, config, generation)

    def write(self, articles: Sequence[Sequence[str]], *, beams: int) -> str:
        """Return the summary of a story, given as its articles' sentences."""
        text = join_story(articles, self.family, self._tokenizer)
        ids = self._tokenizer(text, truncation=True, max_length=self.family.most_read)["input_ids"]
        first = self._generation.forced_bos_token_id
        begin = self._tokenizer.convert_ids_to_tokens([] if first is None else [first])
        (result,) = self._translator.translate_batch(
            [self._tokenizer.convert_ids_to_tokens(ids)],
            target_prefix=[begin] if begin else None,
            beam_size=beams,
            length_penalty=self._generation.length_penalty or 1.0,
            no_repeat_ngram_size=3,
            min_decoding_length=min(self._generation.min_length or 1, self.family.most_written),
            max_decoding_length=self.family.most_written,
        )
        written = self._tokenizer.convert_tokens_to_ids(result.hypotheses[0])
        return read_summary(self._tokenizer.decode(written, skip_special_tokens=True), self.family)


def find_converted(
    name: str | Path, config: Any, *, cache: Path, load: Callable[[], tuple[Any, Any]]
) -> Path:
    """Return the folder of the converted model in `cache`; it appears whole or not at all.

    `load` gives the original model and its tokenizer, where it is not there yet.
    """
    converted = cache / f"summarizer-{_hash(name, config)}"
    if (converted / "model.bin").is_file():
        return converted
    cache.mkdir(parents=True, exist_ok=True)
    model, tokenizer = load()
    with tempfile.TemporaryDirectory(dir=cache) as temporary:
        new = Path(temporary) / "new"
        _convert(model, tokenizer, new)
        tokenizer.save_pretrained(new / ORIGINAL)
        config.save_pretrained(new / ORIGINAL)
        model.generation_config.save_pretrained(new / ORIGINAL)
        try:
            new.replace(converted)
        except OSError:
            # Another process was faster; its folder is as good.
            if not (converted / "model.bin").is_file():
                raise
    return converted


def _hash(name: str | Path, config: Any) -> str:
    """Return a short hash that changes with the model: of a folder's files, or a hub commit."""
    folder = Path(name)
    parts = [str(name), str(getattr(config, "_commit_hash", None))]
    if folder.is_dir():
        files = sorted(file for file in folder.iterdir() if file.is_file())
        parts = [str(folder.resolve())]
        parts += [f"{f.name} {f.stat().st_size} {f.stat().st_mtime_ns}" for f in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _convert(model: Any, tokenizer: Any, target: Path) -> None:
    from ctranslate2.converters import TransformersConverter

    class Loaded(TransformersConverter):  # type: ignore[misc]  # ctranslate2 has no types
        """The converter with a model that is at hand, and says what the converter asks it."""

        def load_model(self, *_: Any, **__: Any) -> Any:
            return model

        def load_tokenizer(self, *_: Any, **__: Any) -> Any:
            return tokenizer

    settings = model.config
    if settings.model_type in {"bart", "pegasus"}:
        # Transformers 5 no longer writes these down: its classes know.
        settings.normalize_before = settings.model_type == "pegasus"
        settings.normalize_embedding = settings.model_type == "bart"
    else:
        # For the converter this means that outputs are scaled, for transformers 5 it does not.
        settings.tie_word_embeddings = getattr(settings, "scale_decoder_outputs", False)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        # It reads the configuration itself, to learn the model's class.
        settings.save_pretrained(folder)
        Loaded(folder).convert(str(target), quantization=QUANTIZATION)
