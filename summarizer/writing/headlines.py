"""A story's headline: the title that says most of what matters, in plain words, checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Article, SourceSentence
from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.checking import check
from summarizer.writing.dates import find_dates
from summarizer.writing.numbers import find_quantities, same_value
from summarizer.writing.restoring import common_words
from summarizer.writing.salience import spoken
from summarizer.writing.wording import loaded_words, neutralise, plain_stems
from summarizer.writing.words import FUNCTION_WORDS, count_words, plain, tokenize

LEAST_WORDS, MOST_WORDS = 4, 14
LEAD_SENTENCES = 8
SALIENCE, UNHEARD = 2.0, 0.02
"""What words that all who tell the story use count beside full agreement with the other titles; the
chance of a word that is in no article."""

_LABEL = re.compile(
    r"^(?:live(?: updates)?|watch|video|photos?|breaking(?: news)?|updated?|exclusive|just in"
    r"|developing|bombshell)\s*[:|–—-]+\s*",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"^(?:opinion|analysis|editorial|review|podcast|explainer|fact[- ]check|commentary|letters?"
    r"|column)\s*[:|–—-]",
    re.IGNORECASE,
)
_CLICKBAIT = re.compile(
    r"^(?:here(?:'s|\s+is|\s+are)|why|how|what|who|when|where|this is|these|watch|meet|inside"
    r"|\d+ (?:key )?(?:things|ways|reasons|takeaways|facts|times|photos|moments|questions)"
    r"|the \d+|the (?:\d+ )?(?:most|best|worst|real|truth)"
    r"|everything|is|are|was|were|do|does|did|can|could|should|will|would|has|have|if)\b"
    r"|:\s*(?:why|how|what)\b|you need to know|you won't believe|need to know|things to know"
    r"|goes viral|what to know"
    r"|takeaways|explained|live updates|as it happened|lets? loose|\w+est (?:\w+ )?ever\b",
    re.IGNORECASE,
)
_JUDGED = re.compile(
    r"(?:\b(?:is|are|was|were)|'s|'re)\s+(?:(?:an?|the|so|just|pure)\s+)*(\w+)", re.I
)
_DEMANDED = re.compile(r"\b(?:must|should|ought to|deserves?|needs? to|it's time)\b", re.I)
_APPROVED = re.compile(
    r"\b(?:makes?|made) (?:no )?sense\b|\b(?:gets?|got) it (?:right|wrong)\b", re.IGNORECASE
)
_CHATTY = re.compile(r"n't\b|\b(?:just|even|really|actually|so)\b", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|[Ww]e|[Oo]ur|[Mm]y|[Yy]ou|[Yy]our|[Ll]et's)\b")


def choose_headline(
    articles: Sequence[Article],
    sentences: Iterable[SourceSentence],
    vectors: NDArray[np.float32],
    salience: Mapping[str, float],
) -> tuple[str, tuple[int, ...]]:
    """Return the headline and the numbers of the articles that bear it out.

    `sentences` are those the articles begin with; row i of `vectors` belongs to the title of
    `articles[i]`; `salience` says how likely somebody who tells the story uses a stem. Candidates
    are the titles without labels and outlets' names, loaded words replaced. Questions, teasers and
    the first person lose to any other title. Where no title passes the check the best one stands,
    as its outlet has it.
    """
    centre = vectors.mean(axis=0)
    centre = centre / max(float(np.linalg.norm(centre)), 1e-9)
    openings: dict[str, list[SourceSentence]] = {article.id: [] for article in articles}
    for sentence in sentences:
        openings[sentence.article_id].append(sentence)
    spelled = _count_spellings(s.text for opening in openings.values() for s in opening)
    ranked: list[tuple[float, int, str]] = []
    for i, article in enumerate(articles):
        title = clean_title(article.title, article.outlet)
        if title:
            worth = float(vectors[i] @ centre) + SALIENCE * _salience(title, salience)
            worth += _style(title)
            if not _gives_figures(article, title):
                worth -= 0.3
            ranked.append((worth, -i, title))
    ranked.sort(reverse=True)
    for _, i, title in ranked:
        own = articles[-i]
        for text in dict.fromkeys((neutralise(title, like=f"{own.title} {own.text}"), title)):
            found = tuple(a.n for a in articles if _bears_out(a, openings[a.id], text))
            if own.n in found:
                return _lower(text, spelled), found
    if ranked:
        _, i, title = ranked[0]
        return _lower(title, spelled), (articles[-i].n,)
    first = articles[0]
    return " ".join(s.text for s in openings[first.id][:1]) or first.title, (first.n,)


def _count_spellings(sentences: Iterable[str]) -> Counter[str]:
    """Return how often each word stands in the sentences, capitals told apart."""
    counts: Counter[str] = Counter()
    for sentence in sentences:
        counts.update(t.text for t in tokenize(sentence)[1:] if t.kind == "word")
    return counts


def _lower(title: str, spelled: Counter[str]) -> str:
    """Return a title in capitals with small letters but for names.

    A word is a name if the articles' texts have it in capitals more often than in small letters,
    or if they have it once at most and it is no common word.
    """
    tokens = [t for t in tokenize(title) if t.kind == "word"]
    long = [t for t in tokens if len(t.low) > 3]
    if len(long) < 3 or sum(t.is_capital for t in long) < 0.8 * len(long):
        return title
    if len(plain(title)) != len(title):
        return title
    letters = list(title)
    for n, token in enumerate(tokens):
        upper, lower = spelled[token.text], spelled[token.low]
        opens = title[token.start - 1] in {'"', "'", "“", "‘"}
        starts = n == 0 or opens or title[: token.start].rstrip()[-1:] == ":"
        if starts or not token.is_capital or (token.text.isupper() and len(token.text) > 1):
            continue
        is_common = _is_common(token.low) or token.stem in plain_stems()
        # Once it may have been the title again that the text has.
        if token.low in FUNCTION_WORDS or lower >= max(1, upper) or (upper <= 1 and is_common):
            letters[token.start] = letters[token.start].lower()
    return "".join(letters)


def _is_common(word: str) -> bool:
    """Say whether a word, or what it is a form of, is a common one."""
    known = common_words()
    stems = {word, *(word.removesuffix(end) for end in ("s", "es", "d", "ed", "ing", "ly"))}
    return any(len(s) > 1 and (s in known or f"{s}e" in known) for s in stems)


def clean_title(title: str, outlet: str) -> str:
    """Return a title without its label, its outlet's name and a full stop at its end."""
    title = re.sub(r"\s+", " ", title).strip()
    title = re.sub(
        r"(?i)\s*[\[(](?:video|photos?|watch|updated?|live|poll|gallery|audio)[\])]\s*", " ", title
    ).strip()
    title = _LABEL.sub("", title)
    # "Title | Outlet", "Title - The Outlet".
    match = re.match(r"^(.*\S)\s+[|–—-]\s+([^|–—]{2,40})$", title) or re.match(
        r"^(.*\S)\s*\|\s*([^|]{2,40})$", title
    )
    if match and (_names_outlet(match[2], outlet) or "|" in title):
        title = match[1]
    return re.sub(r"(?<!\.)(?<!\.[A-Z])\.{1,2}$", "", title).strip()


