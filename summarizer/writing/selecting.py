"""The sentences of a story's articles to facts: what several outlets say alike, best first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from summarizer.models import Article, Fact, SourceSentence, derive_id
from summarizer.writing.numbers import find_quantities
from summarizer.writing.ranking import rank_sentences
from summarizer.writing.screening import find_fault
from summarizer.writing.wording import loaded_words
from summarizer.writing.words import DETERMINERS, stems, tokenize

SAME = 0.62
"""Two sentences say the same from this mean of cosine and word overlap on."""
NEAR, ONE_EVENT, SHARED = 0.55, 0.7, 0.42
"""A sentence without a figure of its own only says a better fact again from this likeness, this
cosine, or this share of the shorter one's words, on."""
NEAR_WITH_FIGURE, ONE_EVENT_WITH_FIGURE = 0.6, 0.75
"""So does one with a figure; where both have figures and none in common, they count as less alike:
12 injured and 14 injured are two facts."""
OTHER_FIGURES = 0.88
"""What is left of the likeness of two sentences that share no figure."""
PRECISE = 2100
"""From here on (no year any more), or with a fraction, a figure that two share is of one fact."""
MOST_FACTS = 16
LOADED = 2
"""Loaded words in a source sentence from which it comes behind all plainer ones."""
OPINION, LEAST_PLAIN = 0.75, 3
"""Chance of being a column's from which a sentence is not told, where so many others are left."""
ARGUING = frozenset({"opinion", "first person", "second person", "question"})
"""Faults of sentences that a report has few of."""
COLUMN, LEAST_SENTENCES = 0.2, 8
"""The share of such sentences that makes a column; in a shorter article it may be chance."""
REDUNDANCY = 0.5
"""How much of a fact's score its likeness to a fact told before takes away."""


def select_facts(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
    *,
    independent: Sequence[tuple[str, ...]],
    known: Mapping[str, str],
    opinions: Mapping[str, float],
) -> list[Fact]:
    """Return the facts of a story, the one to tell first in front; no two say the same.

    Row i of `vectors` belongs to `sentences[i]`, row i of `titles` to the title of `articles[i]`.
    `independent` holds article ids, those of one independent text together. `known` maps the keys
    of sentences to the ids of facts they told in earlier versions of the story; `opinions` maps the
    sentences' texts to the chance that they are a column's. Opinion, questions, the first person,
    teasers, furniture and sentences that lean on the one before are left out; so are columns, and
    sentences that sound like them, where others are left.
    """
    faults = [find_fault(s.text) for s in sentences]
    columns = _columns(sentences, faults)
    fit = [i for i, fault in enumerate(faults) if fault is None]
    fit = [i for i in fit if sentences[i].article_id not in columns] or fit
    plain = [i for i in fit if opinions.get(sentences[i].text, 0.0) < OPINION]
    fit = plain if len(plain) >= LEAST_PLAIN else fit
    if not fit:
        return []
    chosen = [sentences[i] for i in fit]
    rows = vectors[fit]
    likeness = measure_likeness(chosen, rows)
    groups = group_sentences(chosen, likeness)
    outlet_of = {article_id: str(g) for g, ids in enumerate(independent) for article_id in ids}
    scores = rank_sentences(articles, chosen, rows, titles, groups=groups, independent=outlet_of)
    clusters = [np.flatnonzero(groups == g) for g in range(int(groups.max()) + 1)]
    dates = {a.id: a.published_at for a in articles}
    facts: list[tuple[Fact, list[int]]] = []
    for members in clusters:
        order = sorted(members, key=lambda i: (-scores[i], chosen[i].n, chosen[i].position))
        in_order = tuple(chosen[i] for i in order)
        facts.append(
            (
                Fact(
                    id=_fact_id(in_order, known),
                    sentences=in_order,
                    score=float(scores[order[0]]),
                    published_at=min(dates[s.article_id] for s in in_order),
                ),
                [int(i) for i in order],
            )
        )
    figures = [_figures(s.text) for s in chosen]
    adds_figure = np.array([[_adds(mine, theirs) for theirs in figures] for mine in figures])
    cosines = rows @ rows.T
    repeats = np.where(
        adds_figure,
        (_tell_figures_apart(likeness, chosen) >= NEAR_WITH_FIGURE)
        | (_tell_figures_apart(cosines, chosen) >= ONE_EVENT_WITH_FIGURE),
        (likeness >= NEAR) | (cosines >= ONE_EVENT) | (_share_words(chosen)[0] >= SHARED),
    )
    return _spread(facts, likeness, repeats)


def _columns(sentences: Sequence[SourceSentence], faults: Sequence[str | None]) -> set[str]:
    """Return the articles that argue or advise: what else is in them is an opinion, too."""
    told: dict[str, list[bool]] = defaultdict(list)
    for sentence, fault in zip(sentences, faults, strict=True):
        told[sentence.article_id].append(fault in ARGUING)
    return {
        article_id
        for article_id, argues in told.items()
        if len(argues) >= LEAST_SENTENCES and sum(argues) >= COLUMN * len(argues)
    }


