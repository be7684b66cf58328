"""What a sentence asserts, denies or hedges, and whether that survives."""

from __future__ import annotations

from summarizer.writing.aligning import Alignment
from summarizer.writing.verbs import Verb, finite_verbs
from summarizer.writing.words import FUNCTION_WORDS, MODALS, Token, stem, word_set

_NEGATIONS = dict.fromkeys(
    word_set("not n't never no without neither nor none nobody nothing hardly barely cannot"), "not"
)
_HEDGES = {
    word: kind
    for kind, words in {
        "possible": "may might could possibly perhaps maybe potentially potential possible",
        "alleged": "alleged allegedly purported purportedly",
        "reported": "reportedly apparently apparent rumored rumoured unconfirmed",
        "suspected": "suspected suspect",
        "likely": "likely probably",
        "unlikely": "unlikely",
        "expected": "expected",
        "future": "would will 'll wo shall",
        "should": "should",
        "must": "must",
        "if": "if",
        "unless": "unless",
        "whether": "whether",
        "nearly": "almost nearly",
        "seem": "appears appeared seems seemed appear seem",
        "believed": "believed thought presumed",
        "feared": "feared",
    }.items()
    for word in words.split()
}
# What keeps a doubt alive where the word itself is gone.
_KEEPS = {
    "possible": {"possible", "likely", "seem"},
    "alleged": {"alleged", "reported", "suspected", "accused"},
    "reported": {"reported", "alleged"},
    "suspected": {"suspected", "alleged", "accused"},
    "likely": {"likely", "possible", "expected"},
    "expected": {"expected", "likely"},
    "future": {"future", "expected"},
    "seem": {"seem", "reported", "possible"},
    "believed": {"believed", "reported", "suspected"},
    "feared": {"feared", "believed"},
    "if": {"if", "unless", "whether"},
    "unless": {"unless", "if"},
    "whether": {"whether", "if"},
}


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


_SUSPECTS = _stems(
    """
    accused charged alleged suspected
    """
)
_UP = _stems(
    """
    rise grow increase gain climb jump surge soar expand raise up higher more advance
    accelerate
    """
)
_DOWN = _stems(
    """
    fall drop decline decrease lose slip sink plunge shrink cut lower down fewer less reduce
    slow
    """
)
_CHANGING = word_set(
    """
    first only last second third final sole former ex acting interim deputy vice fake attempted
    failed proposed planned future late unconfirmed unofficial preliminary partial
    """
)
_ORDINALS = word_set("first second third")
_LOOSE = word_set("a an his her their its 's")
_HALF_TITLES = word_set("vice prime attorney lieutenant deputy solicitor")
_TITLE_ENDS = word_set("president minister general governor chief chairman speaker")
_BE = word_set("is are was were be been being am")
_NOT_DONE = word_set("will would may might could should must can shall to")
_AFTER_PASSIVE = word_set("in on at by after for to with from as .") | {""}
_RELATIONS = word_set(
    """
    before after against without until since despite because during under over amid unless except
    above below
    """
)
_OPPOSITES = {
    word: other
    for a, b in (
        *(("before", "after"), ("above", "below"), ("with", "without"), ("for", "against")),
        *(("over", "under"), ("inside", "outside"), ("from", "to"), ("into", "from")),
    )
    for word, other in ((a, b), (b, a))
}


def find_negation_problems(a: Alignment) -> list[str]:
    """Return a problem where a negation of kept words is lost, moved or made up."""
    kept = _scoped(a.source, _NEGATIONS)
    made = _scoped(a.written, _NEGATIONS)
    problems = []
    for word, scope in kept:
        if a.source[word].low == "no" and _low(a.source, word + 1) in {"longer", "doubt"}:
            continue
        is_weak = a.source[word].low == "not" and _low(a.source, word + 1) in {"only", "just"}
        if is_weak and word + 1 not in a.from_source:
            continue
        i = next((a.from_source[j] for j in scope if j in a.from_source), None)
        if i is not None and not any(i in places for _, places in made):
            problems.append(f"negation lost: {a.source[word].text!r} before {a.written[i].text!r}")
    for word, scope in made:
        places = [p for i in scope if (p := a.places[i]) is not None]
        if not any(p in span for p in places for _, span in kept):
            problems.append(f"negation not in the source: {a.written[word].text!r}")
    if len(made) > len(kept):
        problems.append("a negation too many")
    return problems


