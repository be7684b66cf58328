"""The list of word pieces the model may write beside those of its source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tokenizers import Tokenizer

from summarizer.training.edits import PLAIN_WORDS, WORDS
from summarizer.training.warm_start import packaged_minilm


def allowed(tokenizer: Tokenizer) -> dict[str, object]:
    """Return the pieces that may always be written, and those allowed beside a source phrase.

    Other forms of a source word are not among them: left to choose, a model this small writes
    "is added" for "is adding" and "company" for "companies".
    """
    tokenizer.no_padding()
    beside: dict[str, set[str]] = {}
    for loaded, plain in PLAIN_WORDS.items():
        phrase = " ".join(tokenizer.encode(loaded, add_special_tokens=False).tokens)
        pieces = tokenizer.encode(plain, add_special_tokens=False).tokens
        beside.setdefault(phrase, set()).update(pieces)
    return {
        "always": WORDS["always"].split(),
        "beside": {
            phrase: sorted(pieces - {phrase})
            for phrase, pieces in sorted(beside.items())
            if pieces - {phrase}
        },
    }


def write_companions(folder: Path) -> None:
    """Write the tokenizer and the list of allowed pieces beside packed weights."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(packaged_minilm() / name, folder / name)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rows = allowed(tokenizer)
    (folder / "allowed.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n", "utf-8")
