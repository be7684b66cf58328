"""Where articles give one deed another day, or one quotation another speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from summarizer.models import Difference, DifferenceValue, SourceSentence
from summarizer.writing.attributions import find_frames
from summarizer.writing.dates import find_dates, resolve
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import plain, stems, tokenize, word_set

SAME_DEED = 0.8
"""The cosine from which two sentences tell the same deed."""
SHARED_WORDS = 0.5
LEAST_QUOTED = 5
"""Words from which a quotation is not said by two people by chance."""
_AHEAD = word_set("will would to shall expected scheduled planned due next if may could")
_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class _Dated:
    sentence: int
    n: int
    verb: str
    """The stem of what was done."""
    day: date
    shown: str


def find_date_differences(
    sentences: Sequence[SourceSentence],
    vectors: NDArray[np.float32],
    published: Mapping[int, datetime],
) -> list[Difference]:
    """Return where the same deed is given two days, each by articles that know no other.

    Only sentences with one day and one verb before or after it count, and none that looks ahead:
    a weekday is read as the one before the article, which plans are not.
    """
    dated = [d for i, s in enumerate(sentences) for d in _read_day(i, s, published[s.n].date())]
    days: dict[int, set[date]] = {}
    for d in dated:
        days.setdefault(d.n, set()).add(d.day)
    for a, b in combinations(dated, 2):
        if (
            a.n != b.n
            and a.day != b.day
            and a.verb == b.verb
            and b.day not in days[a.n]
            and a.day not in days[b.n]
            and float(vectors[a.sentence] @ vectors[b.sentence]) >= SAME_DEED
            and _share_words(sentences[a.sentence].text, sentences[b.sentence].text)
        ):
            same = [(d.n, d.day) for d in dated if d.verb == a.verb and d.day in {a.day, b.day}]
            return [
                _differ("date", [(d.shown, [n for n, day in same if day == d.day]) for d in (a, b)])
            ]
    return []


def _read_day(i: int, sentence: SourceSentence, published: date) -> Iterator[_Dated]:
    text = plain(sentence.text)
    tokens = tokenize(text)
    mentions = [(m, day) for m in find_dates(text) if (day := resolve(m, published))]
    verbs = [v for v in finite_verbs(tokens) if v.sure]
    if len(mentions) != 1 or len(verbs) != 1 or {t.low for t in tokens} & _AHEAD:
        return
    mention, day = mentions[0]
    yield _Dated(i, sentence.n, tokens[verbs[0].head].stem, day, mention.text)


def _share_words(first: str, second: str) -> bool:
    mine, theirs = set(stems(first)), set(stems(second))
    return len(mine & theirs) >= SHARED_WORDS * min(len(mine), len(theirs))


def find_speaker_differences(sentences: Sequence[SourceSentence]) -> list[Difference]:
    """Return where the same long quotation is laid in the mouths of two people with names."""
    said: dict[str, list[tuple[int, frozenset[str], str]]] = {}
    shown: dict[str, str] = {}
    for sentence in sentences:
        text = plain(sentence.text)
        speakers = list(_named_speakers(text))
        for quoted in _QUOTED.findall(text):
            words = re.findall(r"\w+", quoted.lower())
            if len(words) >= LEAST_QUOTED and len(speakers) == 1:
                key = " ".join(words)
                shown.setdefault(key, quoted.strip(" ,."))
                said.setdefault(key, []).append((sentence.n, *speakers[0]))
    found = []
    for key, tellings in said.items():
        for (n, a, name), (m, b, other) in combinations(tellings, 2):
            if n != m and not a & b:
                start = " ".join(shown[key].split()[:LEAST_QUOTED])
                found.append(_differ(f"who said “{start} …”", [(name, [n]), (other, [m])]))
                break
    return found


def _named_speakers(text: str) -> Iterator[tuple[frozenset[str], str]]:
    tokens = tokenize(text)
    for frame in find_frames(tokens):
        names = [k for k in sorted(frame.speaker) if tokens[k].is_capital]
        beside = {frame.word - 1, frame.word + 1}
        if len(names) >= 2 and beside & set(frame.speaker) <= set(names) and beside & set(names):
            # "Ada Brandt" and "the mayor" may be one; two full names are not.
            shown = text[tokens[names[0]].start : tokens[names[-1]].end]
            yield frozenset(tokens[k].stem for k in names), shown


def _differ(about: str, values: Sequence[tuple[str, Sequence[int]]]) -> Difference:
    return Difference(
        about=about,
        values=tuple(DifferenceValue(value=v, articles=tuple(sorted(set(ns)))) for v, ns in values),
        kind="conflict",
    )
