# ruff: noqa: E501 - patterns and their messages read better on one line
"""False sentences made by rule from true ones, a function for each kind of falsehood.

Written apart from the rules of the check, which knows nothing of them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

NAME = r"(?:[A-Z][a-z]+(?:\s[A-Z]\.)?(?:\s[A-Z][a-z]+)*)"
NOT_NAMES = frozenset(
    [
        *("the", "a", "an", "in", "on", "at", "it", "he", "she", "they", "we", "this", "that"),
        *("his", "her", "their", "but", "and", "as", "for", "after", "before", "when", "while"),
        *("if", "with", "by", "from", "to", "there", "these", "those", "its", "our", "some"),
        *("many", "most", "several", "one", "two", "three", "no", "not", "since", "during"),
        *("under", "over", "last", "next", "monday", "tuesday", "wednesday", "thursday"),
        *("friday", "saturday", "sunday", "january", "february", "march", "april", "may"),
        *("june", "july", "august", "september", "october", "november", "december", "i", "you"),
        *("my", "according", "of", "or", "also", "both", "however", "although", "though"),
        *("because", "despite", "yet", "still", "even", "now", "then", "here", "what", "who"),
        *("how", "why", "where"),
    ]
)
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
TURNS = {
    "rose": "fell", "fell": "rose", "increased": "decreased", "decreased": "increased", "gained": "lost",
    "lost": "won", "won": "lost", "increase": "decrease", "decrease": "increase", "higher": "lower",
    "lower": "higher", "more": "fewer", "up": "down", "above": "below", "raised": "cut", "before": "after",
    "after": "before", "approved": "rejected", "rejected": "approved", "supports": "opposes", "support": "oppose",
    "opposed": "supported", "supported": "opposed", "accepted": "refused", "first": "last",
}  # fmt: skip
DOUBTS = ("may ", "might ", "could ", "reportedly ", "allegedly ", "alleged ", "suspected ", "likely ", "possibly ",
          "expected to ", "is expected to ", "potentially ", "apparently ", "nearly ", "at least ", "more than ",
          "about ", "up to ", "almost ")  # fmt: skip
VERBS = (r"(?:has|have|had|was|were|is|are|will|would|said|says|told|announced|approved|signed|passed|voted|killed|"
         r"claimed|warned|called|made|took|won|lost|arrested|ordered|blocked|filed|accused|agreed|rejected)")  # fmt: skip
INVENTED = (
    ", which officials called a turning point", ", sparking protests across the country", " because of budget cuts",
    ", costing taxpayers millions", " after weeks of secret talks", ", according to leaked emails",
    " despite warnings from doctors", ", and resigned the next day", ", who is under investigation",
    ", prompting an emergency meeting", ", a first in the country's history", " in exchange for immunity",
)  # fmt: skip

Maker = Callable[[str, list[str], random.Random], str | None]


def find_names(sentence: str) -> list[str]:
    return [
        m.group()
        for m in re.finditer(NAME, sentence)
        if m.start() > 0 and m.group().split()[0].lower() not in NOT_NAMES
    ]


def change_number(s: str, _: list[str], rng: random.Random) -> str | None:
    found = list(re.finditer(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])", s))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    spot = rng.randrange(len(old.rstrip(",")))
    while not old[spot].isdigit():
        spot = rng.randrange(len(old))
    new = old[:spot] + str((int(old[spot]) + rng.randint(1, 8)) % 9 + 1) + old[spot + 1 :]
    return s[: match.start()] + new + s[match.end() :] if new != old else None


def change_spelled_number(s: str, _: list[str], rng: random.Random) -> str | None:
    words = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    match = re.search(rf"\b(?:{'|'.join(words)})\b", s)
    if not match:
        return None
    return (
        s[: match.start()] + rng.choice([w for w in words if w != match.group()]) + s[match.end() :]
    )


def change_unit(s: str, _: list[str], __: random.Random) -> str | None:
    for old, new in (
        ("million", "billion"),
        ("billion", "million"),
        ("percent", "percentage points"),
        ("%", " million"),
        ("thousand", "million"),
        ("years", "months"),
        ("months", "weeks"),
        ("weeks", "days"),
        ("days", "weeks"),
    ):
        match = re.search(
            rf"(\d[\d,.]*\s?|\b(?:two|three|four|five|six|seven|eight|nine|ten) ){old}\b"
            if old != "%"
            else r"(\d)%",
            s,
        )
        if match:
            return s[: match.end(1)] + new + s[match.end() :]
    return None


def swap_numbers(s: str, _: list[str], __: random.Random) -> str | None:
    found = list(re.finditer(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])", s))
    # Not the day and the year of one date, nor a range: what comes out would not be a sentence.
    found = [
        m
        for m in found
        if not re.search(r"(?:19|20)\d\d,?$|,$", m.group()) and not _in_date(s, m.start())
    ]
    if (
        len(found) < 2
        or found[0].group() == found[1].group()
        or found[1].start() - found[0].end() < 6
    ):
        return None
    a, b = found[:2]
    return s[: a.start()] + b.group() + s[a.end() : b.start()] + a.group() + s[b.end() :]


def _in_date(s: str, start: int) -> bool:
    months = "January|February|March|April|May|June|July|August|September|October|November|December"
    return (
        re.search(rf"(?:{months}|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.) $", s[:start])
        is not None
    )


def change_name(s: str, names: list[str], rng: random.Random) -> str | None:
    own = find_names(s)
    if not own:
        return None
    old = rng.choice(own)
    new = rng.choice(names)
    if set(new.split()) & set(s.replace(",", "").split()):
        return None
    return s.replace(old, new, 1)


def swap_names(s: str, _: list[str], __: random.Random) -> str | None:
    """Swap who does something with whom it is done to."""
    match = re.search(rf"^(?P<a>{NAME}) (?P<m>[^,.]{{3,60}}?\b) (?P<b>{NAME})(?=[ ,.])", s)
    if (
        not match
        or match["a"].split()[0].lower() in NOT_NAMES
        or match["b"].split()[0].lower() in NOT_NAMES
    ):
        return None
    if not re.search(rf"\b{VERBS}\b|\w+ed\b", match["m"]) or set(match["a"].split()) & set(
        match["b"].split()
    ):
        return None
    return f"{match['b']} {match['m']} {match['a']}" + s[match.end() :]


def change_day(s: str, _: list[str], rng: random.Random) -> str | None:
    match = re.search(rf"\b(?:{'|'.join(DAYS)})\b", s)
    if not match:
        return None
    return (
        s[: match.start()] + rng.choice([d for d in DAYS if d != match.group()]) + s[match.end() :]
    )


def negate(s: str, _: list[str], __: random.Random) -> str | None:
    match = re.search(
        r"\b(?:is|are|was|were|has|have|had|will|would|could|can|should|did|does)\b(?! (?:not|hardly)|n['’]t)",
        s,
    )
    return s[: match.end()] + " not" + s[match.end() :] if match else None


def affirm(s: str, _: list[str], __: random.Random) -> str | None:
    new, count = re.subn(
        r"\b(is|are|was|were|has|have|had|will|would|could|can|should|did|does|do)(?: not|n['’]t)\b",
        r"\1",
        s,
        count=1,
    )
    if count:
        return new
    new, count = re.subn(r"\b(?:never|not) ", "", s, count=1)
    return new if count else None


def undeny(s: str, _: list[str], __: random.Random) -> str | None:
    for pattern, to in (
        (r"\bden(?:ied|ies) (?:that )?", "confirmed "),
        (r"\b(?:failed|refused|declined) to (\w+)", r"decided to \1"),
        (r"\brejected\b", "accepted"),
        (r"\bwithout\b", "with"),
    ):
        new, count = re.subn(pattern, to, s, count=1)
        if count:
            return new
    return None


def drop_doubt(s: str, _: list[str], __: random.Random) -> str | None:
    for doubt in DOUBTS:
        match = re.search(rf"\b{doubt}", s)
        if (
            match
            and not (doubt == "about " and not re.match(r"[\d$]", s[match.end() :]))
            and not (
                doubt in {"up to ", "more than ", "almost ", "nearly ", "at least "}
                and not re.match(r"[\d$]", s[match.end() :])
            )
        ):
            return s[: match.start()] + s[match.end() :]
    return None


def drop_speaker(s: str, _: list[str], __: random.Random) -> str | None:
    match = re.match(
        r"^(.{30,}?), (?:according to|[A-Z][^,]{2,50} (?:said|says|told [^,.]+|announced|warned)|(?:said|says) [A-Z])[^,]*\.$",
        s,
    )
    if match:
        return match[1] + "."
    match = re.match(
        r"^[A-Z][^,]{2,60}? (?:said|says|claimed|argued|alleged|warned|insisted|suggested) (?:that |\w+day that |\w+day )?(.{25,})$",
        s,
    )
    if match and not re.match(r"(?:to|in|on|at|for|of|about|with)\b", match[1]):
        return match[1][0].upper() + match[1][1:]
    match = re.match(r"^According to [^,]+, (.{25,})$", s)
    return match[1][0].upper() + match[1][1:] if match else None


def change_speaker(s: str, names: list[str], rng: random.Random) -> str | None:
    match = re.search(rf"({NAME}) (?:said|says|told|warned|claimed|argued|announced)\b", s)
    if not match or match[1].split()[0].lower() in NOT_NAMES:
        return None
    others = [n for n in find_names(s) if not set(n.split()) & set(match[1].split())]
    new = others[0] if others else rng.choice(names)
    if new in match[1] or match[1] in new:
        return None
    return s[: match.start(1)] + new + s[match.end(1) :]


def turn(s: str, _: list[str], __: random.Random) -> str | None:
    for word, other in TURNS.items():
        match = re.search(rf"\b{word}\b", s)
        if match and not (
            word in {"more", "up", "first"}
            and not re.match(r" (?:than|by|\w+ (?:in|to))", s[match.end() :])
        ):
            return s[: match.start()] + other + s[match.end() :]
    return None


def join_wrongly(s: str, _: list[str], __: random.Random) -> str | None:
    """Join the sentence's first subject to the verb of a clause that has a subject of its own."""
    match = re.match(
        rf"^(?P<subject>(?:The |A |An )?[A-Z]?[\w’'.-]+(?: [A-Z][\w’'.-]+){{0,3}}) (?P<verb>{VERBS}|\w+ed)\b(?P<rest>.*)$",
        s,
    )
    if (
        not match
        or match["subject"].lower() in NOT_NAMES
        or match["subject"].split()[-1].lower() in NOT_NAMES
    ):
        return None
    later = re.search(
        r"\b(?:that|which|where|after|because|when|while|as) (?:the |a |an |his |her |their )?(?:[\w’'-]+ ){1,4}?(?P<tail>(?:has|have|had|was|were|is|are|will|would|could) .{12,})$",
        match["rest"],
    )
    if not later or re.search(
        r"\b(?:he|she|it|they|who)\b", later.group()[: later.start("tail") - later.start()]
    ):
        return None
    return f"{match['subject']} {later['tail']}"


