"""The sentences that may tell one fact: rewritings that pass the check, and the source's own."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from summarizer.models import Article, Evidence, Fact, Method, Sentence, SourceSentence
from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.arranging import put_speaker_first
from summarizer.writing.checking import check, supporters
from summarizer.writing.gaps import find_gaps, kept_tokens
from summarizer.writing.pruning import prune
from summarizer.writing.rewriting import Candidate
from summarizer.writing.screening import leans_back, trim
from summarizer.writing.structure import Structure
from summarizer.writing.syntax import Tree
from summarizer.writing.wording import loaded_words, neutralise
from summarizer.writing.words import count_words, plain, stems, tokenize

MOST_SOURCE_WORDS = 45
LEAST_WORDS = 6
COPIED = 0.9
"""A sentence of which this share stands in a row in its source is the source's, not rewritten."""
FEW_WORDS = 24
LONG, LOADED, LATER = 0.5, 0.3, 0.2
"""What FEW_WORDS more words, a loaded word, and a place further back among a fact's sentences cost,
where all that a sentence says is worth 1."""
MOST_FORMS, MOST_TRIED = 5, 40
"""Sentences kept for one fact, and options tried for them."""
MOST_LOST = 0.5
"""A form that is worth this much less than a source sentence as it stands is not told."""
LEAST_SALIENCE = 0.3
"""What a word that no other article has is worth, where one that all have is worth 1 more."""
# Not "outlet 3", which stands for one without a name.
_NAMED_OUTLET = re.compile(r"(?!(?i:outlet) \d+$)\S")
_HEARSAY = re.compile(r"\b(?:reportedly|allegedly|apparently|purportedly|rumou?red)\b")


def write_sentences(
    fact: Fact,
    candidates: Sequence[Candidate],
    structures: Sequence[Structure],
    *,
    articles: Mapping[str, Article],
    salience: Mapping[str, float] = MappingProxyType({}),
) -> list[Sentence]:
    """Return sentences that may tell the fact, with the sources that each bear out all of it.

    `candidates` are the model's rewritings of the fact's best sentence, `structures` those of its
    first sentences, in their order; what these can do without makes further candidates. All are
    tried from the best on: what keeps the words that matter (`salience` says how much a stem does)
    in few and plain words. The first one returned is the best that is no copy and passes the
    check; where none does, the plainest source sentence that is not too long, in its own words,
    with loaded ones replaced as far as the check allows. It is among them in any case.
    """
    best = articles[fact.best.article_id]
    forms: list[Sentence] = []
    for option in _options(fact, candidates, structures, salience)[:MOST_TRIED]:
        told = _finish(neutralise(option, like=best.text))
        named = _attribute(told, best)
        for text in dict.fromkeys((named, told, _finish(option))):
            if count_words(text) < LEAST_WORDS or leans_back(text):
                continue
            evidence = supporters(text, fact.sentences, articles=articles)
            if evidence:
                method: Method = "source" if is_copy(text, evidence) else "rewritten"
                forms.append(_make(text, fact, evidence, method=method))
                # Its loaded form would pass as well, and is not wanted.
                break
        if len(forms) >= MOST_FORMS and any(form.method == "rewritten" for form in forms):
            break
    source = _tell_source(fact, articles)
    rewritten = [form for form in forms if form.method == "rewritten"]
    shorter = [form for form in forms if form.words < count_words(fact.best.text)]
    first = [*rewritten, *shorter, source][0]
    return list({form.text: form for form in (first, *forms, source)}.values())


def _options(
    fact: Fact,
    candidates: Sequence[Candidate],
    structures: Sequence[Structure],
    salience: Mapping[str, float],
) -> list[str]:
    """Return what may tell the fact, the best first; without structures, what it was told in."""
    if not structures:
        return [candidate.text for candidate in candidates]
    found: dict[str, float] = {}

    def offer(text: str, source: SourceSentence, tree: Tree, worth: float) -> None:
        text = trim(text)
        for form in (text, put_speaker_first(text, tree)):
            if form:
                total = worth + _worth(form, source, salience)
                found[form] = max(total, found.get(form, total))

    whole = -math.inf
    for place, (source, structure) in enumerate(zip(fact.sentences, structures, strict=False)):
        later = -LATER * place
        own = trim(source.text)
        if turned := put_speaker_first(own, structure.tree):
            offer(turned, source, structure.tree, later)
        whole = max(whole, later + _worth(own, source, salience))
        for form in prune(structure):
            offer(form, source, structure.tree, later)
        for candidate in candidates if place == 0 else ():
            kept = kept_tokens(Alignment(candidate.text, source.text), structure.tree)
            if not find_gaps(structure, kept):
                offer(candidate.text, source, structure.tree, candidate.score)
    good = [text for text, worth in found.items() if worth >= whole - MOST_LOST]
    return sorted(good, key=lambda text: -found[text])


