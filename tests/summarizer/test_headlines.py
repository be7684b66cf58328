# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

import numpy as np
import pytest

from summarizer.models import Article
from summarizer.sentences import source_sentences
from summarizer.writing.headlines import choose_headline, clean_title

from .writing_texts import article, chances

TEXT = (
    "A ferry ran aground off Lindholm on Sunday night. Nine people were injured. "
    "Mayor Ada Brandt criticised the harbour board."
)


def choose(articles: list[Article], *closeness: float) -> tuple[str, tuple[int, ...]]:
    """Choose the headline of articles whose titles are so close to what all agree on."""
    rows = np.array([[c, (1 - c * c) ** 0.5] for c in closeness], dtype=np.float32)
    sentences = [s for a in articles for s in source_sentences(a)]
    return choose_headline(
        articles, sentences, rows, chances(sentences, [a.title for a in articles])
    )


def test_a_title_that_says_what_happened_goes_before_one_that_says_what_it_is_for() -> None:
    articles = [
        article(1, title="Mayor slips up in Lindholm as island wakes to a lost weekend", text=TEXT),
        article(2, title="Nine injured as ferry runs aground off Lindholm", text=TEXT),
    ]
    assert choose(articles, 1, 0.9) == ("Nine injured as ferry runs aground off Lindholm", (2,))


def test_the_title_most_agree_on_is_taken_with_the_articles_that_bear_it_out() -> None:
    articles = [
        article(1, title="Ferry runs aground off Lindholm", text=TEXT),
        article(2, title="Why did the Lindholm ferry run aground?", text=TEXT),
        article(3, title="Ferry runs aground off Lindholm", text=TEXT),
    ]
    assert choose(articles, 1, 1, 1) == (
        "Ferry runs aground off Lindholm",
        (1, 2, 3),
    )


@pytest.mark.parametrize(
    "worse",
    [
        "A miracle! Ferry runs aground off Lindholm",
        "Ferry runs aground in the closest call ever off Lindholm",
        "Why the Lindholm ferry ran aground",
        "Ferry aground: Why it was never going to reach Lindholm",
        "Ferry!",
        "You won't believe what ran aground off Lindholm",
        "Opinion: Ferry runs aground off Lindholm again",
        "Mayor slams, torches and blasts the harbour board",
        "‘A shame’: ferry runs aground off Lindholm",
        "Our ferry runs aground off Lindholm",
        "Mayor must answer for the ferry aground off Lindholm",
        "The ferry off Lindholm is a disgrace",
        "The most alarming hours of the ferry aground off Lindholm",
        "Closing Lindholm to the ferry made sense",
        "Ferry runs aground off Lindholm on Sunday night and nine people are injured as mayor speaks",
    ],
)
def test_teasers_questions_and_loaded_titles_lose(worse: str) -> None:
    articles = [
        article(1, title=worse, text=TEXT),
        article(2, title="Ferry runs aground off Lindholm", text=TEXT),
    ]
    assert choose(articles, 1, 1)[0] == "Ferry runs aground off Lindholm"


def test_loaded_words_of_a_headline_are_replaced() -> None:
    articles = [article(1, title="Mayor slams harbour board over ferry", text=TEXT)]
    assert choose(articles, 1) == (
        "Mayor criticises harbour board over ferry",
        (1,),
    )


def test_a_title_whose_number_its_article_lacks_is_passed_over() -> None:
    articles = [
        article(1, title="Ferry with 400 people runs aground", text=TEXT),
        article(2, title="Ferry runs aground off Lindholm", text=TEXT),
    ]
    assert choose(articles, 1, 0.95)[0] == "Ferry runs aground off Lindholm"


def test_where_no_title_is_borne_out_a_title_stands_all_the_same() -> None:
    only = [article(1, title="Storm warning for Arlund islands", text=TEXT)]
    assert choose(only, 1) == ("Storm warning for Arlund islands", (1,))
    untitled = [article(1, title="", text=TEXT)]
    assert choose(untitled, 1)[0].startswith("A ferry ran aground")


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("LIVE: Ferry runs aground", "Ferry runs aground"),
        ("Ferry runs aground - The Daily Oar", "Ferry runs aground"),
        ("Ferry runs aground | Norland | News", "Ferry runs aground | Norland"),
        ("Ferry runs aground - mayor angry", "Ferry runs aground - mayor angry"),
        ("Ferry runs aground [VIDEO]", "Ferry runs aground"),
        ("Ferry runs aground.", "Ferry runs aground"),
        ("Ferries from Lindholm return to the U.S.", "Ferries from Lindholm return to the U.S."),
    ],
)
def test_titles_lose_labels_and_outlets(title: str, clean: str) -> None:
    assert clean_title(title, "The Daily Oar") == clean


def test_another_article_bears_out_a_headline_only_with_one_sentence_that_says_it() -> None:
    other = "The ferry runs aground off Lindholm in a storm. The mayor is angry."
    articles = [
        article(1, title="Ferry runs aground off Lindholm", text=TEXT),
        article(2, title="Why did a storm hit?", text=other),
        article(
            3, title="Why did a storm hit?", text="A storm hit. Lindholm runs a ferry. Aground."
        ),
    ]
    assert choose(articles, 1, 0.9, 0.9) == (
        "Ferry runs aground off Lindholm",
        (1, 2),
    )


def test_a_headline_in_capitals_gets_small_letters_where_the_texts_have_them() -> None:
    title = "Mayor Ada Brandt Slams Harbour Board Over Ferry Off Lindholm"
    text = f"Off Lindholm a ferry ran aground. {TEXT} The mayor and the ferry board of the harbour met Brandt."
    found, _ = choose([article(1, title=title, text=text)], 1)
    assert found == "Mayor Ada Brandt criticises harbour board over ferry off Lindholm"
    again = f"{title} {text}"
    found, _ = choose([article(1, title=title, text=again)], 1)
    assert found == "Mayor Ada Brandt criticises harbour board over ferry off Lindholm"
    odd = "Mayor Ada Brandt Slams Zyx Board Over Ferry"
    found, _ = choose([article(1, title=odd, text=text)], 1)
    assert found == "Mayor Ada Brandt criticises Zyx board over ferry"
