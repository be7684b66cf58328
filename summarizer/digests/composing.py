"""Reports to what one chat is told: each story once, no fact twice, within its length."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

from summarizer.models import (
    Difference,
    DifferenceValue,
    Digest,
    DigestStory,
    Reading,
    Sentence,
    StoryReport,
    Topic,
    Vector,
)
from summarizer.words import content_stems

ALIKE = 0.5
"""Cosine of two stories from which one who wants fewer of the one wants fewer of the other."""
FAR = 0.3
"""By this share of the headline's words a sentence says more of it than another."""
LEAST_SHARED = 2
"""Words of the headline that a sentence on what happened has at least."""
_CLAIM = re.compile(
    r"\b(?:said|says|told|according to|claim(?:s|ed)|argued?|warned|accused|denied|denies)\b"
)
_TO_COME = re.compile(r"\b(?:will|expected|(?:plans?|set|due) to)\b")
_BACKGROUND = re.compile(
    r"\b(?:last (?:year|month)|(?:in|since) (?:19|20)\d\d|(?:years?|months?) ago|previously"
    r"|had been)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """How a chat wants its digests."""

    words: int = 64
    """At most, a story."""
    stories: int = 5
    """At most, in one digest; updates come on top."""
    min_outlets: int = 2
    """Stories of fewer outlets are told in one line, and only where there is room."""
    muted: frozenset[str] = frozenset()
    """Outlets whose articles, and the facts they alone support, are left out."""
    disliked: Mapping[str, Vector] = field(default_factory=dict)
    """The vectors of stories, by id, that it wants fewer of: these are left out, like ones last."""

    def is_disliked(self, report: StoryReport) -> bool:
        """Return whether a story is like one that the chat wants fewer of."""
        return any(float(report.vector @ vector) >= ALIKE for vector in self.disliked.values())

    def choose(self, sentences: Iterable[Sentence], headline: str = "") -> tuple[Sentence, ...]:
        """Return the sentences that fit, those in front first, as they read best.

        The first one says what the headline does. Where not even one fits, it is the shortest: a
        story told in no words is no story.
        """
        sentences = tuple(sentences)
        chosen: list[Sentence] = []
        room = self.words
        for sentence in sentences:
            if sentence.words <= room:
                chosen.append(sentence)
                room -= sentence.words
        if not chosen and sentences:
            chosen = [min(sentences, key=lambda s: s.words)]
        first = _lead(chosen, headline)
        return (*first, *sorted((s for s in chosen if s not in first), key=_stage))


def compose_digest(
    *,
    topics: Sequence[Topic],
    matched: Sequence[StoryReport],
    told: AbstractSet[str],
    told_stories: AbstractSet[str],
    preferences: Preferences,
    reading: Reading,
    since: datetime,
    now: datetime,
) -> Digest:
    """Return what a chat is told of the stories that match its topics, the best match first.

    `told` are the ids of the facts it knows, `told_stories` those of the stories: of these it gets
    what came up after `since` alone, as updates. Both are empty for a digest on request.
    """
    reports = {report.story_id: report for report in reversed(matched)}
    readable = [
        report
        for original in dict.fromkeys(r.story_id for r in matched)
        if original not in preferences.disliked
        and (report := without_outlets(reports[original], preferences.muted)) is not None
    ]
    ranked = sorted(
        readable,
        key=lambda r: (
            preferences.is_disliked(r),
            -r.independent_reports,
            -len(r.outlets),
            -r.updated_at.timestamp(),
        ),
    )
    known = set(told)
    stories: list[DigestStory] = []
    updates: list[DigestStory] = []
    spare: list[StoryReport] = []
    for report in ranked:
        is_update = report.story_id in told_stories
        if len(report.outlets) < preferences.min_outlets and not is_update:
            spare.append(report)
            continue
        if not is_update and len(stories) == preferences.stories:
            continue
        news = (s for s in report.sentences if not is_update or _is_news(s, since))
        headline = "" if is_update else report.headline
        sentences = preferences.choose(_unknown(news, known), headline)
        if not sentences:
            continue
        known.update(s.fact_id for s in sentences)
        story = DigestStory(report=report, sentences=sentences, is_update=is_update)
        (updates if is_update else stories).append(story)
    for report in spare:
        if len(stories) == preferences.stories:
            break
        sentences = preferences.choose(_unknown(report.sentences, known), report.headline)[:1]
        if sentences:
            known.update(s.fact_id for s in sentences)
            stories.append(DigestStory(report=report, sentences=sentences, one_line=True))
    return Digest(
        topics=tuple(topics),
        stories=tuple(stories),
        updates=tuple(updates),
        reading=reading,
        composed_at=now,
        since=since,
        empty_reason=None if stories or updates else _empty_reason(matched, reading),
    )


def without_outlets(report: StoryReport, muted: Collection[str]) -> StoryReport | None:
    """Return the report without these outlets' articles and what they alone support.

    The other articles keep their numbers. None where nothing is left.
    """
    gone = {a.n for a in report.articles if a.outlet in muted}
    if not gone:
        return report if report.sentences else None
    articles = tuple(a for a in report.articles if a.n not in gone)
    sentences = tuple(
        replace(sentence, evidence=evidence)
        for sentence in report.sentences
        if (evidence := tuple(e for e in sentence.evidence if e.n not in gone))
    )
    if not sentences:
        return None
    outlets = len({a.outlet for a in articles})
    headline, supporters = report.headline, _without(report.headline_articles, gone)
    if report.headline_articles and not supporters:
        headline, supporters = sentences[0].text, sentences[0].articles
    return replace(
        report,
        headline=headline,
        headline_articles=supporters,
        sentences=sentences,
        differences=tuple(d for d in _differences(report.differences, gone) if len(d.values) > 1),
        articles=articles,
        independent_reports=min(report.independent_reports, outlets),
    )


def _differences(differences: Iterable[Difference], gone: Collection[int]) -> list[Difference]:
    return [replace(d, values=_values(d.values, gone)) for d in differences]


def _values(
    values: Iterable[DifferenceValue], gone: Collection[int]
) -> tuple[DifferenceValue, ...]:
    return tuple(
        replace(value, articles=articles)
        for value in values
        if (articles := _without(value.articles, gone))
    )


def _without(numbers: Iterable[int], gone: Collection[int]) -> tuple[int, ...]:
    return tuple(n for n in numbers if n not in gone)


def _lead(sentences: Sequence[Sentence], headline: str) -> Sequence[Sentence]:
    """Return the sentence to begin with: the first, or one that says far more of the headline.

    Where that is still to come, and the headline is not, what happened goes first if more articles
    say it.
    """
    wanted = set(content_stems(headline))
    if not wanted or not sentences:
        return sentences[:1]
    shared = {s: len(wanted.intersection(content_stems(s.text))) for s in sentences}
    fullest = max(sentences, key=lambda s: shared[s])
    is_far = shared[fullest] - shared[sentences[0]] >= FAR * len(wanted)
    lead = fullest if is_far else sentences[0]
    if _TO_COME.search(lead.text) and not re.search(rf"{_TO_COME.pattern}|\bto\b", headline):
        happened = [
            s
            for s in sentences
            if not _TO_COME.search(s.text)
            and shared[s] >= LEAST_SHARED
            and len(s.evidence) > len(lead.evidence)
        ]
        lead = max(happened, key=lambda s: shared[s], default=lead)
    return [lead]


def _stage(sentence: Sentence) -> int:
    """Return when a reader wants it: what happened first, then who says what, then background."""
    if _BACKGROUND.search(sentence.text):
        return 2
    return 1 if _CLAIM.search(sentence.text) else 0


def _is_news(sentence: Sentence, since: datetime) -> bool:
    """Whether it came up after `since`; what was left out then for want of room did not."""
    return sentence.new_at is None or sentence.new_at > since


def _unknown(sentences: Iterable[Sentence], known: Collection[str]) -> tuple[Sentence, ...]:
    """Return the sentences of facts that are not known, one a fact."""
    facts: dict[str, Sentence] = {}
    for sentence in sentences:
        if sentence.fact_id not in known:
            facts.setdefault(sentence.fact_id, sentence)
    return tuple(facts.values())


def _empty_reason(matched: Sequence[StoryReport], reading: Reading) -> str:
    if matched:
        return "nothing_new"
    return "no_match" if reading.articles else "nothing_collected"
