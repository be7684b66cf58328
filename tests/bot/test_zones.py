"""Time zones are found by what people call them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from zoneinfo import available_timezones

import pytest

import bot.zones
from bot.zones import COMMON, city_of, find_zone
from summarizer.errors import UnknownZoneError


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("  new   york ", "America/New_York"),
        ("New_York", "America/New_York"),
        ("Munich", "Europe/Berlin"),
        ("MÜNCHEN", "Europe/Berlin"),
        ("St. Petersburg", "Europe/Moscow"),
        ("Port-au-Prince", "America/Port-au-Prince"),
        ("Portland, Oregon", "America/Los_Angeles"),
        ("japan", "Asia/Tokyo"),
        ("Germany", "Europe/Berlin"),
        ("uk", "Europe/London"),
        ("EST", "America/New_York"),
        ("utc", "Etc/UTC"),
        ("UTC+3", "Etc/GMT-3"),
        ("GMT-05:00", "Etc/GMT+5"),
        ("+0", "Etc/UTC"),
        ("Etc/GMT+3", "Etc/GMT+3"),
    ],
)
def test_a_zone_is_found_by_name_city_country_and_offset(text: str, zone: str) -> None:
    assert find_zone(text) == zone


@pytest.mark.parametrize(
    ("text", "suggestion"), [("berlni", "Europe/Berlin"), ("Tokio", "Asia/Tokyo")]
)
def test_a_slip_gets_what_was_meant(text: str, suggestion: str) -> None:
    with pytest.raises(UnknownZoneError) as caught:
        find_zone(text)
    assert suggestion in caught.value.suggestions


@pytest.mark.parametrize(
    ("text", "suggestion"), [("USA", "America/Chicago"), ("brazil", "America/Sao_Paulo")]
)
def test_a_country_of_several_zones_asks_which(text: str, suggestion: str) -> None:
    with pytest.raises(UnknownZoneError, match="several") as caught:
        find_zone(text)
    assert suggestion in caught.value.suggestions


@pytest.mark.parametrize(
    ("country", "cities"),
    [
        ("usa", ["New York", "Chicago", "Denver", "Los Angeles", "Honolulu", "Anchorage"]),
        ("canada", ["Toronto", "Vancouver", "Winnipeg", "Edmonton", "Halifax", "St Johns"]),
        ("russia", ["Moscow", "Yekaterinburg", "Samara", "Vladivostok"]),
        ("australia", ["Sydney", "Brisbane", "Adelaide", "Perth", "Darwin"]),
        ("brazil", ["Sao Paulo", "Manaus"]),
    ],
)
def test_a_countrys_clocks_are_named_by_cities_that_people_know(
    country: str, cities: list[str]
) -> None:
    with pytest.raises(UnknownZoneError) as caught:
        find_zone(country)
    offered = [city_of(zone) for zone in caught.value.suggestions]
    assert set(cities) <= set(offered), offered
    assert len(offered) <= 8


@pytest.mark.parametrize("text", ["", "nowhere at all", "utc+25", "🙂"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UnknownZoneError):
        find_zone(text)


@pytest.mark.parametrize(
    ("zone", "city"),
    [
        ("America/New_York", "New York"),
        ("UTC", "UTC"),
        ("Etc/GMT-3", "UTC+3"),
        ("Etc/GMT+5", "UTC-5"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, city: str) -> None:
    assert city_of(zone) == city


def test_every_zone_that_the_bot_offers_or_lists_exists() -> None:
    own = tomllib.loads(Path(bot.zones.__file__).with_name("cities.toml").read_text())
    assert {*COMMON, *own} <= available_timezones()
    for zone, names in own.items():
        for name in names:
            assert find_zone(name) == zone


def test_every_zone_is_found_by_its_own_name() -> None:
    for zone in available_timezones():
        if "/" in zone:
            assert find_zone(zone) == zone
