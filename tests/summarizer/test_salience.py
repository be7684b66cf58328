from __future__ import annotations

from summarizer.writing.salience import measure_salience
from summarizer.writing.words import stem

from .writing_texts import sentence

SENTENCES = [
    sentence("The ferry from Lindholm hit sand on Sunday.", 1, 0),
    sentence("A cafe on the quay serves soup.", 1, 9),
    sentence("The ferry ran aground on Sunday.", 2, 0),
]


def test_a_word_that_articles_and_titles_share_is_likely_told() -> None:
    titles = ["Ferry aground", "Ferry hits sand"]
    chances = measure_salience(SENTENCES, titles)
    ferry, sand, aground, cafe, soup = (
        chances[stem(word)] for word in ("ferry", "sand", "aground", "cafe", "soup")
    )
    assert ferry > max(sand, aground) > min(sand, aground) > max(cafe, soup)
    assert chances[stem("the")] > 0.5
    assert all(0 < chance < 1 for chance in chances.values())


def test_without_sentences_there_are_no_words() -> None:
    assert measure_salience([], ["Ferry aground"]) == {}
