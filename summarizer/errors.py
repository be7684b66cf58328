"""Every error this project raises on purpose, split by what the caller does next.

::

    DigestError
     ├── SkipError             this one item is of no use: record it, go on with the others
     │    ├── UnreadableError       not a feed, not a page, not text we can read
     │    │    └── NotAFeedError        a web page where a feed was expected; holds its feeds
     │    ├── TooLargeError         over a size limit, compressed or not
     │    ├── RefusedAddressError   a private, loopback or link-local address
     │    └── DisallowedError       robots.txt forbids it
     ├── RetryError            may work later: try again at `retry_at`, or after the backoff
     │    ├── UnreachableError      no answer, timed out, connection broken
     │    └── BadStatusError        429, 5xx, most 4xx
     ├── GoneError             will not work again: disable the feed and tell the operator
     ├── RequestError          what a person asked for is not possible: show the message
     │    ├── UnknownTopicError     with suggestions
     │    ├── UnknownZoneError      with examples
     │    ├── BadTimeError          with examples
     │    └── LimitError            too many subscriptions, too many requests
     └── StopError             cannot go on until an operator acts
          ├── ConfigError           wrong key or value; file, line, nearest name
          ├── ModelError            no weights, wrong architecture
          └── StorageError          database newer than the code, unreadable, locked
               └── NewerDatabaseError

Messages are lower case, say what failed and show the subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class DigestError(Exception):
    """Any error raised on purpose by this project."""


class SkipError(DigestError):
    """One item is of no use; the others go on."""


class UnreadableError(SkipError):
    """Content that is not what it should be, or not text at all."""


class NotAFeedError(UnreadableError):
    """A web page where a feed was expected.

    `feeds` holds the absolute URLs of the feeds the page names, best first.
    """

    def __init__(self, message: str, *, feeds: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.feeds = tuple(feeds)


class TooLargeError(SkipError):
    """Over a size limit, before or after decompression."""


class RefusedAddressError(SkipError):
    """The host resolves to an address that requests must not reach."""


class DisallowedError(SkipError):
    """The host's robots.txt forbids this URL for us."""


class RetryError(DigestError):
    """May work later; `retry_at` (aware, UTC) when the server said when."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class UnreachableError(RetryError):
    """No answer: name not found, refused, timed out, broken off."""


class BadStatusError(RetryError):
    """The server answered with an error: `status` 429, 5xx, or 4xx other than 410."""

    def __init__(self, message: str, *, status: int = 0, retry_at: datetime | None = None) -> None:
        super().__init__(message, retry_at=retry_at)
        self.status = status


class GoneError(DigestError):
    """Will not work again (404 many times, 410): disable and tell the operator."""


class RequestError(DigestError):
    """What a person asked for is not possible; the message is for them."""


class UnknownTopicError(RequestError):
    """No such topic or subscription; `suggestions` are names that come close."""

    def __init__(self, message: str, *, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


class UnknownZoneError(RequestError):
    """No such time zone or city; `suggestions` are names that come close."""

    def __init__(self, message: str, *, suggestions: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.suggestions = tuple(suggestions)


class BadTimeError(RequestError):
    """Not a time of day."""


class LimitError(RequestError):
    """Over one of the limits of a chat."""


class StopError(DigestError):
    """Cannot go on until an operator acts."""


class ConfigError(StopError):
    """A setting that is unknown or wrong."""


class ModelError(StopError):
    """A model that cannot be loaded."""


class StorageError(StopError):
    """A database that cannot be used."""


class NewerDatabaseError(StorageError):
    """The database was written by a newer version of this code."""
