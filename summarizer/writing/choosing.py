"""One sentence for one fact: the best rewriting that passes the check, else the source's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from summarizer.models import Article, Evidence, Fact, Sentence, SourceSentence
from summarizer.writing.aligning import is_reporting
from summarizer.writing.checking import check, supporters
from summarizer.writing.rewriting import Candidate
from summarizer.writing.screening import leans_back, trim
from summarizer.writing.wording import loaded_words, neutralise
from summarizer.writing.words import count_words, plain, tokenize

MOST_SOURCE_WORDS = 45
LEAST_WORDS = 6
_HEARSAY = re.compile(r"\b(?:reportedly|allegedly|apparently|purportedly|rumou?red)\b")


def write_sentence(
    fact: Fact, candidates: Sequence[Candidate], *, articles: Mapping[str, Article]
) -> Sentence:
    """Return the sentence that tells the fact, with the sources that each bear out all of it.

    The candidates are tried from the plainest and likeliest on. Where none passes the check, the
    plainest source sentence that is not too long is told in its own words, with loaded ones
    replaced as far as the check allows.
    """
    ranked = sorted(candidates, key=lambda c: _worth(c, fact), reverse=True)
    for candidate in ranked:
        for text in dict.fromkeys((neutralise(candidate.text), candidate.text)):
            text = _finish(text)
            if count_words(text) < LEAST_WORDS or leans_back(text):
                continue
            evidence = supporters(text, fact.sentences, articles=articles)
            if evidence:
                return _make(text, fact, evidence, is_copy=_copies(text, evidence))
    return _tell_source(fact, articles)


def _worth(candidate: Candidate, fact: Fact) -> float:
    """Return how good a rewriting is: likely, plain, shorter than its source but not much."""
    share = candidate.words / max(1, count_words(fact.best.text))
    return candidate.score - 0.3 * len(loaded_words(candidate.text)) - 0.5 * abs(share - 0.75)


def _tell_source(fact: Fact, articles: Mapping[str, Article]) -> Sentence:
    fitting = [s for s in fact.sentences if count_words(s.text) <= MOST_SOURCE_WORDS]
    source = min(
        fitting or fact.sentences,
        # The fact's own order says which is best; a plainer one overtakes it.
        key=lambda s: (len(loaded_words(s.text)) + 0.4 * fact.sentences.index(s), len(s.text)),
    )
    own = _finish(trim(source.text))
    article = articles.get(source.article_id)
    named = [_attribute(neutralise(own), article)] if article else []
    for text in dict.fromkeys((*named, neutralise(own), own)):
        if check(text, [source], articles=articles).supported:
            break
    else:
        text = _finish(source.text)
    evidence = supporters(text, fact.sentences, articles=articles)
    if source.article_id not in {e.article_id for e in evidence}:
        evidence = (*evidence, _refer(source))
    return _make(text, fact, evidence, is_copy=True)


def _attribute(text: str, article: Article) -> str:
    """Return the text with its outlet named where it takes sides or tells hearsay as its own."""
    heard = _HEARSAY.search(text) is not None or bool(loaded_words(text))
    tokens = tokenize(text)
    if not heard or any(is_reporting(t) or t.low == "according" for t in tokens):
        return text
    if '"' in plain(text) or not text.endswith(".") or not article.outlet:
        return text
    return f"{text[:-1]}, {article.outlet} reported."


def _make(text: str, fact: Fact, evidence: Sequence[Evidence], *, is_copy: bool) -> Sentence:
    return Sentence(
        text=text,
        fact_id=fact.id,
        method="source" if is_copy else "rewritten",
        evidence=tuple(sorted(evidence, key=lambda e: e.n)),
        fact_keys=tuple(dict.fromkeys(s.key for s in fact.sentences)),
    )


def _copies(text: str, evidence: Sequence[Evidence]) -> bool:
    """Say whether the text is a source sentence word for word."""
    return any(_bare(text) == _bare(e.text) for e in evidence)


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def _refer(sentence: SourceSentence) -> Evidence:
    return Evidence(article_id=sentence.article_id, n=sentence.n, text=sentence.text)


def _finish(text: str) -> str:
    """Return the text with a capital at its start, a full stop at its end and single spaces."""
    text = re.sub(r"\s+", " ", text).strip()
    if not text:
        return text
    text = text[0].upper() + text[1:]
    if text[-1] in ",;:-–—":
        text = text[:-1].rstrip()
    return text if re.search(r"[.!?][\"”’')]*$", text) else text + "."
