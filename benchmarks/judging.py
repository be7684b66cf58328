"""An independent judge of written sentences: what in them do the cited articles not have?

It shares no code with the writer or its checks. It is stricter in one way, every cited article
must support the sentence alone, and simpler in others: it compares words, not what they say.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nltk.stem.porter import PorterStemmer
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

NEUTRAL = Path(__file__).parent.parent / "summarizer" / "writing" / "neutral.toml"
ATTRIBUTION = frozenset(["say", "says", "said", "told", "reported", "reports", "according"])
RUN = 0.9
"""A sentence is copied when this share of its tokens stands in one source sentence in a row."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_MONTHS = "january february march april may june july august september october november december"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_CALENDAR = frozenset(f"{_MONTHS} {_DAYS}".split())

_UNITS = {word: float(value) for value, word in enumerate((
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
))}  # fmt: skip
_TENS = {word: 10.0 * value for value, word in enumerate((
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"
), start=2)}  # fmt: skip
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9, "tn": 1e12,
}  # fmt: skip
_NUMBER = re.compile(
    r"(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)(?:\s?(?P<short>k|m|mn|bn|tn)\b)?|(?P<word>[a-z]+)", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A cited article: everything in it may support a sentence."""

    title: str
    text: str
    outlet: str = ""

    @property
    def all(self) -> str:
        return f"{self.title}. {self.text} {self.outlet}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is not supported in one sentence, and of how many content words."""

    content_words: int = 0
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


def judge(sentence: str, cited: Sequence[Source]) -> Finding:
    """Return what at least one of the cited articles does not have; all, if none is cited."""
    findings = [_judge_one(sentence, source.all) for source in cited]
    if not findings:
        findings = [_judge_one(sentence, "")]

    def union(field: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(x for f in findings for x in getattr(f, field)))

    return Finding(
        content_words=findings[0].content_words,
        words=union("words"),
        numbers=union("numbers"),
        dates=union("dates"),
        names=union("names"),
        quotes=union("quotes"),
    )


def _judge_one(sentence: str, source: str) -> Finding:
    content = [w for w in _words(sentence) if w not in ENGLISH_STOP_WORDS and w not in ATTRIBUTION]
    source_words = _known_words(source)
    numbers = read_numbers(source)
    return Finding(
        content_words=len(content),
        words=tuple(w for w in content if not _word_stands(w, source_words)),
        numbers=tuple(f"{n:g}" for n in sorted(read_numbers(sentence) - numbers - {0.0, 1.0})),
        dates=tuple(sorted(_dates(sentence) - _dates(source))),
        names=tuple(n for n in _names(sentence) if n.lower() not in source_words),
        quotes=tuple(q for q in quotations(sentence) if not _verbatim(q, source)),
    )


def is_copied(sentence: str, source_sentences: Sequence[str]) -> bool:
    """Whether 90 % of the sentence's tokens stand in a row in one of the source sentences."""
    tokens = _TOKEN.findall(_plain(sentence).lower())
    if not tokens:
        return True
    size = math.ceil(RUN * len(tokens))
    runs = [" ".join(tokens[at : at + size]) for at in range(len(tokens) - size + 1)]
    for source in source_sentences:
        text = f" {' '.join(_TOKEN.findall(_plain(source).lower()))} "
        if any(f" {run} " in text for run in runs):
            return True
    return False


def loaded_words(text: str, reference: str, lexicon: frozenset[str]) -> list[str]:
    """Return the words of the lexicon that stand in `text` and not in `reference`, each time."""
    expected = set(_words(reference))
    return [w for w in _words(text) if w in lexicon and w not in expected]


def read_numbers(text: str) -> set[float]:
    """Return the values of the numbers in digits or words: '2.3 million', '1.9bn', 'forty-one'."""
    found: set[float] = set()
    total = current = 0.0
    open_number = spelled = False

    def close() -> None:
        nonlocal total, current, open_number, spelled
        if open_number:
            found.add(round(total + current, 6))
        total = current = 0.0
        open_number = spelled = False

    end = 0
    for match in _NUMBER.finditer(_plain(text)):
        gap = match.string[end : match.start()]
        end = match.end()
        if gap.strip(" -") or (gap == "-" and not spelled):
            close()
        word = (match["word"] or "").lower()
        if match["digits"]:
            close()
            current = float(match["digits"].replace(",", ""))
            found.add(current)
            current *= _SCALES.get((match["short"] or "").lower(), 1.0)
            open_number = True
        elif word in _UNITS or word in _TENS:
            value = _UNITS.get(word, _TENS.get(word, 0))
            if open_number and not (
                spelled
                and (
                    current % 100 == 0 or (current % 10 == 0 and current % 100 >= 20 and value < 10)
                )
            ):
                close()
            current += value
            open_number = spelled = True
        elif word in _SCALES and open_number and len(word) > 2:
            if word == "hundred":
                current *= 100
            else:
                total += current * _SCALES[word]
                current = 0.0
        elif word != "and" or not spelled:
            close()
    close()
    return found


def quotations(text: str) -> list[str]:
    """Return what stands between quotation marks."""
    return [q.strip(" ,.") for q in re.findall(r'"([^"]+)"', _plain(text))]


def read_lexicons(folder: Path) -> frozenset[str]:
    """Return the words that take sides: strong subjectives (Riloff & Wiebe 2003) and BABE."""
    words: set[str] = set()
    for name in ("strong_subjectives_riloff2003.txt", "babe_bias_words.txt"):
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        words |= {line.strip().lower() for line in lines if line.strip() and line[0] != "#"}
    return frozenset(words)


def _plain(text: str) -> str:
    """Return `text` with straight quotes and plain spaces."""
    return text.translate(str.maketrans("“”„«»‘’\u00a0", '"""""\'\' ')).replace("''", '"')


def _words(text: str) -> list[str]:
    words = (w.lower() for w in _WORD.findall(_plain(text).replace(".S.", "S")))
    return [re.sub(r"'s$|'$", "", w) for w in words]


_stem = lru_cache(maxsize=100_000)(PorterStemmer().stem)


@lru_cache(maxsize=64)
def _known_words(source: str) -> frozenset[str]:
    """Return the source's words, their stems and first five letters, and neutral equivalents."""
    words = set(_words(source))
    stems = {_stem(w) for w in words}
    for loaded, plain in _equivalents():
        if all(_stem(w) in stems for w in loaded.split()):
            words |= set(plain.lower().split())
    return frozenset(words | {f"={_stem(w)}" for w in words} | {f"~{w[:5]}" for w in words})


def _word_stands(word: str, known: frozenset[str]) -> bool:
    near = len(word) > 5 and f"~{word[:5]}" in known
    return word in known or f"={_stem(word)}" in known or near


@lru_cache(maxsize=1)
def _equivalents() -> tuple[tuple[str, str], ...]:
    """Return the shipped (loaded, plain) pairs: the list is data, and the product's promise."""
    tables = tomllib.loads(NEUTRAL.read_text(encoding="utf-8"))
    pairs = [
        (str(loaded), str(plain))
        for table in tables.values()
        if isinstance(table, dict)
        for loaded, plain in table.items()
    ]
    for row in tables.get("conditional", []):
        pairs.append((row.get("verb") or row.get("word"), row["use"]))
    return tuple(pairs)


def _dates(text: str) -> set[str]:
    """Return months and weekdays; a short form ('Dec.', 'Mon.') counts as the full name."""
    found = set()
    for word in re.findall(r"\b[A-Z][a-z]{2,}\b", text):
        full = [name for name in _CALENDAR if name.startswith(word.lower())]
        if word.lower() in _CALENDAR or (len(word) <= 4 and len(full) == 1):
            found.add(full[0])
    return found


def _names(sentence: str) -> list[str]:
    """Return the capitalised words that do not begin the sentence or a quotation."""
    names = []
    plain = _plain(sentence).replace(".S.", "S")
    for match in _WORD.finditer(plain):
        word = re.sub(r"'[sS]$|'$", "", match[0])
        begins = re.search(r'(^|[.!?:]\s+|")\W*$', plain[: match.start()])
        dated = word.lower() in _CALENDAR
        if word[0].isupper() and word != "I" and not begins and not dated:
            names.append(word)
    return names


def _verbatim(quote: str, source: str) -> bool:
    text = " ".join(_plain(source).split())
    wanted = " ".join(quote.split())
    return wanted in text or wanted[:1].swapcase() + wanted[1:] in text
