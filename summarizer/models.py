"""The states of the data on its way from a feed to a chat, one frozen type each.

::

    Feed ─ Fetched ─ Entry ─ Page ─ Article ─ Story ─ Fact ─ Sentence ─ StoryReport ─ Digest

All datetimes are aware and in UTC. All vectors are unit-length float32 rows of `EMBEDDING_WIDTH`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import chain
from typing import Literal

import numpy as np
from numpy.typing import NDArray

EMBEDDING_WIDTH = 384
FREE = "free:"
"""What the key of a topic of free words begins with."""

Vector = NDArray[np.float32]

Length = Literal["short", "normal", "detailed"]
Method = Literal["rewritten", "source"]
DifferenceKind = Literal["conflict", "update"]


def derive_id(*parts: str) -> str:
    """Return a 16-character id that depends on the parts alone."""
    return blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=8).hexdigest()


# --- collecting ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed to read. `outlet` is the name readers see."""

    url: str
    outlet: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered about a feed between two reads; the feed's health."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    next_at: datetime | None = None
    interval_s: int = 900
    failures: int = 0
    last_error: str | None = None
    last_ok_at: datetime | None = None
    last_tried_at: datetime | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body that was fetched, decompressed, within its size limit."""

    url: str
    """The address after redirects."""
    content: bytes
    content_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    max_age_s: int | None = None
    """From Cache-Control, where the server said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server said 304: nothing new at this address."""

    url: str
    max_age_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed, as the feed gives it."""

    url: str
    """Absolute; not yet canonical."""
    outlet: str
    feed_url: str
    title: str
    """Plain text."""
    text: str
    """The feed's own text of the item (summary or content), plain, paragraphs by blank lines."""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An article's page, or why there is none (`error`: a short reason such as 'status 403')."""

    url: str
    html: bytes | None = None
    charset: str | None = None
    error: str | None = None
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One outlet's text on one event.

    `id` is derived from the canonical URL, or from the text where there is no URL.
    """

    id: str
    url: str | None
    """Canonical."""
    outlet: str
    title: str
    text: str
    """Plain text; paragraphs are separated by blank lines; no page furniture."""
    published_at: datetime
    fetched_at: datetime
    language: str = "en"
    summary_only: bool = False
    """The page could not be read; `text` is the feed's own."""
    revision: int = 1
    n: int = 0
    """Its number within a given list of articles (1-based), where it stands in one."""

    @property
    def lead(self) -> str:
        """The title and the first 100 words: what embeddings and matching read."""
        return f"{self.title}. {' '.join(self.text.split()[:100])}"


# --- stories --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What several outlets report about one event."""

    id: str
    """Derived from its first article's id; kept for good."""
    article_ids: tuple[str, ...]
    """In the order they joined."""
    centroid: Vector
    """The mean of its articles' vectors, unit length."""
    opened_at: datetime
    updated_at: datetime
    """The newest article's publication time."""
    language: str = "en"
    version: int = 1
    """Grows when articles join or change."""
    merged_into: str | None = None


