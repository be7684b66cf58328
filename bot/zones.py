"""Time zones by the names people use: IANA names, cities, countries, offsets."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

import tzfpy
from babel import Locale
from babel.core import get_global

from summarizer.errors import UnknownZoneError

COMMON = (
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Moscow",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Lagos",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Etc/UTC",
)
"""What a picker offers."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-]|−)\s*(\d{1,2})(?::?00)?")
_SUGGESTIONS = 6
_CHOICES = 8
"""Of a country's zones."""


def find_zone(text: str) -> str:
    """Return the IANA name for a zone, city, country or whole-hour offset.

    Raises UnknownZoneError with names that come close: for nothing known, and for a country of
    several zones.
    """
    wanted = _plain(text)
    if wanted in _names():
        return _names()[wanted]
    if match := _OFFSET.fullmatch(wanted):
        return _offset_zone(text, match)
    # "Paris, France" and "Portland, Oregon": the city says it.
    city = _plain(text.split(",")[0])
    if city in _names():
        return _names()[city]
    zones = _countries().get(wanted) or _countries().get(city)
    if zones is None:
        close = difflib.get_close_matches(wanted, _names(), n=_SUGGESTIONS, cutoff=0.7)
        suggestions = list(dict.fromkeys(_names()[name] for name in close))
        raise UnknownZoneError(f"no such time zone or city: {text!r}", suggestions=suggestions)
    if len(zones) > 1:
        chosen = _unlike(zones)[:_CHOICES]
        raise UnknownZoneError(f"several time zones: {text!r}", suggestions=chosen)
    return zones[0]


def zone_at(latitude: float, longitude: float) -> str:
    """Return the IANA name of the zone at a place; at sea it is a nautical one ('Etc/GMT+2')."""
    zone = tzfpy.get_tz(longitude, latitude)
    return zone if zone in available_timezones() else "Etc/UTC"


def city_of(zone: str) -> str:
    """Return what people call a zone: its city ('New York'), or 'UTC'."""
    if zone in ("UTC", "Etc/UTC"):
        return "UTC"
    if zone.startswith("Etc/GMT"):
        # POSIX counts these westwards.
        sign = "-" if "+" in zone else "+"
        return f"UTC{sign}{zone[8:]}"
    return zone.rpartition("/")[2].replace("_", " ")


def _unlike(zones: Sequence[str]) -> list[str]:
    """Return one zone for each clock that a country has, by its best known city."""
    ranks = {zone: rank for rank, zone in enumerate(dict.fromkeys([*COMMON, *_own()]))}
    clocks: dict[object, str] = {}
    for zone in sorted(zones, key=lambda z: ranks.get(z, len(ranks) + z.count("/"))):
        offsets = tuple(
            datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)
        )
        clocks.setdefault(offsets, zone)
    return list(clocks.values())


def _offset_zone(text: str, match: re.Match[str]) -> str:
    hours = int(match[2])
    sign = "-" if match[1] == "+" else "+"
    zone = "Etc/UTC" if hours == 0 else f"Etc/GMT{sign}{hours}"
    if zone not in available_timezones():
        raise UnknownZoneError(f"no such time zone or city: {text!r}")
    return zone


@cache
def _names() -> dict[str, str]:
    """Zones by plain name: IANA names, their cities, then our own list, which wins."""
    names: dict[str, str] = {}
    zones = sorted(available_timezones())
    for zone in zones:
        area, _, city = zone.rpartition("/")
        # Names without an area ("Cuba", "GB") are old ones for countries; "Etc/…" holds no cities.
        if area and not area.startswith(("Etc", "SystemV", "US", "posix", "right")):
            names.setdefault(_plain(city), zone)
    names |= {_plain(zone): zone for zone in zones if "/" in zone}
    names |= {_plain(name): zone for zone, listed in _own().items() for name in listed}
    names |= {_plain(zone): zone for zone in _own() if "/" in zone}
    return names


@cache
def _own() -> dict[str, list[str]]:
    """Return our own list: what people call zones, by zone."""
    return tomllib.loads(files("bot").joinpath("cities.toml").read_text(encoding="utf-8"))


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """Zones of each country by its English name or its two letters."""
    english = Locale("en")
    known = available_timezones()
    countries: dict[str, tuple[str, ...]] = {}
    for code, zones in get_global("territory_zones").items():
        usable = tuple(z for z in zones if z in known)
        if usable and code.isalpha():
            countries[_plain(english.territories.get(code, code))] = usable
            countries[_plain(code)] = usable
    countries["usa"] = countries["america"] = countries["us"]
    return countries


def _plain(text: str) -> str:
    """Return `text` in lower case without accents, with single spaces for _ - and dots."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    if re.search(r"[+−]|-\s*\d", bare):
        return " ".join(bare.split())
    return " ".join(re.sub(r"[_.\-]+", " ", bare).split())
