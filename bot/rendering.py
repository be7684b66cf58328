"""Digests and reports as Telegram messages: what they look like and in which order they come.

Everything here is pure. Text from outside is always escaped; what does not fit one message goes on
in the next, silently, at a border between stories where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from bot.citing import (
    article_line,
    cited_articles,
    cites,
    differences_line,
    outlets_line,
    sources_list,
)
from bot.forms import PLAIN, Form
from bot.markup import (
    Piece,
    clean,
    escaped,
    fits,
    link,
    pack,
    text_pieces,
    to_html,
    with_suffix,
)
from summarizer.models import Digest, DigestStory, Reading, StoryReport

__all__ = [
    "PLAIN",
    "STORY_DATA",
    "Button",
    "Form",
    "Message",
    "render_digest",
    "render_report",
    "with_note",
]

BUTTONS_PER_ROW = 8
STORY_DATA = "st:"
"""Callback data of a story's number: this and the story's id."""
TOPICS_NAMED = 3
"""The header names so many topics and counts the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An inline button: it sends `data` back (1–64 bytes), or opens `url`."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message in Telegram HTML, within Telegram's limits; sent without link previews."""

    text: str
    keyboard: tuple[tuple[Button, ...], ...] = ()
    silent: bool = False
    reply_to_story: str | None = None
    """Sent as a reply to the post that told the chat of this story."""
    story_ids: tuple[str, ...] = ()
    fact_ids: tuple[str, ...] = ()


def render_digest(
    digest: Digest,
    form: Form = PLAIN,
    *,
    scheduled_at: datetime | None = None,
    late: bool = False,
) -> list[Message]:
    """Return the messages of a digest: its stories, then each update as a message of its own.

    Only the first one makes a sound, and none where there is nothing to tell. Without topics (one
    story, on request) there is no header.
    """
    header = _header(digest, form, scheduled_at or digest.composed_at, late)
    footer = _footer(digest.reading, form)
    if not digest.stories and not digest.updates:
        blocks = [[*header, *_empty(digest, form), *footer]]
        return [replace(message, silent=True) for message in _messages(blocks, ())]
    messages: list[Message] = []
    if digest.stories:
        blocks, numbers = _stories(digest.stories, form, numbered=bool(digest.topics))
        blocks[0] = [*header, *_after(header, blocks[0])]
        blocks.append([*sources_list(digest.stories, numbers, form), *footer])
        shown = enumerate(digest.stories, start=1)
        buttons = [(d.report.story_id, str(number)) for number, d in shown]
        messages += _messages(blocks, buttons)
    for update in digest.updates:
        last = footer if not digest.stories and update is digest.updates[-1] else []
        messages += _update(update, form, last)
    return [replace(message, silent=i > 0) for i, message in enumerate(messages)]


def render_report(report: StoryReport, form: Form = PLAIN) -> list[Message]:
    """Return a story with each sentence's evidence, outlet by outlet, and all its articles."""
    numbers = {a.n: a.n for a in report.articles}
    outlets = {a.n: a.outlet for a in report.articles}
    blocks = [text_pieces(_headline(report), tag="b", before="")]
    for number, sentence in enumerate(report.sentences, start=1):
        told = text_pieces(f"{number}. {sentence.text}", before="\n\n")
        for evidence in sentence.evidence:
            said = text_pieces(f"{outlets[evidence.n]}: {evidence.text}")
            cited = with_suffix(said, cites([evidence.n], report, numbers, form))
            told += [replace(piece, quote=True) for piece in cited]
        blocks.append(told)
    texts = form.texts
    blocks.append(differences_line(report, numbers, form, before="\n\n"))
    blocks.append(
        [
            Piece(html=outlets_line(report, form), before="\n\n"),
            Piece(html=f"<b>{escaped(texts.gettext('Articles'))}</b>", before="\n\n"),
            *chain.from_iterable(article_line(a, form) for a in report.articles),
        ]
    )
    messages = _messages([block for block in blocks if block], ())
    whole = [replace(message, story_ids=(report.story_id,)) for message in messages]
    return [replace(message, silent=i > 0) for i, message in enumerate(whole)]


