"""Rewrite source sentences with a sequence-to-sequence model.

::

    Rewriter.load(name)            the bundled model (CTranslate2, int8), or any folder or hub name
        .candidates(sentences)  -> for each sentence its best rewritings, surface restored

The bundled model may only write words of the source sentence, their inflections, function words
and listed plain equivalents: CTranslate2's vocabulary map holds it to that while it decodes.
What still looks broken is refused here; whether a candidate is true is checked elsewhere.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal, Protocol

from summarizer.errors import ModelError
from summarizer.writing.refusing import is_whole
from summarizer.writing.restoring import joined_pieces, keys, restore, straightened
from summarizer.writing.weights import PACKED, load_weights, weights_hash

Length = Literal["short", "normal", "detailed"]

BUNDLED = Path(__file__).parents[1] / "weights"
ALLOWED = "allowed.json"
LENGTH_TOKENS: dict[Length, str] = {
    "short": "[unused1]",
    "normal": "[unused2]",
    "detailed": "[unused3]",
}
BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LEAST_SCORE = -0.22  # mean log-probability of a token; read below it, most sentences were wrong
VERBATIM_SHARE = 0.9
MOST_PIECES = 160  # of a source sentence; longer ones are cut, and training saw none over 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One rewriting: its text as a reader sees it, mean token log-probability, and words."""

    text: str
    score: float
    words: int


class Backend(Protocol):
    """A loaded model: for each sentence its best texts with their scores, best first."""

    def generate(
        self, sources: Sequence[str], *, length: Length, beams: int
    ) -> list[list[tuple[str, float]]]: ...


class Rewriter:
    """Rewrites sentences one by one; hold one per process and call it from one worker thread."""

    def __init__(self, backend: Backend, *, name: str) -> None:
        self._backend = backend
        self.name = name

    @classmethod
    def load(
        cls,
        name: str | Path | None = None,
        *,
        cache: Path,
        device: str = "auto",
        threads: int = 0,
    ) -> Rewriter:
        """Load the bundled model (None or "bundled"), a model folder, or a hub model.

        The bundled model is converted once for CTranslate2 into `cache`. `threads` of 0 means one
        for each core. Raises ModelError.
        """
        if name is None or str(name) == "bundled":
            return cls(_bundled(BUNDLED, cache, device, threads), name="bundled")
        folder = Path(name)
        if (folder / PACKED).is_file():
            return cls(_bundled(folder, cache, device, threads), name=str(name))
        return cls(_hub(name, device, threads), name=str(name))

    def candidates(
        self, sources: Sequence[str], *, length: Length = "normal", beams: int = 4
    ) -> list[list[Candidate]]:
        """Return each sentence's distinct rewritings, best first; none where all were refused.

        Candidates that hardly differ from their source come behind the others. A sentence for which
        `length` gives no other kind is tried at the other lengths too.
        """
        plain = [" ".join(source.split()) for source in sources]
        found: list[list[Candidate]] = [[] for _ in plain]
        for wanted in (length, *(other for other in LENGTH_TOKENS if other != length)):
            # Another length is a second try for what the first one left as it was.
            missing = [
                i for i, c in enumerate(found) if not any(is_rewritten(x, plain[i]) for x in c)
            ]
            if not missing:
                break
            rows = self._backend.generate([plain[i] for i in missing], length=wanted, beams=beams)
            for i, texts in zip(missing, rows, strict=True):
                found[i] = _merged(found[i], texts, plain[i])
        return found


def is_rewritten(candidate: Candidate, source: str) -> bool:
    """Say whether no stretch of 90 % of the candidate's tokens stands in the source."""
    ours = keys(candidate.text)
    match = SequenceMatcher(None, ours, keys(source), autojunk=False).find_longest_match()
    return match.size < VERBATIM_SHARE * len(ours)


def _merged(
    known: Sequence[Candidate], texts: Iterable[tuple[str, float]], source: str
) -> list[Candidate]:
    """Add texts to the candidates: what is rewritten comes first, a mere copy last."""
    found = {candidate.text: candidate for candidate in known}
    new = [
        Candidate(text=text, score=score, words=len(text.split()))
        for text, score in texts
        if is_whole(text, source)
    ]
    for candidate in sorted(new, key=lambda c: -c.score):
        found.setdefault(candidate.text, candidate)
    return sorted(found.values(), key=lambda c: (c.text == source, not is_rewritten(c, source)))


class _Bundled:
    """The bundled model under CTranslate2."""

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


def _bundled(folder: Path, cache: Path, device: str, threads: int) -> Backend:
    for name in (PACKED, "config.json", "tokenizer.json", ALLOWED):
        if not (folder / name).is_file():
            raise ModelError(
                f"model folder without weights: '{folder}' has no {name}; reinstall digest-bot "
                "or set model.name to another folder or hub name"
            )
    import ctranslate2
    from tokenizers import Tokenizer

    converted = cache / f"rewriter-{weights_hash(folder)}"
    if not (converted / "model.bin").is_file():
        convert(folder, converted)
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
    return _Bundled(translator, tokenizer, Allowed.read(folder))


def convert(folder: Path, converted: Path) -> None:
    """Convert packed weights for CTranslate2 (int8); the folder appears whole or not at all."""
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


class _Hub:
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


def _hub(name: str | Path, device: str, threads: int) -> Backend:
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
    return _Hub(model.to(device).eval(), tokenizer, device)