def swap_nouns(s: str, _: list[str], __: random.Random) -> str | None:
    """Swap the nouns of "the X of the Y"."""
    match = re.search(r"\b(the|a|an) (\w{4,}) (of|in|from|to|against) (the|a|an) (\w{4,})\b", s)
    if not match or match[2] == match[5]:
        return None
    return (
        s[: match.start()]
        + f"{match[1]} {match[5]} {match[3]} {match[4]} {match[2]}"
        + s[match.end() :]
    )


def cross_conjuncts(s: str, _: list[str], __: random.Random) -> str | None:
    """Cut from inside one conjunct into the next: "5 in Kenya and 7 in Uganda" to "5 in Uganda"."""
    match = re.search(
        r"\b(\d[\d,.]*|\w+ed) (?:in|for|by|to|from|at|with) [^,]{3,40}? and (?:\d[\d,.]*|\w+ed) ((?:in|for|by|to|from|at|with) .{5,})$",
        s,
    )
    return s[: match.end(1)] + " " + match[2] if match else None


def take_object(s: str, _: list[str], __: random.Random) -> str | None:
    """Give a verb the object of a later one: "blamed X and praised Y" to "blamed Y"."""
    match = re.search(
        r"\b(\w+ed) (?!by|to|in|on|at|with|from|for|that)(?:the |a |an )?[^,.]{3,50}?,? (?:and|but|while|after|before|which|who|that)\b[^,.]{0,40}? \w+(?:ed|ing) ((?:the |a |an |[A-Z])[^,]{4,})$",
        s,
    )
    return s[: match.end(1)] + " " + match[2] if match else None