def _names_outlet(part: str, outlet: str) -> bool:
    words = {t.low for t in tokenize(part)} - FUNCTION_WORDS
    known = {t.low for t in tokenize(outlet)} | {
        "news",
        "online",
        "com",
        "times",
        "post",
        "politics",
    }
    return bool(words) and words <= known


def _salience(title: str, salience: Mapping[str, float]) -> float:
    """Return how likely the title's words are in the story, told without taking sides."""
    content = [token.stem for token in spoken(title) if token.is_content]
    return sum(salience.get(stem, UNHEARD) for stem in content) / max(1, len(content))


def _style(title: str) -> float:
    """Return what a title's form is worth: 0, or less."""
    words = count_words(title)
    worth = -0.2 * len(loaded_words(neutralise(title)))
    if not LEAST_WORDS <= words <= MOST_WORDS:
        worth -= 0.25 + 0.02 * max(0, words - MOST_WORDS)
    text = plain(title)
    if (
        "!" in text
        or text.endswith(("?", "..."))
        or _CLICKBAIT.search(text)
        or _OPINION.match(text)
        or _takes_sides(text)
    ):
        worth -= 0.6
    if _FIRST_PERSON.search(text):
        worth -= 0.4
    if _CHATTY.search(text):
        worth -= 0.2
    if '"' in text or re.search(r"(?<!\w)'\w", text):
        worth -= 0.2
    if ":" in text:
        worth -= 0.1
    return worth


def _takes_sides(text: str) -> bool:
    """Say whether a title judges or demands in its outlet's own name."""
    if any(is_reporting(t) for t in tokenize(text)) or '"' in text or ":" in text:
        return False
    return bool(_DEMANDED.search(text) or _APPROVED.search(text)) or any(
        loaded_words(match[1]) for match in _JUDGED.finditer(text)
    )


def _gives_figures(article: Article, title: str) -> bool:
    """Say whether the article's text has the title's figures too."""
    given = find_quantities(article.text[:6000])
    return all(any(same_value(g.value, q.value) for g in given) for q in find_quantities(title))


def _bears_out(article: Article, opening: Sequence[SourceSentence], headline: str) -> bool:
    """Say whether an article bears out a headline: by its title, or by its title and opening.

    Headlines leave out what sentences need, so the joints are checked against the title; another
    article must have every number, date, name and nearly every content word in its title or lead.
    """
    title = clean_title(article.title, article.outlet)
    source = SourceSentence(article_id=article.id, n=article.n, position=0, text=title)
    if _bare(headline) == _bare(title) or check(headline, [source]).supported:
        return _is_in_text(article, opening, headline, least=0.5)
    return _is_in_text(article, opening, headline, least=0.999)


def _is_in_text(
    article: Article, opening: Sequence[SourceSentence], headline: str, *, least: float
) -> bool:
    lead = opening[:LEAD_SENTENCES]
    text = ". ".join([clean_title(article.title, article.outlet), *(s.text for s in lead)])
    given = find_quantities(text)
    days = " ".join(m.text for m in find_dates(headline))
    for quantity in find_quantities(headline):
        if quantity.text not in days and not any(
            same_value(g.value, quantity.value) for g in given
        ):
            return False
    alignment = Alignment(headline, text)
    content = [i for i, t in enumerate(alignment.written) if t.is_content and t.kind == "word"]
    stood = sum(alignment.places[i] is not None for i in content)
    if stood < least * len(content):
        return False
    if least > 0.9:
        # Another outlet's headline: one sentence of this article must hold it all.
        return any(
            check(headline + ".", [s], articles={article.id: article}).supported for s in lead
        )
    return True


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", plain(text)).strip().lower()
