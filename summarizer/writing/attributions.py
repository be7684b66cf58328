"""Who says what in a sentence, and whether a claim stays the claim of the same speaker."""

from __future__ import annotations

from dataclasses import dataclass

from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.subjects import PERSONS, find_subjects
from summarizer.writing.verbs import Verb, finite_verbs
from summarizer.writing.words import PREPOSITIONS, TIMES, Token, word_set

_BE = word_set("is are was were be been being am")
_MARKS = frozenset({",", ";", '"', "--", "—", "–"})
_TURNS = word_set("but while although though whereas")


@dataclass(frozen=True, slots=True)
class Frame:
    """An attribution in a source: who says it (`speaker`), by which word, and what (`content`)."""

    word: int
    speaker: tuple[int, ...]
    content: frozenset[int]


def find_frames(tokens: tuple[Token, ...]) -> list[Frame]:
    """Return the attributions of a sentence, in order."""
    frames = []
    verbs = finite_verbs(tokens)
    for n, verb in enumerate(verbs):
        if not is_reporting(tokens[verb.head]) or tokens[verb.head].low in {"feared", "hoped"}:
            continue
        if _BE & {t.low for t in tokens[verb.start : verb.head]}:
            # "was charged with", "is expected to": nobody is named who says it.
            continue
        frames.append(_frame(tokens, verb, verbs[n - 1].end if n else 0))
    for i, token in enumerate(tokens):
        if token.low == "according" and _low(tokens, i + 1) == "to":
            end = next(
                (k for k in range(i + 2, len(tokens)) if tokens[k].text in {",", ".", ";"}),
                len(tokens),
            )
            speaker = tuple(k for k in range(i + 2, end) if tokens[k].is_content)
            content = frozenset(k for k in range(len(tokens)) if k < i or k > end)
            frames.append(Frame(i, speaker, content))
    return frames


def _frame(tokens: tuple[Token, ...], verb: Verb, last_end: int) -> Frame:
    before = tokens[verb.start - 1] if verb.start else None
    set_off = before is not None and before.text == "," and _lacks_subject(tokens, verb.end)
    at = verb.start - 1
    if set_off:
        # '…," Mitch Marsh, a senator, said on Friday': the speaker stands before the commas.
        at = next((k for k in range(at - 1, -1, -1) if tokens[k].text == ","), at) - 1
    open_at = next((k for k in range(at, -1, -1) if tokens[k].text in _MARKS), -1)
    to_end = _clause_end(tokens, verb.end)
    others = [v for v in finite_verbs(tokens) if v is not verb]
    stop = next((k for k in range(verb.end, to_end) if tokens[k].text in {",", "."}), to_end)
    follows = any(verb.end <= v.start < to_end and v.sure for v in others)
    ends_here = not any(verb.end <= v.start < stop for v in others) and stop - verb.end <= 10
    precedes = open_at > 0 and any(v.end <= open_at for v in others)
    inverted = not set_off and (before is None or before.text in {",", '"'})
    # "…, X said." and "…," said X; not "X, who …, said that …".
    is_tail = precedes and verb.start - open_at <= 12 and last_end <= open_at + 1 and ends_here
    if is_tail and (inverted or not follows or _low(tokens, verb.end) in {",", "."}):
        speaker = range(verb.end, stop) if inverted else range(open_at + 1, verb.start)
        content = frozenset(k for k in range(len(tokens)) if k < open_at or k >= stop)
        names = tuple(k for k in speaker if tokens[k].is_content)
        if not inverted and _is_apposition(tokens, others, open_at):
            names = (*(k for k in range(open_at) if tokens[k].is_content), *names)
            content = frozenset(range(verb.end, to_end))
        return Frame(verb.head, names, content)
    spoken = range(last_end, verb.start)
    persons = (k for k in spoken if tokens[k].low in PERSONS)
    verbs = finite_verbs(tokens)
    names = tuple({*find_subjects(tokens, verbs, verbs.index(verb)), *persons})
    return Frame(verb.head, names, frozenset(range(verb.end, to_end)))


def _lacks_subject(tokens: tuple[Token, ...], end: int) -> bool:
    """Say whether what follows a verb of saying cannot be who says it."""
    following = _low(tokens, end)
    return not following or following in TIMES | PREPOSITIONS | {".", ",", "that"}


def _is_apposition(tokens: tuple[Token, ...], verbs: list[Verb], comma: int) -> bool:
    """Say whether a subject and its clause stand before the comma ("Smith, who lost, said")."""
    first = next((k for k in range(comma) if tokens[k].text == ","), -1)
    return (
        first > 0
        and _low(tokens, first + 1) in {"who", "which", "whose"}
        and not any(v.end <= first for v in verbs)
    )


def _clause_end(tokens: tuple[Token, ...], start: int) -> int:
    """Return where what is said ends: at a semicolon or dash, or at ", but" and its like."""
    for k in range(start, len(tokens)):
        if tokens[k].text in {";", "—", "–", "--"}:
            return k
        if tokens[k].text == "," and _low(tokens, k + 1) in _TURNS:
            return k
    return len(tokens)


def find_attribution_problems(a: Alignment, outlets: frozenset[str] = frozenset()) -> list[str]:
    """Return a problem where a claim became a fact, or found another speaker.

    `outlets` are lower-case words of the names of outlets that may be said to report it.
    """
    problems = []
    mine = find_frames(a.written)
    for frame in find_frames(a.source):
        inside = [k for k in frame.content if k in a.from_source and a.source[k].is_content]
        said = [k for k in inside if not _is_name_like(a.source, k)]
        if (len(said) < 2 and len(inside) < 3) or not said or frame.word in a.from_source:
            continue
        speakers = {a.source[k].stem for k in frame.speaker}
        if any(speakers & {a.written[k].stem for k in f.speaker} for f in mine):
            continue
        if not _stays_claim(a, frame):
            problems.append(f"claim told as a fact: {a.source[frame.word].text!r} is lost")
    for frame in mine:
        words = {a.written[k].low for k in frame.speaker}
        if words and words <= outlets:
            continue
        place = a.places[frame.word]
        theirs = find_frames(a.source)
        given = [f for f in theirs if f.word == place]
        if place is not None and not given and is_reporting(a.source[place]):
            continue
        given = given or theirs
        if place is None and not given:
            problems.append(f"attribution not in the source: {a.written[frame.word].text!r}")
            continue
        mine_speakers = {a.written[k].stem for k in frame.speaker}
        if (
            given
            and mine_speakers
            and not any(
                mine_speakers & {a.source[k].stem for k in f.speaker} or not f.speaker
                for f in given
            )
        ):
            problems.append(
                f"another speaker: {' '.join(a.written[k].text for k in frame.speaker)!r}"
            )
    return problems


def _stays_claim(a: Alignment, frame: Frame) -> bool:
    """Say whether the written sentence keeps another mark that this is a claim of that speaker."""
    return any(is_reporting(t) and t.low not in {"suspect"} for t in a.written) and any(
        k in a.from_source for k in frame.speaker
    )


def _is_name_like(tokens: tuple[Token, ...], k: int) -> bool:
    return tokens[k].is_capital and k > 0


def _low(tokens: tuple[Token, ...], i: int) -> str:
    return tokens[i].low if 0 <= i < len(tokens) else ""
