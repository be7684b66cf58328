"""Which facts a story is told in first, and in which words: those that say most of it together.

The most expected agreement with a telling by hand: the chance of each word that is said at least
once, over what is said and what would be. Words said twice count once, as in concept-based
selection (Gillick and Favre, 2009).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from summarizer.models import Fact, Sentence
from summarizer.writing.choosing import LOADED
from summarizer.writing.salience import spoken
from summarizer.writing.wording import loaded_words

WORDS = 64
"""For which the best set is found: a story's at the usual length."""
TELLING = 70
"""Words and numbers in a story told by hand."""
AGREEMENT = 18.0
"""What full agreement counts."""
RANK = 0.25
"""What a fact's score counts; those of a story spread by about 0.35."""
REWRITTEN = 0.5
"""What a sentence in our own words counts more than one in a source's."""
BEAM = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """Sentences of several facts, by the places of these."""

    chosen: tuple[tuple[int, Sentence], ...] = ()
    said: frozenset[str] = frozenset()
    words: int = 0
    spoken: int = 0
    score: float = 0.0
    value: float = 0.0


def arrange_sentences(
    facts: Sequence[Fact],
    forms: Mapping[str, Sequence[Sentence]],
    salience: Mapping[str, float],
) -> list[Sentence]:
    """Return one sentence a fact, those that tell the story best in `WORDS` words in front.

    `forms` holds the sentences that may tell each fact, by its id, the best first; the others keep
    the order of `facts` and their best form.
    """
    best = [_Set()]
    for place, fact in enumerate(facts):
        longer = [
            _add(known, place, fact, form, salience)
            for known in best
            for form in forms[fact.id]
            if known.words + form.words <= WORDS
        ]
        best = sorted([*longer, *best], key=lambda s: -s.value)[:BEAM]
    chosen = dict(best[0].chosen)
    first = [chosen[place] for place in sorted(chosen)]
    return first + [forms[f.id][0] for place, f in enumerate(facts) if place not in chosen]


def _add(
    known: _Set, place: int, fact: Fact, form: Sentence, salience: Mapping[str, float]
) -> _Set:
    tokens = spoken(form.text)
    said = known.said | {token.stem for token in tokens}
    length = known.spoken + len(tokens)
    score = (
        known.score
        + RANK * fact.score
        + REWRITTEN * (form.method == "rewritten")
        - LOADED * len(loaded_words(form.text))
    )
    agreement = 2 * sum(salience.get(stem, 0.0) for stem in said) / (length + TELLING)
    return _Set(
        chosen=(*known.chosen, (place, form)),
        said=said,
        words=known.words + form.words,
        spoken=length,
        score=score,
        value=AGREEMENT * agreement + score,
    )
