"""Quantities in a text: value, unit and how exact they are, in digits or spelled out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from summarizer.writing.words import FUNCTION_WORDS, Token, tokenize

_SMALL = dict(
    zip(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {
    "hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "dozen": 12.0,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "b": 1e9, "tn": 1e12, "mln": 1e6, "bln": 1e9,
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
    "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_FRACTIONS = {"half": 0.5, "quarter": 0.25, "quarters": 0.25, "third": 1 / 3, "thirds": 1 / 3, "fifth": 0.2,
              "fifths": 0.2, "tenth": 0.1, "tenths": 0.1}  # fmt: skip
_TIMES = {"once": 1.0, "twice": 2.0, "thrice": 3.0}
_ORDINAL_ENDING = frozenset({"st", "nd", "rd", "th"})
_CURRENCIES = {
    "$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "dollar": "dollar", "dollars": "dollar",
    "pound": "pound", "pounds": "pound", "euro": "euro", "euros": "euro", "yen": "yen", "rubles": "ruble",
    "roubles": "ruble", "rupees": "rupee", "yuan": "yuan", "francs": "franc", "pesos": "peso", "usd": "dollar",
    "cents": "cent", "pence": "penny",
}  # fmt: skip
_PERCENT = frozenset({"%", "percent", "pct", "percentage"})

_BOUNDS = (
    (("at", "least"), "least"), (("no", "fewer", "than"), "least"), (("no", "less", "than"), "least"),
    (("not", "less", "than"), "least"), (("a", "minimum", "of"), "least"),
    (("more", "than"), "more"), (("over",), "more"), (("above",), "more"), (("upwards", "of"), "more"),
    (("upward", "of"), "more"), (("exceeding",), "more"), (("exceeded",), "more"), (("topped",), "more"),
    (("surpassed",), "more"), (("greater", "than"), "more"), (("well", "over"), "more"),
    (("less", "than"), "less"), (("fewer", "than"), "less"), (("under",), "less"), (("below",), "less"),
    (("up", "to"), "most"), (("at", "most"), "most"), (("as", "many", "as"), "most"), (("as", "much", "as"), "most"),
    (("no", "more", "than"), "most"), (("a", "maximum", "of"), "most"),
    (("nearly",), "nearly"), (("almost",), "nearly"), (("close", "to"), "nearly"), (("just", "under"), "nearly"),
    (("about",), "about"), (("around",), "about"), (("approximately",), "about"), (("roughly",), "about"),
    (("some",), "about"), (("an", "estimated"), "about"), (("estimated",), "about"), (("circa",), "about"),
    (("only",), ""), (("just",), ""),
)  # fmt: skip
_ABBREVIATED = {
    "km": "kilometer", "kms": "kilometer", "kph": "kilometer/hour", "kmh": "kilometer/hour", "mph": "mile/hour",
    "kg": "kilogram", "kgs": "kilogram", "lb": "pound", "lbs": "pound", "ft": "foot", "mi": "mile", "hr": "hour",
    "hrs": "hour", "min": "minute", "mins": "minute", "sec": "second", "secs": "second", "yrs": "year",
    "yr": "year", "mm": "millimeter", "cm": "centimeter", "sq": "square", "pts": "point", "bpd": "barrel",
    "kilometre": "kilometer", "kilometres": "kilometer", "kilometers": "kilometer", "metres": "meter",
    "tonnes": "ton", "tons": "ton", "tonne": "ton", "feet": "foot", "inches": "inch", "miles": "mile",
}  # fmt: skip


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
        word = _ABBREVIATED.get(token.low, "")
        if word:
            return word
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
