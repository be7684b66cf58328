"""`digest-bot run`, `bot`, `worker`, `collect`, `digest`, `check`: what an operator starts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import context, open_pipeline, print_json, run


def add_to(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command("run")(run_all)
    app.command("bot")(run_bot)
    app.command("worker")(run_worker)
    app.command()(collect)
    app.command()(digest)
    app.command()(check)


def run_all(ctx: typer.Context) -> None:
    """Run everything in one process: collecting, writing, the bot and its schedule."""
    from bot.app import run_roles

    run(run_roles(context(ctx).settings()))


def run_bot(ctx: typer.Context) -> None:
    """Run only what talks to people; any number on one PostgreSQL database, beside workers.

    With telegram.webhook_url all of them take updates, else one polls and the others stand by.
    """
    from bot.app import run_roles

    run(run_roles(context(ctx).settings(), ["bot"]))


def run_worker(
    ctx: typer.Context,
    queues: Annotated[
        str, typer.Option(help="What to work on, separated by commas.")
    ] = "collect,write,deliver",
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="Jobs of each queue at the same time; default: by queue."),
    ] = None,
) -> None:
    """Run only work: collecting, writing (with the models), delivering; on a PostgreSQL database.

    Every queue needs a worker somewhere. One process of all sends; when it dies another takes over.
    """
    from bot.app import run_roles
    from bot.working import WORKER_ROLES

    wanted = [name.strip() for name in queues.split(",") if name.strip()]
    roles = [role for role in WORKER_ROLES if role in wanted]
    if not roles or len(roles) != len(set(wanted)):
        raise typer.BadParameter(
            f"{queues!r}: name some of {', '.join(WORKER_ROLES)}", param_hint="--queues"
        )
    run(run_roles(context(ctx).settings(), roles, concurrency=concurrency))


def collect(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Read the feeds that are due once, group what is new and write its reports."""
    from rich.console import Console
    from rich.progress import Progress

    settings = context(ctx).settings(quiet=True)

    async def work() -> None:
        now = datetime.now(UTC)
        async with open_pipeline(settings) as (_, pipeline):
            with Progress(console=Console(stderr=True), transient=True) as bars:
                feeds = bars.add_task("reading feeds", total=None)
                collected = await pipeline.collect(
                    now,
                    progress=lambda done, all_: bars.update(feeds, completed=done, total=all_),
                )
                stories = await pipeline.group(now)
                writing = bars.add_task("writing stories", total=None)
                written = await pipeline.write(
                    now,
                    progress=lambda done, all_: bars.update(writing, completed=done, total=all_),
                )
        figures = {
            "feeds": collected.feeds,
            "failed": collected.failed,
            "articles": collected.articles,
            "revised": collected.revised,
            "stories": len(stories),
            "written": written.stories,
        }
        if as_json:
            print_json(figures)
        else:
            typer.echo(", ".join(f"{value} {name}" for name, value in figures.items()))

    run(work())


def digest(
    ctx: typer.Context,
    topic: Annotated[list[str], typer.Argument(help="A topic of the catalogue, or free words.")],
    length: Annotated[str, typer.Option(help="short, normal or detailed")] = "normal",
    hours: Annotated[int | None, typer.Option(help="How far back; default digests.hours.")] = None,
) -> None:
    """Show a digest of what is in the database in the terminal."""
    from rich.console import Console

    from bot.cli.reading import parse_length
    from bot.composing import preferences_of
    from bot.terminal import digest_to_terminal
    from summarizer.digests.matching import catalog_topics, parse_topic

    settings = context(ctx).settings(quiet=True)
    chosen = parse_length(length)

    async def work() -> None:
        from config.catalog import load_catalog

        now = datetime.now(UTC)
        wanted = parse_topic(" ".join(topic), catalog_topics(load_catalog()))
        async with open_pipeline(settings) as (_, pipeline):
            found = await pipeline.compose(
                [wanted],
                preferences=preferences_of(settings, chosen),
                told=frozenset(),
                told_stories=frozenset(),
                since=now - timedelta(hours=hours or settings.digests.hours),
                now=now,
            )
        Console().print(digest_to_terminal(found))

    run(work())


def check(
    ctx: typer.Context,
    offline: Annotated[bool, typer.Option(help="Make no request.")] = False,
    quiet: Annotated[bool, typer.Option(help="Print only what is wrong.")] = False,
    backup: Annotated[
        Path | None, typer.Option(help="Check this file of `db backup` as well.")
    ] = None,
) -> None:
    """Check configuration, database, model, token and feeds: each line ok, or what to do."""
    from bot.checking import check_installation

    settings = context(ctx).settings(quiet=True)
    results = run(check_installation(settings, offline=offline, backup=backup))
    for result in results:
        if result.ok and quiet:
            continue
        mark = "ok    " if result.ok else "wrong "
        typer.echo(f"{mark} {result.name}: {result.detail}")
    if not all(result.ok for result in results):
        raise typer.Exit(1)
