"""Rewrite source sentences with a sequence-to-sequence model.

::

    Rewriter.load(folder)          the bundled model, or a folder packed as it is
        .candidates(sentences)  -> for each sentence its best rewritings, surface restored

What looks broken is refused here; whether a candidate is true is checked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Protocol

from summarizer.models import Length
from summarizer.writing.backends.bundled import BUNDLED, load_bundled
from summarizer.writing.refusing import is_whole
from summarizer.writing.restoring import keys

VERBATIM_SHARE = 0.9


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
        folder: Path | None = None,
        *,
        cache: Path,
        device: str = "auto",
        threads: int = 0,
    ) -> Rewriter:
        """Load the bundled model (None), or the packed one in `folder`.

        It is converted once for CTranslate2 into `cache`. `threads` of 0 means one for each core.
        Raises ModelError.
        """
        found = BUNDLED if folder is None else folder
        backend = load_bundled(found, cache=cache, device=device, threads=threads)
        return cls(backend, name="bundled" if found == BUNDLED else str(folder))

    def candidates(
        self, sources: Sequence[str], *, length: Length = "normal", beams: int = 4
    ) -> list[list[Candidate]]:
        """Return each sentence's distinct rewritings, best first; none where all were refused.

        Candidates that hardly differ from their source come behind the others.
        """
        plain = [" ".join(source.split()) for source in sources]
        if not plain:
            return []
        rows = self._backend.generate(plain, length=length, beams=beams)
        return [_in_order(texts, source) for texts, source in zip(rows, plain, strict=True)]


def is_rewritten(candidate: Candidate, source: str) -> bool:
    """Say whether no stretch of 90 % of the candidate's tokens stands in the source."""
    ours = keys(candidate.text)
    match = SequenceMatcher(None, ours, keys(source), autojunk=False).find_longest_match()
    return match.size < VERBATIM_SHARE * len(ours)


def _in_order(texts: Iterable[tuple[str, float]], source: str) -> list[Candidate]:
    """Return what is whole as candidates: what is rewritten comes first, a mere copy last."""
    found: dict[str, Candidate] = {}
    for text, score in sorted(texts, key=lambda pair: -pair[1]):
        if is_whole(text, source):
            found.setdefault(text, Candidate(text=text, score=score, words=len(text.split())))
    return sorted(found.values(), key=lambda c: (c.text == source, not is_rewritten(c, source)))