def measure_likeness(
    sentences: Sequence[SourceSentence], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return how alike each two sentences are: the mean of cosine and shared words, 0 to 1."""
    shared, dice = _share_words(sentences)
    cosine = np.clip(vectors @ vectors.T, 0, 1)
    likeness: NDArray[np.float32] = (0.5 * cosine + 0.25 * dice + 0.25 * shared).astype(np.float32)
    return likeness


def _share_words(
    sentences: Sequence[SourceSentence],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how many words each two sentences share: of the shorter one's, and of the mean's.

    A short sentence inside a long one is the same fact too.
    """
    vocabulary: dict[str, int] = {}
    bags = [{vocabulary.setdefault(s, len(vocabulary)) for s in stems(x.text)} for x in sentences]
    matrix = np.zeros((len(bags), max(1, len(vocabulary))), dtype=np.float32)
    for row, bag in enumerate(bags):
        matrix[row, list(bag)] = 1
    both = matrix @ matrix.T
    sizes = matrix.sum(axis=1)
    shorter = np.maximum(np.minimum(sizes[:, None], sizes[None, :]), 1)
    return both / shorter, 2 * both / np.maximum(sizes[:, None] + sizes[None, :], 1)


def group_sentences(
    sentences: Sequence[SourceSentence], likeness: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return the number of each sentence's fact: those that say the same have one number."""
    return _cluster(_tell_figures_apart(likeness, sentences))


def _tell_figures_apart(
    likeness: NDArray[np.float32], sentences: Sequence[SourceSentence]
) -> NDArray[np.float32]:
    """Return the likeness, less for two sentences with figures that have none in common.

    "36 percent of senior staff are …" and "25 percent of …" are two facts, close as they read.
    """
    apart = likeness.copy()
    figures = [_figures(s.text) for s in sentences]
    for i, mine in enumerate(figures):
        for j in range(i):
            if mine and figures[j] and not mine & figures[j]:
                apart[i, j] = apart[j, i] = OTHER_FIGURES * likeness[i, j]
    return apart


def _figures(text: str) -> set[float]:
    """Return the values of the text's numbers, without the year of "the 2016 vote"."""
    tokens = tokenize(text)
    return {
        q.value
        for q in find_quantities(text)
        if q.unit != "year" or (q.start and tokens[q.start - 1].low not in DETERMINERS)
    }


def _adds(mine: set[float], theirs: set[float]) -> bool:
    """Say whether a sentence has a figure of its own, and none that both would hardly have."""
    return bool(mine - theirs) and not any(v >= PRECISE or v % 1 for v in mine & theirs)


def _cluster(likeness: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return a group number for each sentence; a group's sentences are alike on average."""
    if len(likeness) == 1:
        return np.zeros(1, dtype=np.int64)
    pairs = np.triu_indices(len(likeness), k=1)
    tree = linkage((1 - likeness)[pairs], method="average")
    labels = fcluster(tree, t=1 - SAME, criterion="distance")
    return np.asarray(labels - 1, dtype=np.int64)


def _fact_id(sentences: Sequence[SourceSentence], known: Mapping[str, str]) -> str:
    """Return the id that most of these sentences had before, else one of the first sentence."""
    votes: dict[str, int] = defaultdict(int)
    for sentence in sentences:
        if sentence.key in known:
            votes[known[sentence.key]] += 1
    if votes:
        return max(sorted(votes), key=lambda k: votes[k])
    return derive_id("fact", min(s.key for s in sentences))


def _spread(
    facts: list[tuple[Fact, list[int]]],
    likeness: NDArray[np.float32],
    repeats: NDArray[np.bool_],
) -> list[Fact]:
    """Return facts by score, each new to the better ones before it; ids are used once.

    `repeats` says of each two sentences whether the one of its row repeats that of its column.
    """
    taken: list[tuple[Fact, list[int]]] = []
    left = sorted(facts, key=lambda pair: (-pair[0].score, pair[0].best.n, pair[0].best.position))

    def nearest(pair: tuple[Fact, list[int]]) -> float:
        return max((float(likeness[pair[1][0], other[1][0]]) for other in taken), default=0.0)

    while left and len(taken) < MOST_FACTS:
        pool = left if taken else [pair for pair in left if _can_begin(pair[0])] or left
        best = max(pool, key=lambda pair: pair[0].score - REDUNDANCY * nearest(pair))
        left.remove(best)
        is_repeat = any(
            repeats[best[1][0], other[1][0]] or best[0].id == other[0].id for other in taken
        )
        if not is_repeat:
            taken.append(best)
    # One who exaggerates is heard last, however central what they say.
    return sorted((fact for fact, _ in taken), key=_is_loaded)


def _can_begin(fact: Fact) -> bool:
    """Say whether a story can begin with a fact: it says whom it is about, in plain words."""
    has_name = any(token.is_capital for token in tokenize(fact.best.text)[1:])
    return has_name and not _is_loaded(fact)


def _is_loaded(fact: Fact) -> bool:
    return len(loaded_words(fact.best.text)) >= LOADED
