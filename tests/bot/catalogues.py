"""The messages that the code holds, and the catalogues that translate them.

    python -m tests.bot.catalogues

brings every `bot/locales/*.po` up to date: new messages come without a translation, moved ones keep
theirs, those that the code no longer has are dropped.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.languages import LANGUAGES, LOCALES
from config.catalog import load_catalog

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "self": None,  # in Translator
    "words": None,
    "plain": None,
    "gettext": None,
    "plural": (1, 2),
    "ngettext": (1, 2),
}
TRANSLATED = [code for code in LANGUAGES if code != "en"]


def find_messages() -> Catalog:
    """Return a template of all that the code says and of the topics' names."""
    template = Catalog(project="digest-bot", charset="utf-8", fuzzy=False)
    bot = LOCALES.parent
    found = extract_from_dir(str(bot), method_map=[("**.py", "python")], keywords=KEYWORDS)
    for file, line, message, _comments, _context in found:
        template.add(message, locations=[(f"bot/{Path(file).as_posix()}", line)])
    for topic in load_catalog().topics:
        template.add(topic.name, locations=[("config/catalog.toml", 1)])
    return template


def read_catalogue(language: str) -> Catalog:
    with (LOCALES / f"{language}.po").open("rb") as lines:
        return read_po(lines, locale=language)


def write_catalogue(language: str, catalogue: Catalog) -> None:
    text = io.BytesIO()
    write_po(
        text,
        catalogue,
        width=100,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
        omit_header=True,
    )
    head = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    )
    (LOCALES / f"{language}.po").write_text(head + text.getvalue().decode(), encoding="utf-8")


def main() -> None:
    template = find_messages()
    for language in TRANSLATED:
        known = (LOCALES / f"{language}.po").is_file()
        catalogue = read_catalogue(language) if known else Catalog(locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        write_catalogue(language, catalogue)
        missing = sum(not _is_translated(m.string) for m in catalogue if m.id)
        print(f"{language}: {len(catalogue)} messages, {missing} without a translation")


def _is_translated(string: str | tuple[str, ...]) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