def with_note(html: str, note: str) -> str:
    """Return a rendered message with a line in italics below it, where it has room for one."""
    noted = f"{html}\n<i>{escaped(note)}</i>"
    return noted if fits(noted) else html


# --- the parts of a digest ------------------------------------------------------------------------


def _header(digest: Digest, form: Form, at: datetime, late: bool) -> list[Piece]:
    if not digest.topics:
        return []
    names = [clean(form.topic(topic)) for topic in digest.topics]
    title = ", ".join(names[:TOPICS_NAMED])
    if len(names) > TOPICS_NAMED:
        title += f" +{len(names) - TOPICS_NAMED}"
    marks = [form.moment(at)] + ([form.texts.gettext("sent late")] if late else [])
    rest = "".join(f" · {escaped(mark)}" for mark in marks)
    return with_suffix(text_pieces(clean(title) or "…", tag="b", before=""), [rest])


def _after(header: Sequence[Piece], block: Sequence[Piece]) -> list[Piece]:
    return [replace(block[0], before="\n\n" if header else ""), *block[1:]]


def _stories(
    stories: Sequence[DigestStory], form: Form, *, numbered: bool
) -> tuple[list[list[Piece]], dict[str, dict[int, int]]]:
    """Return a block for each story, and by story the number that each cited article has."""
    blocks: list[list[Piece]] = []
    numbers: dict[str, dict[int, int]] = {}
    count = 0
    for number, story in enumerate(stories, start=1):
        cited = cited_articles(story)
        own = {n: count + i for i, n in enumerate(cited, start=1)}
        count += len(cited)
        numbers[story.report.story_id] = own
        label = f"{number}. " if numbered else ""
        tell = _one_line if story.one_line else _full_story
        block = tell(story, own, form, label)
        block[0] = replace(block[0], before="\n\n")
        block[0] = _begins(block[0], story)
        blocks.append(block)
    return blocks, numbers


def _begins(piece: Piece, story: DigestStory) -> Piece:
    """Return a story's first piece, marked with the story and what is no news from here on."""
    known = (*piece.fact_ids, *story.left_out)
    return replace(piece, story_id=story.report.story_id, fact_ids=known)


def _full_story(
    story: DigestStory, numbers: Mapping[int, int], form: Form, label: str
) -> list[Piece]:
    report = story.report
    block = _heading(report, form, label)
    same = next((s for s in story.sentences if clean(s.text) == _headline(report)), None)
    if same is not None:  # it stands for the title of an outlet that is muted
        block = with_suffix(block, cites(same.articles, report, numbers, form))
        block[0] = replace(block[0], fact_ids=(same.fact_id,))
        story = replace(story, sentences=tuple(s for s in story.sentences if s is not same))
    block += _sentences(story, numbers, form, before="\n")
    block += differences_line(report, numbers, form, before="\n")
    outlets = len(report.outlets)
    if outlets != 2 or report.independent_reports < 2:  # two of two is what [1] and [2] show
        block.append(Piece(html=outlets_line(report, form)))
    return block


def _one_line(
    story: DigestStory, numbers: Mapping[int, int], form: Form, label: str
) -> list[Piece]:
    """Return what the story says, or its headline where it has no sentence, in one line."""
    report = story.report
    mark = f" · <i>{escaped(form.texts.gettext('one outlet'))}</i>"
    start = [Piece(html=f"<b>{label.strip()}</b>")] if label else []
    line = _sentences(story, numbers, form, before=" ")
    if not line:
        said = text_pieces(_headline(report), before=" ")
        line = with_suffix(said, cites(cited_articles(story), report, numbers, form))
    return with_suffix([*start, *line], [mark])


def _heading(report: StoryReport, form: Form, label: str) -> list[Piece]:
    """Return the headline in bold, linked to the first article that bears it out."""
    heading = text_pieces(f"{label}{_headline(report)}", tag="b")
    cited = (a.url for a in report.articles if a.n in report.headline_articles)
    if not form.links or len(heading) > 1:
        return heading
    return [replace(heading[0], html=link(heading[0].html, next(cited, None)))]


def _headline(report: StoryReport) -> str:
    return clean(report.headline) or clean(", ".join(report.outlets)) or "…"


