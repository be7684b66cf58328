"""The messages that the code holds, and the catalogues that translate them.

    python -m tests.bot.catalogues

brings every `bot/locales/*.po` up to date: new messages come without a translation, moved ones keep
theirs, those that the code no longer has are dropped.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.languages import LANGUAGES, LOCALES
from config.catalog import load_catalog

CALLS = {"_": 1, "self": 1, "words": 1, "plain": 1, "gettext": 1, "plural": 2, "ngettext": 2}
"""What is called with messages ('self' in Translator), and with how many forms of one."""
TRANSLATED = [code for code in LANGUAGES if code != "en"]


def find_messages() -> Catalog:
    """Return a template of all that the code says and of the topics' names."""
    template = Catalog(project="digest-bot", charset="utf-8", fuzzy=False)
    bot = LOCALES.parent
    for file in sorted(bot.rglob("*.py")):
        for line, forms in sorted(_messages_in(file.read_text(encoding="utf-8"))):
            place = f"bot/{file.relative_to(bot).as_posix()}"
            template.add(forms if len(forms) > 1 else forms[0], locations=[(place, line)])
    for topic in load_catalog().topics:
        template.add(topic.name, locations=[("config/catalog.toml", 1)])
    return template


def _messages_in(code: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line and the forms of each message, those within f-strings too."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
        name = called.id if isinstance(called, ast.Name) else called
        given = node.args[: CALLS.get(str(name), 0)]
        forms = tuple(str(a.value) for a in given if isinstance(a, ast.Constant))
        if forms:
            yield node.lineno, forms


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