# --- writing --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSentence:
    """One sentence of one article of a story."""

    article_id: str
    n: int
    """The article's number within the story, 1-based."""
    position: int
    """The sentence's index within the article, 0-based; the title is not a sentence."""
    text: str

    @property
    def key(self) -> str:
        """An id of this sentence that survives new versions of the story."""
        return derive_id(self.article_id, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Sentences of one or more outlets that say the same, the best to tell it first."""

    id: str
    """Kept across versions of its story."""
    sentences: tuple[SourceSentence, ...]
    score: float
    """How much a reader should be told this; higher is more."""
    published_at: datetime
    """When the earliest of its sentences was published."""

    @property
    def best(self) -> SourceSentence:
        return self.sentences[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The source sentence that supports a written one."""

    article_id: str
    n: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a sentence is supported by its sources; `problems` say what is not, one each."""

    supported: bool
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One written, checked sentence of a report."""

    text: str
    fact_id: str
    method: Method
    evidence: tuple[Evidence, ...]
    """Each article here alone supports the whole sentence."""
    fact_keys: tuple[str, ...] = ()
    """The keys of all source sentences of its fact, so that later versions know the fact."""
    new_at: datetime | None = None
    """When the first report that had this as news was written; None where that is not known."""

    @property
    def articles(self) -> tuple[int, ...]:
        return tuple(sorted({e.n for e in self.evidence}))

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceValue:
    """One of the values that sources give for the same thing."""

    value: str
    """As printed, with its unit: '60 km/h', '9'."""
    articles: tuple[int, ...]
    later: bool = False
    """Reported after the other values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The same thing with different values in different articles."""

    about: str
    """What it is about, in one or two words: 'injured', 'wind', 'date'."""
    values: tuple[DifferenceValue, ...]
    kind: DifferenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """An article of a story as a report names it."""

    id: str
    n: int
    outlet: str
    title: str
    url: str | None
    published_at: datetime
    summary_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    """All that was written about one version of a story; stored once for all readers.

    `sentences` holds every fact worth telling, best first: a digest takes from the front.
    """

    story_id: str
    version: int
    headline: str
    headline_articles: tuple[int, ...]
    sentences: tuple[Sentence, ...]
    differences: tuple[Difference, ...]
    articles: tuple[ArticleRef, ...]
    independent_reports: int
    vector: Vector
    """The story's centroid: what topics are matched against."""
    opened_at: datetime
    updated_at: datetime
    written_at: datetime
    language: str = "en"
    model: str = ""
    """Name of the model that rewrote it."""
    sentence_keys: tuple[str, ...] = ()
    """The keys of all source sentences this was written from: what is not among them is news."""

    @property
    def outlets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(a.outlet for a in self.articles))


# --- digests --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a reader subscribes to: one from the catalogue, or free words.

    `key` is the catalogue's id ('world'), or 'free:' and the normalised words.
    `queries` are the texts it is matched by meaning with; `words` are matched as words, `exclude`
    bars what has one of them.
    """

    key: str
    name: str
    queries: tuple[str, ...]
    words: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other names that people type for a topic of the catalogue."""

    @property
    def is_free(self) -> bool:
        """Whether it is free words, not a topic of the catalogue."""
        return self.key.startswith(FREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read for a digest: the footer's figures."""

    articles: int = 0
    feeds_ok: int = 0
    feeds: int = 0
    skipped_languages: Mapping[str, int] = field(default_factory=dict)

    @property
    def unreachable(self) -> int:
        return self.feeds - self.feeds_ok


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """One story of a digest as this chat gets it."""

    report: StoryReport
    sentences: tuple[Sentence, ...]
    """Those of the report that fit the chat's length and that it was not told."""
    is_update: bool = False
    """The chat was told of this story before; `reply_to` names that message if known."""
    one_line: bool = False
    """A single-outlet story shown as one line, marked 'one outlet'."""

    @property
    def left_out(self) -> tuple[str, ...]:
        """The facts that are told no more, since they found no room or are old."""
        shown = {sentence.fact_id for sentence in self.sentences}
        return tuple(s.fact_id for s in self.report.sentences if s.fact_id not in shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one chat is told at one time, before it is rendered.

    `stories` go out together; each of `updates` goes as a message of its own, replying to the
    earlier post. `empty_reason` is set when both are empty: 'nothing_new', 'no_match',
    'nothing_collected'.
    """

    topics: tuple[Topic, ...]
    stories: tuple[DigestStory, ...]
    updates: tuple[DigestStory, ...]
    reading: Reading
    composed_at: datetime
    since: datetime
    empty_reason: str | None = None

    @property
    def fact_ids(self) -> tuple[str, ...]:
        """The facts a chat was told once this digest was delivered."""
        return tuple(s.fact_id for d in (*self.stories, *self.updates) for s in d.sentences)

    @property
    def known_ids(self) -> tuple[str, ...]:
        """The facts that are no news for a chat from then on."""
        left_out = (story.left_out for story in (*self.stories, *self.updates))
        return self.fact_ids + tuple(chain.from_iterable(left_out))
