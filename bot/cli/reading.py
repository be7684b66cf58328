"""`digest-bot demo`, `summarize`, `group`, `extract`: what works without a bot or a database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.context import context, print_json, run

if TYPE_CHECKING:
    from config.settings import Settings
    from summarizer.models import Article, Length, StoryReport
    from summarizer.reporting import Writer

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(demo)
    app.command()(summarize)
    app.command()(group)
    app.command()(extract)


def demo(
    ctx: typer.Context,
    telegram: Annotated[
        bool, typer.Option("--telegram", help="Post to the first operator chat instead.")
    ] = False,
) -> None:
    """Play the packaged sample news day through every stage, then the next morning; offline."""
    from rich.console import Console

    from bot.demo import run_demo

    run(run_demo(context(ctx).settings(quiet=True), telegram=telegram, console=Console()))


def summarize(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(help="Files (HTML or plain text) or http(s) addresses.")
    ] = None,
    as_json: Json = False,
    length: Annotated[str, typer.Option(help="short, normal or detailed")] = "normal",
    clusters: Annotated[
        Path | None, typer.Option(help="A JSONL file: one story's articles a line.")
    ] = None,
) -> None:
    """Write one story from several articles on it: each sentence checked, with its sources."""
    chosen = parse_length(length)
    if bool(sources) == bool(clusters):
        raise typer.BadParameter("name files or addresses, or --clusters FILE.jsonl")
    settings = context(ctx).settings(quiet=True)
    now = datetime.now(UTC)
    if clusters is not None:
        # All lines are read before the models are loaded, so that a wrong one is said at once.
        stories = [
            (line.get("id"), _cluster_articles(line, now, where=f"{clusters}:{number}"))
            for number, line in enumerate(_read_lines(clusters), start=1)
        ]
        writer = _load_writer(settings)
        for identity, articles in stories:
            report = writer.write_articles(articles, now=now)
            print_json(_to_json(identity, report, settings, chosen))
        return
    articles = run(_read_sources(sources or [], settings, now))
    report = _load_writer(settings).write_articles(articles, now=now)
    if as_json:
        print_json(_to_json(None, report, settings, chosen))
    else:
        from rich.console import Console

        from bot.terminal import story_to_terminal

        Console().print(story_to_terminal(_compose(report, settings, chosen)))


def group(
    file: Annotated[Path, typer.Argument(help="JSONL: id, date, title, text a line.")],
    as_json: Json = False,
) -> None:
    """Say which articles of a file tell the same story: a line with id and story each."""
    from datetime import timedelta

    from summarizer.embedding import Embedder
    from summarizer.stories.grouping import date_undated, group_articles

    now = datetime.now(UTC)
    lines = list(_read_lines(file))
    articles = [
        _to_article(line, now, where=f"{file}:{n}", article_id=str(line.get("id") or n))
        for n, line in enumerate(lines, start=1)
    ]
    if not articles:
        return
    vectors = Embedder.load().embed([a.lead for a in articles])
    articles = date_undated(articles, vectors, [bool(line.get("date")) for line in lines])
    stories = group_articles(articles, vectors, [], members={}, window=timedelta(hours=72))
    story_of = {a: s.id for s in stories if not s.merged_into for a in s.article_ids}
    for article in articles:
        if as_json:
            print_json({"id": article.id, "story": story_of[article.id]})
        else:
            typer.echo(f"{story_of[article.id]}  {article.id}  {article.title}")


def extract(
    files: Annotated[list[Path], typer.Argument(help="HTML pages or plain-text dumps of pages.")],
    as_json: Json = False,
    url: Annotated[str | None, typer.Option(help="The page's address, if known.")] = None,
) -> None:
    """Print the article text of pages, without their furniture."""
    from summarizer.collecting.extracting import extract_file
    from summarizer.errors import DigestError

    failed = 0
    for file in files:
        try:
            found = extract_file(file, url=url)
        except DigestError as exc:
            failed += 1
            typer.echo(f"digest-bot: {exc}", err=True)
            continue
        if as_json:
            print_json(
                {
                    "file": str(file),
                    "title": found.title,
                    "text": found.text,
                    "date": found.published_at.isoformat() if found.published_at else None,
                    "outlet": found.outlet,
                    "language": found.language,
                }
            )
        else:
            typer.echo(f"{found.title}\n\n{found.text}\n")
    if failed:
        raise typer.Exit(1 if failed == len(files) else 3)


def parse_length(text: str) -> Length:
    lengths: tuple[Length, ...] = ("short", "normal", "detailed")
    for length in lengths:
        if text == length:
            return length
    raise typer.BadParameter(f"{text!r} is not one of short, normal, detailed")


def _load_writer(settings: Settings) -> Writer:
    from summarizer.embedding import Embedder
    from summarizer.reporting import Writer

    return Writer.load(settings, Embedder.load(threads=settings.model.threads))


async def _read_sources(sources: list[str], settings: Settings, now: datetime) -> list[Article]:
    from summarizer.collecting.extracting import extract_file, extract_html, to_article
    from summarizer.collecting.fetching import fetch_page
    from summarizer.errors import UnreadableError
    from summarizer.reading import make_client

    articles = []
    async with make_client(settings) as client:
        for source in sources:
            if source.startswith(("http://", "https://")):
                page = await fetch_page(client, source, limit_bytes=settings.collecting.page_bytes)
                if page.html is None:
                    raise UnreadableError(f"cannot read the page: {source!r}: {page.error}")
                found = extract_html(page.html, url=page.url, charset=page.charset)
                article = to_article(found, url=page.url, now=now)
            else:
                file = Path(source)
                article = to_article(extract_file(file), now=now)
            if not article.text:
                raise UnreadableError(f"no article text found in: {source!r}")
            articles.append(article)
    return articles


def _read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-lines file. Raises UnreadableError with file and line."""
    from summarizer.errors import UnreadableError

    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UnreadableError(f"cannot read the file: {str(file)!r}") from exc
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as exc:
            raise UnreadableError(f"not JSON: {file}:{number}: {exc.msg}") from exc
        if not isinstance(value, dict):
            raise UnreadableError(f"not a JSON object: {file}:{number}")
        yield value


