"""Where the finite verbs of a sentence stand, and what stands before and after each.

There is no tagger here: closed classes, the forms of irregular verbs, endings and the neighbours
decide. It errs towards missing a verb rather than inventing one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from summarizer.writing.words import (
    AUXILIARIES,
    DETERMINERS,
    FUNCTION_WORDS,
    MODALS,
    PREPOSITIONS,
    PRONOUNS,
    VERB_FORMS,
    WEEKDAYS,
    Token,
    word_set,
)

# Irregular pasts that are also the participle, the base form or a noun.
_UNSURE = word_set(
    """
    bet bit bound broadcast burst cost cut felt found forecast ground hit hurt laid lay led left
    let light lit lost meant met paid put quit read rose saw set shed shot shut split spread
    spring stuck struck sunk won wound held kept bought brought built caught taught sent spent
    sold told thought heard heading made said sought fought stood understood fed dealt dug hung
    lent lied slept swept swung withheld upheld misled bled bred cast fell fit
    """
)
_PARTICIPLES = word_set(
    """
    been begun bitten blown broken chosen done drawn drunk driven eaten fallen flown forbidden
    foreseen forgotten forgiven frozen given gone gotten grown hidden known lain overcome
    overridden overseen overtaken overthrown proven ridden risen run rung seen shaken shown shrunk
    sung sunk spoken stolen stricken sworn swum taken torn thrown undergone undertaken woken worn
    withdrawn written become come
    """
)
# Verbs that stand in the present in news, and are seldom nouns in the form with -s.
_PRESENT = word_set(
    """
    say warn insist argue allege announce believe think know want tell ask accuse deny describe
    criticise criticize urge remain seem appear include contain involve require allow give take
    make come go get become begin continue face seek meet arrive agree reject refuse threaten
    promise vow suggest confirm reveal tells add explain note expect suspect fear hope predict
    consider prepare follow mean need keep hold leave lose win rise fall grow decline increase
    kill die blame defend oppose support approve pass sign ban block send bring arrest sue resign
    retire happen occur prove acknowledge admit declare decide propose recommend order prohibit
    permit enable cause provide offer receive pay buy sell serve lead join run live work speak
    write read hear see show condemn praise respond reply react dismiss maintain contend claim
    plan call report move turn state estimate
    """
)
_S_UNSURE = word_set(
    """
    claims plans calls remains reports moves turns states estimates needs hopes fears holds rises
    falls declines increases kills supports bans blocks orders causes offers leads runs works reads
    shows leaves notes faces means passes signs keeps lives proposes
    """
)
_ADJECTIVES_ED = word_set(
    """
    united alleged so-called accused armed unarmed sacred hundred indeed red naked wicked supposed
    proposed unidentified unnamed limited advanced detailed need speed seed feed bed shed embed
    unprecedented shred deed breed greed creed exceed proceed succeed
    """
)
_ADVERBS = word_set(
    """
    not n't also already still just never ever even always often once recently now later then only
    again too both all each currently previously first soon long yet so
    """
)


_OPENERS = word_set(
    "who which that while when after before because as since although though if unless until"
)


_PARTICLES = word_set("up out down back off away together aside")


@dataclass(frozen=True, slots=True)
class Verb:
    """A finite verb group: tokens `start` to `end` (exclusive); `head` says what is done."""

    start: int
    head: int
    end: int
    sure: bool
    """False where the word may as well be a participle or a noun."""


@lru_cache(maxsize=8192)
def finite_verbs(tokens: tuple[Token, ...]) -> tuple[Verb, ...]:
    """Return the finite verb groups in order."""
    found: list[Verb] = []
    i = 0
    while i < len(tokens):
        verb = _verb_at(tokens, i)
        if verb is None:
            i += 1
        else:
            found.append(verb)
            i = verb.end
    return tuple(_settle(tokens, found))


def _settle(tokens: tuple[Token, ...], verbs: list[Verb]) -> list[Verb]:
    """Return the verbs with those made sure that are the only one their clause may have."""
    settled = list(verbs)
    clause: list[int] = []
    marks = [k for k, t in enumerate(tokens) if t.low in _OPENERS or t.text in {";", "."}]
    for begin, end in zip([-1, *marks], [*marks, len(tokens)], strict=True):
        clause = [n for n, v in enumerate(verbs) if begin < v.start < end]
        if len(clause) == 1 and not verbs[clause[0]].sure:
            verb = verbs[clause[0]]
            if any(tokens[k].is_content for k in range(max(0, begin), verb.start)):
                settled[clause[0]] = Verb(verb.start, verb.head, verb.end, True)
    return settled


def _verb_at(tokens: tuple[Token, ...], i: int) -> Verb | None:
    token = tokens[i]
    if token.kind != "word":
        return None
    before = tokens[i - 1] if i else None
    if token.low in AUXILIARIES and token.low not in {"be", "been", "being", "having"}:
        return _group(tokens, i)
    if before is not None and before.low in {"to", "be", "been", "being", "having"}:
        return None
    sure = _is_finite(tokens, i)
    return None if sure is None else Verb(i, i, i + 1, sure)


def _group(tokens: tuple[Token, ...], i: int) -> Verb | None:
    """Return the group that an auxiliary opens: "has not been killed", "is", "would say"."""
    token = tokens[i]
    before = tokens[i - 1].low if i else ""
    if token.low == "'s":
        # "Xi's visit" or "it's": only after a pronoun is it surely a verb.
        if before not in PRONOUNS | {"there", "here", "what", "that", "how"}:
            return None
    elif (
        (token.low in {"have", "do"} and before == "to")
        or (token.low in {"may", "will"} and token.is_capital and i > 0)
        or (token.low == "'d" and before not in PRONOUNS)
        or (token.low == "am" and before != "i")
    ):
        return None
    head, end = i, i + 1
    while end < len(tokens):
        word = tokens[end]
        if word.text in {'"', "'"} and end + 1 < len(tokens) and _is_participle(tokens[end + 1]):
            # 'has been "creating" a pretext'
            end += 1
            continue
        if word.kind != "word":
            break
        if word.low in AUXILIARIES:
            head = end
        elif word.low in _ADVERBS or word.low.endswith("ly"):
            pass
        elif word.low in WEEKDAYS or (word.low == "on" and _is_weekday(tokens, end + 1)):
            # "was on Friday cleared"
            pass
        elif _is_participle(word) or (
            word.low not in FUNCTION_WORDS and tokens[i].low in MODALS | {"do", "does", "did"}
        ):
            return Verb(i, end, end + 1, True)
        else:
            break
        end += 1
    # A copula ends with its last auxiliary: adverbs after it belong to what follows.
    return Verb(i, head, head + 1, True)


def _is_weekday(tokens: tuple[Token, ...], i: int) -> bool:
    return i < len(tokens) and tokens[i].low in WEEKDAYS


def may_be_verb(tokens: tuple[Token, ...], i: int) -> bool:
    """Say whether the word has the form of a finite verb and could be one where it stands."""
    token, before = tokens[i], tokens[i - 1] if i else None
    if before is None or token.kind != "word" or token.low in FUNCTION_WORDS or token.is_capital:
        return False
    if before.low in DETERMINERS | PREPOSITIONS | {"to", "-", "be", "been", "being"}:
        return False
    low = token.low
    if low in VERB_FORMS:
        return low not in _PARTICIPLES and not low.endswith("ing")
    if low.endswith("s"):
        is_form = not low.endswith(("ss", "us")) and len(low) > 3
        after = tokens[i + 1].low if i + 1 < len(tokens) else ""
        return is_form and not before.low.endswith("ing") and after in DETERMINERS | PREPOSITIONS
    return low.endswith("ed") and low not in _ADJECTIVES_ED


def _is_participle(token: Token) -> bool:
    low = token.low
    if low in _PARTICIPLES or (
        low in VERB_FORMS and low not in FUNCTION_WORDS and VERB_FORMS[low] != low
    ):
        return True
    if low.endswith("ed") and len(low) > 4 and low not in _ADJECTIVES_ED:
        return True
    return low.endswith("ing") and len(low) > 5 and low not in {"nothing", "something", "anything"}


def _is_finite(tokens: tuple[Token, ...], i: int) -> bool | None:
    """Return whether a full verb is surely finite (True), maybe (False) or not a verb (None)."""
    token = tokens[i]
    low = token.low
    before = tokens[i - 1] if i else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if before is not None and before.text in {"-", "'"}:
        return None
    is_title = before is not None and _all_capitals(tokens)
    if token.is_capital and (before is None or low not in VERB_FORMS) and not is_title:
        # "United", "Reports" at the start; a headline in capitals has its own rules.
        return None
    has_subject = before is not None and _can_be_subject(before)
    takes_object = after is not None and (
        after.low in DETERMINERS | PRONOUNS | {"that", "to"}
        or after.is_capital
        or after.kind == "number"
        or after.text in {"$", "£", "€", '"'}
    )
    if before is not None and before.low in (DETERMINERS | {"those", "these"}) - {
        "all",
        "both",
        "that",
    }:
        return None
    if low in VERB_FORMS and low not in FUNCTION_WORDS and VERB_FORMS[low] != low:
        if low in _PARTICIPLES and low not in {"run", "come", "become"}:
            return None
        if low.endswith("ing"):
            return None
        if low == "said":
            return True
        if low in _UNSURE:
            if after is not None and after.low == "by" and low not in {"fell", "rose"}:
                return None
            is_named = before is not None and before.is_capital
            if is_named and after is not None and after.low in _PARTICLES:
                return True
            return (takes_object and has_subject) or (
                has_subject and before is not None and before.low in PRONOUNS
            )
        return has_subject or takes_object
    if low.endswith("ed") and len(low) > 4 and low not in _ADJECTIVES_ED:
        if after is not None and after.low == "by":
            return None
        if not has_subject and not takes_object:
            return None
        if before is not None and before.low in PREPOSITIONS:
            return None
        return has_subject and (takes_object or (before is not None and before.low in PRONOUNS))
    is_relative = before is not None and before.low in {"who", "which", "that"}
    ends_in_s = low.endswith("s") and not low.endswith(("ss", "us")) and len(low) > 3
    if is_relative and ends_in_s and low not in FUNCTION_WORDS:
        return True
    base = low[:-1] if low.endswith("s") else low
    base = base if base in _PRESENT else low[:-2] if low.endswith("es") else base
    if base in _PRESENT or (low.endswith("ies") and low[:-3] + "y" in _PRESENT):
        if low.endswith("s"):
            if low in _S_UNSURE:
                return (
                    True
                    if has_subject and takes_object
                    else (
                        False
                        if has_subject
                        and before is not None
                        and (before.is_capital or before.low in PRONOUNS)
                        else None
                    )
                )
            return True if has_subject else None
        # Base forms after "they", "who" or a plural noun.
        if before is not None and (
            before.low in {"they", "we", "i", "you", "who"}
            or (
                before.low.endswith("s")
                and before.low not in FUNCTION_WORDS
                and before.kind == "word"
            )
        ):
            return takes_object or low in {"say", "believe", "think", "want", "remain"}
    if (
        low.endswith("s")
        and len(low) > 4
        and not low.endswith(("ss", "us", "ous", "'s"))
        and low not in FUNCTION_WORDS
        and not token.is_capital
        and before is not None
        and after is not None
        and (
            before.is_capital
            or before.low in {"it", "he", "she", "now", "also"}
            or not before.low.endswith("s")
        )
        and before.kind == "word"
        and before.low not in DETERMINERS | PREPOSITIONS | {"and", "or"}
        and _may_follow_verb(after)
    ):
        return False
    return None


def _may_follow_verb(token: Token) -> bool:
    if token.kind == "number" or token.text in {"$", "£", "€"}:
        return True
    objects = DETERMINERS - {"all", "both"} | {"half", "most", "more", "that"}
    return token.low in objects | {"at", "on", "with", "to", "for"}


def _can_be_subject(token: Token) -> bool:
    low = token.low
    if token.kind == "number":
        return True
    if token.kind == "mark":
        return token.text in {",", ")", '"', "—", "–", "-", "--"}
    if low in PRONOUNS | {
        "and",
        "but",
        "or",
        "also",
        "have",
        "there",
        "both",
        "all",
        "not",
        "never",
        "one",
        "then",
        "just",
    }:
        return True
    if low.endswith("ly"):
        return True
    return low not in FUNCTION_WORDS


def _all_capitals(tokens: tuple[Token, ...]) -> bool:
    words = [t for t in tokens if t.kind == "word" and len(t.low) > 3]
    return bool(words) and sum(t.is_capital for t in words) > 0.8 * len(words)
