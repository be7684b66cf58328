"""Plain words for loaded and long-winded ones: neutral.toml, which checking and ranking use too."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import cast

from summarizer.writing.words import (
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    VERB_FORMS,
    plain,
    stem,
    stems,
    tokenize,
    word_set,
)

_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|(?<!\w)[‘\'](?=\S)[^‘’\'"“”]{2,}?(?<=\S)[’\'](?!\w)')
_COMPARING = word_set("so how as more most less too")
_BE = word_set(
    """
    is are was were be been being am seems seemed looks looked became becomes so
    """
)
_AUXILIARIES = word_set("has have had having 've is are was were be been being")
_DOUBLE = re.compile(r"\b([^\W\d_]{3,}) \1\b", re.IGNORECASE)
_AMERICAN = re.compile(r"\b([Cc]ritici)s(?=e|ing)")
_BRITISH = re.compile(r"\b([Cc]ancel)(?=ed|ing)")
_AMERICAN_SIGNS = re.compile(
    r"\b\w{4,}iz(?:e|es|ed|ing)\b|\b(?:labor|color|favor|honor|neighbor|behavior|harbor|defense|center"
    r"|percent|canceled|program)\b|\b(?:Mr|Mrs|Ms|Dr)\. [A-Z]|\bU\.S\."
)
_BRITISH_SIGNS = re.compile(
    r"\b(?:organi|recogni|critici|authori|reali|apologi|emphasi|mobili|legali|finali)s(?!m|t)|\b(?:labour|colour|favour|honour|neighbour|behaviour|harbour|defence"
    r"|centre|per cent|cancelled|programme)\b|\b(?:Mr|Mrs|Ms|Dr) [A-Z]"
)
_ADJECTIVE = re.compile(r"\w{2}(?:ic|al|ous|ful|ive|ing)$")
_VOWEL_SOUND = re.compile(r"(?i)(?:[aeio]|u(?!n[ai]|s[aeiu]|k)|hono|hour|heir)")


@dataclass(frozen=True, slots=True)
class Rule:
    """What stands for one loaded word in one of its forms."""

    use: str
    unless: frozenset[str] = frozenset()
    verb: bool = False
    before_object: bool = False
    before_noun: bool = False
    """An adjective: replaced or left out only where a noun follows."""
    adverb: bool = False
    name: bool = False
    """What is replaced is a name's short form, in capitals: "GOP senators"."""
    participle: str = ""
    """What stands after "has" or "was", where that is another form ("rose", "risen")."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The list of neutral.toml, every form spelled out."""

    rules: Mapping[str, Rule]
    pattern: re.Pattern[str]
    """What has a rule."""
    loaded: re.Pattern[str]
    """What is counted as loaded: not what is merely long-winded, but words without a rule too."""
    equals: Mapping[str, frozenset[str]]
    """Stem of a neutral or wider word to the stems of what it may stand on."""


def neutralise(text: str, *, like: str = "") -> str:
    """Return the text with loaded and long-winded words replaced or left out, but for quoted ones.

    New words are spelled as those of `like` are, its article's: "criticised" or "criticized".
    """
    wording = _load()
    quotes = [m.span() for m in _QUOTED.finditer(text)]
    words = {t.low for t in tokenize(text)}

    def replace(match: re.Match[str]) -> str:
        start, end = match.span()
        found = match.group()
        rule = wording.rules[plain(found).lower()]
        if any(s < end and start < e for s, e in quotes) or words & rule.unless:
            return found
        if not _fits(text, start, end, rule):
            return found
        if found[0].isupper() and not (found.isupper() or rule.name) and _is_name(text, start, end):
            return found
        if not rule.use:
            return "\0"
        use = rule.participle if rule.participle and _is_perfect(text[:start]) else rule.use
        return use[0].upper() + use[1:] if found[0].isupper() else use

    if wording.pattern.search(text):
        told = _tidy(wording.pattern.sub(replace, text))
        text = _without_doubles(_fit_articles(told, text), text)
    # What the model wrote for a loaded word is spelled one way, too.
    pattern, spelled = (_AMERICAN, "z") if _is_american(like) else (_BRITISH, "l")
    quotes = [m.span() for m in _QUOTED.finditer(text)]
    return pattern.sub(
        lambda m: m[0] if any(s <= m.start() < e for s, e in quotes) else m[1] + spelled, text
    )


