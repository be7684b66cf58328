"""How much a reader should be told a sentence: a small network over plain features."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, SourceSentence
from summarizer.writing.aligning import is_reporting
from summarizer.writing.weights import load_small
from summarizer.writing.wording import loaded_words
from summarizer.writing.words import Token, count_words, stems, tokenize

Item = TypeVar("Item", bound=Hashable)

RANKER = "ranker.safetensors"
"""Written by `python -m summarizer.training.rank`."""
PLAINNESS = 0.15
"""What a loaded word costs; scores of a story's sentences spread by about 0.35."""
DAMPING = 0.85
"""Of the walk over alike sentences, as in LexRank (Erkan and Radev, 2004)."""
_DAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_PAST = re.compile(r"\b(?:in|since|of) (?:19|20)\d\d\b|\blast year\b|\byears ago\b|\bpreviously\b")
FEATURES = (
    "groups",  # share of independent texts that tell the fact
    "first",  # 1 for the first sentence of an article, falling with position
    "best_first",  # the same for the fact's earliest sentence
    "opens",  # the first sentence of its article
    "centre",  # cosine with the mean of all the story's sentences
    "others",  # mean cosine with the sentences of other articles
    "nearest",  # cosine with the nearest sentence of another article, mean of the articles
    "centrality",  # LexRank over cosines, 1 for a sentence like all others
    "title_cosine",  # with the nearest title
    "titles_cosine",  # with the titles, mean
    "titles",  # share of the titles' common stems it has
    "titles_max",  # share of one title's stems it has
    "title_pairs",  # share of one title's pairs of stems it has
    "frequency",  # how common its stems are in the story
    "shared",  # share of its stems that other articles have
    "pairs",  # share of its pairs of stems that other articles have
    "shared_count",  # the same two as numbers, logarithms
    "pairs_count",
    "shared_names",  # share of its names that other articles have
    "length",  # 1 at 18 to 30 words, less outside
    "brief",  # words, from 0 at 10 to 1 at 40
    "loaded",  # loaded words
    "numbers",
    "names",
    "claim",  # has a reporting verb
    "quote",  # has a quotation
    "day",  # names a weekday: what happened now
    "past",  # speaks of years, or of last year
)


