"""The settings: defaults, then a file, then the environment; mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import SettingsError, load_settings


def file_with(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "my.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_defaults_need_no_file_and_no_environment() -> None:
    settings = load_settings(environ={})
    assert settings.collecting.allow_private_addresses is False
    assert (settings.digests.words_short, settings.digests.words_normal) == (40, 64)
    assert settings.model.name == "bundled"


def test_the_environment_goes_before_the_file_and_the_file_before_the_defaults(
    tmp_path: Path,
) -> None:
    file = file_with(tmp_path, "[stories]\nmin_outlets = 3\nwindow_hours = 24\n")
    settings = load_settings(file, {"DIGEST_STORIES__WINDOW_HOURS": "12"})
    assert (settings.stories.min_outlets, settings.stories.window_hours) == (3, 12)
    assert settings.stories.retention_days == 30


def test_the_file_can_be_named_in_the_environment(tmp_path: Path) -> None:
    file = file_with(tmp_path, "[digests]\nstories = 2\n")
    assert load_settings(environ={"DIGEST_CONFIG": str(file)}).digests.stories == 2


def test_environment_values_are_read_as_people_write_them() -> None:
    settings = load_settings(
        environ={
            "DIGEST_TELEGRAM__TOKEN": "123:abc",
            "DIGEST_TELEGRAM__ALLOWED_CHATS": "[1, -100]",
            "DIGEST_WEB__PUBLIC_URL": "https://example.org",
            "DIGEST_COLLECTING__ALLOW_PRIVATE_ADDRESSES": "true",
            "DIGEST_MODEL__NAME": "1234",
            "DIGEST_UNRELATED": "left alone",
            "HOME": "/root",
        }
    )
    assert settings.telegram.token.get_secret_value() == "123:abc"
    assert settings.telegram.allowed_chats == (1, -100)
    assert settings.web.public_url == "https://example.org"
    assert settings.collecting.allow_private_addresses is True
    assert settings.model.name == "1234"


def test_the_token_does_not_show_in_the_settings() -> None:
    settings = load_settings(environ={"DIGEST_TELEGRAM__TOKEN": "123:secret"})
    assert "secret" not in repr(settings)


def test_the_database_is_a_file_in_the_data_folder_unless_a_url_is_set(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = load_settings(environ={"DIGEST_PATHS__DATA": str(data)})
    assert settings.database_url == f"sqlite+aiosqlite:///{data / 'digest.db'}"
    assert data.is_dir()
    other = load_settings(environ={"DIGEST_DATABASE__URL": "postgresql+psycopg://localhost/x"})
    assert other.database_url == "postgresql+psycopg://localhost/x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[stories]\nmin_outlet = 3\n", r"my\.toml:2: unknown setting 'stories.min_outlet'; did "),
        ("[storys]\nmin_outlets = 3\n", r"my\.toml:1: unknown setting 'storys'; did you mean"),
        ("[zzzzzz]\n", r"unknown setting 'zzzzzz'$"),
        ("stories = 3\n", r"'stories' is a section, write \[stories\]"),
        ("[stories]\nmin_outlets = 0\n", "wrong value for 'stories.min_outlets'"),
        ("[stories\n", "not valid TOML"),
    ],
)
def test_mistakes_in_the_file_are_named_with_the_mend(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(file_with(tmp_path, text), {})


def test_mistakes_in_the_environment_are_named() -> None:
    with pytest.raises(SettingsError, match=r"environment: unknown setting .model\.nam.; did you"):
        load_settings(environ={"DIGEST_MODEL__NAM": "x"})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot read the configuration file: .*none\.toml"):
        load_settings(tmp_path / "none.toml", {})
