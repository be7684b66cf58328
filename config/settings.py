"""The settings: defaults.toml, then a file, then the environment, each overriding the last."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError


class SettingsError(Exception):
    """A setting that is unknown or wrong; the message names the file, the key and the mend."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Paths(_Section):
    data: Path

    def folder(self) -> Path:
        """Return the data folder, made when missing."""
        folder = self.data.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        return folder


class Telegram(_Section):
    token: SecretStr
    api_url: str
    webhook_url: str
    allowed_chats: tuple[int, ...]
    operator_chats: tuple[int, ...]
    in_flight: int = Field(ge=1, le=30)


class Database(_Section):
    url: str


class Model(_Section):
    name: str
    device: Literal["auto", "cpu", "cuda"]
    threads: int = Field(ge=0)
    beams: int = Field(ge=1, le=16)


class ExtraFeed(_Section):
    url: str
    outlet: str
    language: str = "en"


class Collecting(_Section):
    contact: str
    feeds: tuple[ExtraFeed, ...]
    catalog_feeds: bool
    interval_s: int = Field(ge=1)
    min_interval_s: int = Field(ge=1)
    max_interval_s: int = Field(ge=1)
    max_age_hours: int = Field(ge=1)
    concurrency: int = Field(ge=1)
    timeout_s: float = Field(gt=0)
    feed_bytes: int = Field(ge=1000)
    page_bytes: int = Field(ge=1000)
    max_redirects: int = Field(ge=0)
    allow_private_addresses: bool
    respect_robots: bool
    languages: tuple[str, ...]


class Stories(_Section):
    window_hours: int = Field(ge=1)
    min_outlets: int = Field(ge=1)
    retention_days: int = Field(ge=1)


class Digests(_Section):
    stories: int = Field(ge=1)
    hours: int = Field(ge=1)
    words_short: int = Field(ge=10)
    words_normal: int = Field(ge=10)
    words_detailed: int = Field(ge=10)
    late_hours: int = Field(ge=0)


class Limits(_Section):
    subscriptions: int = Field(ge=1)
    requests_per_hour: int = Field(ge=1)


class Schedule(_Section):
    tick_s: float = Field(gt=0)
    collect_s: float = Field(gt=0)


class Web(_Section):
    public_url: str
    host: str
    port: int = Field(ge=0, le=65535)


class Log(_Section):
    level: Literal["debug", "info", "warning", "error"]
    json_lines: bool = Field(alias="json")


class Settings(_Section):
    """Every setting; see defaults.toml for what each one means."""

    paths: Paths
    telegram: Telegram
    database: Database
    model: Model
    collecting: Collecting
    stories: Stories
    digests: Digests
    limits: Limits
    schedule: Schedule
    web: Web
    log: Log

    @property
    def database_url(self) -> str:
        """The database's SQLAlchemy URL; SQLite in the data folder by default."""
        if self.database.url:
            return self.database.url
        return f"sqlite+aiosqlite:///{self.paths.folder() / 'digest.db'}"


def load_settings(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from defaults.toml, a file and DIGEST_SECTION__KEY.

    The file is `file`, DIGEST_CONFIG, or, where neither is given, the user's own if there is one.
    Raises SettingsError for a file that is missing or not TOML, an unknown key (with its nearest
    name) and a wrong value.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, dict[str, Any]] = tomllib.loads(
        files("config").joinpath("defaults.toml").read_text(encoding="utf-8")
    )
    known = {section: set(keys) for section, keys in values.items()}
    is_given = file is not None or bool(environ.get("DIGEST_CONFIG"))
    file = settings_file(file, environ)
    if file is not None and (is_given or file.is_file()):
        _merge(values, _read(file), known, origin=str(file))
    _merge(values, _from_environment(environ, known), known, origin="environment")
    try:
        return Settings.model_validate(values)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"wrong value for {key!r}: {first['msg'].lower()}") from exc


def settings_file(
    given: Path | None = None, environ: Mapping[str, str] | None = None
) -> Path | None:
    """Return the file that overrides the defaults: the one given, DIGEST_CONFIG, or the user's own.

    The user's own, `digest-bot.toml` in XDG_CONFIG_HOME or ~/.config, need not exist. None where
    there is no home.
    """
    environ = os.environ if environ is None else environ
    if given is not None:
        return given
    if environ.get("DIGEST_CONFIG"):
        return Path(environ["DIGEST_CONFIG"])
    if environ.get("XDG_CONFIG_HOME"):
        return Path(environ["XDG_CONFIG_HOME"]) / "digest-bot.toml"
    return Path(environ["HOME"]) / ".config" / "digest-bot.toml" if environ.get("HOME") else None


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.expanduser().read_text(encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"cannot read the configuration file: {str(file)!r}") from exc
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"not valid TOML: {str(file)!r}: {exc}") from exc


def _from_environment(
    environ: Mapping[str, str], known: Mapping[str, set[str]]
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, text in environ.items():
        section, _, key = name.removeprefix("DIGEST_").lower().partition("__")
        if not name.startswith("DIGEST_") or not key:
            continue
        found.setdefault(section, {})[key] = _parse(text, section, key)
    return found


def _parse(text: str, section: str, key: str) -> Any:
    """Return the TOML value of `text`; what is not TOML is a plain string, as people write it."""
    if (section, key) in {("telegram", "token"), ("database", "url"), ("model", "name")}:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(
    values: dict[str, dict[str, Any]],
    changes: Mapping[str, Any],
    known: Mapping[str, set[str]],
    *,
    origin: str,
) -> None:
    for section, keys in changes.items():
        if section not in known:
            raise SettingsError(_unknown(origin, section, known))
        if not isinstance(keys, Mapping):
            raise SettingsError(f"{origin}: {section!r} is a section, write [{section}]")
        for key, value in keys.items():
            if key not in known[section]:
                names = [f"{s}.{k}" for s, ks in known.items() for k in ks]
                raise SettingsError(_unknown(origin, f"{section}.{key}", names))
            values[section][key] = value


def _unknown(origin: str, name: str, names: Any) -> str:
    line = ""
    path = Path(origin)
    if path.is_file():
        wanted = name.rsplit(".", 1)[-1]
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if text.strip().lstrip("[").startswith(wanted):
                line = f":{number}"
                break
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return f"{origin}{line}: unknown setting {name!r}{hint}"
