"""The catalogue: what ships is sound, and what is wrong in another one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.catalog import load_catalog
from config.settings import SettingsError


def test_the_packaged_catalogue_has_topics_and_well_known_outlets() -> None:
    catalog = load_catalog()
    assert len(catalog.topics) >= 12
    assert len(catalog.feeds) >= 60
    assert {"world", "politics", "technology", "science", "health", "climate", "sport"} <= {
        topic.id for topic in catalog.topics
    }
    assert [t.id for t in catalog.topics if len(t.queries) < 3] == ["top"]
    assert {"BBC News", "The Guardian", "NPR", "Al Jazeera", "Deutsche Welle"} <= {
        feed.outlet for feed in catalog.feeds
    }


def test_no_topic_id_is_too_long_for_a_button() -> None:
    assert all(len(topic.id) <= 20 for topic in load_catalog().topics)


def test_a_catalogue_of_ones_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        '[[topics]]\nid = "sea"\nname = "The sea"\nqueries = [" ships and harbours "]\n'
        '[[feeds]]\nurl = "https://example.org/rss"\noutlet = "Post"\n',
        encoding="utf-8",
    )
    catalog = load_catalog(file)
    assert catalog.topics[0].queries == ("ships and harbours",)
    assert catalog.feeds[0].language == "en"


TOPIC = '[[topics]]\nid = "a"\nname = "A"\nqueries = ["a"]\n'
FEED = '[[feeds]]\nurl = "https://example.org/rss"\noutlet = "Post"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[topics]\n", "not valid TOML"),
        ("[topic]\n", "unknown key 'topic'"),
        ('topics = "a"\n', r"write each of the topics as \[\[topics\]\]"),
        ("topics = [1]\n", r"write each of the topics as \[\[topics\]\]"),
        ('[[topics]]\nid = "a"\nname = "A"\n', r"number 1: 'queries' must have texts"),
        ('[[topics]]\nid = "a"\nqueries = ["a"]\n', "'name' must be a text: ''"),
        ('[[topics]]\nid = 3\nname = "A"\nqueries = ["a"]\n', "'id' must be a text: 3"),
        (TOPIC + "words = [3]\n", "'words' must be a list of texts"),
        (TOPIC + 'alias = ["b"]\n', "unknown key 'alias'; did you mean 'aliases'"),
        (TOPIC + 'zzz = ["b"]\n', "unknown key 'zzz'$"),
        (TOPIC + TOPIC.replace('"A"', '"B"'), "topic name stands twice: 'a'"),
        (TOPIC + FEED + FEED, "feed stands twice: 'https://example.org/rss'"),
        (FEED.replace("https://", "ftp://"), "'url' must be a web address"),
    ],
)
def test_what_is_wrong_in_a_catalogue_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        load_catalog(file)


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read the catalogue: .*none\.toml"):
        load_catalog(tmp_path / "none.toml")
