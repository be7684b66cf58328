"""Write the tables of related words that match free topics: `python -m benchmarks.topic_words`.

near_words.txt comes from MiniLM's own vectors of words, company_words.txt from counting which words
stand together in the starts of the articles in DIGEST_TEST_MATERIAL/data.
"""

from __future__ import annotations

import json
import lzma
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from benchmarks.grouping import material
from summarizer.digests.evidence import COMPANY_WORDS, NEAR_WORDS, WORTHS
from summarizer.embedding import PACKAGE
from summarizer.words import STOP_WORDS, UNKNOWN_RARITY, content_stems, rarity, stem

NEAR, SAME = 0.34, 0.7
"""Cosines of two words' own vectors from which they are near, and as good as the same."""
MOST_NEAR = 8
CORPORA = ("articles_2019", "articles_allsides", "articles_2020_described", "cnn_cased")
START_WORDS = 120
"""Of an article's text, beside its title."""
LEAST_ARTICLES = 20
"""With a word, below which its company is chance."""
LEAST_TOGETHER = 4
MOST_COMPANY = 16
APART, TOGETHER = 0.15, 0.6
"""Normalised pointwise mutual information from which two words keep company, and always do."""


def write_near_words() -> None:
    """Write which stems of news have nearly the same meaning, by MiniLM's vectors of words."""
    folder = Path(str(resources.files(PACKAGE)))
    (folder,) = {file.parent for file in folder.rglob("model.safetensors")}
    table = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
    vocabulary: dict[str, int] = Tokenizer.from_file(str(folder / "tokenizer.json")).get_vocab()
    words = [
        word
        for word in sorted(vocabulary)
        if word.isascii()
        and word.isalpha()
        and len(word) > 2
        and word not in STOP_WORDS
        and rarity(stem(word)) < UNKNOWN_RARITY
    ]
    rows = table[[vocabulary[word] for word in words]] - table.mean(axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    cosines: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for word, row in zip(words, rows @ rows.T, strict=True):
        own = cosines[stem(word)]
        for place in np.flatnonzero(row >= NEAR):
            other = stem(words[place])
            own[other] = max(own.get(other, 0.0), float(row[place]))
    for own, others in cosines.items():
        others.pop(own)
    write_table(NEAR_WORDS, cosines, most=MOST_NEAR, worst=NEAR, best=SAME)


def write_company_words() -> None:
    """Write which stems stand together in the starts of news articles oftener than by chance."""
    articles = list(read_starts())
    counts = Counter(stem for stems in articles for stem in stems)
    stems = sorted(s for s, n in counts.items() if n >= LEAST_ARTICLES and not s[0].isdigit())
    place = {stem: number for number, stem in enumerate(stems)}
    cells = [(row, place[stem]) for row, own in enumerate(articles) for stem in own & place.keys()]
    rows, columns = np.array(cells).T
    has = csr_matrix((np.ones(len(cells), dtype=np.int32), (rows, columns)))
    pairs = (has.T @ has).tocoo()
    company: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for one, other, together in zip(pairs.row, pairs.col, pairs.data, strict=True):
        if one != other and together >= LEAST_TOGETHER:
            own, mate = stems[one], stems[other]
            chance = counts[own] * counts[mate] / len(articles)
            information = math.log(together / chance) / math.log(len(articles) / together)
            if information >= APART:
                company[own][mate] = information
    write_table(COMPANY_WORDS, company, most=MOST_COMPANY, worst=0.0, best=TOGETHER)


def read_starts() -> Iterator[set[str]]:
    """Yield the stems of the title and first words of each article."""
    for name in CORPORA:
        with lzma.open(material() / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for values in map(json.loads, lines):
                start = " ".join(values["text"].split()[:START_WORDS])
                yield set(content_stems(f"{values.get('title') or ''}. {start}"))


def write_table(
    name: str, related: Mapping[str, Mapping[str, float]], *, most: int, worst: float, best: float
) -> None:
    """Write each stem with those that are related most and a digit for how much."""
    lines = []
    for own, others in sorted(related.items()):
        nearest = sorted(others.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
        worths = [
            f"{other}{min(WORTHS, max(1, round(WORTHS * (value - worst) / (best - worst))))}"
            for other, value in nearest
        ]
        if worths:
            lines.append(" ".join((own, *worths)) + "\n")
    target = Path(str(resources.files("summarizer.digests").joinpath(name)))
    target.write_text("".join(lines), encoding="utf-8")


def main() -> None:
    write_near_words()
    write_company_words()


if __name__ == "__main__":
    main()