@lru_cache(maxsize=256)
def _is_american(text: str) -> bool:
    """Say whether a text is spelled as in America; where nothing tells, it is not."""
    return len(_AMERICAN_SIGNS.findall(text)) > len(_BRITISH_SIGNS.findall(text))


@lru_cache(maxsize=8192)
def loaded_words(text: str) -> tuple[str, ...]:
    """Return the loaded words of a text outside its quotations, in order, lower case."""
    wording = _load()
    quotes = [m.span() for m in _QUOTED.finditer(text)]
    return tuple(
        plain(m.group()).lower()
        for m in wording.loaded.finditer(text)
        if not any(s <= m.start() < e for s, e in quotes)
    )


@lru_cache(maxsize=16384)
def equivalents(plain_stem: str) -> frozenset[str]:
    """Return the stems of the loaded or narrower words that a plain word may stand on."""
    return _load().equals.get(plain_stem, frozenset())


def plain_stems() -> frozenset[str]:
    """Return the stems of the plain words that may stand for others."""
    return frozenset(_load().equals)


def _is_perfect(before: str) -> bool:
    """Say whether a participle follows: "has ", "was also "."""
    words = [t.low for t in tokenize(before[-40:])][-3:]
    while words and (words[-1].endswith("ly") or words[-1] in {"also", "not", "already", "n't"}):
        words.pop()
    return bool(words) and words[-1] in _AUXILIARIES


def _fits(text: str, start: int, end: int, rule: Rule) -> bool:
    """Say whether the place is one where this word can be changed without breaking the grammar."""
    before = [t.low for t in tokenize(text[max(0, start - 40) : start])][-1:]
    following = text[end : end + 40]
    after = tokenize(following)[:1]
    is_noun = before and (before[0] in DETERMINERS | {"'s"} or _ADJECTIVE.search(before[0]))
    if rule.verb and is_noun and not text[start:end].lower().endswith(("ed", "ing")):
        return False  # "a sharp rebuke"
    if rule.before_object:
        if not after or not following[:1].isspace():
            return False
        token = after[0]
        # In a title's capitals "Blasts Reported At Plant" has no object.
        is_name = token.is_capital and not (token.low in PREPOSITIONS or token.low.endswith("ed"))
        starts_object = is_name or token.low in DETERMINERS | PRONOUNS
        return starts_object and (not before or before[0] not in DETERMINERS | PREPOSITIONS)
    is_led = bool(before) and before[0] in DETERMINERS | PREPOSITIONS
    if rule.before_noun and text[start:end].endswith("ing") and not is_led:
        # "signaling a shift and alarming Democrats" is no adjective.
        return False
    if rule.before_noun:
        listed = re.match(r", ([\w-]+) ", following)
        if listed and listed[1].lower() in _load().rules:
            return True
        if not after or after[0].kind != "word" or following[:1] != " ":
            return False
        if after[0].low in PREPOSITIONS | PRONOUNS or after[0].low in {"and", "or", "but", "to"}:
            return False
        if not rule.use and before and before[0] in _COMPARING:
            return False
        return not before or before[0] not in _BE
    is_participle = (
        bool(after) and after[0].text.endswith(("ed", "sent")) and after[0].text.islower()
    )
    if rule.use == "said" and is_participle:
        return False  # "said in a statement released on Monday"
    if rule.use == "about" and before and before[0] in DETERMINERS:
        return False  # "an approximately weekly count"
    if rule.adverb:
        # "so bravely that", "how clearly": leaving the adverb out would leave a hole.
        return not before or before[0] not in _COMPARING | {"very"}
    return True


