"""Change one setting in a file that a person wrote, and leave the rest of it as it is."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from config.settings import SettingsError


def change_setting(file: Path, section: str, key: str, value: str) -> None:
    """Set a text setting in a TOML file, which is made when missing.

    Raises SettingsError for a file that cannot be read or written, or is written in a way that has
    to be changed by hand.
    """
    file = file.expanduser()
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        before = tomllib.loads(text)
        changed = _change(text, section, key, json.dumps(value, ensure_ascii=False))
        if _parse(changed) != before | {section: before.get(section, {}) | {key: value}}:
            raise SettingsError(f"write it by hand, under [{section}] of {str(file)!r}: {key}")
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(file.name + ".new")
        new.write_text(changed, encoding="utf-8")
        new.replace(file)
    except OSError as exc:
        raise SettingsError(f"cannot change the configuration file: {str(file)!r}: {exc}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"not valid TOML: {str(file)!r}: {exc}") from exc


def _parse(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _change(text: str, section: str, key: str, value: str) -> str:
    line = f"{key} = {value}"
    lines = text.splitlines()
    heads = [n for n, old in enumerate(lines) if re.match(rf"\s*\[{section}\]\s*(#|$)", old)]
    if not heads:
        return "\n".join([*lines, *([""] if lines else []), f"[{section}]", line]) + "\n"
    end = next((n for n in range(heads[0] + 1, len(lines)) if re.match(r"\s*\[", lines[n])), None)
    for n in range(heads[0] + 1, len(lines) if end is None else end):
        if re.match(rf"\s*{key}\s*=", lines[n]):
            lines[n] = line
            return "\n".join(lines) + "\n"
    lines.insert(heads[0] + 1, line)
    return "\n".join(lines) + "\n"
