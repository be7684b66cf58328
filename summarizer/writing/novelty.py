"""What is new in a story's version, against the report of the version before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Fact, SourceSentence, StoryReport

SAME = 0.8
"""Cosine from which a sentence says what an earlier one said, in other words."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def date_facts(
    facts: Sequence[Fact],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    *,
    previous: StoryReport | None,
    now: datetime,
) -> Mapping[str, datetime]:
    """Return when each fact came up, by its id: now, or with an earlier report.

    A fact is new if no article said it when `previous` was written: none of its sentences was
    among those read then, and none of those says the same (row i of `vectors` belongs to
    sentence i), but for a number that was not known. What the earlier report left out for want of
    room is not news.
    """
    if previous is None:
        return {fact.id: now for fact in facts}
    dates = {s.fact_id: s.new_at or previous.written_at for s in previous.sentences}
    seen = frozenset(previous.sentence_keys)
    rows = {s.key: i for i, s in enumerate(sentences)}
    old = [i for i, s in enumerate(sentences) if s.key in seen]
    for fact in facts:
        if fact.id not in dates:
            new = not any(s.key in seen for s in fact.sentences) and not _was_said(
                fact, rows, old, sentences, vectors
            )
            dates[fact.id] = now if new else previous.written_at
    return dates


def _was_said(
    fact: Fact,
    rows: Mapping[str, int],
    old: Sequence[int],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
) -> bool:
    if not old:
        return False
    nearest = vectors[old] @ vectors[rows[fact.best.key]]
    best = int(nearest.argmax())
    if nearest[best] < SAME:
        return False
    known = " ".join(sentences[i].text for i in old)
    return set(_NUMBER.findall(fact.best.text)) <= set(_NUMBER.findall(known))