def _worth(text: str, source: SourceSentence, salience: Mapping[str, float]) -> float:
    """Return how good a form of a sentence is: what matters kept, in few and plain words."""
    own, kept = set(stems(source.text)), set(stems(text))
    total = sum(LEAST_SALIENCE + salience.get(stem, 0.0) for stem in own)
    lost = sum(LEAST_SALIENCE + salience.get(stem, 0.0) for stem in own - kept)
    return (
        -lost / max(total, LEAST_SALIENCE)
        - LONG * max(0, count_words(text) - FEW_WORDS) / FEW_WORDS
        - LOADED * len(loaded_words(text))
    )


def _tell_source(fact: Fact, articles: Mapping[str, Article]) -> Sentence:
    fitting = [s for s in fact.sentences if count_words(s.text) <= MOST_SOURCE_WORDS]
    source = min(
        fitting or fact.sentences,
        # The fact's own order says which is best; a plainer one overtakes it.
        key=lambda s: (len(loaded_words(s.text)) + 0.4 * fact.sentences.index(s), len(s.text)),
    )
    own = _finish(trim(source.text))
    article = articles.get(source.article_id)
    plainer = neutralise(own, like=article.text if article else "")
    named = [_attribute(plainer, article)] if article else []
    for text in dict.fromkeys((*named, plainer, own)):
        if check(text, [source], articles=articles).supported:
            break
    else:
        text = _finish(source.text)
    evidence = supporters(text, fact.sentences, articles=articles)
    if source.article_id not in {e.article_id for e in evidence}:
        evidence = (*evidence, _refer(source))
    return _make(text, fact, evidence, method="source")


def _attribute(text: str, article: Article) -> str:
    """Return the text with its outlet named where it takes sides or tells hearsay as its own."""
    heard = _HEARSAY.search(text) is not None or bool(loaded_words(text))
    tokens = tokenize(text)
    if not heard or any(is_reporting(t) or t.low == "according" for t in tokens):
        return text
    if '"' in plain(text) or not text.endswith(".") or not _NAMED_OUTLET.match(article.outlet):
        return text
    return f"{text[:-1]}, {article.outlet} reported."


def _make(text: str, fact: Fact, evidence: Sequence[Evidence], *, method: Method) -> Sentence:
    return Sentence(
        text=text,
        fact_id=fact.id,
        method=method,
        evidence=tuple(sorted(evidence, key=lambda e: e.n)),
        fact_keys=tuple(dict.fromkeys(s.key for s in fact.sentences)),
    )


def is_copy(text: str, evidence: Sequence[Evidence]) -> bool:
    """Say whether nine tenths of the text stand in a row in one of the sources."""
    words = _bare(text)
    size = math.ceil(COPIED * len(words))
    runs = {" ".join(words[k : k + size]) for k in range(len(words) - size + 1)}
    return any(f" {run} " in f" {' '.join(_bare(e.text))} " for e in evidence for run in runs)


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", plain(text).lower())


def _refer(sentence: SourceSentence) -> Evidence:
    return Evidence(article_id=sentence.article_id, n=sentence.n, text=sentence.text)


def _finish(text: str) -> str:
    """Return the text with a capital at its start, a full stop at its end and single spaces."""
    text = re.sub(r"\s+", " ", text).strip()
    # "She said that, while it rained, “the port is safe”", shortened.
    text = re.sub(r"\bthat,(?= [“\"])", "that", text)
    if not text:
        return text
    text = text[0].upper() + text[1:]
    if text[-1] in ",;:-–—":
        text = text[:-1].rstrip()
    return text if re.search(r"[.!?][\"”’')]*$", text) else text + "."
