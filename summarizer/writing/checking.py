"""Whether a written sentence is borne out by the source sentences it stands on.

Rules, not a model: each says what it misses, so that a refused sentence can be understood. The
written sentence is laid on its source word by word (`aligning`); numbers, dates, names, quotations,
negations, doubts, speakers, directions and the joints between kept parts are then compared.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from summarizer.models import Article, Evidence, SourceSentence, Verdict
from summarizer.writing.aligning import Alignment
from summarizer.writing.attributions import find_attribution_problems
from summarizer.writing.claims import (
    find_direction_problems,
    find_hedge_problems,
    find_modifier_problems,
    find_mood_problems,
    find_negation_problems,
    find_relation_problems,
)
from summarizer.writing.dates import find_date_problems, find_dates, use_dates_of
from summarizer.writing.endings import find_open_ends
from summarizer.writing.joints import find_joint_problems
from summarizer.writing.names import find_name_problems, is_name
from summarizer.writing.naming import use_names_of
from summarizer.writing.numbers import Quantity, find_quantities, same_value
from summarizer.writing.order import is_listed
from summarizer.writing.subjects import SENTENCE_BREAK
from summarizer.writing.wording import equivalents, neutralise
from summarizer.writing.words import plain, tokenize, word_set

_QUOTE = re.compile(r'"([^"]+)"|(?<![\w])\'(?=\S)([^\'"]+?(?:\'\w+[^\'"]*?)*)\'(?!\w)')
_RESULT = re.compile(r"(?<![\d-])(\d[\d,]*)[-–](\d[\d,]*)(?![\d-])")
"""A vote or a score."""
_ALIKE = (word_set("all every each entire"), word_set("some several many multiple numerous"))
_QUANTIFIERS = word_set("all every each some several many most few both neither hardly")
_FIRST_PERSON = frozenset({"i", "we", "my", "our", "me", "us"})
_RULES: tuple[Callable[[Alignment], list[str]], ...] = (
    find_name_problems,
    find_negation_problems,
    find_hedge_problems,
    find_modifier_problems,
    find_mood_problems,
    find_direction_problems,
    find_relation_problems,
    find_joint_problems,
    find_open_ends,
)


def check(
    text: str, evidence: Sequence[SourceSentence], *, articles: Mapping[str, Article] | None = None
) -> Verdict:
    """Return whether the evidence bears out the text, and what is not borne out if it does not.

    One sentence that bears it out alone is enough; else all of them together may. `articles` (by
    id) give the dates that "Monday" is read by, the texts quotations are looked up in and the
    outlets that may be named as reporting.
    """
    if not evidence:
        return Verdict(supported=False, problems=("no source",))
    best: tuple[str, ...] | None = None
    for sentence in evidence:
        problems = _find_problems(text, sentence.text, _article(sentence, articles))
        if not problems:
            return Verdict(supported=True)
        if best is None or len(problems) < len(best):
            best = problems
    if len(evidence) > 1:
        joined = f" {SENTENCE_BREAK} ".join(s.text for s in evidence)
        problems = _find_problems(text, joined, _article(evidence[0], articles))
        if not problems:
            return Verdict(supported=True)
        best = min(best or problems, problems, key=len)
    return Verdict(supported=False, problems=best or ())


def supporters(
    text: str,
    sentences: Sequence[SourceSentence],
    *,
    articles: Mapping[str, Article] | None = None,
) -> tuple[Evidence, ...]:
    """Return the sentences that each bear out the whole text alone, one an article."""
    found: dict[str, Evidence] = {}
    for s in sentences:
        if s.article_id not in found and not _find_problems(text, s.text, _article(s, articles)):
            found[s.article_id] = Evidence(article_id=s.article_id, n=s.n, text=s.text)
    return tuple(found.values())


def _article(sentence: SourceSentence, articles: Mapping[str, Article] | None) -> Article | None:
    return articles.get(sentence.article_id) if articles else None


@lru_cache(maxsize=4096)
def _compare(text: str, source: str) -> tuple[str, ...]:
    """Return what the rules on words find, without the article."""
    alignment = Alignment(text, source)
    problems = find_number_problems(alignment)
    for rule in _RULES:
        problems += rule(alignment)
    return tuple(dict.fromkeys(problems))


def _find_problems(text: str, source: str, article: Article | None) -> tuple[str, ...]:
    """Return what a source does not bear out, as it stands or in plain words."""
    found = _lay_on(text, source, article)
    plainer = neutralise(source, like=article.text if article else "") if found else source
    if plainer == source:
        return found
    return min(found, _lay_on(text, plainer, article), key=len)


def _lay_on(text: str, source: str, article: Article | None) -> tuple[str, ...]:
    is_quoted_whole = plain(text).count('"') % 2 == 0
    if is_quoted_whole and (_letters(text) == _letters(source) or _is_sentence_of(text, source)):
        return ()
    outlets = frozenset(t.low for t in tokenize(article.outlet)) if article else frozenset()
    stripped = _strip_outlet(text, outlets)
    published = article.published_at.date() if article else None
    dates = find_date_problems(stripped, source, published)
    stripped = use_dates_of(source, stripped, published)
    stripped = use_names_of(source, stripped, article.text) if article else stripped
    alignment = Alignment(stripped, source)
    problems = [*_compare(stripped, source), *find_attribution_problems(alignment, outlets)]
    problems += dates
    problems += find_quote_problems(stripped, source, article.text if article else "")
    problems += find_content_problems(alignment) + find_person_problems(alignment)
    problems += find_quantifier_problems(alignment)
    return tuple(dict.fromkeys(problems))


def _letters(text: str) -> str:
    return re.sub(r"[^\w%$£€]+", " ", plain(text)).strip().lower()


def _is_sentence_of(text: str, source: str) -> bool:
    """Say whether the text is a whole sentence of a source of several."""
    found = plain(source).lower().find(plain(text).strip().lower())
    if found < 0:
        return False
    before = plain(source)[:found].rstrip(' "')
    return (not before or before[-1] in ".!?") and plain(text).rstrip(' "')[-1:] in {".", "!", "?"}


def _strip_outlet(text: str, outlets: frozenset[str]) -> str:
    """Return the text without ", Outlet reported." at its end."""
    match = re.search(
        r",\s+((?:the\s+)?[^,]{2,60}?)\s+(?:reported|reports|said)\.?$", text, re.IGNORECASE
    )
    if match and outlets and {t.low for t in tokenize(match[1])} <= outlets | {"the"}:
        return text[: match.start()] + "."
    return text


def find_number_problems(a: Alignment) -> list[str]:
    """Return a problem for each quantity that the source gives otherwise, or not at all."""
    problems = [
        f"an amount is lost: {token.text!r}"
        for token, after in itertools.pairwise(a.written)
        if token.text in {"$", "£", "€", "¥"} and after.kind != "number"
    ]
    numbers = {token.text for token in a.written if token.kind == "number"}
    problems += [
        f"half of a result: {match.group()!r}"
        for match in _RESULT.finditer(a.source_text)
        if len(numbers.intersection(match.groups())) == 1
    ]
    given = find_quantities(a.source_text)
    days = {t for m in find_dates(a.written_text) for t in re.findall(r"\d+", m.text)}
    for quantity in find_quantities(a.written_text):
        same = [g for g in given if same_value(g.value, quantity.value)]
        if not same:
            if quantity.text not in days:
                problems.append(f"number not in the source: {quantity.text!r}")
            continue
        fitting = [g for g in same if _same_thing(a, quantity, g)]
        if not fitting:
            problems.append(f"number of something else: {quantity.text!r}")
        elif not any(_bounds_agree(quantity.bound, g.bound) for g in fitting):
            problems.append(
                f"not as exact in the source: {quantity.text!r} from {fitting[0].text!r}"
            )
    return problems


def _same_thing(a: Alignment, written: Quantity, given: Quantity) -> bool:
    if written.unit != given.unit and {written.unit, given.unit} - {"", "year", "time"}:
        return False
    if not written.noun or written.noun == given.noun:
        return True
    near = {t.stem for t in a.source[given.end : given.end + 6]} | {
        t.stem for t in a.source[max(0, given.start - 3) : given.start]
    }
    return written.noun in near or any(
        (p := a.places[k]) is not None and given.end <= p < given.end + 6
        for k in range(written.end, min(written.end + 3, len(a.written)))
    )


def _bounds_agree(written: str, given: str) -> bool:
    if written == given:
        return True
    # "Killed at least 12" told as "killed 12 or more"; "almost" as "about" is looser, and true.
    return (written, given) in {("least", "more"), ("about", "nearly")}


def find_quote_problems(text: str, source: str, article: str) -> list[str]:
    """Return a problem for each quotation whose words are not the source's own."""
    places = [_letters(source), _letters(article)]
    problems = []
    body = plain(text)
    if body.count('"') % 2:
        problems.append("a quotation is not closed")
    for match in _QUOTE.finditer(body):
        quoted = _letters(match[1] or match[2])
        if quoted and not any(quoted in place for place in places):
            problems.append(f"quotation not in the source: {match.group()!r}")
    return problems


