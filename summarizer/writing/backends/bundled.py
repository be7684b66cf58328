"""The bundled model under CTranslate2, and folders packed as it is.

It may only write words of the source sentence, their inflections, function words and listed plain
equivalents: CTranslate2's vocabulary map holds it to that while it decodes.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summarizer.errors import ModelError
from summarizer.models import Length
from summarizer.writing.restoring import joined_pieces, restore, straightened
from summarizer.writing.weights import PACKED, load_weights, weights_hash

BUNDLED = Path(__file__).parents[2] / "weights"
ALLOWED = "allowed.json"
LENGTH_TOKENS: dict[Length, str] = {
    "short": "[unused1]",
    "normal": "[unused2]",
    "detailed": "[unused3]",
}
BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LEAST_SCORE = -0.22  # mean log-probability of a token; read below it, most sentences were wrong
MOST_PIECES = 160  # of a source sentence; longer ones are cut, and training saw none over 96


def load_bundled(folder: Path, *, cache: Path, device: str, threads: int) -> Bundled:
    """Load a folder of packed weights, converted once for CTranslate2 into `cache`.

    Raises ModelError.
    """
    converted = convert_packed(folder, cache=cache)
    import ctranslate2
    from tokenizers import Tokenizer

    if device == "auto":
        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
    try:
        translator = ctranslate2.Translator(
            str(converted),
            device=device,
            compute_type="int8",
            # One sentence a thread is three times as fast as all threads on one short sentence.
            inter_threads=threads or os.cpu_count() or 1,
            intra_threads=1,
        )
    except (RuntimeError, ValueError) as exc:
        raise ModelError(
            f"cannot load the converted model: '{converted}': {exc}; delete this folder"
        ) from exc
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return Bundled(translator, tokenizer, Allowed.read(folder))


class Bundled:
    """A packed model under CTranslate2, rewriting sentence by sentence."""

    def __init__(self, translator: Any, tokenizer: Any, allowed: Allowed) -> None:
        self._translator = translator
        self._tokenizer = tokenizer
        self._plain = allowed.plain

    def generate(
        self, sources: Sequence[str], *, length: Length, beams: int
    ) -> list[list[tuple[str, float]]]:
        encoded = self._tokenizer.encode_batch(
            [straightened(source) for source in sources], add_special_tokens=False
        )
        pieces = [encoding.tokens[:MOST_PIECES] for encoding in encoded]
        results = self._translator.translate_batch(
            [[BEGIN, LENGTH_TOKENS[length], *row, END] for row in pieces],
            beam_size=beams,
            num_hypotheses=beams,
            return_scores=True,
            use_vmap=True,
            # The map holds for a batch as a whole, so each sentence is one of its own.
            max_batch_size=1,
            max_decoding_length=max((len(row) for row in pieces), default=0) + 8,
        )
        return [
            [
                (restore(hypothesis, source), float(score))
                for hypothesis, score in zip(result.hypotheses, result.scores, strict=True)
                if score >= LEAST_SCORE and self._is_spelled(hypothesis, row)
            ]
            for source, row, result in zip(sources, pieces, results, strict=True)
        ]

    def _is_spelled(self, hypothesis: Sequence[str], source: Sequence[str]) -> bool:
        """Say whether no word was made of parts of source words."""
        known = self._plain.union(joined_pieces(source).split())
        return all(word in known for word in joined_pieces(hypothesis).split())


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be written: always these pieces, and beside a source phrase its equivalents."""

    always: tuple[str, ...]
    beside: dict[str, tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> Allowed:
        raw = json.loads((folder / ALLOWED).read_text("utf-8"))
        return cls(tuple(raw["always"]), {k: tuple(v) for k, v in raw["beside"].items()})

    @property
    def plain(self) -> frozenset[str]:
        """All that may be written beside the source's own words."""
        pieces = {piece for phrase in self.beside.values() for piece in phrase}
        return frozenset(pieces.union(self.always))

    def lines(self, vocabulary: Iterable[str]) -> Iterable[str]:
        """Yield the lines of CTranslate2's vocabulary map: source phrase, tab, target pieces."""
        yield "\t" + " ".join((END, *self.always))
        for piece in vocabulary:
            yield f"{piece}\t{' '.join((piece, *self.beside.get(piece, ())))}"
        for phrase, pieces in self.beside.items():
            if " " in phrase:
                yield f"{phrase}\t{' '.join(pieces)}"


def convert_packed(folder: Path, *, cache: Path) -> Path:
    """Return the folder with packed weights converted for CTranslate2 (int8), made when missing.

    It appears whole or not at all. Raises ModelError.
    """
    for name in (PACKED, "config.json", "tokenizer.json", ALLOWED):
        if not (folder / name).is_file():
            raise ModelError(
                f"model folder without weights: '{folder}' has no {name}; reinstall digest-bot "
                "or set model.name to another folder or hub name"
            )
    converted = cache / f"rewriter-{weights_hash(folder)}"
    if not (converted / "model.bin").is_file():
        _convert(folder, converted)
    return converted


def _convert(folder: Path, converted: Path) -> None:
    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import BartConfig, BartForConditionalGeneration
    from transformers.utils import logging

    logging.disable_progress_bar()
    converted.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=converted.parent) as temporary:
        whole, new = Path(temporary) / "whole", Path(temporary) / "new"
        model = BartForConditionalGeneration(BartConfig.from_json_file(folder / "config.json"))
        state = {name: torch.from_numpy(array) for name, array in load_weights(folder).items()}
        model.load_state_dict(state, strict=False)
        model.tie_weights()
        model.save_pretrained(whole)
        for name in ("tokenizer.json", "tokenizer_config.json"):
            shutil.copy(folder / name, whole)
        TransformersConverter(str(whole)).convert(str(new), quantization="int8")
        # The converter finds no special tokens in this tokenizer and leaves them null.
        settings = json.loads((new / "config.json").read_text("utf-8"))
        settings |= {"bos_token": BEGIN, "eos_token": END, "unk_token": UNKNOWN}
        settings["decoder_start_token"] = END
        (new / "config.json").write_text(json.dumps(settings, indent=1), "utf-8")
        vocabulary = json.loads((new / "shared_vocabulary.json").read_text("utf-8"))
        lines = Allowed.read(folder).lines(vocabulary)
        (new / "vmap.txt").write_text("\n".join(lines) + "\n", "utf-8")
        try:
            new.replace(converted)
        except OSError:
            # Another process was faster; its folder is as good.
            if not (converted / "model.bin").is_file():
                raise
