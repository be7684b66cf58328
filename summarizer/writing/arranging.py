"""A sentence in another order that says the same: its day, its speaker or somebody's office first,
its circumstances last.

What comes out is checked like any other rewriting; the rules only propose.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from summarizer.writing.aligning import is_telling
from summarizer.writing.restoring import common_words
from summarizer.writing.structure import Structure
from summarizer.writing.subjects import PERSONS
from summarizer.writing.syntax import Node, Tree
from summarizer.writing.verbs import finite_verbs
from summarizer.writing.words import FINDING_VERBS, PRONOUNS, TIMES, WEEKDAYS, tokenize, word_set

_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_SAID = (
    f"said|says|announced|reported|warned|confirmed|estimated|revealed|{'|'.join(FINDING_VERBS)}"
)
_UNQUOTED = r"(?=[^\"“”])(?:[^\"“”]|[\"“][^\"“”]+[\"”]){30,}"
# "The bridge is safe, the mayor said on Monday night", "…, a source familiar with it told Reuters".
_SPEAKER_LAST = re.compile(
    rf"^(?P<said>{_UNQUOTED}),\s+(?P<who>[^,\"“”]{{2,60}}?)\s+"
    rf"(?P<verb>(?:{_SAID})(?:\s+(?:(?:on\s+|late\s+)?{_DAY}(?:\s+(?:morning|afternoon|evening|night))?"
    r"|in an? (?:statement|report|interview|letter)))?|told (?:[A-Z][\w.]+|reporters))\.$"
)
# "The bridge is safe, according to a report that the harbour board published."
_SOURCE_LAST = re.compile(rf"^(?P<said>{_UNQUOTED}),\s+according to (?P<who>[^,\"“”]{{2,90}})\.$")

_PARTICIPLE = re.compile(r"(?:ed|ing)$")
_PEOPLE = re.compile(r"(?:an|ese|ish|ic|crat|si|qi|li|ni)s?$")
"""How "Iranian", "Republicans", "Israeli" and "Democratic" end, however they are tagged."""

_LEANING = PRONOUNS | word_set("his their its our my")
_BEING = word_set("is are was were")
_SPANS = word_set("week month year weekend")
_NEAR = word_set("last this next earlier")
_MONTHS = word_set(
    """
    january february march april may june july august september october november december jan feb
    aug sept oct nov dec
    """
)
_CLOSE = word_set("after before when until since because during following in on at under amid")
"""What may open a sentence and end it without a comma."""
_LOOSE = word_set("with while although though despite as")
"""What may open it and end it behind a comma."""
_QUARTERS = word_set("north south east west new")
"""What begins a name, whatever the parser says: "North Korean radio"."""
_LEAST_OPENING, _MOST_OPENING = 2, 16
_MOST_BEFORE = 18
"""Words behind which what opened the sentence is not put: it would seem to belong to the last."""
_MOST_OFFICE = 9
_QUOTES = frozenset('"“”')
_SEPARATORS = frozenset(',;:()—–-"“”')


def put_speaker_first(text: str, tree: Tree) -> str | None:
    """Return "X said …" for "…, X said.", and the like of "according to".

    `tree` is that of the sentence the text was made from. None where the sentence is built
    otherwise.
    """
    if match := _SOURCE_LAST.match(text):
        leans = any(token.low in _LEANING for token in tokenize(match["who"])[:2])
        said = None if leans else _continue(match["said"], tree)
        return said and f"According to {match['who']}, {said}."
    match = _SPEAKER_LAST.match(text)
    if match is None:
        return None
    who = tokenize(match["who"])
    if any(token.low in _LEANING for token in who) or finite_verbs(who):
        return None
    that = "" if match["verb"] in {"said", "says"} else " that"
    said = _continue(match["said"], tree)
    speaker = match["who"][0].upper() + match["who"][1:]
    return said and f"{speaker} {match['verb']}{that} {said}."


def rearrange(structure: Structure, kept: Sequence[int]) -> list[str]:
    """Return the sentence of these tokens in other orders."""
    ways = (_put_day_first, _put_opening_last, _put_office_first)
    return [form for way in ways if (form := way(structure, kept))]


def write(structure: Structure, *parts: Sequence[int] | str) -> str:
    """Return the text of these runs of tokens one after the other, as a sentence begins.

    Spaces are single, and marks that follow another where something is left out are put right.
    """
    text, nodes = structure.tree.text, structure.tree.nodes
    pieces: list[str] = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
            continue
        for n, i in enumerate(part):
            follows = n > 0 and part[n - 1] == i - 1
            space = text[nodes[i - 1].end : nodes[i].start] if follows else " "
            pieces.append(space + text[nodes[i].start : nodes[i].end])
    written = re.sub(r"\s+", " ", "".join(pieces)).strip()
    written = re.sub(r"\s+([,;:!?”’)]|\.(?!\.))", r"\1", written)
    written = re.sub(r"(?<=[^,:;(—–-])(?= according to\b)", ",", written)
    written = re.sub(r",([\"”]),", r",\1", written)
    written = re.sub(r"\s*[,;:–—-]\.$", ".", written)
    written = re.sub(r",(?=[\"”]\.$)", "", written)
    written = re.sub(r"(?<=\w\.)\.$", "", written)  # "in the U.S." ends with a full stop
    return written[:1].upper() + written[1:]


def _put_day_first(structure: Structure, kept: Sequence[int]) -> str | None:
    day = find_day(structure, kept)
    if not day:
        return None
    nodes = structure.tree.nodes
    rest = _continue(write(structure, [i for i in kept if i not in day]), structure.tree)
    opening = " ".join(nodes[i].text for i in day)
    if nodes[day[0]].low in WEEKDAYS:
        opening = f"on {opening}"
    return rest and f"{opening[0].upper()}{opening[1:]}, {rest}"


def find_day(structure: Structure, kept: Sequence[int]) -> list[int]:
    """Return the tokens of the time ("on Monday night", "last week") that can open the sentence.

    None but where the main clause has it and begins with its subject, as far as tokens are kept:
    "The mayor on Monday said …", not "The mayor said the bridge, closed on Monday, …".
    """
    tree, nodes = structure.tree, structure.tree.nodes
    days = [i for i in kept if _is_day(nodes, i)]
    roots = [i for i, node in enumerate(nodes) if node.head == i and node.is_verb]
    quotes = [i for i, node in enumerate(nodes) if node.text in _QUOTES]
    if len(days) != 1 or len(roots) != 1 or len(quotes) % 2:
        return []
    day, root = days[0], roots[0]
    if day == root - 1 and nodes[day - 1].low != "on" and nodes[root].low in _BEING:
        return []  # "The hearing Tuesday was the first"
    if quotes and quotes[0] < max(day, root):
        return []
    if not any(kept[0] in tree.subtree(k) for k in tree.of(root, "nsubj", "nsubjpass")):
        return []
    top = nodes[day].head if nodes[nodes[day].head].low in {"on", "in"} else day
    phrase = tree.subtree(top)
    if nodes[top].head != root or phrase[-1] - phrase[0] + 1 != len(phrase) or phrase[0] < kept[0]:
        return []
    known = TIMES | _NEAR | {"on", "in", "the"}
    if not all(nodes[k].low in known or nodes[k].text.isdigit() for k in phrase):
        return []
    if not set(phrase) <= set(kept):
        return []
    # Behind another verb a day may well be that verb's, whatever the parser says.
    between = range(*sorted((root, top)))
    if any(nodes[k].is_verb and k != root and nodes[k].head != root for k in between):
        return []
    return phrase


def _is_day(nodes: Sequence[Node], i: int) -> bool:
    """Say whether the token is what a time is named by: "Monday", "[last] week", "Sept. [18]"."""
    before = nodes[i - 1].low if i else ""
    if nodes[i].low in _SPANS:
        return before in _NEAR
    return nodes[i].low in WEEKDAYS or (
        nodes[i].low.rstrip(".") in _MONTHS
        and before in {"on", "in"}
        and nodes[i].text[0].isupper()
    )


def _put_opening_last(structure: Structure, kept: Sequence[int]) -> str | None:
    """Return "Tugs freed the ferry after the storm ended." for "After the storm ended, tugs …"."""
    tree, nodes = structure.tree, structure.tree.nodes
    roots = [i for i in kept if nodes[i].head == i and nodes[i].is_verb]
    if len(roots) != 1 or nodes[kept[-1]].text != "." or _QUOTES & set(tree.text):
        return None
    [root] = roots
    opening = _opening(structure, root, kept)
    main = kept[len(opening) + 1 : -1]
    if not opening or not main:
        return None
    subjects = [i for c in tree.of(root, "nsubj", "nsubjpass") for i in tree.subtree(c)]
    pronoun = any(nodes[i].low in PERSONS or nodes[i].text in _SEPARATORS for i in main)
    says = any(is_telling(t) for t in tokenize(write(structure, main)))
    if main[0] not in subjects or pronoun or says:
        return None
    is_loose = nodes[opening[0]].low in _LOOSE
    # What stands last without a comma belongs to the verb before it.
    verbs = [i for i in main if nodes[i].is_verb and i != root and "aux" not in nodes[i].dep]
    if not is_loose and (verbs or len(main) > _MOST_BEFORE):
        return None
    last = write(structure, opening)
    last = f"{',' if is_loose else ''} {last[0].lower()}{last[1:]}"
    return write(structure, main, last, kept[-1:])


def _opening(structure: Structure, root: int, kept: Sequence[int]) -> Sequence[int]:
    """Return the tokens before the first comma, where they are one circumstance of the verb."""
    tree, nodes = structure.tree, structure.tree.nodes
    for top in tree.of(root, "advcl", "prep"):
        inside = set(tree.subtree(top))
        length = next((n for n, i in enumerate(kept) if i not in inside), len(kept))
        while length and nodes[kept[length - 1]].text == ",":
            length -= 1
        found = kept[:length]
        if (
            _LEAST_OPENING <= length <= _MOST_OPENING
            and nodes[kept[length]].text == ","
            and nodes[found[0]].low in _CLOSE | _LOOSE
            and not any(nodes[i].text in _SEPARATORS for i in found)
        ):
            return found
    return ()


def _put_office_first(structure: Structure, kept: Sequence[int]) -> str | None:
    """Return "The mayor, Ada Brandt, closed it." for "Ada Brandt, the mayor, closed it."."""
    tree, nodes = structure.tree, structure.tree.nodes
    for i in kept:
        head = nodes[i].head
        if nodes[i].dep != "appos" or nodes[i].tag not in {"NN", "NNS"} or nodes[head].tag != "NNP":
            continue
        office = tree.subtree(i)
        name = [k for k in tree.subtree(head) if k < office[0] - 1]
        whole = range(name[0] if name else head, office[-1] + 2)
        if (
            whole[-1] < len(nodes)
            and [*name, office[0] - 1, *office, whole[-1]] == list(whole)
            and set(whole) <= set(kept)
            and len(tree.subtree(head)) <= len(whole)
            and nodes[office[0] - 1].text == ","
            and nodes[whole[-1]].text in {",", "."}
            and all(nodes[k].tag == "NNP" for k in name)
            and _is_office(nodes, office, first=name[0] == kept[0])
        ):
            before = [k for k in kept if k < name[0]]
            after = [k for k in kept if k > office[-1]]
            return write(structure, before, office, ",", name, after)
    return None


def _is_office(nodes: Sequence[Node], office: Sequence[int], *, first: bool) -> bool:
    """Say whether these words name somebody as well as a name does: "the mayor of Lindholm"."""
    begins = nodes[office[0]]
    is_definite = begins.low == "the" or (first and begins.low in {"a", "an"})
    is_owned = begins.tag == "NNP" and any(nodes[k].tag == "POS" for k in office)
    return (
        len(office) <= _MOST_OFFICE
        and (is_definite or is_owned)
        and not any(nodes[k].text in _SEPARATORS or nodes[k].is_verb for k in office)
    )


def _continue(text: str, tree: Tree) -> str | None:
    """Return what a sentence begins with as it stands inside one, None if that is not known.

    `tree` is that of a sentence which has its first word.
    """
    word, *following = tokenize(text)
    node = next((n for n in tree.nodes if n.low == word.low), None)
    if node is None or (not word.is_capital and word.kind == "word"):
        return None
    if node.tag.startswith("NNP"):
        # "Frustrated voters on Monday banged …": the parser takes the participle for a name.
        is_doubtful = _PARTICIPLE.search(word.low) and word.low in common_words()
        return None if is_doubtful else text
    if word.kind == "number" or (
        word.low in _QUARTERS and any(t.is_capital for t in following[:1])
    ):
        return text
    if (not word.text[1:].islower() and len(word.text) > 1) or _PEOPLE.search(word.low):
        return None
    return text[0].lower() + text[1:]
