"""Give the model's lower-case words the surface they have in the source.

The model reads and writes lower-case word pieces. Each stretch of its output that also stands in
the source is copied from there, character for character; the joints between stretches follow how
the source attaches its punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_STRAIGHT = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "´": "'", "`": "'",
     "\u00a0": " ", "\u2009": " ", "\u202f": " ", "…": "...", "–": "—"}
)  # fmt: skip
_TOKEN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+|\S")
_QUOTES = frozenset('"“”„«»')
_NO_SPACE_BEFORE = frozenset(".,;:!?)]%'’”»")
_NO_SPACE_AFTER = frozenset("([$£€#“«„")
_STARTERS = frozenset('.!?:—–-"“„«(•')

_SPELLED_VOWEL = re.compile("[AEFHILMNORSX8]")
_SPOKEN_VOWEL = re.compile(
    r"(?!one|once|eu|uni|use|usu|uti|ura)[aeiou]|hour|honest|honor|honour|heir|8|11\b|18\b", re.I
)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or mark: how it compares, where it stands and how it is attached in its text."""

    key: str
    start: int
    end: int
    joined_left: bool
    joined_right: bool


def straightened(text: str) -> str:
    """Return the text as the model reads it: straight quotes, one kind of dash, plain spaces."""
    return " ".join(text.translate(_STRAIGHT).replace("--", "—").replace("''", '"').split())


def joined_pieces(pieces: Sequence[str]) -> str:
    """Return word pieces as words with a space between any two."""
    return " ".join(pieces).replace(" ##", "")


def keys(text: str) -> list[str]:
    """Return the words and marks of a text in the form in which two texts are compared."""
    return [token.key for token in _tokens(text)]


def restore(output: str | Sequence[str], source: str) -> str:
    """Return the output with the source's case, spelling, spacing, punctuation and quotes.

    `output` is the model's text or its word pieces. A pair of quotation marks survives only around
    words that stand in the source one after the other; other quotation marks are dropped. The
    result begins with a capital, unless the source begins otherwise, and ends with a full stop.
    """
    if not isinstance(output, str):
        output = joined_pieces(output)
    source = " ".join(source.split())
    known, written = _tokens(source), _tokens(output)
    if [t.key for t in written] == [t.key for t in known]:
        return source
    places = placed([t.key for t in written], [t.key for t in known])
    kept = _without_broken_quotes(written, known, places)
    text = _surface(output, source, written, known, places, kept)
    return _closed(text)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        tokens.append(
            _Token(
                key=_key(found[0]),
                start=start,
                end=end,
                joined_left=start > 0 and not text[start - 1].isspace(),
                joined_right=end < len(text) and not text[end].isspace(),
            )
        )
    return tokens


def _key(word: str) -> str:
    plain = unicodedata.normalize("NFD", word.translate(_STRAIGHT).lower())
    return "".join(c for c in plain if unicodedata.category(c) != "Mn")


def placed(written: Sequence[str], known: Sequence[str]) -> list[int | None]:
    """Return each written token's place in the source: longest stretches first, left to right.

    Of stretches as long, the one that goes on soonest after the last place is taken.
    """
    where: dict[str, list[int]] = {}
    for place, key in enumerate(known):
        where.setdefault(key, []).append(place)
    places: list[int | None] = []
    last = -1
    while len(places) < len(written):
        at = len(places)
        best, best_rank = None, (0, 0)
        for place in where.get(written[at], ()):
            length = 1
            while (
                at + length < len(written)
                and place + length < len(known)
                and written[at + length] == known[place + length]
            ):
                length += 1
            gap = place - last if place > last else len(known) + last - place
            if (length, -gap) > best_rank or best is None:
                best, best_rank = place, (length, -gap)
        if best is None:
            places.append(None)
        else:
            places.extend(range(best, best + best_rank[0]))
            last = best + best_rank[0] - 1
    return places


def _without_broken_quotes(
    written: Sequence[_Token], known: Sequence[_Token], places: Sequence[int | None]
) -> list[bool]:
    """Say of each written token whether it stays: quotes only in pairs around verbatim words."""
    kept = [True] * len(written)
    single = _single_quotes(known)
    for marks in (_QUOTES, frozenset("'")):
        opened: int | None = None
        for i, token in enumerate(written):
            if token.key not in marks or (token.key == "'" and places[i] not in single):
                continue
            kept[i] = False
            if opened is None:
                opened = i
                continue
            if i - opened > 1 and _is_run(places[opened : i + 1]):
                kept[opened] = kept[i] = True
            opened = None
    return kept


def _single_quotes(known: Sequence[_Token]) -> frozenset[int]:
    """Return the places of single quotation marks, which come in pairs; apostrophes do not."""
    found: list[int] = []
    opened: int | None = None
    for place, token in enumerate(known):
        if token.key != "'":
            continue
        before = token.joined_left and known[place - 1].key[-1:].isalnum()
        after = token.joined_right and known[place + 1].key[:1].isalnum()
        if after and not before:
            opened = place
        elif opened is not None and not after:
            found += [opened, place]
            opened = None
    return frozenset(found)


