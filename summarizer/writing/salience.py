"""How likely someone who tells a story uses each of its words: a small network over its words.

Each word is seen by what it means where it stands and by plain counts; a sentence by its words, and
the story by its sentences; and a word again by the sentences that it is in. So a word is likely
where a person would use it, and where what stands around it is likely, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from summarizer.embedding import TextEmbedding
from summarizer.models import SourceSentence
from summarizer.writing.weights import load_small
from summarizer.writing.words import Token, tokenize

WEIGHTS = "salience.safetensors"
"""Written by `python -m summarizer.training.rank`."""
COUNTS = 8
"""What is counted of each stem; again by the story's size, and that size, are the others."""
MIDDLE = 5.0
"""The logarithm of a story's stems around which counts weigh as they do on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWords:
    """A story's stems, what is counted of each, and which sentences have it.

    `counts` is (stems, 2 COUNTS + 1); stem `members[0][k]` is in sentence `members[1][k]`, once.
    `places` (sentences,) is 1 for an article's first sentence and falls.
    """

    stems: tuple[str, ...]
    counts: NDArray[np.float64]
    members: tuple[NDArray[np.int64], NDArray[np.int64]]
    places: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Salience:
    """The network, with n units.

    A word's state (width,) times `states` (width, n + 1) and its standardised counts times `counts`
    are its units, of which the last goes straight to the outcome. How a sentence's mean differs
    from the story's, the story's and the sentence's place times `sentence` (2 n + 1, n) are the
    sentence's units. A word's units, and the mean and the highest of those of its sentences, times
    `out` (3 n,) are the outcome.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    states: NDArray[np.float32]
    counts: NDArray[np.float32]
    bias: NDArray[np.float32]
    sentence: NDArray[np.float32]
    sentence_bias: NDArray[np.float32]
    out: NDArray[np.float32]

    @classmethod
    def load(cls) -> Salience:
        """Return the network that comes with the package."""
        return cls(**load_small(WEIGHTS))

    def project(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is kept of words' states (words, width): (words, n + 1)."""
        return np.asarray(states @ self.states, dtype=np.float32)

    def measure(self, words: StoryWords, states: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the chance of each stem; row i of `states` is the projected mean of stem i."""
        own = states + (words.counts - self.mean) / self.scale @ self.counts + self.bias
        units, straight = np.maximum(own[:, :-1], 0), own[:, -1]
        stem, sentence = words.members
        count = len(words.places)
        means = _mean(units[stem], sentence, count)
        whole = np.tile(means.mean(axis=0), (count, 1))
        context = np.column_stack([means - whole, whole, words.places])
        told = np.maximum(context @ self.sentence + self.sentence_bias, 0)
        highest = np.zeros_like(units)
        np.maximum.at(highest, stem, told[sentence])
        around = _mean(told[sentence], stem, len(units))
        outcome = straight + np.column_stack([units, around, highest]) @ self.out
        return np.asarray(1 / (1 + np.exp(-outcome)), dtype=np.float64)


def measure_salience(
    sentences: Sequence[SourceSentence],
    titles: Sequence[str],
    projected: Sequence[NDArray[np.float16]],
) -> dict[str, float]:
    """Return for each stem of a story's sentences the chance that its telling has it, 0 to 1.

    `titles` are those of the articles, one each; `projected` are the sentences' words as
    `project_words` gives them.
    """
    words = describe_words(sentences, titles)
    if not words.stems:
        return {}
    states = mean_states(words, sentences, projected)
    return dict(zip(words.stems, Salience.load().measure(words, states).tolist(), strict=True))


def project_words(text: str, embedding: TextEmbedding) -> NDArray[np.float16]:
    """Return what salience keeps of each of a text's words."""
    return Salience.load().project(word_states(text, embedding)).astype(np.float16)


def word_states(text: str, embedding: TextEmbedding) -> NDArray[np.float32]:
    """Return the state of each of the text's words, that of its first piece.

    A word past the embedder's limit, or that no piece begins with, has a state of zeros.
    """
    places = {start: n for n, start in enumerate(embedding.starts)}
    words = spoken(text)
    states = np.zeros((len(words), embedding.states.shape[1]), dtype=np.float32)
    for row, word in enumerate(words):
        if word.start in places:
            states[row] = embedding.states[places[word.start]]
    return states


def describe_words(sentences: Sequence[SourceSentence], titles: Sequence[str]) -> StoryWords:
    """Return a story's stems in the order they come up, and what is counted of them."""
    where: dict[str, list[tuple[int, Token, bool]]] = {}
    for number, sentence in enumerate(sentences):
        for place, token in enumerate(spoken(sentence.text)):
            where.setdefault(token.stem, []).append((number, token, place > 0))
    in_titles = [{token.stem for token in spoken(title)} for title in titles]
    rows = [
        (
            len({sentences[n].n for n, _, _ in found}) / len(titles),
            len({sentences[n].n for n, _, _ in found}) > 1,
            max(math.exp(-sentences[n].position / 3) for n, _, _ in found),
            any(token.is_capital and inside for _, token, inside in found),
            found[0][1].kind == "number",
            found[0][1].is_content,
            len(found[0][1].low) / 8,
            sum(stem in title for title in in_titles) / len(titles),
        )
        for stem, found in where.items()
    ]
    counts = np.array(rows, dtype=np.float64).reshape(len(rows), COUNTS)
    # Of a long story a person tells less, and what counts for a word counts in another measure.
    size = np.full((len(rows), 1), math.log(max(1, len(rows))) - MIDDLE)
    members = [
        (row, number)
        for row, found in enumerate(where.values())
        for number in sorted({n for n, _, _ in found})
    ]
    pairs = np.array(members, dtype=np.int64).reshape(-1, 2)
    return StoryWords(
        stems=tuple(where),
        counts=np.hstack([counts, size, size * counts]),
        members=(pairs[:, 0], pairs[:, 1]),
        places=np.array([math.exp(-s.position / 3) for s in sentences], dtype=np.float64),
    )


def mean_states(
    words: StoryWords,
    sentences: Sequence[SourceSentence],
    states: Sequence[NDArray[np.floating]],
) -> NDArray[np.float32]:
    """Return the mean of each stem's states; item i of `states` has those of sentence i's words."""
    rows = {stem: row for row, stem in enumerate(words.stems)}
    owners = [rows[token.stem] for sentence in sentences for token in spoken(sentence.text)]
    return _mean(
        np.concatenate(states).astype(np.float32), np.array(owners, dtype=np.int64), len(rows)
    )


def spoken(text: str) -> list[Token]:
    """Return the tokens that are words or numbers."""
    return [token for token in tokenize(text) if token.low[0].isalnum()]


def _mean(rows: NDArray[np.float32], owners: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """Return for each of `count` owners the mean of its rows, zeros if it has none."""
    total = np.zeros((count, rows.shape[1]), dtype=np.float32)
    np.add.at(total, owners, rows)
    sizes = np.maximum(np.bincount(owners, minlength=count), 1).astype(np.float32)
    return np.asarray(total / sizes[:, None], dtype=np.float32)
