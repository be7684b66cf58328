"""The languages of the interface and their gettext catalogues, `locales/*.po`, compiled at load.

English is what the code says. A catalogue that lacks a message gives it in English.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ru": "Русский",
    "zh": "中文",
}
"""By code, each in its own words, in the order of the picker."""


def find_language(code: str | None) -> str:
    """Return the interface language for an IETF tag such as 'de-AT'; English where there is none.

    Telegram clients send such tags (`User.language_code`).
    """
    first = (code or "").replace("_", "-").partition("-")[0].lower()
    return first if first in LANGUAGES else "en"


def name_language(code: str, language: str) -> str:
    """Return what the language `code` is called in `language`; the code where it has no name."""
    name: str | None = Locale.parse(language, sep="_").languages.get(code)
    return name or code


@cache
def load_catalogue(language: str) -> NullTranslations:
    """Return the messages of a language; none, so English, where it has no catalogue."""
    file = LOCALES / f"{language}.po"
    if not file.is_file():
        return NullTranslations()
    with file.open("rb") as lines:
        catalogue = read_po(lines, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
