"""Who says what: numbers that link to articles, differences between them, the list of sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from bot.forms import Form
from bot.markup import (
    PIECE_ENTITIES,
    PIECE_LINK_BYTES,
    Piece,
    clean,
    escaped,
    link,
    text_pieces,
    with_suffix,
)
from summarizer.models import ArticleRef, Difference, DifferenceValue, DigestStory, StoryReport


def cited_articles(story: DigestStory) -> list[int]:
    """Return the articles that the story's text refers to, by their numbers in its report."""
    known = {a.n for a in story.report.articles}
    used = set(chain.from_iterable(s.articles for s in story.sentences))
    if not story.one_line:
        for difference in story.report.differences:
            used.update(chain.from_iterable(v.articles for v in difference.values))
    used &= known
    return sorted(used or set(story.report.headline_articles) & known or known)


def cites(
    articles: Iterable[int], report: StoryReport, numbers: Mapping[int, int], form: Form
) -> list[str]:
    """Return ' [3,4]' with each number linked; in parts where that is very much."""
    return _bracketed(articles, report, numbers, form, note="")


def _bracketed(
    articles: Iterable[int],
    report: StoryReport,
    numbers: Mapping[int, int],
    form: Form,
    *,
    note: str,
) -> list[str]:
    urls = {a.n: a.url for a in report.articles if form.links}
    cited = [n for n in articles if n in numbers]
    if not cited:
        return []
    parts: list[str] = [" "]
    entities = link_bytes = 0
    for i, n in enumerate(cited):
        url = urls.get(n)
        size = len((url or "").encode("utf-8", "replace"))
        if entities == PIECE_ENTITIES or link_bytes + size > PIECE_LINK_BYTES:
            parts.append("")
            entities = link_bytes = 0
        entities, link_bytes = entities + 1, link_bytes + size
        opening = "[" if i == 0 else ""
        closing = "]" if i == len(cited) - 1 and not note else ""
        comma = "" if i == len(cited) - 1 else ","
        # The brackets are part of the link: a number alone is hard to hit with a finger.
        parts[-1] += link(f"{opening}{numbers[n]}{closing}", url) + comma
    if note:
        parts[-1] += f", {note}]"
    return parts


def differences_line(
    report: StoryReport, numbers: Mapping[int, int], form: Form, *, before: str
) -> list[Piece]:
    """Return 'Sources differ · injured: 9 [3], 12 [4, later] · …', each value with its articles."""
    if not report.differences:
        return []
    label = escaped(form.texts.gettext("Sources differ"))
    line = [Piece(html=f"<i>{label}</i>", before=before)]
    for difference in report.differences:
        line += _difference(difference, report, numbers, form)
    return line


def _difference(
    difference: Difference, report: StoryReport, numbers: Mapping[int, int], form: Form
) -> list[Piece]:
    pieces = text_pieces(f"{clean(difference.about)}:", before=" · ")
    for i, value in enumerate(difference.values):
        pieces += _value(value, report, numbers, form, before=", " if i else " ")
    return pieces


def _value(
    value: DifferenceValue,
    report: StoryReport,
    numbers: Mapping[int, int],
    form: Form,
    *,
    before: str,
) -> list[Piece]:
    note = escaped(form.texts.gettext("later")) if value.later else ""
    printed = text_pieces(value.value, before=before) or [Piece(html="?", before=before)]
    return with_suffix(printed, _bracketed(value.articles, report, numbers, form, note=note))


def outlets_line(report: StoryReport, form: Form) -> str:
    """Return '3 outlets, 2 independent reports · every sentence checked'."""
    texts = form.texts
    count = len(report.outlets)
    if count < 2:
        outlets = f"<i>{escaped(texts.gettext('one outlet'))}</i>"
    else:
        independent = report.independent_reports
        outlets = escaped(
            texts.ngettext("{n} outlet", "{n} outlets", count).format(n=count)
            + ", "
            + texts.ngettext(
                "{n} independent report", "{n} independent reports", independent
            ).format(n=independent)
        )
    return f"{outlets} · {escaped(texts.gettext('every sentence checked'))}"


def sources_list(
    stories: Sequence[DigestStory], numbers: Mapping[str, Mapping[int, int]], form: Form
) -> list[Piece]:
    """Return the list of the sources by number, folded up; then the outlets that add nothing."""
    texts = form.texts
    lines = [Piece(html=escaped(texts.gettext("Sources")), before="\n\n")]
    cited: set[str] = set()
    others: dict[str, None] = {}
    for story in stories:
        own = numbers[story.report.story_id]
        for article in story.report.articles:
            if article.n in own:
                lines += _source_line(article, own[article.n], form)
                cited.add(clean(article.outlet))
            else:
                others.setdefault(clean(article.outlet))
    also = [name for name in others if name and name not in cited]
    if also:
        lines += text_pieces(texts.gettext("Also read: {names}").format(names=", ".join(also)))
    return [replace(line, quote=True) for line in lines]


def _source_line(article: ArticleRef, number: int, form: Form) -> list[Piece]:
    name = text_pieces(article.outlet) or [Piece(html="?")]
    url = article.url if form.links else None
    named = replace(name[0], html=f"[{number}] {link(name[0].html, url)}")
    only = f" · {escaped(form.texts.gettext('summary only'))}" if article.summary_only else ""
    return with_suffix([named, *name[1:]], [only])


def article_line(article: ArticleRef, form: Form) -> list[Piece]:
    line = _source_line(article, article.n, form)
    title = text_pieces(f"{form.moment(article.published_at)} · {article.title}", before=" · ")
    return [*line, *title]
