"""Names in a written sentence: each must stand in the source, and its parts side by side."""

from __future__ import annotations

from summarizer.writing.aligning import Alignment
from summarizer.writing.words import FUNCTION_WORDS, TIMES, Token, word_set

TITLES = word_set(
    """
    president vice mr mrs ms dr sen senator rep representative gov governor prime minister
    secretary chancellor king queen prince princess pope sir judge justice general gen speaker
    mayor attorney house senate chief former sens reps
    """
)
_LINKS = word_set("/ of the and de van von al bin la for 's - & . ( )")


def find_name_problems(alignment: Alignment) -> list[str]:
    """Return a problem for each name that the source lacks or that joins two of its names."""
    problems = []
    written, source = alignment.written, alignment.source
    lows = {t.low for t in source}
    for i, token in enumerate(written):
        if not is_name(written, i):
            continue
        if alignment.places[i] is None and token.low not in lows:
            problems.append(f"name not in the source: {token.text!r}")
            continue
        if not i or not is_name(written, i - 1) or {token.low, written[i - 1].low} & TIMES:
            continue
        place = alignment.places[i]
        if place is not None and not source[place].is_capital:
            # "The Trump Administration": a title's capital on a common noun.
            continue
        if not _stand_together(alignment, i - 1, i):
            problems.append(f"names joined: {written[i - 1].text + ' ' + token.text!r}")
    return problems


def is_name(tokens: tuple[Token, ...], i: int) -> bool:
    """Say whether the token is capitalised because it is a name.

    At the start of a sentence only a word that goes on as a name counts; others are checked as
    content words.
    """
    token = tokens[i]
    if not token.is_capital or token.low in FUNCTION_WORDS:
        return False
    if i == 0 or tokens[i - 1].text in {".", '"', ":", "!", "?"}:
        return (i + 1 < len(tokens) and tokens[i + 1].is_capital) or token.text.isupper()
    return True


def _stand_together(alignment: Alignment, left: int, right: int) -> bool:
    """Say whether two neighbouring parts of a name are near each other somewhere in the source."""
    written, source = alignment.written, alignment.source
    a, b = written[left], written[right]
    place = alignment.places[left]
    if left == 0 and place is not None and not source[place].is_capital:
        # "Actor Kevin Hart" from "Hollywood actor and comedian Kevin Hart".
        return True
    for j, token in enumerate(source):
        if token.low != b.low and alignment.places[right] != j:
            continue
        for back in range(j - 1, max(-1, j - 7), -1):
            between = source[back]
            if between.low == a.low or back == alignment.places[left]:
                return True
            # Only titles, initials and other parts of the name may stand between the two.
            linked = between.is_capital or between.low in _LINKS or between.low in TITLES
            if not linked and between.kind != "number":
                break
    return False