def _is_run(places: Sequence[int | None]) -> bool:
    first = places[0]
    return first is not None and list(places) == list(range(first, first + len(places)))


def _surface(
    output: str,
    source: str,
    written: Sequence[_Token],
    known: Sequence[_Token],
    places: Sequence[int | None],
    kept: Sequence[bool],
) -> str:
    forms = _common_forms(source, known)
    text = ""
    before: int | None = None  # the last kept token
    for i, token in enumerate(written):
        if not kept[i]:
            continue
        place = places[i]
        follows = (
            before is not None and before == i - 1 and place is not None
            and places[before] == place - 1
        )  # fmt: skip
        if place is None:
            form = forms.get(token.key, output[token.start : token.end])
        else:
            form = source[known[place].start : known[place].end]
            if not follows and text and _starts_sentence(place, known):
                form = _inner_form(form, token.key, forms)
        if token.key in {"a", "an"}:
            form = _article(form, i, source, written, known, places, kept)
        if before is not None:
            if follows and place is not None:
                text += source[known[place - 1].end : known[place].start]
            elif not _attached(before, i, written, known, places):
                text += " "
        text += form
        before = i
    first = next((places[i] for i in range(len(written)) if kept[i]), None)
    return text if first == 0 else _capital(text)


def _article(
    form: str,
    i: int,
    source: str,
    written: Sequence[_Token],
    known: Sequence[_Token],
    places: Sequence[int | None],
    kept: Sequence[bool],
) -> str:
    """Return "a" or "an" as the next word wants it, unless that word follows it in the source."""
    after = next(
        (j for j in range(i + 1, len(written)) if kept[j] and written[j].key[0].isalnum()), None
    )
    if after is None or (_is_run(places[i : after + 1])):
        return form
    place = places[after]
    word = written[after].key if place is None else source[known[place].start : known[place].end]
    letters = word.isupper() and len(word) > 1
    vowel = _SPELLED_VOWEL.match(word) if letters else _SPOKEN_VOWEL.match(word)
    chosen = "an" if vowel else "a"
    return chosen.capitalize() if form[0].isupper() else chosen


def _common_forms(source: str, known: Sequence[_Token]) -> dict[str, str]:
    """Return the commonest form of each word inside the source's sentences."""
    counts: dict[str, Counter[str]] = {}
    for place, token in enumerate(known):
        if not _starts_sentence(place, known):
            form = source[token.start : token.end]
            counts.setdefault(token.key, Counter())[form] += 1
    return {key: forms.most_common(1)[0][0] for key, forms in counts.items()}


def _starts_sentence(place: int, known: Sequence[_Token]) -> bool:
    return place == 0 or known[place - 1].key in _STARTERS


def _inner_form(form: str, key: str, forms: dict[str, str]) -> str:
    """Return how a word that began a sentence is written inside one."""
    if key in forms:
        return forms[key]
    if form[1:].islower() or len(form) == 1:
        plural = key.endswith("s") and key[:-1] in common_words()
        return form.lower() if plural or key in common_words() else form
    return form


def _attached(
    a: int,
    b: int,
    written: Sequence[_Token],
    known: Sequence[_Token],
    places: Sequence[int | None],
) -> bool:
    """Say whether two tokens that are no neighbours in the source are written together."""
    left, right = written[a].key, written[b].key
    left_place, right_place = places[a], places[b]
    if not right[0].isalnum():
        if right_place is not None and right not in _NO_SPACE_BEFORE:
            return known[right_place].joined_left and (right != '"' or left in ".,!?")
        return right in _NO_SPACE_BEFORE
    if not left[0].isalnum():
        if left_place is not None and left not in ".,;:!?)]":
            return known[left_place].joined_right
        return left in _NO_SPACE_AFTER
    return False


def _capital(text: str) -> str:
    found = re.match(r"[\"“'‘(]*([^\W\d_]+)", text)
    if found and found[1].islower():
        at = found.start(1)
        return text[:at] + text[at].upper() + text[at + 1 :]
    return text


def _closed(text: str) -> str:
    """Tidy what dropped words left behind and end the sentence."""
    text = re.sub(r"\s+([,.;:!?])(?=\s|$)", r"\1", text)
    text = re.sub(r"(?:[,;:]\s*)+([,;:.!?])(?!\d)", r"\1", text)
    text = re.sub(r"[\s,;:—–-]+$", "", text)
    return text if re.search(r"[.!?][\"”’'»)]*$", text) else text + "."


@cache
def common_words() -> frozenset[str]:
    """Return the words that news text writes in lower case inside a sentence."""
    path = Path(__file__).with_name("common_words.txt")
    return frozenset(path.read_text("utf-8").split())