def _sentences(
    story: DigestStory, numbers: Mapping[int, int], form: Form, *, before: str
) -> list[Piece]:
    pieces: list[Piece] = []
    for sentence in story.sentences:
        said = text_pieces(sentence.text, before=" " if pieces else before)
        if said:
            cited = with_suffix(said, cites(sentence.articles, story.report, numbers, form))
            pieces += [replace(cited[0], fact_ids=(sentence.fact_id,)), *cited[1:]]
    return pieces


def _footer(reading: Reading, form: Form) -> list[Piece]:
    """Return 'Read 214 articles from 38 of 40 feeds (2 unreachable).' and what was skipped."""
    texts = form.texts
    if not reading.articles and not reading.feeds:
        return []
    read = texts.ngettext("Read {n} article", "Read {n} articles", reading.articles)
    said = read.format(n=reading.articles)
    if reading.unreachable:
        said += " " + texts.gettext("from {ok} of {all} feeds ({lost} unreachable)").format(
            ok=reading.feeds_ok, all=reading.feeds, lost=reading.unreachable
        )
    elif reading.feeds:
        feeds = texts.ngettext("from {n} feed", "from {n} feeds", reading.feeds)
        said += " " + feeds.format(n=reading.feeds)
    said += "."
    counts = sorted(reading.skipped_languages.items(), key=lambda item: (-item[1], item[0]))
    if counts:
        languages = ", ".join(f"{form.language(code)} {count}" for code, count in counts)
        skipped = texts.gettext("Skipped for their language: {languages}.")
        said += " " + skipped.format(languages=languages)
    return text_pieces(said, before="\n\n")


def _empty(digest: Digest, form: Form) -> list[Piece]:
    """Return why there is nothing to tell, and what to do."""
    since = form.moment(digest.since)
    said = {
        "nothing_new": form.texts.gettext(
            "Nothing new since {since}. /digest shows the last 24 hours again."
        ),
        "no_match": form.texts.gettext(
            "None of the stories since {since} is about this. "
            "Try other words with /subscribe, or see your topics with /topics."
        ),
        "nothing_collected": form.texts.gettext(
            "No articles could be read since {since}. "
            "/status shows how many feeds answer; try again later."
        ),
    }[digest.empty_reason or "nothing_new"]
    return text_pieces(said.format(since=since), before="\n\n" if digest.topics else "")


def _update(story: DigestStory, form: Form, footer: Sequence[Piece]) -> list[Message]:
    label = f"{form.texts.gettext('Update')} · "
    story = _without_old_differences(story)
    numbers = {n: i for i, n in enumerate(cited_articles(story), start=1)}
    block = _full_story(story, numbers, form, label)
    block[0] = _begins(block[0], story)
    sources = [*sources_list([story], {story.report.story_id: numbers}, form), *footer]
    more = [(story.report.story_id, form.texts.gettext("More"))]
    first, *others = _messages([block, sources], more)
    return [replace(first, reply_to_story=story.report.story_id), *others]


def _without_old_differences(story: DigestStory) -> DigestStory:
    """Return an update with only those differences that its new sentences have a part in."""
    new = set(chain.from_iterable(s.articles for s in story.sentences))
    kept = tuple(
        difference
        for difference in story.report.differences
        if new & set(chain.from_iterable(v.articles for v in difference.values))
    )
    return replace(story, report=replace(story.report, differences=kept), one_line=False)


# --- messages -------------------------------------------------------------------------------------


def _messages(
    blocks: Sequence[Sequence[Piece]], buttons: Sequence[tuple[str, str]]
) -> list[Message]:
    """Return the packed messages; a story's button stands below the message where it begins."""
    labels = dict(buttons)
    messages: list[Message] = []
    for pieces in pack(blocks):
        ids = tuple(piece.story_id for piece in pieces if piece.story_id is not None)
        row = [Button(text=labels[i], data=f"{STORY_DATA}{i}") for i in ids if i in labels]
        messages.append(
            Message(
                text=to_html(pieces),
                keyboard=tuple(
                    tuple(row[start : start + BUTTONS_PER_ROW])
                    for start in range(0, len(row), BUTTONS_PER_ROW)
                ),
                story_ids=ids,
                fact_ids=tuple(chain.from_iterable(piece.fact_ids for piece in pieces)),
            )
        )
    return messages
