"""Quantities in a text: value, unit and how exact they are, in digits or spelled out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from summarizer.writing.words import FUNCTION_WORDS, Token, tokenize, word_list

_SMALL_WORDS = word_list(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
    """
)
_ORDINAL_WORDS = word_list(
    """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
    """
)
_TENS_WORDS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = {word: value for value, word in enumerate(_SMALL_WORDS)}
_TENS = {word: 10 * value for value, word in enumerate(_TENS_WORDS, start=2)}
_ORDINALS = {word: value for value, word in enumerate(_ORDINAL_WORDS, start=1)} | {"thirtieth": 30}
_ORDINAL_ENDING = frozenset({"st", "nd", "rd", "th"})
_TIMES = {"twice": 2.0, "thrice": 3.0}
_PERCENT = frozenset({"%", "percent", "pct", "percentage"})


def _invert(table: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in table.items() for word in words.split(", ")}


_SCALES = {
    word: float(value)
    for word, value in _invert(
        {
            "12": "dozen",
            "1e2": "hundred",
            "1e3": "thousand, k",
            "1e6": "million, m, mn, mln",
            "1e9": "billion, b, bn, bln",
            "1e12": "trillion, tn",
        }
    ).items()
}
_FRACTIONS = {
    word: float(value)
    for word, value in _invert(
        {
            "0.5": "half",
            "0.25": "quarter, quarters",
            "0.3333333333333333": "third, thirds",
            "0.2": "fifth, fifths",
            "0.1": "tenth, tenths",
        }
    ).items()
}
_CURRENCIES = _invert(
    {
        "dollar": "$, dollar, dollars, usd",
        "pound": "£, pound, pounds",
        "euro": "€, euro, euros",
        "yen": "¥, yen",
        "ruble": "rubles, roubles",
        "rupee": "rupees",
        "yuan": "yuan",
        "franc": "francs",
        "peso": "pesos",
        "cent": "cents",
        "penny": "pence",
    }
)
_UNITS = _invert(
    {
        "kilometer": "km, kms, kilometre, kilometres, kilometer, kilometers",
        "kilometer/hour": "kph, kmh",
        "mile/hour": "mph",
        "mile": "mi, mile, miles",
        "meter": "metre, metres, meter, meters",
        "foot": "ft, foot, feet",
        "inch": "inch, inches",
        "centimeter": "cm, centimetres, centimeters",
        "millimeter": "mm, millimetres, millimeters",
        "kilogram": "kg, kgs, kilogram, kilograms, kilogrammes",
        "pound": "lb, lbs",
        "ton": "ton, tons, tonne, tonnes",
        "hour": "hr, hrs",
        "minute": "min, mins",
        "second": "sec, secs",
        "year": "yr, yrs",
    }
)
# Longest first: "no more than" is not "more than".
_BOUNDS = sorted(
    (
        (tuple(words.split()), bound)
        for words, bound in _invert(
            {
                "least": "at least, no fewer than, no less than, not less than, a minimum of",
                "more": "more than, over, above, upwards of, upward of, exceeding, exceeded, "
                "topped, surpassed, greater than, well over",
                "less": "less than, fewer than, under, below",
                "most": "up to, at most, as many as, as much as, no more than, a maximum of",
                "nearly": "nearly, almost, close to, just under",
                "about": "about, around, approximately, roughly, some, an estimated, estimated",
            }
        ).items()
    ),
    key=lambda pair: -len(pair[0]),
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as a text gives it; tokens `start` to `end` (exclusive), its bound included."""

    value: float
    unit: str
    """'percent', a currency, 'ordinal', 'year', 'time', or ''."""
    noun: str
    """The stem of the thing counted, where one follows."""
    bound: str
    """'', 'least', 'more', 'less', 'most', 'nearly' or 'about'."""
    start: int
    end: int
    text: str


@lru_cache(maxsize=4096)
def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text in order."""
    tokens = tokenize(text)
    found: list[Quantity] = []
    i = 0
    while i < len(tokens):
        quantity = _read(tokens, i)
        if quantity is None:
            i += 1
        else:
            found.append(quantity)
            i = quantity.end
    return tuple(found)


def _read(tokens: tuple[Token, ...], i: int) -> Quantity | None:
    start = i
    currency = ""
    if tokens[i].text in _CURRENCIES and i + 1 < len(tokens) and tokens[i + 1].kind == "number":
        currency = _CURRENCIES[tokens[i].text]
        i += 1
    value, end, is_ordinal = _number(tokens, i)
    if value is None:
        return None
    unit = currency
    noun = ""
    following = tokens[end] if end < len(tokens) else None
    if is_ordinal:
        unit = "ordinal"
    elif not currency and following is not None and following.low in _PERCENT:
        unit, end = "percent", end + 1
    elif (
        not currency
        and following is not None
        and following.low == "per"
        and _low(tokens, end + 1) == "cent"
    ):
        unit, end = "percent", end + 2
    elif not currency and following is not None and following.low in _CURRENCIES:
        unit, end = _CURRENCIES[following.low], end + 1
    elif not currency and (
        ":" in tokens[i].text or _low(tokens, end) in {"am", "pm", "a.m", "p.m", "o"}
    ):
        unit = "time"
    elif not currency and re.fullmatch(r"(?:1[5-9]|20)\d\d", tokens[i].text) and end == i + 1:
        unit = "year"
    if unit in {"", "ordinal"} or unit in set(_CURRENCIES.values()):
        noun = _noun(tokens, end)
    bound, start = _bound(tokens, start)
    if (
        not bound
        and _low(tokens, end) in {"or", "and"}
        and _low(tokens, end + 1) in {"more", "so", "fewer", "less"}
    ):
        bound = {"more": "least", "so": "about"}.get(_low(tokens, end + 1), "most")
    return Quantity(
        value, unit, noun, bound, start, end, " ".join(t.text for t in tokens[start:end])
    )


def _number(tokens: tuple[Token, ...], i: int) -> tuple[float | None, int, bool]:
    """Return the value at token i, where it ends and whether it is an ordinal."""
    token = tokens[i]
    if token.kind == "number":
        if re.fullmatch(r"\d{1,2}:\d\d", token.text):
            hours, minutes = token.text.split(":")
            return int(hours) + int(minutes) / 100, i + 1, False
        digits = token.text.replace(",", "")
        try:
            value = float(digits.replace(":", "."))
        except ValueError:
            # A date or a version such as 1.2.3: kept apart from plain numbers.
            return float(re.sub(r"\D", "", digits) or 0), i + 1, False
        end = i + 1
        if _low(tokens, end) in _ORDINAL_ENDING and tokens[end].start == token.end:
            return value, end + 1, True
        return _scaled(tokens, value, end)
    low = token.low
    if low in _SMALL or low in _TENS:
        if low == "one" and not _counts(tokens, i):
            return None, i + 1, False
        value = float(_SMALL.get(low, _TENS.get(low, 0)))
        end = i + 1
        if low in _TENS:
            after = end + 1 if _low(tokens, end) == "-" else end
            if 0 < _SMALL.get(_low(tokens, after), 0) < 10:
                return _scaled(tokens, value + _SMALL[_low(tokens, after)], after + 1)
            if _low(tokens, after) in _ORDINALS and _ORDINALS[_low(tokens, after)] < 10:
                return value + _ORDINALS[_low(tokens, after)], after + 1, True
        after = end + 1 if _low(tokens, end) == "-" else end
        if _low(tokens, after) in _FRACTIONS and low not in _TENS:
            return value * _FRACTIONS[_low(tokens, after)], after + 1, False
        return _scaled(tokens, value, end)
    if low in {"a", "an"} and _low(tokens, i + 1) in {
        "hundred",
        "thousand",
        "million",
        "billion",
        "trillion",
        "dozen",
    }:
        return _scaled(tokens, 1.0, i + 1)
    if low in _ORDINALS and low not in {"second"}:
        return float(_ORDINALS[low]), i + 1, True
    if (
        low == "second"
        and (i == 0 or tokens[i - 1].kind != "number")
        and _low(tokens, i - 1) not in {"a", "per"}
    ):
        return 2.0, i + 1, True
    if low == "half" or (low == "quarter" and _low(tokens, i + 1) == "of"):
        return _FRACTIONS[low], i + 1, False
    if low in _TIMES and low != "once":
        return _TIMES[low], i + 1, False
    return None, i + 1, False


def _scaled(tokens: tuple[Token, ...], value: float, end: int) -> tuple[float, int, bool]:
    """Return the value times the scale words that follow ("two hundred and five thousand")."""
    while end < len(tokens):
        at = end + 1 if _low(tokens, end) == "-" and _low(tokens, end + 1) in _SCALES else end
        word = _low(tokens, at)
        if word in _SCALES and (
            len(word) > 2 or tokens[at].start == tokens[at - 1].end or word in {"bn", "tn", "mn"}
        ):
            value *= _SCALES[word]
            end = at + 1
            rest = end + 1 if _low(tokens, end) == "and" else end
            if (
                word in {"hundred", "thousand"}
                and rest < len(tokens)
                and tokens[rest].low in {**_SMALL, **_TENS}
            ):
                more, end = _below_hundred(tokens, rest)
                value += more or 0.0
                if _low(tokens, end) in {"thousand", "million"} and value < 1000:
                    continue
                return value, end, False
        else:
            break
    return value, end, False


def _below_hundred(tokens: tuple[Token, ...], i: int) -> tuple[float, int]:
    value, end = float(_SMALL.get(tokens[i].low, _TENS.get(tokens[i].low, 0))), i + 1
    after = end + 1 if _low(tokens, end) == "-" else end
    if tokens[i].low in _TENS and 0 < _SMALL.get(_low(tokens, after), 0) < 10:
        return value + _SMALL[_low(tokens, after)], after + 1
    return value, end


def _counts(tokens: tuple[Token, ...], i: int) -> bool:
    """Say whether "one" is a number here and not a pronoun ("one of them", "no one")."""
    before, after = _low(tokens, i - 1) if i else "", _low(tokens, i + 1)
    if before in {
        "no",
        "any",
        "every",
        "each",
        "the",
        "this",
        "that",
        "some",
        "which",
    } or after in {"of", "another", "'s"}:
        return False
    return after not in FUNCTION_WORDS and bool(after) and after[0].isalpha()


def _bound(tokens: tuple[Token, ...], start: int) -> tuple[str, int]:
    for words, bound in _BOUNDS:
        n = len(words)
        if start >= n and tuple(t.low for t in tokens[start - n : start]) == words:
            if words in {("over",), ("under",), ("about",), ("around",), ("above",), ("below",)}:
                before = _low(tokens, start - 2) if start >= 2 else ""
                # "talks about 5 issues" is not "about 5".
                if words == ("about",) and before in {
                    "talk",
                    "talks",
                    "talked",
                    "asked",
                    "concerns",
                    "questions",
                }:
                    continue
            inner, first = _bound(tokens, start - n)
            return bound or inner, first if inner else start - n
    return "", start


def _noun(tokens: tuple[Token, ...], end: int) -> str:
    """Return the stem of the noun that a number counts: the nearest plural, else the next word."""
    first = ""
    for k in range(end, min(end + 4, len(tokens))):
        token = tokens[k]
        if token.text in {"-"}:
            continue
        if token.kind != "word" or (
            token.low in FUNCTION_WORDS and token.low not in {"more", "other", "others"}
        ):
            break
        if token.low in {"more", "other", "others"}:
            continue
        word = _UNITS.get(token.low, "")
        if word:
            rate = _low(tokens, k + 1) in {"/", "per"} and _low(tokens, k + 2) in {
                "h",
                "hour",
                "hr",
            }
            return f"{word}/hour" if rate else word
        first = first or token.stem
        if token.low.endswith("s") or token.low in {"people", "men", "women", "children"}:
            return token.stem
    return first


def _low(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].low if 0 <= i < len(tokens) else ""


def is_number_word(low: str) -> bool:
    """Say whether a lower-case word is a number or part of one ("million", "percent")."""
    return low in _SMALL or low in _TENS or low in _SCALES or low in _ORDINALS or low in _PERCENT


def same_value(a: float, b: float) -> bool:
    """Say whether two numbers are the same but for floating point."""
    return abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b))