def invent(s: str, _: list[str], rng: random.Random) -> str | None:
    clause = rng.choice(INVENTED)
    return s.rstrip(".") + clause + "." if not any(w in s for w in clause.split()[-2:]) else None


def requote(s: str, _: list[str], rng: random.Random) -> str | None:
    words = s.rstrip(".").split()
    if len(words) < 12:
        return None
    start = rng.randrange(4, len(words) - 5)
    quoted = words[start : start + 4]
    quoted[1], quoted[2] = quoted[2], quoted[1]
    return " ".join([*words[:start], '"' + " ".join(quoted) + '"', *words[start + 4 :]]) + "."


def cut_off(s: str, _: list[str], __: random.Random) -> str | None:
    match = re.match(r"^(.{25,}\b(?:of|to|the|for|with|from|by|a|an|his|their|and|that))\s", s)
    return match[1] + "." if match else None


_QUANTIFIERS = {
    "all": "some",
    "some": "all",
    "most": "few",
    "many": "most",
    "several": "most",
    "few": "many",
    "both": "neither",
    "every": "hardly any",
}


def change_quantifier(text: str, _names: list[str], _rng: random.Random) -> str | None:
    """Return "some ferries" for "all ferries": a share that the source does not give."""
    match = re.search(rf"\b({'|'.join(_QUANTIFIERS)}) (?!of\b|more\b|likely\b)(?=[a-z]+s\b)", text)
    if match is None:
        return None
    return text[: match.start(1)] + _QUANTIFIERS[match[1]] + text[match.end(1) :]


