"""Which source sentences can tell a fact by themselves, and which are out."""

from __future__ import annotations

import re

from summarizer.writing.verbs import has_verb
from summarizer.writing.words import Token, count_words, plain, tokenize, word_set

LEAST_WORDS = 6
MOST_WORDS = 60

_QUOTED = re.compile(r'"[^"]*"')
_FURNITURE = re.compile(
    r"""(?ix)
      ^(?:here(?:'s|\ is|\ are)\ (?:what|how|why|everything|the|a|some|our)|click|watch|listen|read\ (?:more|the|our|also|full)
        |sign\ up|subscribe|follow\ (?:us|the|our|\w+\ on)|see\ (?:also|more)|related|photos?|video|image|file\ photo|picture|credit
        |updated?:|update:|editor's\ note|correction|clarification|this\ (?:story|article|post|page|report|transcript|is\ a\ (?:breaking|developing))
        |(?:more|stay|tune|check|find\ out|learn\ more|scroll|advertisement|share|tweet|loading|download|join|support|donate|get\ the|want\ more)\b(?!\ than)
        |by\ [A-Z][a-z]+\ [A-Z][a-z]+$|written\ by|reporting\ by|additional\ reporting|copyright|©|also\ read|need\ to\ know)
    | contributed\ (?:reporting\ )?to\ this\ (?:report|story|article)|all\ rights\ reserved|\bcookies?\ policy|terms\ of\ (?:use|service)
    | newsletter|(?:the\ )?latest\ (?:news|updates|developments)\ on\ our|live\ (?:blog|updates)\b|this\ is\ a\ developing\ story
    | https?://|www\.|pic\.twitter|@\w{3,}|\#\w{3,}|\S+@\S+\.\w+|getty\ images|\(photo|afp\ via|via\ getty|reuters/|ap\ photo
    | minutes?\ read$|this\ article\ (?:was|is|has|first|originally)|has\ been\ updated|\b(?:affiliate|subscribers)\b
    """
)
_JOINED = re.compile(
    r"\bMORE\b.*[a-z]{3}[A-Z][a-z]{3}|[a-z]{3}[A-Z][a-z]{3}.*\bMORE\b|\b(?:RELATED|WATCH|READ):"
)
_OPINION = re.compile(
    r"""(?ix)\b(?:
      of\ course|frankly|let's|let\ us|make\ no\ mistake|no\ wonder|the\ (?:truth|fact|reality|point|question|problem)\ is
    | (?:sadly|ironically|thankfully|mercifully|hopefully|admittedly|unfortunately|fortunately|apparently|arguably|indeed|surely),?
    | it's\ (?:time|hard|easy|clear|no|worth|not\ (?:hard|clear|surprising))|imagine|guess\ what|who\ knows|needless\ to\ say
    | (?:so|all)\ much\ for|spare\ (?:me|us)|good\ riddance|give\ me\ a\ break|one\ can\ only|after\ all|to\ be\ sure|in\ other\ words
    | libs|wingnuts?|snowflakes?|maga\ crowd|social\ justice\ warriors?
    )(?!\w)"""
)
_FIRST_PERSON = re.compile(
    r"\b(?:I|I'm|I've|[Ww]e|[Oo]ur|[Oo]urs|[Mm]y|me|us|[Mm]yself|[Oo]urselves)\b"
)
_SECOND_PERSON = re.compile(r"\b(?:[Yy]ou|[Yy]our|[Yy]ours|[Yy]ourself)\b")
_LEANING = re.compile(
    r"""(?x)^(?:In\ (?:that|this|these|those|such)|At\ (?:that|this)|(?:For|By|With|Of|To|From|After|Before|Despite|Because\ of|Under|On)\ (?:that|this|these|those|them|it|him|her|doing)
      |(?:This|That|These|Those|It|Such|Both|Neither|Another|Others|Some|Many|Most|Several|Few|One|None|All|Each|Either|Then|Now|Here|So|Thus|Hence|Therefore|Not|Nor|Or|Yet|Instead|Otherwise|Similarly|Likewise|Among\ them|Afterwards|Afterward|As\ a\ result|Even\ so|That's|It's|This\ comes|Same|Too|Which|Who|Whose|What|Why|How|Like|Plus|Again|More|Less|Other|First|Second|Third|Finally|Next|Later|Earlier|Also)
      (?=\W))"""
)
# "It is expected that", "It was the first time": nothing is referred to.
_EXPLETIVE = re.compile(
    r"^It (?:is|was|will be|remains|remained|has been|became|emerged|appears|seems|comes|came|'s) "
    r"(?:\w+ ){0,3}?(?:that|whether|how|who|when|if|as)\b|^It (?:was|is) the (?:first|second|latest|worst|largest)"
)
_QUANTIFIED = re.compile(
    r"^(?:Some|Many|Most|Several|Few|Both|All|One|Each|Other|More|Less|First|Second|Third) "
    r"(?!of (?:them|those|these|the)\b)(?!have\b|has\b|are\b|is\b|were\b|was\b|said\b|say\b|would\b|will\b)[\w,]+"
)
_EVENT_NOUN = re.compile(
    r"^(?:The|His|Her|Their|Its) (?:latest |new |recent |same |two |three |four |former |other |first )?"
    r"(?:move|decision|announcement|comments?|remarks?|news|statement|response|pair|two|three|duo|trio|latter|former|incident"
    r"|ruling|proposal|measure|change|changes|plan|claim|claims|development|developments|report|letter|tweets?|video|footage|victims?"
    r"|suspect|group|company|agency|document|documents|visit|trip|meeting|vote|bill|order|lawsuit|deal|agreement|case|result|results"
    r"|effort|efforts|action|actions|exchange|revelation|accusation|accusations|allegation|allegations|findings|figures?|numbers?|poll"
    r"|study|event|attack|shooting|law|rule|rules|policy|man|woman|officer|couple|driver|boy|girl|network|paper|newspaper|newspaper's|committee"
    r"|investigation|probe|speech|interview|post|message|project|program|site|state|city|country|issue|matter|situation|problem)\b(?!'s)"
)
_CONNECTIVE = re.compile(
    r"^(?:However|Meanwhile|Moreover|Furthermore|Additionally|In addition|Also|Still|But|And|Yet|Nevertheless|Nonetheless"
    r"|Separately|Besides|For example|For instance|In fact|Indeed|Of note|As a result|On the other hand|By contrast"
    r"|At the same time|Elsewhere|Later|Now|Then|Finally|So|Plus|To be sure|Even so|Instead|Consequently)"
    r"(?:,\s+|(?<=But)\s+|(?<=And)\s+|(?<=Yet)\s+|(?<=Still)\s+(?=[A-Z]))(?=\S)"
)
# "Why it matters: …", "The state of play: …".
_LABEL = re.compile(
    r"^(?:Why it matters|Why this matters|The big picture|Be smart|What to know|What they're saying|What's next|What's new"
    r"|The bottom line|Between the lines|Go deeper|Driving the news|The state of play|State of play|By the numbers|Details"
    r"|Context|Background|The latest|Flashback|Of note|Worth noting|Yes, but|Zoom (?:in|out)|How it works|What happened"
    r"|The intrigue|The backdrop|Catch up quick|Catch up fast|The other side|BREAKING|Breaking|UPDATE|JUST IN)\s*(?::|—|-)\s+"
)
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
    """Return the sentence without a leading connective ("However, …")."""
    text = _LABEL.sub("", text)
    match = _CONNECTIVE.match(text)
    if not match:
        return text
    rest = text[match.end() :]
    return rest[0].upper() + rest[1:]


