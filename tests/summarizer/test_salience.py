from __future__ import annotations

import numpy as np

from summarizer.embedding import TextEmbedding
from summarizer.models import EMBEDDING_WIDTH
from summarizer.training.words import UsedWords, train_words
from summarizer.writing.salience import (
    Salience,
    describe_words,
    mean_states,
    spoken,
    word_states,
)
from summarizer.writing.weights import widen
from summarizer.writing.words import stem

from .writing_texts import chances, sentence

SENTENCES = [
    sentence("The ferry from Lindholm hit sand on Sunday.", 1, 0),
    sentence("A cafe on the quay serves soup.", 1, 9),
    sentence("The ferry ran aground on Sunday.", 2, 0),
]


def test_a_word_that_articles_and_titles_share_is_likely_told() -> None:
    found = chances(SENTENCES, ["Ferry aground", "Ferry hits sand"])
    ferry, sand, aground, cafe, soup = (
        found[stem(word)] for word in ("ferry", "sand", "aground", "cafe", "soup")
    )
    assert ferry > max(sand, aground) > min(sand, aground) > max(cafe, soup)
    assert found[stem("the")] > 0.4
    assert all(0 < chance < 1 for chance in found.values())


def test_a_word_is_told_by_what_it_means_and_by_what_stands_around_it() -> None:
    cafe = "A cafe near Lindholm served mussels and cake."
    sentences = [
        sentence(cafe, 1, 0),
        sentence("A court in Lindholm fined the ferry's owner.", 1, 1),
        sentence(cafe, 2, 0),
        sentence("A court ordered that the ferry's owner pay a fine.", 2, 1),
    ]
    # All that is counted speaks for the cafe, which comes first.
    found = chances(sentences, ["Owner of ferry fined", "Ferry's owner fined"])
    assert found[stem("court")] > found[stem("mussels")]


def test_without_sentences_there_are_no_words() -> None:
    assert chances([], ["Ferry aground"]) == {}
    assert chances([sentence("...", 1, 0)], ["Ferry aground"]) == {}


def test_a_words_state_is_that_of_its_first_piece() -> None:
    states = np.arange(3 * EMBEDDING_WIDTH, dtype=np.float32).reshape(3, EMBEDDING_WIDTH)
    embedding = TextEmbedding(vector=states[0], starts=(0, 4, 6), states=states)
    found = word_states("The ferry, late", embedding)
    assert found[0].tolist() == states[0].tolist()
    assert found[1].tolist() == states[1].tolist()
    assert not found[2].any()  # past what the embedder reads


def test_the_network_learns_which_words_are_told() -> None:
    random = np.random.default_rng(1)
    wanted = random.normal(size=EMBEDDING_WIDTH).astype(np.float32)
    stories = [_random_story(random, wanted) for _ in range(240)]
    network = Salience(**widen(train_words(stories[:200])))
    right = [
        ((network.measure(s.words, network.project(s.states.astype(np.float32))) > 0.5) == s.used)
        for s in stories[200:]
    ]
    assert np.concatenate(right).mean() > 0.8


def _random_story(random: np.random.Generator, wanted: np.ndarray) -> UsedWords:
    """Return a story in which the words are told whose states lie to one side."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = ["".join(random.choice(list(letters), 7)) for _ in range(30)]
    sentences = [sentence(" ".join(names[n : n + 10]), 1, n) for n in (0, 10, 20)]
    words = describe_words(sentences, ["A title"])
    states = [
        random.normal(size=(len(spoken(s.text)), EMBEDDING_WIDTH)).astype(np.float32)
        for s in sentences
    ]
    means = mean_states(words, sentences, states)
    return UsedWords(
        words=words,
        states=means.astype(np.float16),
        used=(means @ wanted > 0).astype(np.float32),
    )