def make_cause(text: str, _names: list[str], _rng: random.Random) -> str | None:
    """Return "because of a vote" for "after a vote": what followed is made what was caused."""
    match = re.search(r"(?<=[a-z]) (?:after|following) (?=(?:an?|the|his|her|their) )", text)
    if match is None:
        return None
    return f"{text[: match.start()]} because of {text[match.end() :]}"


MAKERS: dict[str, Maker] = {
    "number changed": change_number,
    "number in words": change_spelled_number,
    "unit changed": change_unit,
    "numbers swapped": swap_numbers,
    "name changed": change_name,
    "names swapped": swap_names,
    "weekday changed": change_day,
    "negated": negate,
    "negation left out": affirm,
    "denial turned": undeny,
    "doubt left out": drop_doubt,
    "speaker left out": drop_speaker,
    "speaker changed": change_speaker,
    "direction turned": turn,
    "wrongly joined": join_wrongly,
    "nouns swapped": swap_nouns,
    "conjuncts crossed": cross_conjuncts,
    "another's object": take_object,
    "clause made up": invent,
    "quotation made up": requote,
    "cut off": cut_off,
}
UNSEEN: dict[str, Maker] = {
    "quantifier changed": change_quantifier,
    "made the cause": make_cause,
}
"""Written when the check was finished. It knew nothing of quantifiers then (6 of 44 caught, causes 57
of 58), and has a rule for them since."""