def find_quantifier_problems(a: Alignment) -> list[str]:
    """Return a problem for each "most" or "few" that the source does not have."""
    given = {token.low for token in a.source}
    return [
        f"how many is not in the source: {token.text!r}"
        for token in a.written
        if token.low in _QUANTIFIERS
        and not any(token.low in alike and given & alike for alike in _ALIKE)
        and token.low not in given
    ]


def find_person_problems(a: Alignment) -> list[str]:
    """Return a problem where "I" or "we" lost the quotation marks that said who speaks."""
    mine = tokenize(_QUOTE.sub(" ", a.written_text))
    theirs = {t.low for t in tokenize(_QUOTE.sub(" ", a.source_text))}
    return [
        f"speaks in the first person: {t.text!r}"
        for t in mine
        if t.low in _FIRST_PERSON - theirs and t.text != "i"
    ][:1]


def find_content_problems(a: Alignment) -> list[str]:
    """Return a problem for each content word that stands on no word of the source."""
    # Of two words that stand for one ("gave way" for "caved") only the first has its place.
    known = {t.stem for t in a.source}
    return [
        f"word not in the source: {token.text!r}"
        for i, token in enumerate(a.written)
        if token.kind == "word"
        and token.is_content
        and a.places[i] is None
        and not equivalents(token.stem) & known
        and not is_name(a.written, i)
        and not _is_part_of_number(a, i)
        and not any(t.stem == token.stem and is_listed(a, i, j) for j, t in enumerate(a.source))
    ]


def _is_part_of_number(a: Alignment, i: int) -> bool:
    return any(q.start <= i < q.end for q in find_quantities(a.written_text))
