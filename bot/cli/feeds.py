"""`digest-bot feeds …`: which outlets are read, and how well that goes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import context, open_storage, print_json, run

app = typer.Typer(no_args_is_help=True, help="The feeds: list, add, remove, check, import, export.")

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command("list")
def list_feeds(ctx: typer.Context, as_json: Json = False) -> None:
    """Show every feed with its health."""
    from rich.console import Console
    from rich.table import Table

    settings = context(ctx).settings(quiet=True)

    async def work() -> None:
        async with open_storage(settings) as storage:
            found = await storage.articles.feeds()
        if as_json:
            for feed, state in found:
                print_json(
                    {
                        "url": feed.url,
                        "outlet": feed.outlet,
                        "failures": state.failures,
                        "last_ok_at": state.last_ok_at.isoformat() if state.last_ok_at else None,
                        "last_error": state.last_error,
                        "disabled": state.disabled,
                    }
                )
            return
        table = Table("outlet", "feed", "last read", "state", box=None)
        for feed, state in found:
            read = state.last_ok_at.strftime("%d %b %H:%M") if state.last_ok_at else "never"
            health = "disabled" if state.disabled else (state.last_error or "ok")
            table.add_row(feed.outlet, feed.url, read, health)
        Console().print(table)

    run(work())


@app.command()
def add(
    ctx: typer.Context,
    url: str,
    outlet: Annotated[str | None, typer.Option(help="The name readers see.")] = None,
) -> None:
    """Read `url` now and, if it is a feed, keep reading it."""
    settings = context(ctx).settings(quiet=True)

    async def work() -> None:
        from summarizer.collecting.describing import host_name
        from summarizer.collecting.fetching import fetch_feed
        from summarizer.collecting.parsing import parse_feed
        from summarizer.models import Feed, FeedState, NotModified
        from summarizer.reading import make_client

        feed = Feed(url=url, outlet=outlet or host_name(url))
        async with make_client(settings) as client:
            fetched = await fetch_feed(
                client, feed, FeedState(url=url), limit_bytes=settings.collecting.feed_bytes
            )
        assert not isinstance(fetched, NotModified)  # no validators were sent
        entries = parse_feed(fetched, feed, now=datetime.now(UTC))
        async with open_storage(settings) as storage:
            await storage.articles.add_feed(feed)
        typer.echo(f"added {feed.outlet}: {url} ({len(entries)} entries)")

    run(work())


@app.command()
def remove(ctx: typer.Context, url: str) -> None:
    """Stop reading a feed; it stays out even if the catalogue has it."""
    settings = context(ctx).settings(quiet=True)

    async def work() -> None:
        import difflib

        from summarizer.errors import RequestError

        async with open_storage(settings) as storage:
            known = [feed.url for feed, _ in await storage.articles.feeds()]
            if url not in known:
                close = difflib.get_close_matches(url, known, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else "; see: digest-bot feeds list"
                raise RequestError(f"no such feed: {url!r}{hint}")
            await storage.articles.remove_feed(url)
        typer.echo(f"removed {url}")

    run(work())


@app.command()
def check(ctx: typer.Context, url: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Read feeds now, all or those named, and say for each whether it works."""
    settings = context(ctx).settings(quiet=True)

    async def work() -> int:
        from summarizer.collecting.fetching import fetch_feed
        from summarizer.collecting.parsing import parse_feed
        from summarizer.errors import DigestError
        from summarizer.models import Feed, FeedState, NotModified
        from summarizer.reading import make_client

        async with open_storage(settings) as storage:
            feeds = [feed for feed, _ in await storage.articles.feeds()]
        if url:
            known = {feed.url: feed for feed in feeds}
            feeds = [known.get(u, Feed(url=u, outlet=u)) for u in url]
        failed = 0
        async with make_client(settings) as client:
            for feed in feeds:
                try:
                    fetched = await fetch_feed(
                        client,
                        feed,
                        FeedState(url=feed.url),
                        limit_bytes=settings.collecting.feed_bytes,
                    )
                    assert not isinstance(fetched, NotModified)  # no validators were sent
                    entries = parse_feed(fetched, feed, now=datetime.now(UTC))
                    typer.echo(f"ok      {feed.url} ({len(entries)} entries)")
                except DigestError as exc:
                    failed += 1
                    typer.echo(f"failed  {feed.url}: {exc}")
        return failed

    if run(work()):
        raise typer.Exit(3)


@app.command("import")
def import_opml(ctx: typer.Context, file: Path) -> None:
    """Add the feeds of an OPML file."""
    from summarizer.collecting.outlines import parse_opml
    from summarizer.errors import UnreadableError

    settings = context(ctx).settings(quiet=True)
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise UnreadableError(f"cannot read the file: {str(file)!r}") from exc
    found = parse_opml(content, name=str(file))

    async def work() -> int:
        async with open_storage(settings) as storage:
            return sum([await storage.articles.add_feed(feed) for feed in found])

    typer.echo(
        f"added {run(work())} of {len(found)} feeds; check them with: digest-bot feeds check"
    )


@app.command("export")
def export_opml(ctx: typer.Context) -> None:
    """Print the feeds as OPML."""
    from summarizer.collecting.outlines import write_opml

    settings = context(ctx).settings(quiet=True)

    async def work() -> None:
        async with open_storage(settings) as storage:
            typer.echo(write_opml(feed for feed, _ in await storage.articles.feeds()))

    run(work())