def _is_name(text: str, start: int, end: int) -> bool:
    """Say whether a capitalised word is part of a name rather than of a headline in capitals."""
    if start == 0:
        return False
    others = [t for t in tokenize(text) if t.kind == "word" and len(t.low) > 3]
    return sum(t.is_capital for t in others) <= 0.7 * len(others)


def _without_doubles(text: str, original: str) -> str:
    """Return the text without a word that a replacement put beside itself (strongman leader)."""
    if _DOUBLE.search(original):
        return text
    return _DOUBLE.sub(r"\1", text)


# How much so is left out with what it is said of: "a highly controversial move".
_DEGREE = re.compile(
    r"\b(?:(?:very|highly|deeply|extremely|increasingly|incredibly|hugely|widely|fiercely|wildly)"
    r",?\s+)+\0",
    re.IGNORECASE,
)
# "A moving, dramatic reading", "with big, bold promises": the comma goes too, but not where it ends
# what the sentence opens with ("In a hearing, ").
_LISTED = re.compile(
    r"(\b(?:an? [a-z-]+|big|small|large|new|old|long|short|high|low|deep|wide|hard|strong|great"
    r"|good|bad|young)),\s*\0(?=\s[a-z])"
)
_OPENS = re.compile(
    r"(?:In|On|At|After|Before|During|With|For|From|By|Under|As|When|While|Amid|Despite|Following)"
    r"\b[^,]*,\s*\0"
)
_SHARPLY = re.compile(
    r"(?<=fell |rose |fall |rise )sharply "
    r"(?=(?:(?:by|to|from|nearly|almost|about|over|more than) )*[$€£]?\d)"
)


def _tidy(text: str) -> str:
    if "\0" in text:
        text = _DEGREE.sub("\0", text)
        if not _OPENS.match(text):
            text = _LISTED.sub(r"\1 \0", text)
        text = re.sub(r",\s*\0,\s*|\s*\0(?:,\s*|\s+and\s+|\s+|$|(?=\W))", " ", text)
        text = re.sub(r"\s{2,}", " ", text).replace(" ,", ",").replace(" .", ".").strip()
        text = re.sub(r"^,\s*", "", text)
        if text:
            text = text[0].upper() + text[1:]

    # "Fell sharply 3,000 points" was one word, "plummeted".
    return _SHARPLY.sub("", text)


def _fit_articles(text: str, original: str) -> str:
    """Return the text with "a" or "an" as the words demand that were put behind it."""

    def fit(match: re.Match[str]) -> str:
        if match[0] in original:
            return match[0]
        found = "an" if _VOWEL_SOUND.match(match[2]) else "a"
        return (found.capitalize() if match[1][0].isupper() else found) + match[0][len(match[1]) :]

    # Not before initials: how they sound is not seen from their letters.
    return re.sub(r"\b([Aa]n?)\s+([A-Za-z][a-z]+)", fit, text)


