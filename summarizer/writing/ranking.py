"""How much a reader should be told a sentence: a small ranker over plain features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, SourceSentence
from summarizer.writing.wording import loaded_words
from summarizer.writing.words import REPORTING_VERBS, VERB_FORMS, count_words, stems, tokenize

_DAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_PAST = re.compile(r"\b(?:in|since|of) (?:19|20)\d\d\b|\blast year\b|\byears ago\b|\bpreviously\b")
FEATURES = (
    "groups",  # share of independent texts that tell the fact
    "first",  # 1 for the first sentence of an article, falling with position
    "best_first",  # the same for the fact's earliest sentence
    "centre",  # cosine with the mean of all the story's sentences
    "others",  # mean cosine with the sentences of other articles
    "titles",  # share of the titles' common stems it has
    "titles_max",
    "frequency",  # how common its stems are in the story
    "length",  # 1 at 18 to 30 words, less outside
    "loaded",  # loaded words
    "numbers",
    "names",
    "claim",  # has a reporting verb
    "quote",  # has a quotation
    "opens",  # the first sentence of its article
    "day",  # names a weekday: what happened now
    "past",  # speaks of years, or of last year
    "shared_names",  # share of its names that other articles have
    "brief",  # words, from 0 at 10 to 1 at 40
)
WEIGHTS: Mapping[str, float] = {
    "groups": 0.7,
    "first": 0.23,
    "best_first": 0.44,
    "centre": 1.4,
    "others": 0.8,
    "titles": 0.4,
    "titles_max": 0.2,
    "frequency": 0.4,
    "length": 0.4,
    "loaded": -0.2,
    "numbers": 0.08,
    "names": 0.03,
    "claim": 0.0,
    "quote": -0.11,
    "opens": 0.0,
    "day": 0.1,
    "past": -0.05,
    "shared_names": 0.1,
    "brief": -0.12,
}
"""Found by coordinate ascent on the words that digests of 1,253 training stories share with
neutral roundups; what plainness is worth was set by hand."""


def rank_sentences(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    *,
    groups: NDArray[np.int64],
    independent: Mapping[str, str],
) -> NDArray[np.float64]:
    """Return a score for each sentence; higher is more worth telling.

    `groups` numbers the fact of each sentence, `independent` maps article ids to independent texts.
    """
    features = describe_sentences(
        articles, sentences, vectors, groups=groups, independent=independent
    )
    weights = np.array([WEIGHTS[name] for name in FEATURES])
    return np.asarray(features @ weights, dtype=np.float64)


def describe_sentences(
    articles: Sequence[Article],
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    *,
    groups: NDArray[np.int64],
    independent: Mapping[str, str],
) -> NDArray[np.float64]:
    """Return one row of FEATURES for each sentence."""
    texts_of = [independent.get(s.article_id, s.article_id) for s in sentences]
    all_texts = {independent.get(a.id, a.id) for a in articles}
    owners = np.array([s.n for s in sentences])
    centre = vectors.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
    cosine = vectors @ vectors.T
    bags = [set(stems(s.text)) for s in sentences]
    titles = [set(stems(a.title)) for a in articles]
    of_titles = _shares(titles)
    of_story = _shares(
        [
            set().union(*(b for b, s in zip(bags, sentences, strict=True) if s.n == n))
            for n in sorted(set(owners.tolist()))
        ]
    )
    names = [{t.low for t in tokenize(s.text)[1:] if t.is_capital} for s in sentences]
    rows = np.zeros((len(sentences), len(FEATURES)))
    for i, sentence in enumerate(sentences):
        mates = [int(j) for j in np.flatnonzero(groups == groups[i])]
        others = owners != owners[i]
        tokens = tokenize(sentence.text)
        words = count_words(sentence.text)
        bag = bags[i]
        own = names[i]
        shared = set().union(*(names[j] for j in range(len(sentences)) if owners[j] != owners[i]))
        rows[i] = (
            len({texts_of[j] for j in mates}) / max(1, len(all_texts)),
            math.exp(-sentence.position / 3),
            math.exp(-min(sentences[j].position for j in mates) / 3),
            float(vectors[i] @ centre),
            float(cosine[i, others].mean()) if others.any() else 0.0,
            sum(of_titles.get(s, 0.0) for s in bag)
            / max(1e-9, sum(sorted(of_titles.values())[-6:])),
            max((len(bag & t) / max(1, len(t)) for t in titles), default=0.0),
            sum(of_story.get(s, 0.0) for s in bag) / max(1, len(bag)),
            _length_fit(words),
            min(4, len(loaded_words(sentence.text))),
            min(4, sum(t.kind == "number" for t in tokens)),
            min(6, sum(t.is_capital for t in tokens[1:])),
            any(
                VERB_FORMS.get(t.low, t.low.removesuffix("d").removesuffix("e")) in REPORTING_VERBS
                for t in tokens
            ),
            '"' in sentence.text or "“" in sentence.text,
            sentence.position == 0,
            _DAY.search(sentence.text) is not None,
            _PAST.search(sentence.text) is not None,
            len(own & shared) / max(1, len(own)),
            min(1.0, max(0.0, (words - 10) / 30)),
        )
    return rows


def measure_salience(articles: Sequence[Article]) -> dict[str, float]:
    """Return for each stem the share of the articles that have it; a title's stems count twice."""
    shares = _shares([set(stems(f"{a.title}. {a.text}")) for a in articles])
    for stem, share in _shares([set(stems(a.title)) for a in articles]).items():
        shares[stem] = shares.get(stem, 0.0) + share
    return shares


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