def rank_sentences(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
    *,
    groups: NDArray[np.int64],
    independent: Mapping[str, str],
) -> NDArray[np.float64]:
    """Return a score for each sentence; higher is more worth telling.

    Row i of `vectors` belongs to `sentences[i]`, row i of `titles` to `articles[i]`. `groups`
    numbers the fact of each sentence, `independent` maps article ids to independent texts.
    """
    rows = describe_sentences(
        articles, sentences, vectors, titles, groups=groups, independent=independent
    )
    # People tell loaded sentences as readily as plain ones; we do not.
    return Ranker.load().rank(rows) - PLAINNESS * rows[:, FEATURES.index("loaded")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranker:
    """A network of one hidden layer: rows of features in, how much to tell each out.

    `mean` and `scale` (features,) standardise; `hidden` is (features, n), `bias` and `out` (n,).
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    bias: NDArray[np.float32]
    out: NDArray[np.float32]

    @classmethod
    def load(cls) -> Ranker:
        """Return the ranker that comes with the package."""
        return cls(**load_small(RANKER))

    def rank(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the score of each row of `describe_sentences`."""
        active = np.maximum((rows - self.mean) / self.scale @ self.hidden + self.bias, 0)
        return np.asarray(active @ self.out, dtype=np.float64)


def describe_sentences(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
    *,
    groups: NDArray[np.int64],
    independent: Mapping[str, str],
) -> NDArray[np.float64]:
    """Return a row for each sentence: FEATURES, then how each compares with the story's others."""
    rows = np.column_stack(
        [
            _describe_places(sentences, groups, independent, articles),
            _describe_meaning(sentences, vectors, titles),
            _describe_words(articles, sentences),
        ]
    )
    spread = rows.std(axis=0)
    compared = (rows - rows.mean(axis=0)) / np.where(spread > 1e-6, spread, 1.0)
    return np.hstack([rows, compared])


def _describe_places(
    sentences: Sequence[SourceSentence],
    groups: NDArray[np.int64],
    independent: Mapping[str, str],
    articles: Sequence[Article],
) -> NDArray[np.float64]:
    texts = [independent.get(s.article_id, s.article_id) for s in sentences]
    all_texts = {independent.get(a.id, a.id) for a in articles}
    mates = [np.flatnonzero(groups == group).tolist() for group in groups]
    return np.array(
        [
            (
                len({texts[j] for j in mates[i]}) / max(1, len(all_texts)),
                math.exp(-sentence.position / 3),
                math.exp(-min(sentences[j].position for j in mates[i]) / 3),
                sentence.position == 0,
            )
            for i, sentence in enumerate(sentences)
        ],
        dtype=np.float64,
    )


def _describe_meaning(
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    titles: NDArray[np.float32],
) -> NDArray[np.float64]:
    owners = np.array([s.n for s in sentences])
    cosine = np.asarray(vectors @ vectors.T, dtype=np.float64)
    centre = vectors.mean(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    others, nearest = np.zeros(len(sentences)), np.zeros(len(sentences))
    numbers = np.unique(owners)
    for n in numbers if len(numbers) > 1 else ():
        own = owners == n
        others[own] = cosine[np.ix_(own, ~own)].mean(axis=1)
        by_article = [cosine[np.ix_(own, owners == m)].max(axis=1) for m in numbers if m != n]
        nearest[own] = np.mean(by_article, axis=0)
    to_titles = np.asarray(vectors @ titles.T, dtype=np.float64)
    return np.column_stack(
        [
            vectors @ centre,
            others,
            nearest,
            _centrality(cosine),
            to_titles.max(axis=1),
            to_titles.mean(axis=1),
        ]
    )


def _centrality(cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how often a walk over alike sentences comes by each, 1 on average."""
    size = len(cosine)
    links = np.clip(cosine, 0, 1)
    np.fill_diagonal(links, 1.0)
    steps = (1 - DAMPING) / size + DAMPING * links / links.sum(axis=1, keepdims=True)
    walk = np.full(size, 1 / size)
    for _ in range(30):
        walk = walk @ steps
    return np.asarray(walk * size, dtype=np.float64)


def _describe_words(
    articles: Sequence[Article], sentences: Sequence[SourceSentence]
) -> NDArray[np.float64]:
    in_order = [stems(s.text) for s in sentences]
    bags = [set(found) for found in in_order]
    pairs = [set(pairwise(found)) for found in in_order]
    tokens = [tokenize(s.text) for s in sentences]
    names = [{t.low for t in found[1:] if t.is_capital} for found in tokens]
    title_stems = [stems(a.title) for a in articles]
    titles = [set(found) for found in title_stems]
    title_pairs = [set(pairwise(found)) for found in title_stems]
    owners = [s.n for s in sentences]
    of_titles = _shares(titles)
    most_of_titles = max(1e-9, sum(sorted(of_titles.values())[-6:]))
    of_story = _shares(_by_owner(owners, bags))
    owners_of_stem, owners_of_pair = _owners_of(owners, bags), _owners_of(owners, pairs)
    owners_of_name = _owners_of(owners, names)
    rows = []
    for i, sentence in enumerate(sentences):
        own = {owners[i]}
        shared = [x for x in bags[i] if owners_of_stem[x] != own]
        shared_pairs = [x for x in pairs[i] if owners_of_pair[x] != own]
        shared_names = [x for x in names[i] if owners_of_name[x] != own]
        rows.append(
            (
                sum(of_titles.get(s, 0.0) for s in bags[i]) / most_of_titles,
                max((len(bags[i] & t) / max(1, len(t)) for t in titles), default=0.0),
                max((len(pairs[i] & t) / max(1, len(t)) for t in title_pairs), default=0.0),
                sum(of_story.get(s, 0.0) for s in bags[i]) / max(1, len(bags[i])),
                len(shared) / max(1, len(bags[i])),
                len(shared_pairs) / max(1, len(pairs[i])),
                math.log1p(len(shared)),
                math.log1p(len(shared_pairs)),
                len(shared_names) / max(1, len(names[i])),
                *_describe_style(sentence.text, tokens[i]),
            )
        )
    return np.array(rows, dtype=np.float64)


def _describe_style(text: str, tokens: Sequence[Token]) -> tuple[float, ...]:
    words = count_words(text)
    return (
        _length_fit(words),
        min(1.0, max(0.0, (words - 10) / 30)),
        min(4, len(loaded_words(text))),
        min(4, sum(t.kind == "number" for t in tokens)),
        min(6, sum(t.is_capital for t in tokens[1:])),
        any(is_reporting(t) for t in tokens),
        '"' in text or "“" in text,
        _DAY.search(text) is not None,
        _PAST.search(text) is not None,
    )


def _owners_of(owners: Sequence[int], bags: Sequence[set[Item]]) -> dict[Item, set[int]]:
    """Return for each item whose bags have it."""
    found: defaultdict[Item, set[int]] = defaultdict(set)
    for owner, bag in zip(owners, bags, strict=True):
        for item in bag:
            found[item].add(owner)
    return found


def _by_owner(owners: Sequence[int], bags: Sequence[set[str]]) -> list[set[str]]:
    whole: defaultdict[int, set[str]] = defaultdict(set)
    for owner, bag in zip(owners, bags, strict=True):
        whole[owner] |= bag
    return list(whole.values())


def _shares(bags: Sequence[set[str]]) -> dict[str, float]:
    """Return for each stem the share of the bags that have it, where more than one has."""
    counts: dict[str, int] = {}
    for bag in bags:
        for item in bag:
            counts[item] = counts.get(item, 0) + 1
    least = 1 if len(bags) == 1 else 2
    return {item: n / len(bags) for item, n in counts.items() if n >= least}


def _length_fit(words: int) -> float:
    if words < 14:
        return max(0.0, (words - 4) / 10)
    return 1.0 if words <= 30 else max(0.0, 1 - (words - 30) / 20)
