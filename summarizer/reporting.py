"""A story's report from its articles: selected, rewritten, checked, compared; plain computing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

import numpy as np
from numpy.typing import NDArray

from config.settings import Settings
from summarizer.embedding import Embedder
from summarizer.models import (
    EMBEDDING_WIDTH,
    Article,
    ArticleRef,
    Fact,
    Sentence,
    SourceSentence,
    Story,
    StoryReport,
    Vector,
    derive_id,
)
from summarizer.sentences import source_sentences
from summarizer.stories.independence import independent_reports
from summarizer.writing.choosing import write_sentences
from summarizer.writing.covering import arrange_sentences
from summarizer.writing.differences import drop_outdated, find_differences
from summarizer.writing.headlines import choose_headline
from summarizer.writing.loading import load_model
from summarizer.writing.naming import introduce_people
from summarizer.writing.novelty import date_facts
from summarizer.writing.opinion import measure_opinion
from summarizer.writing.rewriting import Candidate, Rewriter
from summarizer.writing.salience import measure_salience, project_words
from summarizer.writing.selecting import select_facts
from summarizer.writing.structure import Structure, is_fragment
from summarizer.writing.summarizing import Summarizer, lay_on_facts, read_evidence
from summarizer.writing.syntax import Parser

FACTS = 10
"""A report's facts at most: a detailed digest shows about six, later ones what is new."""
SOURCES = 3
"""Of a fact's sentences that it may be written from."""
SINGLE_FACTS = 3
"""Of a story that one outlet has."""
SENTENCES_PER_ARTICLE = 30
"""News puts what matters first; the tail of a long page costs time and adds background."""
KNOWN_TEXTS = 20_000
"""Sentences kept in memory as the models see them, 70 MB: those of several hundred open stories."""
SINGLE_SENTENCES = 8
"""Of a story that one outlet has: a digest shows one line of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A story version to write, with what its report depends on.

    `articles` are in the order they joined the story. `known` maps the keys of source sentences to
    the ids of the facts they told in earlier versions, so that a fact keeps its id; `previous` is
    the last version's report, against which facts are new or not.
    """

    story: Story
    articles: Sequence[Article]
    known: Mapping[str, str]
    previous: StoryReport | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is kept of a text: its vector, and of each word what its salience is told from.

    `opinion` is the chance that it is a column's.
    """

    vector: Vector
    words: NDArray[np.float16]
    opinion: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An assignment whose facts are selected and wait to be told."""

    assignment: Assignment
    articles: Sequence[Article]
    opening: Sequence[SourceSentence]
    """What is read of the articles; `sentences` are those of it that facts are made of."""
    sentences: Sequence[SourceSentence]
    vectors: NDArray[np.float32]
    titles: NDArray[np.float32]
    independent: int
    facts: Sequence[Fact]
    structures: Mapping[str, Sequence[Structure]]
    """By fact: those of its first sentences."""
    kept: Mapping[str, Sequence[Candidate]]
    salience: Mapping[str, float]
    told: Mapping[str, Sequence[Candidate]]
    """The sentences of a model that summarised the whole story, by the fact that each tells."""

    def write(self, rewritings: Mapping[str, Sequence[Candidate]]) -> dict[str, list[Sentence]]:
        """Return the sentences that may tell each fact, the best first.

        `rewritings` are the bundled model's, by the sentence they rewrite.
        """
        articles = {article.id: article for article in self.articles}
        forms: dict[str, list[Sentence]] = {}
        for fact in self.facts:
            # What stands already, or a model of another kind wrote, is taken or left.
            stands = self.kept.get(fact.id) or self.told.get(fact.id)
            found = write_sentences(
                fact,
                stands or rewritings.get(fact.best.text, ()),
                () if stands else self.structures[fact.id],
                articles=articles,
                salience=self.salience,
            )
            forms[fact.id] = found[:1] if stands else found
        return forms

    def arrange(self, forms: Mapping[str, Sequence[Sentence]]) -> list[Sentence]:
        """Return one sentence a fact, the ones to tell first in front."""
        if self.told:
            # A model that summarised the story has chosen already.
            chosen = [forms[fact.id][0] for fact in self.facts]
        else:
            chosen = arrange_sentences(self.facts, forms, self.salience)
        return introduce_people(chosen, {article.id: article for article in self.articles})