def _cluster_articles(line: dict[str, Any], now: datetime, *, where: str) -> list[Article]:
    from summarizer.errors import UnreadableError

    found = line.get("articles")
    if not isinstance(found, list) or not found:
        raise UnreadableError(f"no 'articles': {where}")
    return [
        _to_article(a, now, where=where, article_id=f"{line.get('id')}-{n}", n=n)
        for n, a in enumerate(found, start=1)
    ]


def _to_article(
    line: dict[str, Any], now: datetime, *, where: str, article_id: str, n: int = 0
) -> Article:
    """Return the article of one JSON object; any field but `text` may be missing or null."""
    from summarizer.errors import UnreadableError
    from summarizer.models import Article

    text = line.get("text")
    if not isinstance(text, str):
        raise UnreadableError(f"an article without 'text': {where}")
    return Article(
        id=article_id,
        url=line.get("url"),
        outlet=line.get("outlet") or f"outlet {n or article_id}",
        title=line.get("title") or "",
        text=text,
        published_at=_date(line.get("date"), where) or now,
        fetched_at=now,
    )


def _date(value: Any, where: str) -> datetime | None:
    from summarizer.errors import UnreadableError

    if not value:
        return None
    for form in ("%Y-%m-%d", "%m-%d-%Y"):
        try:
            return datetime.strptime(str(value), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError as exc:
        raise UnreadableError(f"not a date: {value!r}: {where}; write 2026-11-22") from exc
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _compose(report: StoryReport, settings: Settings, length: Length) -> Any:
    from bot.composing import story_digest

    return story_digest(report, settings, length)


def _to_json(
    identity: str | None, report: StoryReport, settings: Settings, length: Length
) -> dict[str, Any]:
    """Return the story in the form that other tools rely on (see README, "JSON")."""
    digest = _compose(report, settings, length)
    # Opinion and broken sentences alone tell nothing.
    sentences = digest.stories[0].sentences if digest.stories else ()
    return {
        "id": identity or report.story_id,
        "headline": report.headline,
        "sentences": [
            {
                "text": s.text,
                "articles": list(s.articles),
                "method": s.method,
                "evidence": [{"article": e.n, "text": e.text} for e in s.evidence],
            }
            for s in sentences
        ],
        "differences": [
            {
                "about": d.about,
                "values": [{"value": v.value, "articles": list(v.articles)} for v in d.values],
                "kind": d.kind,
            }
            for d in report.differences
        ],
        "independent_reports": report.independent_reports,
        "articles": [
            {"n": a.n, "outlet": a.outlet, "title": a.title, "url": a.url} for a in report.articles
        ],
    }
