"""The topics readers choose from and the feeds that are read: catalog.toml, checked."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from config.settings import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogTopic:
    """A topic: matched by meaning with its queries, and by words that place a story in it.

    One whose queries are an empty list has every story.
    """

    id: str
    name: str
    queries: tuple[str, ...]
    words: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """What people type for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFeed:
    """A feed and the outlet name that readers see."""

    url: str
    outlet: str
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All topics and feeds, in the file's order."""

    topics: tuple[CatalogTopic, ...]
    feeds: tuple[CatalogFeed, ...]


def load_catalog(path: Path | None = None) -> Catalog:
    """Return the packaged catalogue, or the one at `path`.

    Raises SettingsError for a file that cannot be read, an unknown or missing key, a wrong value,
    and a topic's name or a feed that stands twice.
    """
    return _packaged() if path is None else _load(path)


@cache
def _packaged() -> Catalog:
    return _load(Path(str(files("config").joinpath("catalog.toml"))))


def _load(path: Path) -> Catalog:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingsError(f"cannot read the catalogue: {str(path)!r}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"not valid TOML: {str(path)!r}: {exc}") from exc
    for key in values:
        if key not in {"topics", "feeds"}:
            raise SettingsError(
                f"{path.name}: unknown key {key!r}; it has [[topics]] and [[feeds]]"
            )
    topics = tuple(_topic(table) for table in _tables(path.name, values, "topics"))
    feeds = tuple(_feed(table) for table in _tables(path.name, values, "feeds"))
    names = [
        name
        for topic in topics
        for name in {n.casefold() for n in (topic.id, topic.name, *topic.aliases)}
    ]
    _check_unique(names, f"{path.name}: topic name")
    _check_unique([feed.url for feed in feeds], f"{path.name}: feed")
    return Catalog(topics=topics, feeds=feeds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """One [[…]] table of the file; `where` names it in messages."""

    where: str
    values: dict[str, Any]

    def text(self, key: str, default: str = "") -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"{self.where}: {key!r} must be a text: {value!r}")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
            raise SettingsError(f"{self.where}: {key!r} must be a list of texts: {value!r}")
        return tuple(text.strip() for text in value)

    def check_keys(self, known: type) -> None:
        names = [field.name for field in fields(known)]
        for key in self.values:
            if key not in names:
                close = get_close_matches(key, names, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                raise SettingsError(f"{self.where}: unknown key {key!r}{hint}")


def _tables(name: str, values: dict[str, Any], key: str) -> Iterator[_Table]:
    tables = values.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{name}: write each of the {key} as [[{key}]]")
    for number, table in enumerate(tables, start=1):
        yield _Table(where=f"{name}: [[{key}]] number {number}", values=table)


def _topic(table: _Table) -> CatalogTopic:
    table.check_keys(CatalogTopic)
    queries = table.texts("queries")
    if "queries" not in table.values:
        raise SettingsError(
            f"{table.where}: 'queries' must have texts to match by meaning, or [] for all stories"
        )
    return CatalogTopic(
        id=table.text("id"),
        name=table.text("name"),
        queries=queries,
        words=table.texts("words"),
        aliases=table.texts("aliases"),
    )


def _feed(table: _Table) -> CatalogFeed:
    table.check_keys(CatalogFeed)
    url = table.text("url")
    if not url.startswith(("https://", "http://")) or " " in url:
        raise SettingsError(f"{table.where}: 'url' must be a web address: {url!r}")
    return CatalogFeed(url=url, outlet=table.text("outlet"), language=table.text("language", "en"))


def _check_unique(values: Sequence[str], what: str) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise SettingsError(f"{what} stands twice: {value!r}")
