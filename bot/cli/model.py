"""`digest-bot model …`: which model writes, and whether it can be loaded."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from bot.cli.context import context

app = typer.Typer(no_args_is_help=True, help="The model that rewrites sentences.")

EXAMPLE = (
    "The council on Tuesday approved, by nine votes to four, a plan to close the old harbour "
    "bridge to lorries from March, the mayor said."
)


@app.command()
def info(ctx: typer.Context) -> None:
    """Load the configured model, time it on one sentence and show what it writes."""
    from summarizer.writing.rewriting import Rewriter

    settings = context(ctx).settings(quiet=True)
    start = time.perf_counter()
    rewriter = Rewriter.load(
        settings.model.name,
        cache=settings.paths.folder() / "models",
        device=settings.model.device,
        threads=settings.model.threads,
    )
    loaded = time.perf_counter()
    [candidates] = rewriter.candidates([EXAMPLE], beams=settings.model.beams)
    done = time.perf_counter()
    typer.echo(f"model     {settings.model.name}")
    typer.echo(f"load      {loaded - start:.2f} s")
    typer.echo(f"sentence  {done - loaded:.2f} s")
    typer.echo(f"source    {EXAMPLE}")
    typer.echo(f"written   {candidates[0].text if candidates else '(nothing usable)'}")


@app.command()
def convert(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A folder or hub name.")] = None,
) -> None:
    """Convert a model to CTranslate2 int8 now rather than at first use."""
    from summarizer.writing.rewriting import Rewriter

    settings = context(ctx).settings(quiet=True)
    chosen = name or settings.model.name
    Rewriter.load(
        chosen,
        cache=settings.paths.folder() / "models",
        device=settings.model.device,
        threads=settings.model.threads,
    )
    typer.echo(f"{chosen} is ready in {settings.paths.folder() / 'models'}")
