"""Tokens, stems and word classes: the little grammar that selecting and checking share."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

Kind = Literal["word", "number", "mark"]

_PLAIN = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "´": "'", "`": "'",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "‑": "-", "‐": "-", "…": "...",
    }
)  # fmt: skip
_TOKEN = re.compile(
    r"""
      (?:[^\W\d_]\.){2,}                 # U.S.
    | \d+(?:[.,:]\d+)*                   # 1,200.5  08:00
    | [^\W\d_]+?(?=n't\b) | n't\b        # did|n't
    | '(?:[sS]|re|ve|ll|d|m)\b           # Xi|'s
    | [^\W\d_]+(?:'(?!(?:[sS]|re|ve|ll|d|m)\b)[^\W\d_]+)*  # O'Brien
    | ---? | \.\.\. | [—–] | [$€£¥%#@&]
    | [.,;:!?()\[\]"'/|-]
    """,
    re.VERBOSE,
)


def word_list(text: str) -> list[str]:
    """Return the words of a text in order."""
    return text.split()


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text as a set: the way word lists are written here."""
    return frozenset(text.split())


def _forms(rows: Sequence[str]) -> dict[str, str]:
    return {form: row.split()[0] for row in rows for form in row.split()}


_GRAMMAR = tomllib.loads(
    files("summarizer.writing").joinpath("grammar.toml").read_text(encoding="utf-8")
)
VERB_FORMS = _forms(_GRAMMAR["verbs"])
"""Each form of an irregular verb to its base."""
_FORMS = {**_forms(_GRAMMAR["others"]), **VERB_FORMS}

FUNCTION_WORDS = word_set(
    """
    a about above across after again against ago ahead all along also although am amid among an
    and another any anyone anything are around as aside at away be because been before behind
    being below beside besides between beyond both but by ca can cannot could despite did do does
    doing down during each either else even ever every everyone everything few for from further
    had has have having he her here hers herself him himself his how however i if in including
    inside instead into is it its itself just less lest like many may me might mine more moreover
    most much must my myself near neither no nobody none nor not nothing now of off on once one
    oneself only onto or other others ought our ours ourselves out outside over own per perhaps
    quite rather same shall she should since so some somebody someone something such than that the
    their theirs them themselves then there therefore these they this those though through
    throughout thus till to together too toward towards under unless until up upon us very via was
    we were what whatever when where whereas whether which while who whom whose why will with
    within without wo would yet you your yours yourself 's 're 've 'll 'd 'm n't s t
    """
)
AUXILIARIES = word_set(
    """
    am is are was were be been being has have had having do does did will would can could may
    might must shall should ca wo 's 're 've 'll 'd 'm
    """
)
MODALS = word_set("will would can could may might must shall should ca wo 'll 'd")
DETERMINERS = word_set(
    """
    a an the this that these those his her its their our my your some any every each another no
    both all several many few
    """
)
PRONOUNS = word_set(
    """
    he she it they we i you who which that him her them us me this these those
    """
)
PREPOSITIONS = word_set(
    """
    about above across after against amid among around as at before behind below between beyond by
    despite during for from in inside into like near of off on onto out outside over per since
    through throughout to toward towards under until up upon via with within without
    """
)
CONJUNCTIONS = word_set("and or but nor while whereas although though because if unless")
WEEKDAYS = word_set("monday tuesday wednesday thursday friday saturday sunday")
TIMES = WEEKDAYS | word_set(
    """
    january february march april may june july august september october november december jan feb
    aug sept oct nov dec yesterday today tonight morning afternoon evening night week month year
    later early late last next earlier weekend midnight noon dawn
    """
)
CLAUSE_STARTS = word_set(
    """
    that which who whom whose where when while as after before because since although though if
    unless whereas until and but or nor so
    """
)
REPORTING_VERBS = word_set(
    """
    say tell claim allege argue insist report announce warn suggest believe think vow promise
    pledge state tweet write add confirm acknowledge admit assert declare predict estimate note
    maintain contend explain testify reveal disclose reply respond comment complain caution stress
    emphasize remark recall conclude concede deny indicate signal post fear hope expect suspect
    understand charge accuse
    """
)
FINDING_VERBS = word_list("ruled found showed shows")
"""What a court or a study says it with."""


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or punctuation mark of a text."""

    text: str
    low: str
    stem: str
    start: int
    end: int
    kind: Kind

    @property
    def is_content(self) -> bool:
        return self.kind != "mark" and self.low not in FUNCTION_WORDS

    @property
    def is_capital(self) -> bool:
        return self.kind == "word" and self.text[0].isupper()


_ACRONYMS = {"US": "u.s", "WHO": "w.h.o", "IT": "i.t", "UN": "u.n", "UK": "u.k", "EU": "e.u"}


def plain(text: str) -> str:
    """Return the text with typographic quotes, spaces and hyphens made plain."""
    return text.replace("``", '"').replace("''", '"').translate(_PLAIN)


@lru_cache(maxsize=8192)
def tokenize(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text; quotes are made plain, so offsets belong to `plain(text)`."""
    tokens = []
    for match in _TOKEN.finditer(plain(text)):
        raw = match.group()
        if not raw:
            continue
        low = raw.lower()
        kind: Kind = "mark"
        if raw[0].isdigit():
            kind = "number"
        elif raw[0].isalpha() or low in FUNCTION_WORDS:
            kind = "word"
        if kind == "word" and "." in low:
            low = low.rstrip(".")
        # "US" and "WHO" are no pronouns.
        low = _ACRONYMS.get(raw, low)
        tokens.append(Token(raw, low, stem(low), match.start(), match.end(), kind))
    return tuple(tokens)


def stems(text: str) -> list[str]:
    """Return the stems of a text's content words and numbers, in order."""
    return [t.stem for t in tokenize(text) if t.is_content]


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return what the inflected and differently spelled forms of a lower-case word share.

    The result need not be a word ("making" and "make" both give "mak").
    """
    word = _FORMS.get(word, word)
    if len(word) == 3 and word[2] == "e" and word[1] not in "aeiou":
        # "axe" and "axed", "use" and "used".
        return word[:2]
    if len(word) < 4 or not word.isalpha():
        return word
    if word.endswith(("ies", "ied")) and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith("es") and word[:-2].endswith(("s", "x", "z", "ch", "sh", "o")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
        word = _FORMS.get(word, word)
    if word.endswith("ly") and len(word) > 5:
        word = word[:-2]
    if word.endswith("eed"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if (
            word.endswith(ending)
            and _has_vowel(word[: -len(ending)])
            and len(word) > len(ending) + 2
        ):
            word = word[: -len(ending)]
            break
    word = word.replace("isation", "ization")
    if len(word) > 5 and word.endswith(("ise", "is", "yse", "ys")):
        word = word.removesuffix("e")[:-1] + "z"
    if len(word) > 5 and word.endswith("ize"):
        word = word[:-1]
    if len(word) > 4 and word.endswith("our"):
        word = word[:-3] + "or"
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeo":
        word = word[:-1]
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word.endswith("y"):
        word = word[:-1] + "i"
    return word


_NOUN_ENDINGS = ("ization", "ation", "ition", "ion", "ment", "ance", "ence", "al", "ant", "ent")


@lru_cache(maxsize=65536)
def root(stemmed: str) -> str:
    """Return a stem without the ending that makes a noun of a verb ("accusation", "accus")."""
    for ending in _NOUN_ENDINGS:
        if stemmed.endswith(ending) and len(stemmed) - len(ending) >= 4:
            return stemmed[: -len(ending)]
    return stemmed


def _has_vowel(text: str) -> bool:
    return any(letter in "aeiouy" for letter in text)


def count_words(text: str) -> int:
    """Return how many words a reader would count."""
    return len(text.split())


def join(words: Iterable[str]) -> str:
    """Return words as one text with single spaces and no space before punctuation."""
    return re.sub(r"\s+([,.;:!?])", r"\1", " ".join(w for w in words if w)).strip()