class Writer:
    """Writes stories' reports; everything it does is plain computing.

    Not thread-safe: one thread at a time.
    """

    def __init__(
        self,
        embedder: Embedder,
        model: Rewriter | Summarizer,
        parser: Parser,
        *,
        name: str,
        beams: int,
    ) -> None:
        self._embedder = embedder
        self._model = model
        self._parser = parser
        self._name = name
        self._beams = beams
        self._known: dict[str, _Known] = {}

    @classmethod
    def load(cls, settings: Settings, embedder: Embedder) -> Writer:
        """Load the model that the settings name, and the parser. Raises ModelError."""
        return cls(
            embedder,
            load_model(settings),
            Parser.load(),
            name=settings.model.name,
            beams=settings.model.beams,
        )

    def write(
        self,
        story: Story,
        articles: Sequence[Article],
        *,
        known: Mapping[str, str],
        previous: StoryReport | None,
        now: datetime,
    ) -> StoryReport:
        """Return the report of one story; see `Assignment`."""
        [report] = self.write_all(
            [Assignment(story=story, articles=articles, known=known, previous=previous, now=now)]
        )
        return report

    def write_all(self, assignments: Sequence[Assignment]) -> list[StoryReport]:
        """Return the reports of several stories; the bundled model rewrites them as one batch."""
        drafts = [self._draft(assignment) for assignment in assignments]
        rewritings = self._rewrite(drafts)
        return [self._finish(draft, draft.write(rewritings)) for draft in drafts]

    def _rewrite(self, drafts: Sequence[_Draft]) -> dict[str, list[Candidate]]:
        """Return the bundled model's rewritings of the sentences that tell what is new."""
        if not isinstance(self._model, Rewriter):
            return {}
        texts = list(
            dict.fromkeys(
                fact.best.text
                for draft in drafts
                for fact in draft.facts
                if fact.id not in draft.kept
            )
        )
        made = self._model.candidates(texts, beams=self._beams)
        return dict(zip(texts, made, strict=True))

    def _draft(self, assignment: Assignment) -> _Draft:
        articles = [replace(a, n=n) for n, a in enumerate(assignment.articles, start=1)]
        single = len({a.outlet for a in articles}) == 1
        most = SINGLE_SENTENCES if single else SENTENCES_PER_ARTICLE
        opening = [s for a in articles for s in source_sentences(a, most=SENTENCES_PER_ARTICLE)]
        sentences = [s for s in opening if s.position < most]
        known = self._read([s.text for s in sentences])
        vectors = _stack(known)
        titles = self._embed([a.title for a in articles])
        independent = independent_reports(articles)
        facts = select_facts(
            articles,
            sentences,
            vectors,
            titles,
            independent=independent,
            known=assignment.known,
            # What tells columns from reports has read English alone.
            opinions={s.text: text.opinion for s, text in zip(sentences, known, strict=True)}
            if assignment.story.language == "en"
            else {},
        )
        told: dict[str, list[Candidate]] = {}
        if isinstance(self._model, Summarizer):
            facts, told = self._summarise(self._model, assignment, articles, sentences, facts)
        parsed = [
            (fact, structures)
            for fact, structures in zip(facts, self._parse(facts), strict=True)
            if not is_fragment(structures[0].tree)
        ][: SINGLE_FACTS if single else FACTS]
        facts = [fact for fact, _ in parsed]
        return _Draft(
            assignment=assignment,
            articles=articles,
            opening=opening,
            sentences=sentences,
            vectors=vectors,
            titles=titles,
            independent=len(independent),
            facts=facts,
            structures={fact.id: structures for fact, structures in parsed},
            kept=_kept(facts, assignment.previous),
            salience=measure_salience(
                sentences,
                [a.title for a in articles],
                [text.words for text in known],
            ),
            told=told,
        )

    def _summarise(
        self,
        model: Summarizer,
        assignment: Assignment,
        articles: Sequence[Article],
        sentences: Sequence[SourceSentence],
        facts: Sequence[Fact],
    ) -> tuple[list[Fact], dict[str, list[Candidate]]]:
        """Return the facts that the model tells before the others, and its sentences for them."""
        by_article = [[s.text for s in sentences if s.article_id == a.id] for a in articles]
        written = model.sentences(by_article, beams=self._beams)
        first: dict[str, Fact] = {}
        told: dict[str, list[Candidate]] = {}
        for fact, candidate in lay_on_facts(
            written,
            self._embed(written),
            facts=facts,
            sentences=sentences,
            vectors=self._embed([s.text for s in sentences]),
            articles=articles,
            known=assignment.known,
        ):
            first.setdefault(fact.id, fact)
            told.setdefault(fact.id, []).append(candidate)
        return [*first.values(), *(fact for fact in facts if fact.id not in first)], told

    def _finish(self, draft: _Draft, forms: Mapping[str, Sequence[Sentence]]) -> StoryReport:
        story, previous, now = (
            draft.assignment.story,
            draft.assignment.previous,
            draft.assignment.now,
        )
        dates = date_facts(draft.facts, draft.sentences, draft.vectors, previous=previous, now=now)
        differences = find_differences(draft.articles, draft.sentences, draft.vectors, draft.titles)
        written = [
            replace(read_evidence(sentence), new_at=dates[sentence.fact_id])
            for sentence in drop_outdated(draft.arrange(forms), differences)
        ]
        headline, headline_articles = choose_headline(
            draft.articles, draft.opening, draft.titles, draft.salience
        )
        return StoryReport(
            story_id=story.id,
            version=story.version,
            headline=headline,
            headline_articles=headline_articles,
            sentences=tuple(written),
            differences=tuple(differences),
            articles=tuple(_refer(a) for a in draft.articles),
            independent_reports=draft.independent,
            vector=story.centroid,
            opened_at=story.opened_at,
            updated_at=story.updated_at,
            written_at=now,
            language=story.language,
            model=self._name,
            sentence_keys=tuple(s.key for s in draft.sentences),
        )

    def _parse(self, facts: Sequence[Fact]) -> list[list[Structure]]:
        """Return the structures of each fact's first sentences."""
        first = [[s.text for s in fact.sentences[:SOURCES]] for fact in facts]
        trees = iter(self._parser.parse([text for texts in first for text in texts]))
        return [[Structure(next(trees)) for _ in texts] for texts in first]

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return _stack(self._read(texts))

    def _read(self, texts: Sequence[str]) -> list[_Known]:
        """Return what the models see in texts; those of a story's earlier versions are kept."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(missing) > KNOWN_TEXTS:
            self._known.clear()
            missing = list(dict.fromkeys(texts))
        for text, found in zip(missing, self._embedder.embed_words(missing), strict=True):
            # A copy: a row of a batch would keep all of it in memory.
            vector = found.vector.copy()
            self._known[text] = _Known(
                vector=vector, words=project_words(text, found), opinion=measure_opinion(found)
            )
        return [self._known[text] for text in texts]

    def write_articles(self, articles: Sequence[Article], *, now: datetime) -> StoryReport:
        """Return the report of articles that are taken as one story, whatever they are about."""
        vectors = self._embedder.embed([a.lead for a in articles])
        return self.write(make_story(articles, vectors), articles, known={}, previous=None, now=now)


def _stack(texts: Sequence[_Known]) -> NDArray[np.float32]:
    """Return the texts' vectors as rows."""
    rows = [text.vector for text in texts]
    return np.array(rows, dtype=np.float32).reshape(len(rows), EMBEDDING_WIDTH)