def find_hedge_problems(a: Alignment) -> list[str]:
    """Return a problem where a doubt, a condition or a future of kept words is lost or made up."""
    kept = _scoped(a.source, _HEDGES)
    made = _scoped(a.written, _HEDGES)
    # A doubt that stands on another doubt of the source cannot stand for this one too.
    theirs = {word for word, _ in kept}
    free = {_HEDGES[a.written[w].low] for w, _ in made if a.places[w] not in theirs}
    problems = []
    for word, scope in kept:
        kind = _HEDGES[a.source[word].low]
        # Only the word right under the doubt counts: the rest of the clause may well be a fact.
        under = [j for j in scope if not a.source[j].low.endswith("ly")][:1] or scope[:1]
        if a.source[word].low in MODALS:
            under = scope
        i = next((a.from_source[j] for j in under if j in a.from_source), None)
        if i is None or word in a.from_source:
            continue
        near = {t.stem for t in a.written[max(0, i - 6) : i]}
        if free & _KEEPS.get(kind, {kind}) or (
            near & _SUSPECTS and "accused" in _KEEPS.get(kind, set())
        ):
            continue
        problems.append(f"doubt lost: {a.source[word].text!r} before {a.written[i].text!r}")
    given = {_HEDGES[a.source[w].low] for w, _ in kept}
    for word, _ in made:
        kind = _HEDGES[a.written[word].low]
        if kind not in given and not any(kind in _KEEPS.get(g, set()) for g in given):
            problems.append(f"doubt not in the source: {a.written[word].text!r}")
    return problems


def find_mood_problems(a: Alignment) -> list[str]:
    """Return a problem where what was planned, tried, feared or denied is told as done."""
    problems = []
    given = finite_verbs(a.source)
    heads = {v.head: v for v in given}
    for verb in finite_verbs(a.written):
        place = a.places[verb.head]
        if place is None or not a.written[verb.head].is_content:
            continue
        group = {a.written[k].low for k in range(verb.start, verb.end)}
        if place in heads:
            problems += _compare_groups(a, verb, heads[place])
            continue
        if any(v.start <= place < v.end for v in given) or not verb.sure:
            continue
        source = a.source[place]
        if group & _NOT_DONE:
            continue
        back = [t.low for t in a.source[max(0, place - 2) : place]]
        if back[-1:] == ["to"] or (back[:1] == ["to"] and back[-1:] and back[-1].endswith("ly")):
            problems.append(f"told as done: {a.written[verb.head].text!r} from 'to {source.text}'")
        elif source.low.endswith("ing") and not any(
            t in {",", "and", "while", "after", "by"} for t in back
        ):
            problems.append(f"told as done: {a.written[verb.head].text!r} from {source.text!r}")
    return problems


def _compare_groups(a: Alignment, written: Verb, source: Verb) -> list[str]:
    """Return a problem where a passive verb became active and its parts kept their sides."""
    mine = {a.written[k].low for k in range(written.start, written.end)}
    theirs = {a.source[k].low for k in range(source.start, source.end)}
    form = a.source[source.head].low
    is_participle = not form.endswith("ing") and source.head > source.start
    if is_participle and theirs & _BE and not mine & _BE and written.head == written.start:
        following = _low(a.written, written.end)
        if following not in _AFTER_PASSIVE:
            return [f"passive told as active: {a.written[written.head].text!r}"]
    if "to" in {_low(a.source, source.start - 1)} and not mine & {"to", "will", "would"}:
        return [f"told as done: {a.written[written.head].text!r}"]
    return []