@cache
def _load() -> Wording:
    table = tomllib.loads(
        files("summarizer.writing").joinpath("neutral.toml").read_text(encoding="utf-8")
    )
    rules: dict[str, Rule] = {}
    equals: dict[str, set[str]] = {}

    def know(loaded: str, use: str) -> None:
        for used in stems(use):
            equals.setdefault(used, set()).update(stems(loaded))

    def add_verbs(name: str, *, past_only: bool = False) -> None:
        for verb, use in table[name].items():
            know(verb, use)
            base = verb.split()[0]
            for form, used in _inflect(verb, use).items():
                # "hit" is past too, which "respond" is not: what it is here cannot be told.
                if form == verb and _is_past_too(verb) and not _is_past_too(use):
                    continue
                if not past_only or form.split()[0] not in {base, _third(base)}:
                    participle = _participle(used, use)
                    rules[form] = Rule(used, verb=not past_only, participle=participle)

    add_verbs("verbs")
    add_verbs("verbs_past", past_only=True)
    for row in table["conditional"]:
        word, unless = row.get("verb") or row["word"], frozenset(row["unless"])
        know(word, row["use"])
        forms = _inflect(word, row["use"]) if "verb" in row else _plurals(word, row["use"])
        for form, used in forms.items():
            rules[form] = Rule(used, unless, before_object="verb" in row)
    for word, use in table["words"].items():
        know(word, use)
        for form, used in _plurals(word, use).items():
            rules.setdefault(form, Rule(used))
    for word, use in table["adjectives"].items():
        know(word, use)
        rules[word] = Rule(use, before_noun=True)
    for word in cast(str, table["drop"]["words"]).split():
        is_adverb = word.endswith("ly") and word not in {"ugly"}
        rules.setdefault(word, Rule("", before_noun=not is_adverb, adverb=is_adverb))
    loaded = [*rules, *(word.replace("_", " ") for word in table["sides"]["words"].split())]
    add_verbs("plainer_verbs")
    add_verbs("plainer_verbs_past", past_only=True)
    for words, use in table["plainer"].items():
        know(words, use)
        rules.setdefault(words.lower(), Rule(use, name=words.lower() != words))
    for wide, narrow in table["wider"].items():
        equals.setdefault(stem(wide), set()).update(stem(word) for word in narrow.split())
    return Wording(
        rules, _any_of(rules), _any_of(loaded), {k: frozenset(v) for k, v in equals.items()}
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    names = sorted((re.escape(w).replace(r"\ ", r"\s+") for w in set(words)), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(names)})(?![\w-])", re.IGNORECASE)


def _inflect(verb: str, use: str) -> dict[str, str]:
    """Return each form of a verb (or of a phrase, by its first word) to the same form of `use`."""
    first, *rest = verb.split(" ")
    used, *used_rest = use.split(" ")
    forms = {}
    for make in (lambda w: w, _third, _ing):
        forms[make(first)] = make(used)
    for past in _pasts(first):
        forms.setdefault(past, _pasts(used)[0])
    return {" ".join([form, *rest]): " ".join([to, *used_rest]) for form, to in forms.items()}


def _is_past_too(verb: str) -> bool:
    first = verb.split(" ")[0]
    return list(_pasts(first)) == [first]


def _participle(used: str, use: str) -> str:
    """Return the participle of a replacement in its past form, where it is another word."""
    base, *rest = use.split(" ")
    pasts = _pasts(base)
    if len(pasts) < 2 or used.split(" ")[0] != pasts[0]:
        return ""
    return " ".join([pasts[-1], *rest])


def _plurals(word: str, use: str) -> dict[str, str]:
    if not use:
        return {word: ""}
    return {word: use, _third(word): use if use in {"anger", "unrest", "deaths"} else _third(use)}


def _third(word: str) -> str:
    irregular = {"have": "has", "do": "does", "go": "goes", "be": "is"}
    if word in irregular:
        return irregular[word]
    if re.search(r"(?:[sxz]|ch|sh)$", word):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"


def _ing(word: str) -> str:
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if re.search(r"[^eoy]e$", word):
        return word[:-1] + "ing"
    return _doubled(word) + "ing"


def _pasts(word: str) -> Sequence[str]:
    found = [form for form, base in VERB_FORMS.items() if base == word and form != word]
    found = [f for f in found if not f.endswith(("ing", "s"))]
    if found or VERB_FORMS.get(word) == word:
        return found or [word]
    if word.endswith("e"):
        return [word + "d"]
    if re.search(r"[^aeiou]y$", word):
        return [word[:-1] + "ied"]
    return [_doubled(word) + "ed"]


def _doubled(word: str) -> str:
    """Return the word with its last consonant doubled where English does so."""
    if word in {"anger", "answer", "limit", "threaten", "frighten", "market", "trumpet", "enter"}:
        return word
    one_syllable = len(re.findall(r"[aeiouy]+", word)) == 1
    short = re.search(r"[^aeiou][aeiou][bdgklmnprt]$", word)
    if short and (
        one_syllable or word in {"begin", "regret", "compel", "rebut", "forget", "scuttl"}
    ):
        return word + word[-1]
    return word
