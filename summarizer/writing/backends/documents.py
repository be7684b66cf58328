"""Any transformers encoder-decoder, from a folder or the hub, that summarises whole stories."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from summarizer.errors import ModelError
from summarizer.writing.backends.converting import Converted, find_converted
from summarizer.writing.backends.families import (
    CONVERTED_FAMILIES,
    Family,
    join_story,
    read_family,
    read_summary,
)


class Documents:
    """A model in PyTorch."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._device = device
        self.family: Family = read_family(model.config, tokenizer)

    def write(self, articles: Sequence[Sequence[str]], *, beams: int) -> str:
        """Return the summary of a story, given as its articles' sentences."""
        import torch

        text = join_story(articles, self.family, self._tokenizer)
        inputs = self._tokenizer(
            text, return_tensors="pt", truncation=True, max_length=self.family.most_read
        ).to(self._device)
        ids = inputs["input_ids"]
        given = {"input_ids": ids, "attention_mask": inputs["attention_mask"]}
        if self.family.global_tokens is not None:
            attended = torch.zeros_like(ids)
            attended[:, 0] = 1
            for token in self.family.global_tokens:
                attended[ids == token] = 1
            given["global_attention_mask"] = attended
        with torch.inference_mode():
            output = self._model.generate(
                **given,
                num_beams=beams,
                no_repeat_ngram_size=3,
                max_length=None,
                max_new_tokens=self.family.most_written,
            )
        return read_summary(
            self._tokenizer.decode(output[0], skip_special_tokens=True), self.family
        )


def load_documents(
    name: str | Path, *, cache: Path, device: str, threads: int
) -> Documents | Converted:
    """Load a model folder or a hub model: on a GPU in PyTorch, else through CTranslate2.

    What CTranslate2 runs is converted for it once, into `cache`. Raises ModelError.
    """
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    config = _load(name, "AutoConfig")
    if device == "cpu" and config.model_type in CONVERTED_FAMILIES:
        return Converted.load(convert_documents(name, cache=cache), threads=threads)
    torch.set_num_threads(threads or os.cpu_count() or 1)
    # T5's activations leave the range of float16.
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    tokenizer = _load(name, "AutoTokenizer")
    model = _load(name, "AutoModelForSeq2SeqLM", dtype=dtype)
    return Documents(model.to(device).eval(), tokenizer, device)


def convert_documents(name: str | Path, *, cache: Path) -> Path:
    """Return the folder with the model converted for CTranslate2 (int8), made when missing.

    Raises ModelError, also for a family that CTranslate2 does not run.
    """
    config = _load(name, "AutoConfig")
    if config.model_type not in CONVERTED_FAMILIES:
        raise ModelError(
            f"CTranslate2 does not run models of the family {config.model_type!r}: '{name}'; "
            "nothing to convert, PyTorch runs it as it is"
        )
    return find_converted(
        name,
        config,
        cache=cache,
        load=lambda: (_load(name, "AutoModelForSeq2SeqLM"), _load(name, "AutoTokenizer")),
    )


def _load(name: str | Path, kind: str, **options: Any) -> Any:
    """Return a part of a model by the name of transformers' class for it."""
    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise ModelError(
            f"model folder without config.json: '{folder}'; give the folder that holds the "
            "model's weights, or a hub name"
        )
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # LED says at each story that it pads it
    try:
        return getattr(transformers, kind).from_pretrained(str(name), **options)
    except (OSError, ValueError, ImportError, KeyError) as exc:
        first = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
        raise ModelError(
            f"cannot load a sequence-to-sequence model: '{name}': {first}; give a folder with its "
            "weights and tokenizer, or a hub name this machine can reach"
        ) from exc
