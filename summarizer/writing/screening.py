"""Which source sentences can tell a fact by themselves, and which are out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files

from summarizer.writing.aligning import is_reporting
from summarizer.writing.words import Token, count_words, plain, tokenize, word_set

LEAST_WORDS = 6
MOST_WORDS = 60

_QUOTED = re.compile(r'"[^"]*"')
_BRACKETED = re.compile(r"\([^()]*\)")
_SHOUTED = re.compile(r"(?:[A-Z]{2,} ){2,}[A-Z]{3,}\b")
"""How a column's first sentence begins with some outlets: "THE HOUSE AND SENATE agree"."""


_TABLE: Mapping[str, list[str]] = tomllib.loads(
    files("summarizer.writing").joinpath("screening.toml").read_text(encoding="utf-8")
)


def _phrases(name: str) -> str:
    return "|".join(_TABLE[name])


_FURNITURE = re.compile(
    "^(?:" + _phrases("furniture_starts") + ")|" + _phrases("furniture"),
    re.IGNORECASE,
)
# "… speaks at a rally in Austin, Texas, May 3, 2018.": a caption.
_CAPTION = re.compile(
    r"\b(?:speaks|arrives|walks|listens|gestures|waves|looks|attends|leaves|stands|delivers"
    r"|addresses|holds|sits|participates|appears|departs|answers|talks|seen|pictured)\b"
    r".*\b[A-Z][a-z]{2,8}\.? (?:\d{1,2}, )?(?:19|20)\d\d\b"
    r"|, [A-Z][a-z]{2,8}\.? \d{1,2}, (?:19|20)\d\d\.$"
    r"|\b(?:celebrates|gestures|waves|listens|smiles|poses|embraces|hugs)\b.*day(?: \w+)?\.$"
    r"|[A-Z]\w+, (?:far |second from )?(?:left|right|cent(?:er|re)),"
)
# Names with their link texts run together, as one outlet's pages have them.
_JOINED = re.compile(
    r"\bMORE\b.*[a-z]{3}[A-Z]{1,4}[a-z ]|[a-z]{3}[A-Z][A-Za-z]{2}.*\bMORE\b"
    r"|\b(?:RELATED|WATCH|READ):"
)
_ABBREVIATED_END = re.compile(
    r"\b(?:Sen|Rep|Gov|Mr|Mrs|Ms|Dr|Gen|Lt|Sgt|Sens|Reps|Rev|then-\w+)\.$"
)
# "Lindholm survivor questioned the mayor": a title's words, without the article of a sentence.
_TITLE_WORDS = re.compile(
    r"^(?!(?:An?|The|One|Each|Every|No|Another|His|Her|Their|Its|This|That|Any) )"
    r"(?:[A-Z][a-z]+ )?(?:[a-z]+ )?"
    r"(?i:survivor|man|woman|suspect|driver|officer|teen(?:ager)?|student|lawmaker|attacker|gunman"
    r"|protester|victim) (?:\w+ed|says|tells|who|is|was)\b"
)
_TWO_ARTICLES = re.compile(r"\b(?:[Tt]he|[Aa]n?) (?:the|an?) (?=[a-z])")
_OPINION = re.compile(
    r"\b(?:" + _phrases("opinion") + r")(?!\w)",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(
    r"\b(?:I|I'm|I've|[Ww]e|[Oo]ur|[Oo]urs|[Mm]y|me|us|[Mm]yself|[Oo]urselves)\b(?!-)"
)
_SECOND_PERSON = re.compile(r"\b(?:[Yy]ou|[Yy]our|[Yy]ours|[Yy]ourself)\b")
_LEANING = re.compile("^(?:" + _phrases("leaning") + r")(?=\W)")
# "It is expected that", "It was the first time": nothing is referred to.
_EXPLETIVE = re.compile(
    r"^It (?:is|was|will be|remains|remained|has been|became|emerged|appears|seems|comes|came|'s) "
    r"(?:\w+ ){0,3}?(?<!of )(?:that|whether|how|who|when|if|as)\b"
    r"|^It (?:was|is) the (?:first|second|latest|worst|largest)"
)
_QUANTIFIED = re.compile(
    r"^(?:Some|Many|Most|Several|Few|Both|All|One|Each|More|Less|First|Second|Third) "
    r"(?!of (?:them|those|these|the)\b)(?!(?:have|has|are|is|were|was|said|say|would|will)\b)[\w,]+"
)
_EVENT_NOUN = re.compile(
    r"^(?:The|His|Her|Their|Its) "
    r"(?:(?:latest|new|recent|same|two|three|four|former|other|first) )?(?:"
    + _phrases("event_nouns")
    + r")\b(?!'s)"
)
_CONNECTIVE = re.compile(
    "^(?:"
    + _phrases("connectives")
    + r")(?:,\s+|(?<=But)\s+|(?<=And)\s+|(?<=Yet)\s+|(?<=Still)\s+(?=[A-Z]))(?=\S)"
)
# "Why it matters: …", "The state of play: …".
_LABEL = re.compile("^(?:" + _phrases("labels") + r")\s*(?::|—|-)\s+")
# "There is no evidence for this." Behind a longer beginning it may point at that.
_POINTING = re.compile(
    r"\b(?:(?:of|for|in|about|to|with|by|on|from|at) (?:this|these|those|such)|those)\b"
    r"(?! (?:week|weekend|year|month|morning|afternoon|evening|summer|winter|spring|fall|autumn"
    r"|season|time|point|who|whose|that|with|in|of|from|on|at|without|under|over|already|living|\w+ed"
    r"|are|were)\b)"
)
_SAID_BEFORE = re.compile(
    r"\b(?:that (?:important |key )?(?:case|lesson|point|message|distinction)|did so again"
    r"|(?:obtain|of|for|on|against|about|with|from|under) that (?:\w+ )?(?:warrant|bill|vote"
    r"|meeting|ruling|measure|request|letter|speech|tweet|order|law)"
    r"|yesterday|tomorrow|tonight"  # of a day that a digest does not say
    r"|sa(?:id|ys) as much|what (?:that|this) \w+ (?:is|was)|went on to (?!win\b|become\b)\w+"
    r"|this (?:effort|issue|process|practice|approach|matter|incident|decision|claim|proposal)"
    r"|(?:said|says|ruled|found|argued) (?:that )?this (?!week|month|year)[a-z]+)\b"
)
_ENDS_IN_IT = re.compile(r"\b(?:could|would|may|might|will|can) \w+ it\.$")
SHORT, NEAR_START = 16, 20
"""Tokens of a short sentence; characters of a sentence's start."""
LATE = 6
"""Tokens of an opening ("According to the report,") that names nothing "it" could stand for."""
_SUBJECTS = word_set("he she they his her their him them it its")
_NOT_NAMES = word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december the a an in on at after before as when while
    for from to by with since during earlier according last this that but and if although though
    despite under while because once until amid following speaking asked later also however
    meanwhile
    """
)


def trim(text: str) -> str:
    """Return the sentence without leading connectives ("However, …", "And in a survey, …")."""
    text = _LABEL.sub("", text)
    while match := _CONNECTIVE.match(text):
        rest = text[match.end() :]
        text = rest[0].upper() + rest[1:]
    return text


def find_fault(text: str) -> str | None:
    """Return why a source sentence cannot tell a fact by itself, or None if it can."""
    text = trim(plain(text).strip())
    words = count_words(text)
    if words < LEAST_WORDS:
        return "short"
    if words > MOST_WORDS:
        return "long"
    if _FURNITURE.search(text) or _JOINED.search(text) or _CAPTION.search(text):
        return "furniture"
    if _SHOUTED.match(text) or _TITLE_WORDS.match(text):
        return "furniture"
    if text.count('"') % 2 or text.count("(") != text.count(")"):
        return "cut"
    if text.endswith(("...", "..")) or text[-1] not in ".!?\"')":
        return "cut"
    if sum(t.text.isupper() and len(t.text) > 1 for t in tokenize(text)) > words / 2:
        return "furniture"
    if text[0].islower() or text[0] in "|•–—" or _ABBREVIATED_END.search(text):
        return "cut"
    if _TWO_ARTICLES.search(text):
        return "cut"
    outside = _QUOTED.sub(' "" ', text)
    if outside.rstrip(' "').endswith(("?", "!")) or text.rstrip('"').endswith("?"):
        return "question"
    if _FIRST_PERSON.search(outside):
        return "first person"
    if _SECOND_PERSON.search(outside):
        return "second person"
    if _OPINION.search(outside):
        return "opinion"
    if text.startswith('"') and count_words(_BRACKETED.sub("", outside)) < 4:
        return "quotation"
    if count_words(_QUOTED.sub("", text)) < 0.4 * words:
        return "quotation"
    if leans_back(outside):
        return "leans on what came before"
    return None


def leans_back(text: str) -> bool:
    """Say whether a sentence (without its quotations) needs the one before to be understood."""
    if _LEANING.match(text) and not _EXPLETIVE.match(text) and not _QUANTIFIED.match(text):
        return True
    if _EVENT_NOUN.match(text) and not _is_defined(text):
        return True
    tokens = tokenize(text)
    if _SAID_BEFORE.search(text) or (len(tokens) <= SHORT and _ENDS_IN_IT.search(text)):
        return True
    if any(len(tokens) <= SHORT or m.start() < NEAR_START for m in _POINTING.finditer(text)):
        return True
    for i, token in enumerate(tokens):
        if token.low in _SUBJECTS and token.text != "IT":
            if token.low in {"it", "its"}:
                # What "it" stands for is seldom a name: nearly any noun before it will do.
                if i < 3:
                    return not _EXPLETIVE.match(text)
                back = tokens[i - 1]
                if back.text == "," and i < LATE and not _names_before(tokens[:i]):
                    # "On Monday, it opened", but "On Monday, it emerged that".
                    return not _EXPLETIVE.match("I" + text[token.start + 1 :])
                return i < 5 and back.is_content and not is_reporting(back)
            return not _names_before(tokens[:i]) and not _named_soon(tokens[i + 1 :], token)
    return False


def _is_defined(text: str) -> bool:
    """Say whether what follows tells which one is meant ("The decision by the court")."""
    following = re.match(
        r"^\w+(?: (?!(?:is|are|was|were|has|have|had|will|would)\b)\w+){1,2},? "
        r"(of|by|to|that|which|from|in|on|against|between|for|at|who)\b",
        text,
    )
    return following is not None


def _names_before(tokens: tuple[Token, ...]) -> bool:
    """Say whether someone is named, or a group of people mentioned, in the tokens before."""
    for i, token in enumerate(tokens):
        # "Attributed to several sources, it says": only its place has a capital there.
        opens = i == 0 and (len(tokens) == 1 or token.low.endswith(("ed", "ing")))
        if token.is_capital and token.low not in _NOT_NAMES and not opens:
            return True
        if i > 0 and token.low in {
            "man",
            "woman",
            "men",
            "women",
            "people",
            "officials",
            "president",
            "minister",
            "senator",
            "officer",
            "police",
            "lawmakers",
            "voters",
            "protesters",
            "students",
            "residents",
            "democrats",
            "republicans",
            "researchers",
            "scientists",
            "leaders",
            "workers",
            "officers",
            "boy",
            "girl",
            "mother",
            "father",
            "son",
            "daughter",
            "teacher",
            "judge",
        }:
            return True
    return False


def _named_soon(tokens: tuple[Token, ...], pronoun: Token) -> bool:
    """Say whether a name follows that an opening "In his speech, …" stands for."""
    if pronoun.low in {"he", "she", "they", "him", "them"}:
        return False
    for i, token in enumerate(tokens[:14]):
        if token.text == "," and i + 1 < len(tokens):
            return tokens[i + 1].is_capital
    return False
