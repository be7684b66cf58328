"""The list of word pieces the model may write beside those of its source."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer

from summarizer.training.edits import PLAIN_WORDS, WORDS
from summarizer.training.filtering import FUNCTION_WORDS
from summarizer.training.warm_start import packaged_minilm

SUFFIXES = ("", "s", "es", "ed", "d", "ing")


def allowed(vocabulary: Iterable[str], tokenizer: Tokenizer) -> dict[str, object]:
    """Return the pieces that may always be written, and those allowed beside a source phrase."""
    tokenizer.no_padding()
    known = set(vocabulary)
    beside: dict[str, set[str]] = {}
    for piece in known:
        if len(piece) > 3 and piece.isalpha() and piece not in FUNCTION_WORDS:
            beside.setdefault(piece, set()).update(inflections(piece) & known)
    for row in WORDS["irregular"]:
        forms = set(row.split())
        for form in forms:
            beside.setdefault(form, set()).update(forms & known)
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


def inflections(word: str) -> set[str]:
    """Return what could be other forms of a regular verb or noun; not all are words."""
    stems = {word}
    for ending, stem in (("ies", "y"), ("ied", "y"), ("ing", ""), ("ing", "e"), ("ed", ""),
                         ("ed", "e"), ("es", ""), ("s", "")):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stems.add(word.removesuffix(ending) + stem)
    forms = {stem + suffix for stem in stems for suffix in SUFFIXES}
    forms |= {stem[:-1] + "ing" for stem in stems if stem.endswith("e")}
    forms |= {stem[:-1] + end for stem in stems if stem.endswith("y") for end in ("ies", "ied")}
    return forms - {word}


def write_companions(folder: Path) -> None:
    """Write the tokenizer and the list of allowed pieces beside packed weights."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(packaged_minilm() / name, folder / name)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    rows = allowed(tokenizer.get_vocab(), tokenizer)
    (folder / "allowed.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n", "utf-8")