def _kept(facts: Sequence[Fact], previous: StoryReport | None) -> dict[str, Sequence[Candidate]]:
    """Return the candidates of the facts whose sentence an earlier version has already.

    So a story's wording stays as it was while it grows, and costs only what is new.
    """
    made = {s.fact_id: s for s in previous.sentences} if previous else {}
    kept: dict[str, Sequence[Candidate]] = {}
    for fact in facts:
        old = made.get(fact.id)
        stands = {e.text for e in old.evidence} if old else set()
        if old is not None and any(s.text in stands for s in fact.sentences):
            kept[fact.id] = [Candidate(text=old.text, score=0.0, words=old.words)]
    return kept


def make_story(articles: Sequence[Article], vectors: NDArray[np.float32]) -> Story:
    """Return the story that consists of just these articles."""
    mean = vectors.mean(axis=0)
    centroid = cast(Vector, (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32))
    dates = [a.published_at for a in articles]
    return Story(
        id=derive_id("story", articles[0].id),
        article_ids=tuple(a.id for a in articles),
        centroid=centroid,
        opened_at=min(dates),
        updated_at=max(dates),
        language=articles[0].language,
    )


def _refer(article: Article) -> ArticleRef:
    return ArticleRef(
        id=article.id,
        n=article.n,
        outlet=article.outlet,
        title=article.title,
        url=article.url,
        published_at=article.published_at,
        summary_only=article.summary_only,
    )
