"""What of a sentence can go and leave a whole sentence that is still true.

One notion of it serves twice: `pruning` leaves out what can go, and `gaps` says of any shorter form
of a sentence, the model's above all, what it left out that had to stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from summarizer.writing.aligning import is_reporting
from summarizer.writing.refusing import MEASURES
from summarizer.writing.syntax import Node, Tree
from summarizer.writing.wording import loaded_words
from summarizer.writing.words import FUNCTION_WORDS, TIMES, WEEKDAYS, tokenize, word_set

FREE = word_set("punct cc intj det")
"""Labels of what says nothing by itself."""
_POINTERS = word_set("this these those")
_CONDITIONS = word_set("if unless until till whether lest except than provided as_if")
_ADVERBS = word_set(
    """
    also still now then meanwhile however already again though instead therefore thus recently
    suddenly quickly immediately famously notably additionally currently ultimately finally simply
    clearly obviously certainly actually really truly strongly sharply dramatically significantly
    previously later earlier first widely publicly repeatedly formally officially swiftly promptly
    """
)
"""What an adverb may be to go; others say how, how much or how sure."""
_SUBJECTS = word_set("nsubj nsubjpass csubj csubjpass expl")
_FINITE = ("VBD", "VBP", "VBZ", "MD")
_SUPERLATIVE = ("JJS", "RBS")
_CIRCUMSTANCES = word_set("as while after before since because although though")
_SETTING = word_set(
    """
    during following amid amidst despite throughout alongside besides after before since ahead
    """
)
_PLACING = word_set("in on at near by from outside inside across over")
_RESTRICTING = word_set(
    """
    former acting late ex alleged suspected accused would-be fake false deputy vice assistant
    potential possible proposed draft interim next last first second third only new other same own
    such many few several most more less high top
    """
)
_PARTS_OF_DAY = word_set("on late early morning afternoon evening night the")
_WHOLES = word_set("among of in at for with")
_SHARES = word_set("percent % half third quarter most many some few several both majority")
_SPANS = word_set("hour morning afternoon evening night day week month year")
_NEAR_DAYS = word_set("late early later earlier")
_MEASURED = word_set("levels proportions heights highs lows numbers terms conditions")
"""Nouns that say nothing without their adjective: "has reached catastrophic levels"."""
_PAIRED = word_set("both either neither whether between")
_SEPARATORS = word_set(", — – -- - ( ) : ;")


class Structure:
    """A tree, and which of its constituents can go."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._sizes = [len(tree.subtree(i)) for i in range(len(tree.nodes))]
        roots = [i for i, node in enumerate(tree.nodes) if node.head == i and node.is_verb]
        # Else it has taken a name for something else, which must not go.
        self._has_subject = all(any(tree.of(i, "nsubj", "nsubjpass", "expl")) for i in roots)

    def may_go(self, i: int) -> bool:
        """Say whether the sentence stays whole and true without token `i` and all below it."""
        node = self.tree.nodes[i]
        if node.head == i:
            return False
        if node.low in _POINTERS or _is_named(self.tree.nodes, i):
            return False
        if node.dep in FREE or (node.dep == "mark" and node.low == "that"):
            return True
        if not self._has_subject:
            return False
        rule = {
            "advmod": self._adverb,
            "amod": self._adjective,
            "appos": self._apposition,
            "relcl": self._set_off_clause,
            "acl": self._set_off_clause,
            "advcl": self._adverbial_clause,
            "parataxis": self._set_off_clause,
            "prep": self._prepositional,
            "npadvmod": self._time,
            "conj": self._second_verb,
        }.get(node.dep)
        if node.dep in {"prep", "npadvmod"} and self._is_mere_day(i):
            return self._is_news(node.head) and self._leaves_no_hole(i)
        return rule is not None and rule(i) and self._leaves_no_hole(i)

    def _leaves_no_hole(self, i: int) -> bool:
        """Say whether what stands before and behind a constituent does without it."""
        nodes = self.tree.nodes
        inside = self.tree.subtree(i)
        before = nodes[inside[0] - 1].low if inside[0] > 0 else ""
        if before == "than" or before in _NEAR_DAYS:
            return False  # "late on Friday"
        if before in MEASURES and not self._is_mere_day(i):
            return False  # "minutes before it sank"
        if before in _SPANS and nodes[inside[0]].low in {"before", "after"}:
            return False  # "on the evening before it sank"
        if inside[-1] + 1 == len(nodes):
            return True
        if self._takes_subject(inside):
            return False
        last, after = nodes[inside[-1]], nodes[inside[-1] + 1]
        if after.text == ":":
            return False
        if last.tag in {"NN", "NNP"} and after.tag.startswith("NN") and after.low not in TIMES:
            return False  # "in a late night tweet": the parser ends it before the last noun
        if after.is_verb and not self.is_set_off(i):
            # "The mayor on Monday said", but not "an inquiry after a failure stopped the trains".
            head = nodes[i].head
            is_auxiliary = after.dep.startswith("aux") and after.head == head
            return inside[-1] + 1 == head or is_auxiliary
        return True

    def _takes_subject(self, inside: Sequence[int]) -> bool:
        """Say whether the finite verb behind a constituent has no subject but in it.

        "The court heard him, ending a row that split the town, fined him and left": without what
        is between, the commas go too.
        """
        nodes = self.tree.nodes
        behind = range(inside[-1] + 1, len(nodes))
        following = next((k for k in behind if nodes[k].dep != "punct"), None)
        if following is None or nodes[following].tag not in _FINITE:
            return False
        is_auxiliary = nodes[following].dep.startswith("aux")
        verb = nodes[following].head if is_auxiliary else following
        return not any(k not in inside for k in self.tree.of(verb, *_SUBJECTS))

    def _adverb(self, i: int) -> bool:
        node, head = self.tree.nodes[i], self.tree.nodes[self.tree.nodes[i].head]
        if (
            self.tree.children[i]
            or not head.is_verb
            or head.dep == "amod"  # "publicly funded clinics"
            or self.tree.text[node.end : node.end + 1] == "-"
        ):
            return False
        following = self.tree.nodes[i + 1 : i + 2]
        if any(n.dep in {"mark", "prep"} or n.tag.startswith("W") for n in following):
            return False  # "now that", "later in the week"
        if self._is_hedged(self.tree.nodes[i].head):
            return False  # who did not publicly say it may have said it
        return node.low in _ADVERBS or bool(loaded_words(node.low))

    def _adjective(self, i: int) -> bool:
        node = self.tree.nodes[i]
        if node.tag != "JJ" or node.low in _RESTRICTING or self.tree.children[i]:
            return False
        if any(following.tag == "CD" for following in self.tree.nodes[i + 1 : i + 2]):
            return False  # "a whopping 28 orders"
        if self.tree.nodes[node.head].low in _MEASURED:
            return False
        return bool(loaded_words(node.low))

    def _apposition(self, i: int) -> bool:
        # Not the "D.C." of Washington.
        return self.is_set_off(i) and "." not in self.tree.nodes[i].text

    def _set_off_clause(self, i: int) -> bool:
        return self.is_set_off(i) and not self._is_reporting(i)

    def _adverbial_clause(self, i: int) -> bool:
        nodes = self.tree.nodes
        if self._is_reporting(i) or self._is_hedged(nodes[i].head):
            return False
        behind = nodes[self.tree.subtree(i)[-1] + 1 :][:2]
        if nodes[i].tag == "VBG" and any(n.tag == "VBG" for n in behind):
            return False  # "by calling it old, decrying the costs, vowing to close it and leaving"
        leads = [nodes[k] for k in self.tree.children[i] if nodes[k].dep in {"mark", "advmod"}]
        if any(lead.low in _CONDITIONS for lead in leads):
            return False
        if any(node.low == "only" for node in nodes[nodes[i].head : self.tree.subtree(i)[0]]):
            return False  # "It is only there because …"
        return self.is_set_off(i) or (
            self._is_main(nodes[i].head)
            and self._says_more(i)
            and any(lead.dep == "mark" and lead.low in _CIRCUMSTANCES for lead in leads)
        )

    def _prepositional(self, i: int) -> bool:
        nodes = self.tree.nodes
        node = nodes[i]
        if node.low in {"according", "without", "except", "unlike", "instead"}:
            return False
        if not self.tree.children[i] or self._is_hedged(node.head):
            return False
        words = {nodes[k].low for k in self.tree.subtree(i)}
        if any(len(word) == 4 and word.isdigit() for word in words):
            return False  # "In 2016, most of them came."
        if self._says_of_whom(i):
            return False
        if self.is_set_off(i) and node.low not in {"than", "of", "to"}:
            return True
        if not self._is_main(node.head):
            return False
        if node.low in _SETTING:
            return node.low not in {"since", "before"} or self._is_free_of_time(node.head)
        objects = [nodes[k] for k in self.tree.of(i, "pobj")]
        if not objects or node.low not in _PLACING:
            return False
        return bool(words & TIMES) and self._is_free_of_time(node.head)

    def _says_of_whom(self, i: int) -> bool:
        """Say whether a bare share or number needs a phrase: "Among the crew, 36 percent are …"."""
        nodes = self.tree.nodes
        return nodes[i].low in _WHOLES and any(
            (nodes[k].tag == "CD" or nodes[k].low in _SHARES) and not list(self.tree.of(k, "prep"))
            for k in self.tree.of(nodes[i].head, "nsubj", "nsubjpass")
        )

    def _time(self, i: int) -> bool:
        node = self.tree.nodes[i]
        words = {self.tree.nodes[k].low for k in self.tree.subtree(i)}
        return bool(words & TIMES) and self._sizes[i] <= 3 and self._is_free_of_time(node.head)

    def _is_mere_day(self, i: int) -> bool:
        """Say whether a constituent is "on Tuesday" or "late Tuesday night".

        That day is the news', which what is the most or the first does not need.
        """
        words = {self.tree.nodes[k].low for k in self.tree.subtree(i)}
        return bool(words & WEEKDAYS) and words <= WEEKDAYS | _PARTS_OF_DAY

    def _is_news(self, i: int) -> bool:
        """Say whether the verb that holds a token tells what was done: "voted for the plan".

        What is still to come needs its day, and so does what "was released" alone.
        """
        nodes = self.tree.nodes
        while not nodes[i].is_verb and nodes[i].head != i:
            i = nodes[i].head
        auxiliaries = {nodes[k].low for k in self.tree.of(i, "aux", "neg")}
        is_open = auxiliaries & {"to", "will", "would", "could", "may", "not", "n't", "must"}
        says_more = any(
            nodes[k].dep not in {"punct", "advmod", "cc", "conj", "npadvmod", "mark", "aux"}
            and not self._is_mere_day(k)
            for k in self.tree.children[i]
            if k > i or nodes[k].dep in _SUBJECTS
        )
        return nodes[i].is_verb and not is_open and says_more

    def _is_free_of_time(self, i: int) -> bool:
        """Say whether it may stay open when it happened ("the most since May" needs its time)."""
        nodes = self.tree.nodes
        inside = [nodes[k] for k in self.tree.subtree(i)]
        if any(n.tag in _SUPERLATIVE or n.low in {"first", "last", "only"} for n in inside):
            return False
        return self._is_main(i) or nodes[i].dep == "xcomp"

    def _second_verb(self, i: int) -> bool:
        """Say whether "… and did that" can go."""
        nodes = self.tree.nodes
        node, head = nodes[i], nodes[nodes[i].head]
        if not (node.is_verb and head.is_verb) or self._is_hedged(node.head):
            return False
        # Of a list of verbs the last holds the "and" of all.
        if not self._is_main(node.head) or head.dep == "conj":
            return False
        between = range(node.head, i)
        if any(nodes[k].tag == "VBG" and nodes[k - 1].text == "," for k in between):
            return False  # the same list
        leads = [k for k in self.tree.of(node.head, "cc") if k < i]
        if not leads or nodes[leads[-1]].low not in {"and", "but"}:
            return False
        if any(leads[-1] < k < i for k in self.tree.of(node.head, "conj")):
            return False  # the "and" is another's
        if any(nodes[k].dep == "conj" and not self._has_lead(k) for k in self._above(i)):
            return False  # "came, said he saw it and left": the "and" is the whole list's
        if nodes[leads[-1]].low == "but" and not self._follows_comma(node.head, i):
            return False
        if any(nodes[k].low in _PAIRED for k in self.tree.of(node.head, "preconj")):
            return False
        # "approve and send the bill": what the first verb needs hangs on the second.
        own = [
            k
            for k in self.tree.children[node.head]
            if node.head < k < i and nodes[k].dep not in {"cc", "punct", "conj", "advmod"}
        ]
        return bool(own)

    def _above(self, i: int) -> Iterator[int]:
        """Yield what a token hangs on, from the nearest on."""
        nodes = self.tree.nodes
        while nodes[i].head != i:
            i = nodes[i].head
            yield i

    def _has_lead(self, i: int) -> bool:
        """Say whether an "and" or the like stands before a second verb."""
        return any(k < i for k in self.tree.of(self.tree.nodes[i].head, "cc"))

    def _says_more(self, i: int) -> bool:
        """Say whether what a constituent hangs on says something without it ("it occurred")."""
        nodes, head = self.tree.nodes, self.tree.nodes[i].head
        return any(
            k > head
            and k != i
            and nodes[k].dep not in {"punct", "advmod", "cc", "conj", "npadvmod"}
            for k in self.tree.children[head]
        )

    def _follows_comma(self, head: int, i: int) -> bool:
        """Say whether a comma stands between a verb and the one that is joined to it."""
        nodes = self.tree.nodes
        return any(nodes[k].text == "," for k in self.tree.children[head] if head < k < i)

    def _is_main(self, i: int) -> bool:
        """Say whether a verb heads a whole clause that says something by itself."""
        return self.tree.nodes[i].is_verb and self.tree.nodes[i].dep in {"ROOT", "ccomp", "conj"}

    def is_set_off(self, i: int) -> bool:
        """Say whether a comma, a dash or a bracket stands at each side of a constituent."""
        inside = self.tree.subtree(i)
        first, last = inside[0], inside[-1]
        if last - first + 1 != len(inside):
            return False
        nodes = self.tree.nodes
        # The parser counts marks at the edges to one side or the other.
        before = nodes[first].low if nodes[first].dep == "punct" else ""
        if not before and first > 0:
            before = nodes[first - 1].low
        after = nodes[last].low if nodes[last].dep == "punct" else ""
        if not after and last + 1 < len(nodes):
            after = nodes[last + 1].low
        opens = first == 0 or before in _SEPARATORS
        # Not the stop of "Sens." in the middle.
        ends = all(n.dep == "punct" for n in nodes[last + 1 :])
        closes = ends or after in _SEPARATORS
        return opens and closes and (first > 0 or after in _SEPARATORS)

    def _is_reporting(self, i: int) -> bool:
        """Say whether the constituent says who says it."""
        node = self.tree.nodes[i]
        return node.dep == "parataxis" or is_reporting(tokenize(node.text)[0])

    def _is_hedged(self, i: int) -> bool:
        """Say whether a verb is denied or only possible: then its circumstances matter."""
        nodes = self.tree.nodes
        return any(
            nodes[k].dep == "neg" or (nodes[k].dep == "aux" and nodes[k].low in {"would", "could"})
            for k in self.tree.children[i]
        )


def _is_named(nodes: Sequence[Node], i: int) -> bool:
    """Say whether a weekday ends a name: "Super Tuesday"."""
    if nodes[i].low not in WEEKDAYS or i < 2 or nodes[i].head != i - 1:
        return False
    return nodes[i - 1].text[0].isupper() and nodes[i - 1].low not in FUNCTION_WORDS | TIMES


def is_fragment(tree: Tree) -> bool:
    """Say whether a sentence is none: a caption without a verb, or a mere "Because …"."""
    nodes = tree.nodes
    roots = [i for i, node in enumerate(nodes) if node.head == i]
    if any(nodes[k].low != "that" for root in roots for k in tree.of(root, "mark")):
        return True
    # "Ada Brandt visiting the bridge."
    if all(nodes[root].tag == "VBG" for root in roots) and not any(n.tag in _FINITE for n in nodes):
        return True
    # "Ada Brandt on the bridge, which she opened." A subject it has, but of a clause inside.
    return not any(n.dep in _SUBJECTS and nodes[n.head].dep != "relcl" for n in nodes) and not any(
        nodes[root].tag in _FINITE for root in roots
    )
