"""Summarise whole stories with a large model, and find what its sentences rest on.

::

    Summarizer.load(name)     any transformers encoder-decoder, by folder or hub name
        .sentences(articles)  -> what it writes, sentence by sentence
    lay_on_facts(written, …)  -> each sentence as a candidate for the fact that it tells

The candidates go the way of all others: checked against the fact's sentences, cited, or replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, Fact, Sentence, SourceSentence, derive_id
from summarizer.sentences import split_sentences
from summarizer.writing.backends.documents import load_documents
from summarizer.writing.rewriting import Candidate
from summarizer.writing.screening import find_fault
from summarizer.writing.subjects import SENTENCE_BREAK
from summarizer.writing.words import count_words, stems

LEAST_LIKE = 0.4
"""Mean of cosine and shared words from which a written sentence may rest on a source's."""
ADDS = 0.15
"""Share of its words for which a written sentence may rest on a second sentence of an article."""
_ENDS = re.compile(r"[.!?][\"”’')\]]*$")


class DocumentBackend(Protocol):
    """A loaded model: the summary of a story, given as its articles' sentences."""

    def write(self, articles: Sequence[Sequence[str]], *, beams: int) -> str: ...


class Summarizer:
    """Summarises stories one by one; hold one per process and call it from one worker thread."""

    def __init__(self, backend: DocumentBackend, *, name: str) -> None:
        self._backend = backend
        self.name = name

    @classmethod
    def load(cls, name: str | Path, *, cache: Path, device: str, threads: int) -> Summarizer:
        """Load a folder or hub model; `threads` of 0 means one a core. Raises ModelError."""
        backend = load_documents(name, cache=cache, device=device, threads=threads)
        return cls(backend, name=str(name))

    def sentences(self, articles: Sequence[Sequence[str]], *, beams: int) -> list[str]:
        """Return the sentences of the summary of a story, given as its articles' sentences."""
        if not any(articles):
            return []
        text = self._backend.write(articles, beams=beams)
        found = (" ".join(sentence.split()) for sentence in split_sentences(text))
        # What ran out of room breaks off.
        return [sentence for sentence in found if _ENDS.search(sentence)]


def lay_on_facts(
    written: Sequence[str],
    written_vectors: NDArray[np.float32],
    *,
    facts: Sequence[Fact],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    articles: Sequence[Article],
    known: Mapping[str, str],
) -> list[tuple[Fact, Candidate]]:
    """Return each written sentence with the fact it tells, in the order written.

    Row i of `vectors` belongs to `sentences[i]`, of `written_vectors` to `written[i]`. A fact is
    one of `facts`, or a new one of the likest source sentence. Where a second sentence of the same
    article has further words of it, the fact can rest on both together. What is like no sentence
    that may be told is left out. `known` is as in `select_facts`.
    """
    fit = [i for i, s in enumerate(sentences) if find_fault(s.text) is None]
    choice = [sentences[i] for i in fit]
    bags = [frozenset(stems(sentence.text)) for sentence in choice]
    dates = {article.id: article.published_at for article in articles}
    found: list[tuple[Fact, Candidate]] = []
    for text, vector in zip(written, written_vectors, strict=True):
        words = frozenset(stems(text))
        if not fit or not words:
            continue
        shared = np.array([len(words & bag) for bag in bags]) / len(words)
        likeness = (shared + vectors[fit] @ vector) / 2
        best = int(likeness.argmax())
        if likeness[best] < LEAST_LIKE:
            continue
        source = choice[best]
        both = _with_second(best, words, choice, bags)
        fact = next(
            (f for f in facts if source.key in {s.key for s in f.sentences}),
            Fact(
                id=known.get(source.key) or derive_id("fact", source.key),
                sentences=(source,),
                score=float(likeness[best]),
                published_at=dates[source.article_id],
            ),
        )
        if both:
            fact = replace(fact, sentences=(*fact.sentences, both))
        found.append((fact, Candidate(text=text, score=0.0, words=count_words(text))))
    return found


def _with_second(
    best: int,
    words: frozenset[str],
    sentences: Sequence[SourceSentence],
    bags: Sequence[frozenset[str]],
) -> SourceSentence | None:
    """Return the best sentence and the one of its article that adds most words, as one."""
    first = sentences[best]
    lacking = words - bags[best]
    others = [i for i, s in enumerate(sentences) if s.article_id == first.article_id and i != best]
    second = max(others, key=lambda i: len(lacking & bags[i]), default=None)
    if second is None or len(lacking & bags[second]) < ADDS * len(words):
        return None
    pair = sorted((first, sentences[second]), key=lambda s: s.position)
    text = f" {SENTENCE_BREAK} ".join(s.text for s in pair)
    return replace(first, text=text)


def read_evidence(sentence: Sentence) -> Sentence:
    """Return the sentence with evidence of two sentences together as a reader sees it."""
    return replace(
        sentence,
        evidence=tuple(
            replace(e, text=e.text.replace(f" {SENTENCE_BREAK} ", " ")) for e in sentence.evidence
        ),
    )
