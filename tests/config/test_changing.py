"""One setting is changed in a file that a person wrote; the rest stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.changing import change_setting
from config.settings import SettingsError, load_settings, settings_file

MINE = """# mine
[stories]
min_outlets = 3  # at least

[model]  # what writes
beams = 2
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[model]\nname = "a/b"\n'),
        ("[log]\njson = true\n", '[log]\njson = true\n\n[model]\nname = "a/b"\n'),
        (MINE, MINE.replace("writes\n", 'writes\nname = "a/b"\n')),
        ('[model]\nname = "old"\n[log]\n', '[model]\nname = "a/b"\n[log]\n'),
    ],
)
def test_only_the_setting_changes(before: str, after: str, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(before, "utf-8")
    change_setting(file, "model", "name", "a/b")
    assert file.read_text("utf-8") == after


def test_a_missing_file_is_made_with_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "new" / "my.toml"
    change_setting(file, "model", "name", 'C:\\a "b" ü')
    assert load_settings(file, {}).model.name == 'C:\\a "b" ü'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('model.name = "old"\n', r"write it by hand, under \[model\]"),
        ('model = { name = "old" }\n', r"write it by hand, under \[model\]"),
        ("[model\n", "not valid TOML"),
    ],
)
def test_what_cannot_be_changed_is_left_alone(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=message):
        change_setting(file, "model", "name", "new")
    assert file.read_text("utf-8") == text


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="cannot change the configuration file"):
        change_setting(tmp_path / "file" / "my.toml", "model", "name", "new")


def test_the_users_own_file_is_read_where_no_other_is_given(tmp_path: Path) -> None:
    own = tmp_path / ".config" / "digest-bot.toml"
    environ = {"HOME": str(tmp_path)}
    assert settings_file(None, environ) == own
    assert load_settings(environ=environ).model.name == "bundled"
    change_setting(own, "model", "name", "mine")
    assert load_settings(environ=environ).model.name == "mine"
    assert settings_file(None, {"XDG_CONFIG_HOME": "/x", "HOME": "/y"}) == Path(
        "/x/digest-bot.toml"
    )
    assert settings_file(None, {}) is None
