"""`digest-bot db …`: upgrade, backup, restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import context, run

app = typer.Typer(no_args_is_help=True, help="The database: upgrade, backup, restore.")


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