def find_modifier_problems(a: Alignment) -> list[str]:
    """Return a problem where "former", "first" or "proposed" is lost before the word it changes."""
    problems = []
    for p, token in enumerate(a.source[:-1]):
        if token.low == "only" and p and a.source[p - 1].low == "not":
            continue
        near = range(p + 1, min(p + 3, len(a.source)))
        following = next((k for k in near if a.source[k].is_content), None)
        if following is None:
            continue
        if token.low in _ORDINALS and _low(a.source, p - 1) in _LOOSE and p:
            # "His third wife" is his wife; "the third wife" is not the wife.
            continue
        if token.low in _CHANGING and p not in a.from_source and following in a.from_source:
            problems.append(f"{token.text!r} lost before {a.source[following].text!r}")
        is_half = token.low in _HALF_TITLES and a.source[following].low in _TITLE_ENDS
        if is_half and p in a.from_source and following not in a.from_source:
            problems.append(f"half a title: {token.text!r}")
    return problems


def find_direction_problems(a: Alignment) -> list[str]:
    """Return a problem where something rises that falls in the source, or the other way round."""
    given = {t.stem for t in a.source}
    problems = []
    for i, token in enumerate(a.written):
        for mine, other in ((_UP, _DOWN), (_DOWN, _UP)):
            if (
                token.stem in mine
                and a.places[i] is None
                and not given & {token.stem}
                and given & other
            ):
                problems.append(f"direction turned: {token.text!r}")
    return problems


def find_relation_problems(a: Alignment) -> list[str]:
    """Return a problem for a "before", "against", "without"… that the source lacks or turns."""
    given = {t.low for t in a.source}
    problems = []
    for i, token in enumerate(a.written):
        if token.low in _RELATIONS and token.low not in given:
            problems.append(f"relation not in the source: {token.text!r}")
        other = _OPPOSITES.get(token.low)
        near = range(i + 1, min(i + 5, len(a.written)))
        under = next((p for k in near if a.written[k].is_content and (p := a.places[k])), None)
        if other is None or under is None:
            continue
        before = (t.low for t in reversed(a.source[max(0, under - 4) : under]))
        lead = next((low for low in before if low in _OPPOSITES), "")
        if lead == other and token.low not in {t.low for t in a.source[max(0, under - 4) : under]}:
            problems.append(f"relation turned: {token.text!r}")
    return problems


def _scoped(tokens: tuple[Token, ...], table: dict[str, str]) -> list[tuple[int, list[int]]]:
    """Return the places of a class of words, each with those of the content words under it."""
    found = []
    for i, token in enumerate(tokens):
        if token.kind != "word" or token.low not in table:
            continue
        if token.low in {"may", "will"} and token.is_capital and i > 0:
            continue
        if token.low == "no" and token.is_capital and _is_numero(tokens, i):
            continue
        scope = []
        for k in range(i + 1, min(i + 7, len(tokens))):
            if tokens[k].kind == "mark" and tokens[k].text not in {"-", "'", '"'}:
                break
            if tokens[k].is_content or tokens[k].low in {"be"} - FUNCTION_WORDS:
                scope.append(k)
            if len(scope) == 2:
                break
        if not scope:
            # "was not", "they will": what it bears on stands before.
            scope = [k for k in range(i - 1, max(-1, i - 5), -1) if tokens[k].is_content][:1]
        found.append((i, scope))
    return found


def _is_numero(tokens: tuple[Token, ...], i: int) -> bool:
    """Say whether this is "No. 2" or "No 10"."""
    return _low(tokens, i + 1 + (_low(tokens, i + 1) == "."))[:1].isdigit()


def _low(tokens: tuple[Token, ...], i: int) -> str:
    return tokens[i].low if 0 <= i < len(tokens) else ""
