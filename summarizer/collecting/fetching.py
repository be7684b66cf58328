"""Fetch feeds and pages, politely and within bounds.

::

    Feed, FeedState ─ fetch_feed ─ Fetched | NotModified | error
    url ─ fetch_page ─ Page
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from protego import Protego

from summarizer.collecting.addresses import is_public
from summarizer.collecting.requesting import Address, Answer, Requester, Resolve
from summarizer.errors import (
    BadStatusError,
    DigestError,
    DisallowedError,
    GoneError,
    RefusedAddressError,
    RetryError,
    SkipError,
    TooLargeError,
    UnreachableError,
    UnreadableError,
)
from summarizer.models import Feed, FeedState, Fetched, NotModified, Page

ROBOT = "digest-bot"
"""The name that robots.txt rules are looked up by."""

FEED_TYPES = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, "
    "text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
UNCHANGED = "not modified"
"""The error of a page that is as it was."""
PAGE_TYPES = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ROBOTS_BYTES = 512 * 1024  # RFC 9309, 2.5: at least 500 KiB must be read
_ROBOTS_KEPT_S = 24 * 3600  # RFC 9309, 2.4: not longer than a day
_ROBOTS_RETRY_S = 600
_ROBOTS_KEPT = 2000
_MAX_RULES = 1_000_000
MAX_WAIT = timedelta(days=1)
_MISSES_UNTIL_GONE = 12
"""So many 404s in a row, with the backoff more than a day, and a feed counts as gone."""


class Client:
    """Fetches one URL at a time from each host, as its robots.txt and Retry-After allow.

    `timeout_s` bounds a whole fetch, redirects included; waiting for the host's turn does not
    count. `is_allowed` judges IP addresses; `resolve` and `ssl_context` replace the system's.
    """

    def __init__(
        self,
        *,
        contact: str,
        allow_private_addresses: bool = False,
        respect_robots: bool = True,
        timeout_s: float = 20.0,
        max_redirects: int = 5,
        is_allowed: Callable[[str], bool] = is_public,
        resolve: Resolve | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._requester = Requester(
            user_agent=f"{ROBOT}/{version('digest-bot')} (+{contact})",
            is_allowed=None if allow_private_addresses else is_allowed,
            resolve=resolve,
            ssl_context=ssl_context,
        )
        self._respect_robots = respect_robots
        self._timeout_s = timeout_s
        self._max_redirects = max_redirects
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waits: dict[str, datetime] = {}
        self._robots: dict[str, tuple[float, Protego | RetryError]] = {}

    async def __aenter__(self) -> Self:
        await self._requester.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._requester.__aexit__(exc_type, exc, traceback)

    async def fetch(
        self,
        url: str,
        *,
        limit_bytes: int,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str = "*/*",
    ) -> Fetched | NotModified:
        """Return what is at `url`, or that it has not changed since `etag`, `last_modified`.

        Raises UnreadableError, TooLargeError, RefusedAddressError, DisallowedError,
        UnreachableError, BadStatusError, and GoneError for 410.
        """
        headers = {"Accept": accept}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        address, answer = await self._follow(
            self._requester.check(url),
            headers=headers,
            limit_bytes=limit_bytes,
            robots=self._respect_robots,
        )
        max_age_s = _max_age(answer.headers)
        if answer.status == 304 and (etag or last_modified):
            return NotModified(url=address.url, max_age_s=max_age_s)
        if answer.status == 410:
            raise GoneError(f"gone: {address.url!r}")
        if not 200 <= answer.status < 300:
            raise BadStatusError(
                f"bad HTTP status: {address.url!r}: {answer.status}",
                status=answer.status,
                retry_at=self._waits.get(address.host),
            )
        return Fetched(
            url=address.url,
            content=answer.content,
            content_type=answer.headers.get("content-type"),
            charset=answer.charset,
            etag=answer.headers.get("etag"),
            last_modified=answer.headers.get("last-modified"),
            max_age_s=max_age_s,
        )

    async def _follow(
        self,
        address: Address,
        *,
        headers: Mapping[str, str],
        limit_bytes: int,
        robots: bool,
        truncate: bool = False,
    ) -> tuple[Address, Answer]:
        """Return the last address and its answer, after at most `max_redirects` redirects."""
        left_s = self._timeout_s
        for _ in range(self._max_redirects + 1):
            if robots:
                await self._check_robots(address)
            async with self._turn(address.host):
                self._check_wait(address)
                started = time.monotonic()
                answer = await self._get(
                    address, left_s, headers=headers, limit_bytes=limit_bytes, truncate=truncate
                )
                left_s -= time.monotonic() - started
                self._note_wait(address, answer)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS:
                return address, answer
            if not location:
                raise UnreadableError(f"redirect to nowhere: {address.url!r}")
            address = self._requester.check(location, base=address.url)
        raise UnreadableError(f"more than {self._max_redirects} redirects: {address.url!r}")

    async def _get(
        self,
        address: Address,
        timeout_s: float,
        *,
        headers: Mapping[str, str],
        limit_bytes: int,
        truncate: bool,
    ) -> Answer:
        try:
            async with asyncio.timeout(timeout_s):
                return await self._requester.get(
                    address, headers=headers, limit_bytes=limit_bytes, truncate=truncate
                )
        except TimeoutError as exc:
            raise UnreachableError(
                f"no answer within {self._timeout_s:g} s: {address.url!r}"
            ) from exc

    def _turn(self, host: str) -> asyncio.Lock:
        lock = self._turns.get(host)
        if lock is None:
            lock = self._turns[host] = asyncio.Lock()
        return lock

    def _check_wait(self, address: Address) -> None:
        until = self._waits.get(address.host)
        if until is None:
            return
        if until > datetime.now(UTC):
            raise BadStatusError(
                f"asked to wait: {address.url!r}: until {until:%Y-%m-%d %H:%M:%S} UTC",
                status=429,
                retry_at=until,
            )
        del self._waits[address.host]

    def _note_wait(self, address: Address, answer: Answer) -> None:
        """Remember what a 429 or 503 asks for: it holds for the host, not for one URL."""
        if answer.status in (429, 503) and (value := answer.headers.get("retry-after")):
            now = datetime.now(UTC)
            until = parse_retry_after(value, now=now)
            if until is not None and until > now:
                self._waits[address.host] = until

    async def _check_robots(self, address: Address) -> None:
        """Raise DisallowedError, or RetryError where the rules are out of reach (RFC 9309)."""
        async with self._turn(f"{address.origin}/robots.txt"):
            kept_until, rules = self._robots.pop(address.origin, (0.0, None))
            if rules is None or kept_until < time.monotonic():
                rules = await self._fetch_robots(address.origin)
                kept_s = _ROBOTS_RETRY_S if isinstance(rules, RetryError) else _ROBOTS_KEPT_S
                kept_until = time.monotonic() + kept_s
            self._robots[address.origin] = (kept_until, rules)
        if len(self._robots) > _ROBOTS_KEPT:  # the one that was not asked for the longest
            del self._robots[next(iter(self._robots))]
        if isinstance(rules, RetryError):
            raise UnreachableError(
                f"robots.txt out of reach: {address.url!r}: {rules}", retry_at=rules.retry_at
            )
        if not rules.can_fetch(address.url, ROBOT):
            raise DisallowedError(f"robots.txt forbids it: {address.url!r}")

    async def _fetch_robots(self, origin: str) -> Protego | RetryError:
        try:
            address, answer = await self._follow(
                self._requester.check(f"{origin}/robots.txt"),
                headers={"Accept": "text/plain, */*;q=0.1"},
                limit_bytes=_ROBOTS_BYTES,
                robots=False,
                truncate=True,
            )
        except RetryError as exc:
            return exc
        except RefusedAddressError:
            raise
        except SkipError:
            return Protego.parse("")
        if answer.status == 429 or answer.status >= 500:
            return BadStatusError(
                f"bad HTTP status: {address.url!r}: {answer.status}",
                status=answer.status,
                retry_at=self._waits.get(address.host),
            )
        return _parse_robots(answer.content.decode("utf-8", "replace"))


async def fetch_feed(
    client: Client, feed: Feed, state: FeedState, *, limit_bytes: int
) -> Fetched | NotModified:
    """Return a feed's content, or that it is unchanged since `state`.

    Raises what `Client.fetch` raises, and GoneError for a feed that is missing for long.
    """
    try:
        return await client.fetch(
            feed.url,
            limit_bytes=limit_bytes,
            etag=state.etag,
            last_modified=state.last_modified,
            accept=FEED_TYPES,
        )
    except BadStatusError as exc:
        if exc.status == 404 and state.failures + 1 >= _MISSES_UNTIL_GONE:
            raise GoneError(f"missing for long: {feed.url!r}") from exc
        raise


async def fetch_page(
    client: Client,
    url: str,
    *,
    limit_bytes: int,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Page:
    """Return an article's page; what goes wrong becomes the page's `error`.

    So does `UNCHANGED` where the page is as it was with this `etag` or `last_modified`.
    """
    try:
        fetched = await client.fetch(
            url,
            limit_bytes=limit_bytes,
            etag=etag,
            last_modified=last_modified,
            accept=PAGE_TYPES,
        )
    except DigestError as exc:
        return Page(url=url, error=_reason(exc))
    if isinstance(fetched, NotModified):
        return Page(url=url, error=UNCHANGED, etag=etag, last_modified=last_modified)
    media_type = (fetched.content_type or "text/html").partition(";")[0].strip().lower()
    if media_type not in ("text/html", "application/xhtml+xml", "application/xml", "text/xml"):
        return Page(url=fetched.url, error=f"not a web page but {media_type[:60]!r}")
    return Page(
        url=fetched.url,
        html=fetched.content,
        charset=fetched.charset,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
    )


def _parse_robots(text: str) -> Protego:
    """Return the rules; for more than anyone can mean, that all is forbidden.

    The parser keeps each rule once for each robot that it is for.
    """
    robots = len(re.findall("user-? ?agent", text, re.IGNORECASE))
    if robots * len(text.splitlines()) > _MAX_RULES:
        text = "User-agent: *\nDisallow: /"
    return Protego.parse(text)


def _reason(error: DigestError) -> str:
    match error:
        case BadStatusError(status=status):
            return f"status {status}"
        case GoneError():
            return "status 410"
        case TooLargeError():
            return "too large"
        case RefusedAddressError():
            return "refused address"
        case DisallowedError():
            return "forbidden by robots.txt"
        case UnreachableError():
            return "unreachable"
        case _:
            return "unreadable"


def parse_retry_after(value: str, *, now: datetime) -> datetime | None:
    """Return the time a Retry-After header names (RFC 9110, 10.2.3), at most a day ahead."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = min(int(value[:9]), round(MAX_WAIT.total_seconds()))
        return now + timedelta(seconds=seconds)
    try:
        parsed = parsedate_to_datetime(value)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return min(parsed.astimezone(UTC), now + MAX_WAIT)


def _max_age(headers: Mapping[str, str]) -> int | None:
    control = headers.get("cache-control", "").lower()
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", control)
    return int(found[1]) if found else None
