"""Rule-made edits of single sentences that leave them grammatical.

`shortened` turns a real sentence into a milder, plainer one (source → target pairs).
`loaded` goes the other way: it spoils a neutral sentence that a person wrote, which then is the
target. Both take and return cased text; `random` decides which of the edits apply.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
TIME = (
    rf"(?:(?:late|early|earlier|on|last|this) )*(?:{DAY})(?: (?:morning|afternoon|evening|night))?"
)
SAY = (
    r"(?:said|says|told reporters|told lawmakers|told CNN|told Reuters|told Fox News|announced"
    r"|tweeted)"
)

WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
PLAIN_WORDS: dict[str, str] = WORDS["plain"]
LOADED_ADVERBS: list[str] = WORDS["adverbs"].split()
LOADED_ADJECTIVES: list[str] = WORDS["adjectives"].split()
LEADS: list[str] = WORDS["leads"]
PLAIN = re.compile(r"\b(" + "|".join(sorted(PLAIN_WORDS, key=len, reverse=True)) + r")\b")
Edit = Callable[[str], str]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ([,.;:])", r"\1", text)
    return _capital(re.sub(r",([,.])", r"\1", text))


def _article(text: str) -> str:
    """Let `a` and `an` fit the word that now follows them."""
    text = re.sub(r"\b([Aa]) (?=[aeio]|u(?!ni|se|sa|su|ti|k|\.))", r"\1n ", text)
    return re.sub(
        r"\b([Aa])n (?=[bcdfgjklmnpqrstvwxyz](?!-)|h(?!our|onest|eir|onor))", r"\1 ", text
    )


def drop_dateline(text: str) -> str:
    """WASHINGTON (AP) — The Senate … → The Senate …"""
    return re.sub(r"^[A-Z][A-Za-z ,.]{2,40}(?:\([A-Za-z ]+\))? ?(?:—|–|--|-) (?=[A-Z])", "", text)


def drop_lead(text: str) -> str:
    """However, the Senate … → The Senate …"""
    return re.sub(rf"^(?:{'|'.join(LEADS)}) (?=\w)", "", text)


def plain_words(text: str) -> str:
    """Loaded verbs and wordy phrases become plain ones."""
    return _article(PLAIN.sub(lambda m: PLAIN_WORDS[m[1]], text))


def drop_adverbs(text: str) -> str:
    """has blatantly ignored → has ignored"""
    adverbs = "|".join(LOADED_ADVERBS)
    text = re.sub(rf", (?:{adverbs}),(?= )", "", text)
    return _article(
        re.sub(rf"(?<=[a-z] )(?:{adverbs}) (?=[a-z]+)(?!and |or |but |to |as )", "", text)
    )


def drop_adjectives(text: str) -> str:
    """a stunning upset → an upset"""
    adjectives = "|".join(LOADED_ADJECTIVES)
    before = (
        r"(?<=\b[Aa] )|(?<=\b[Aa]n )|(?<=\b[Tt]he )|(?<=\b[Hh]is )|(?<=\b[Hh]er )|(?<=\b[Ii]ts )"
    )
    before += r"|(?<=\b[Tt]heir )|(?<=\bof )|(?<=\bin )|(?<=\bwith )|(?<=\bthis )|(?<=[’']s )"
    after = r"(?=[A-Za-z]{3,})(?!and |or |but |as |for |than |to |in |that )"
    return _article(re.sub(rf"(?:{before})(?:{adjectives}),? {after}", "", text))


def drop_clause(text: str) -> str:
    """John Smith, who leads the group, said … → John Smith said …"""
    verb = (
        r"(?:is|was|has|had|said|says|told|will|would|did|does|may|could|can|were|are|have|\w+ed)"
    )
    inner = r"(?:who|which|whose|where|a|an|the|\d\d|one of)\b[^,;\"“”—]{2,90}"
    return re.sub(rf"(?<=[A-Za-z]), {inner}, (?={verb}\b)", " ", text)


def drop_tail(text: str) -> str:
    """… the bill, which goes to the House next week. → … the bill."""
    return re.sub(r"(?<=[a-z]), (?:which|who|where) [^,;\"“”—]{8,80}\.$", ".", text)


def drop_insert(text: str) -> str:
    """Words in brackets or between dashes go."""
    text = re.sub(r" \([^()]{2,60}\)", "", text)
    return re.sub(r" (?:—|–|--) [^—–\"“”]{4,80} (?:—|–|--) (?=[a-z])", " ", text)


def drop_setting(text: str) -> str:
    """said in a statement on Tuesday that → said that"""
    where = r"in (?:a|an) (?:statement|interview|tweet|email|briefing|news release|press release)"
    where += r"|at a (?:news|press) (?:conference|briefing)|during a (?:news|press) conference"
    text = re.sub(rf"(?<=said )(?:{where})(?: {TIME})? (?=that|it|he|she|they|the)", "", text)
    text = re.sub(rf"(?<= said) (?:{where})(?: {TIME})?(?=[.,])", "", text)
    return re.sub(rf" (?:{TIME}) (?=that )", " ", text)


def drop_day(text: str) -> str:
    """voted on Tuesday to → voted to"""
    after = "to|that|in|for|after|with|by|as|at|it|he|she|they|the"
    part = "morning|afternoon|evening|night"
    return re.sub(
        rf"(?<=[a-z]) (?:(?:on|early|late|last) )*{DAY}(?: (?:{part}))?(?= (?:{after})\b)", "", text
    )


def drop_that(text: str) -> str:
    """officials said that the port closed → officials said the port closed"""
    return re.sub(
        r"\b(said|says|announced|warned) that (?=(?:the|he|she|it|they|[A-Z]))", r"\1 ", text
    )


def speaker_first(text: str) -> str:
    """Cases rose to five, officials said Tuesday. → Officials said cases rose to five."""
    if re.search(r"[\"“”]", text):
        return text
    who = r"((?:(?:[Tt]he|[Aa]n?|U\.S\.|two|one|some) )?(?:[\w'’.-]+ ){0,5}[\w'’]+)"
    if found := re.search(rf"^(.{{25,}}), {who} ({SAY})(?: {TIME})?(?: in an? \w+)?\.$", text):
        clause, name, verb = found.groups()
    elif found := re.search(
        rf"^(.{{25,}}), ({SAY}) ([A-Z][^,;]{{3,50}}(?:, [^,;]{{5,60}})?)\.$", text
    ):
        clause, verb, name = found.groups()
        if ", " in name:
            name += ","
    else:
        return text
    if re.search(rf"\b{SAY}\b", clause) or name.split()[0] in {"and", "but", "which", "who", "as"}:
        return text
    first = clause.split()[0]
    if first in {"The", "A", "An", "It", "He", "She", "They", "There", "In", "At", "More", "Some"}:
        clause = clause[0].lower() + clause[1:]
    return f"{_capital(name)} {verb} {clause}."


def source_last(text: str) -> str:
    """According to police, five people died. → Five people died, according to police."""
    if re.search(r"[\"“”]", text):
        return text
    if found := re.search(r"^According to ([^,]{3,70}), ([^;:]{20,})\.$", text):
        return f"{_capital(found[2])}, according to {found[1]}."
    return text


# Each edit with the chance that it is applied where it can be.
ALWAYS: tuple[tuple[Edit, float], ...] = (
    (drop_dateline, 1.0),
    (drop_lead, 1.0),
    (plain_words, 1.0),
    (drop_adverbs, 1.0),
    (drop_adjectives, 1.0),
    (speaker_first, 0.85),
    (source_last, 0.7),
    (drop_setting, 0.9),
    (drop_that, 0.5),
)
SHORTENING: tuple[tuple[Edit, float], ...] = (
    (drop_insert, 0.9),
    (drop_clause, 0.9),
    (drop_tail, 0.8),
    (drop_day, 0.5),
)


def shortened(text: str, random: Random, *, mild: bool) -> str:
    """Apply the edits that fit; with `mild` only those that lose no fact."""
    for edit, chance in ALWAYS if mild else SHORTENING + ALWAYS:
        if random.random() < chance:
            text = edit(text)
    return _tidy(text)


def loaded(text: str, random: Random, asides: Sequence[str], tails: Sequence[str]) -> str:
    """Spoil a neutral sentence with what `shortened` takes out.

    `asides` are relative clauses and appositives, `tails` trailing clauses, both without commas,
    taken from other sentences.
    """
    spoiled = text
    for plain, heavy in _HEAVY:
        if plain in spoiled and random.random() < 0.6:
            spoiled = re.sub(rf"\b{plain}\b", random.choice(heavy), spoiled, count=1)
    if random.random() < 0.5:
        places = [m.end() for m in re.finditer(r"\b(?:the|a|an|its|his|her) (?=[a-z]{3})", spoiled)]
        if places:
            at = random.choice(places)
            spoiled = spoiled[:at] + random.choice(LOADED_ADJECTIVES) + " " + spoiled[at:]
    if random.random() < 0.4:
        verbs = [
            m.end() for m in re.finditer(r"\b(?:has|have|is|are|was|were|will) (?=[a-z]+)", spoiled)
        ]
        verbs += [m.start() for m in re.finditer(r"(?<=[a-z] )[a-z]{3,}ed\b", spoiled)]
        if verbs:
            at = random.choice(verbs)
            spoiled = spoiled[:at] + random.choice(LOADED_ADVERBS) + " " + spoiled[at:]
    if random.random() < 0.5:
        names = [m.end() for m in re.finditer(r"[A-Z][a-z]+ [A-Z][a-z]{2,}(?= [a-z])", spoiled)]
        if names and asides:
            at = random.choice(names)
            spoiled = f"{spoiled[:at]}, {random.choice(asides)},{spoiled[at:]}"
    if tails and random.random() < 0.3 and spoiled.endswith("."):
        spoiled = f"{spoiled[:-1]}, {random.choice(tails)}."
    if random.random() < 0.3:
        lead = random.choice(LEADS)
        keep = re.match(r"(?:The|A|An|In|At|Two|Three) ", spoiled)
        spoiled = f"{lead} " + (spoiled[0].lower() + spoiled[1:] if keep else spoiled)
    return _article(spoiled)


def _heavy() -> list[tuple[str, list[str]]]:
    """Each plain word with the loaded ones it stands for, where that is one to one enough."""
    chosen = "criticized criticizes criticizing rose fell cut promoted condemned tried"
    out = []
    for word in chosen.split():
        out.append((word, [heavy for heavy, easy in PLAIN_WORDS.items() if easy == word]))
    return [(word, heavy) for word, heavy in out if heavy]


_HEAVY = _heavy()
