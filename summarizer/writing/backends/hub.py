"""Any other transformers encoder-decoder, from a folder or the hub."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from summarizer.errors import ModelError
from summarizer.models import Length


def load_hub(name: str | Path, *, device: str, threads: int) -> Hub:
    """Load a model folder or a hub model. Raises ModelError."""
    folder = Path(name)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise ModelError(
            f"model folder without config.json: '{folder}'; give the folder that holds the "
            "model's weights, or a hub name"
        )
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(threads or os.cpu_count() or 1)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(name))
        model = AutoModelForSeq2SeqLM.from_pretrained(str(name))
    except (OSError, ValueError, ImportError) as exc:
        first = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
        raise ModelError(
            f"cannot load a sequence-to-sequence model: '{name}': {first}; give a folder with its "
            "weights and tokenizer, or a hub name this machine can reach"
        ) from exc
    return Hub(model.to(device).eval(), tokenizer, device)


class Hub:
    """Any transformers encoder-decoder, used as a rewriter of single sentences."""

    def __init__(self, model: Any, tokenizer: Any, device: str) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._device = device
        tasks = getattr(model.config, "task_specific_params", None) or {}
        self._prefix = str(tasks.get("summarization", {}).get("prefix", ""))

    def generate(
        self, sources: Sequence[str], *, length: Length, beams: int
    ) -> list[list[tuple[str, float]]]:
        import torch

        share = {"short": 0.7, "normal": 0.9, "detailed": 1.1}[length]
        inputs = self._tokenizer(
            [self._prefix + source for source in sources],
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=min(getattr(self._tokenizer, "model_max_length", 512), 512),
        ).to(self._device)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                num_beams=beams,
                num_return_sequences=beams,
                no_repeat_ngram_size=3,
                min_length=0,
                max_length=None,
                max_new_tokens=int(inputs["input_ids"].shape[1] * share) + 8,
                output_scores=True,
                return_dict_in_generate=True,
            )
        texts = self._tokenizer.batch_decode(output.sequences, skip_special_tokens=True)
        scores = getattr(output, "sequences_scores", None)
        values = [0.0] * len(texts) if scores is None else scores.tolist()
        rows = [(" ".join(text.split()), value) for text, value in zip(texts, values, strict=True)]
        return [rows[i : i + beams] for i in range(0, len(rows), beams)]
