"""`digest-bot db …`: upgrade, backup, restore, copy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import context, run

app = typer.Typer(no_args_is_help=True, help="The database: upgrade, backup, restore, copy.")


@app.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database to this version's form (`run` does it too), after a backup."""
    from summarizer.storage import Storage

    settings = context(ctx).settings(quiet=True)

    async def work() -> None:
        await (await Storage.open(settings.database_url)).close()

    run(work())
    typer.echo("the database is up to date")


@app.command()
def backup(
    ctx: typer.Context,
    target: Annotated[
        Path | None, typer.Argument(help="Where to; default: a dated file in the data folder.")
    ] = None,
) -> None:
    """Write a consistent copy of the database while it is in use, and verify the copy."""
    from summarizer.storage import backup as copy

    settings = context(ctx).settings(quiet=True)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    chosen = target or settings.paths.folder() / "backups" / f"digest-{stamp}.db"
    chosen.parent.mkdir(parents=True, exist_ok=True)
    copy(settings.database_url, chosen)
    typer.echo(f"backup written and verified: {chosen}")


@app.command()
def restore(
    ctx: typer.Context, source: Annotated[Path, typer.Argument(help="A file `db backup` wrote.")]
) -> None:
    """Put a backup in the database's place; the bot must not be running."""
    from summarizer.storage import restore as put_back

    settings = context(ctx).settings(quiet=True)
    put_back(settings.database_url, source)
    typer.echo(f"restored from {source}")


@app.command()
def copy(
    ctx: typer.Context,
    url: Annotated[
        str, typer.Argument(help="Where to: postgresql+psycopg://…, an empty database.")
    ],
) -> None:
    """Copy all data from SQLite to PostgreSQL and compare it; the bot must not be running.

    Broken off and called again, it goes on where it was.
    """
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from summarizer.storage.copying import copy_database

    settings = context(ctx).settings(quiet=True)
    with Progress(console=Console(stderr=True), transient=True) as bars:
        rows: dict[str, TaskID] = {}

        def show(table: str, done: int, total: int) -> None:
            if table not in rows:
                rows[table] = bars.add_task(table, total=total)
            bars.update(rows[table], completed=done)

        copied = run(copy_database(settings.database_url, url, progress=show))
    for table in copied:
        typer.echo(f"{table.name:<16}{table.rows:>10} rows  checksum {table.checksum}")
    typer.echo("copied, and both sides are the same; now set database.url to the new one")
