"""Whether a sentence is whole: it has its verb, and the verb what belongs to it."""

from __future__ import annotations

from summarizer.writing.aligning import Alignment, is_reporting
from summarizer.writing.verbs import finite_verbs, may_be_verb
from summarizer.writing.words import (
    AUXILIARIES,
    DETERMINERS,
    FUNCTION_WORDS,
    PREPOSITIONS,
    TIMES,
    Token,
    word_set,
)

_STOPS = frozenset({",", ";", ":", "—", "–", "--", "-", "(", ")", '"', "."})
_OPEN_ENDS = (
    DETERMINERS
    | PREPOSITIONS
    | AUXILIARIES
    | word_set(
        """
        and or but nor than that which who whose whom if because while when where as to not
        including such blamed accused urged warned very more most less least told tells
        """
    )
) - word_set(
    """
    all both few many several some any each another this that these those no do does did can will
    off over about inside outside above below in on up out through since before after near 's her
    behind is are was were around
    """
)
_NEVER_END = word_set(
    """
    the a an his its their my our and or but of to from with at by for into that which who whose
    than if because
    """
)
_QUESTIONS = word_set("what how whether when where who why if")
_LINKS = word_set("and but while when")
_NEEDS_OF = word_set(
    """
    part number lot series kind sort thousands hundreds dozens millions billions most majority
    member members one some many all half end top front head side result because instead
    """
)
_NEEDS_TO = word_set(
    """
    agreed decided failed refused wants wanted plans planned expected set ordered allowed forced
    urged asked told trying tried attempting seeking going able likely due scheduled planning
    preparing continued declined threatened vowed promised hopes hoping
    """
)
_NEEDS_OBJECT = word_set(
    """
    blamed accused urged warned told killed arrested hit defeated announced approved rejected
    signed passed made took gave included including became
    """
)


def find_open_ends(a: Alignment) -> list[str]:
    """Return a problem where the sentence stops short: an open end, no verb, or a lost object."""
    words = [t for t in a.written if t.kind != "mark"]
    if not words:
        return ["empty"]
    last = words[-1]
    if a.source_text.rstrip(' ."').lower().endswith(a.written_text.rstrip(' ."').lower()[-25:]):
        # It ends where the source ends.
        return [] if _has_main_verb(a) else ["no verb"]
    place = next(
        (p for p in reversed(a.places) if p is not None and a.source[p].kind != "mark"), None
    )
    if last.low in _NEVER_END:
        return [f"ends in {last.text!r}"]
    if not _has_main_verb(a):
        return ["no verb"]
    if place is None or place + 1 >= len(a.source):
        return []
    following = a.source[place + 1]
    if last.low in _OPEN_ENDS and following.text not in _STOPS:
        return [f"ends in {last.text!r}"]
    verb = next((v for v in finite_verbs(a.written) if a.written[v.head] is last), None)
    is_time = place + 2 < len(a.source) and a.source[place + 2].low in TIMES
    lost = following.low in DETERMINERS | {"that"} and not is_time
    lost = lost or following.kind == "number"
    lost = lost or (following.is_capital and following.low not in TIMES)
    lost = lost or (following.low == "to" and last.low in _NEEDS_TO)
    if is_reporting(last) and any(t.text == "," for t in a.written):
        lost = False
    if (
        (verb is not None or last.low in _NEEDS_OBJECT)
        and lost
        and following.low not in FUNCTION_WORDS - DETERMINERS - {"to", "that"}
    ):
        return [f"the verb lost its object: {last.text!r}"]
    before = words[-2] if len(words) > 1 else last
    starts = lost or following.low in {"that", *_QUESTIONS} or following.text == '"'
    if last.low.endswith("ing") and before.low in PREPOSITIONS | _LINKS:
        said = is_reporting(last) and following.text not in {".", ";"}
        if said or starts or (following.is_content and following.kind == "word" and not is_time):
            return [f"the verb lost its object: {last.text!r}"]
    of_them = len(words) > 2 and before.low == "of" and last.low in {"them", "which", "whom"}
    if of_them and following.text not in _STOPS:
        return [f"stops inside a phrase: {before.text + ' ' + last.text!r}"]
    if following.text in {"'s", "-"} or (last.low in _NEEDS_OF and following.low == "of"):
        return [f"stops inside a phrase: {last.text!r}"]
    goes_on = following.is_content and not following.is_capital and following.kind == "word"
    if goes_on and last.low not in FUNCTION_WORDS and not last.is_capital and _is_modifier(last):
        return [f"stops inside a phrase: {last.text!r}"]
    return []


def _has_main_verb(a: Alignment) -> bool:
    """Say whether there is a finite verb, as sure as those of the source."""
    mine, theirs = finite_verbs(a.written), finite_verbs(a.source)
    if any(v.sure for v in mine) or not theirs:
        return True
    if not mine:
        opens = a.written[0].low in PREPOSITIONS
        return not opens and any(may_be_verb(a.written, i) for i in range(len(a.written)))
    named = any(a.written[v.start - 1].is_capital for v in mine if v.start)
    return named or not any(v.sure for v in theirs) or a.written[0].low not in PREPOSITIONS


def _is_modifier(token: Token) -> bool:
    return token.low.endswith(("ous", "ful", "able", "ible")) and token.low not in {"table"}