def find_fault(text: str) -> str | None:
    """Return why a source sentence cannot tell a fact by itself, or None if it can."""
    text = trim(plain(text).strip())
    words = count_words(text)
    if words < LEAST_WORDS:
        return "short"
    if words > MOST_WORDS:
        return "long"
    if _FURNITURE.search(text) or _JOINED.search(text):
        return "furniture"
    if text.count('"') % 2 or text.count("(") != text.count(")"):
        return "cut"
    if text.endswith(("...", "..")) or text[-1] not in ".!?\"')":
        return "cut"
    if text[0].islower():
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
    if text.startswith('"') and count_words(outside) < 4:
        return "quotation"
    if count_words(_QUOTED.sub("", text)) < 0.4 * words:
        return "quotation"
    if not has_verb(tokenize(outside)):
        return "no verb"
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
    for i, token in enumerate(tokens):
        if token.low in _SUBJECTS and token.text != "IT":
            if token.low in {"it", "its"}:
                # What "it" stands for is seldom a name: any noun before it will do.
                return i < 3 and not _EXPLETIVE.match(text)
            return not _names_before(tokens[:i]) and not _named_soon(tokens[i + 1 :], token)
    return False


def _is_defined(text: str) -> bool:
    """Say whether the noun at the start is told apart by what follows ("The decision by the court")."""
    following = re.match(
        r"^\w+(?: \w+){1,2},? (of|by|to|that|which|from|in|on|against|between|for|at|who)\b", text
    )
    return following is not None


def _names_before(tokens: tuple[Token, ...]) -> bool:
    """Say whether someone is named, or a group of people mentioned, in the tokens before."""
    for i, token in enumerate(tokens):
        if token.is_capital and token.low not in _NOT_NAMES and (i > 0 or len(tokens) > 1):
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
