"""`digest-bot model …`: which model writes, and whether it can be loaded."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import context

app = typer.Typer(no_args_is_help=True, help="The model that writes the sentences.")

EXAMPLE = (
    "The council on Tuesday approved, by nine votes to four, a plan to close the old harbour "
    "bridge to lorries from March, the mayor said."
)


@app.command()
def info(ctx: typer.Context) -> None:
    """Load the configured model, time it on one sentence and show what it writes."""
    from summarizer.writing.loading import load_model
    from summarizer.writing.summarizing import Summarizer

    settings = context(ctx).settings(quiet=True)
    start = time.perf_counter()
    model = load_model(settings)
    loaded = time.perf_counter()
    beams = settings.model.beams
    if isinstance(model, Summarizer):
        written = model.sentences([[EXAMPLE]], beams=beams)
    else:
        [candidates] = model.candidates([EXAMPLE], beams=beams)
        written = [candidate.text for candidate in candidates[:1]]
    done = time.perf_counter()
    typer.echo(f"model     {settings.model.name}")
    typer.echo(f"reads     {'whole stories' if isinstance(model, Summarizer) else 'sentences'}")
    typer.echo(f"load      {loaded - start:.2f} s")
    typer.echo(f"sentence  {done - loaded:.2f} s")
    typer.echo(f"source    {EXAMPLE}")
    typer.echo(f"written   {' '.join(written) or '(nothing usable)'}")


@app.command()
def use(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A folder, a hub name, or 'bundled'.")],
) -> None:
    """Let another model write from the next start on; it is loaded and converted now.

    Any transformers encoder-decoder will do (BART, PEGASUS, T5, LED…): it summarises whole stories,
    and what it writes is checked like everything else.
    """
    from config.changing import change_setting
    from config.settings import settings_file
    from summarizer.errors import ConfigError
    from summarizer.writing.loading import load_model

    given = context(ctx)
    settings = given.settings(quiet=True)
    file = settings_file(given.config)
    if file is None:
        raise ConfigError("no file to write to; give one with --config")
    chosen = str(Path(name).expanduser().resolve()) if Path(name).expanduser().is_dir() else name
    load_model(settings, chosen)
    change_setting(file, "model", "name", chosen)
    typer.echo(f"{chosen} writes from the next start on: model.name in {file}")
    if os.environ.get("DIGEST_MODEL__NAME", chosen) != chosen:
        typer.echo("but DIGEST_MODEL__NAME is set and overrides that file; unset it")


@app.command()
def convert(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="A folder or hub name.")] = None,
) -> None:
    """Convert a model to CTranslate2 int8 now rather than at first use."""
    from summarizer.writing.backends.bundled import convert_packed
    from summarizer.writing.backends.documents import convert_documents
    from summarizer.writing.loading import is_packed, model_cache, packed_folder

    settings = context(ctx).settings(quiet=True)
    chosen = name or settings.model.name
    cache = model_cache(settings)
    if is_packed(chosen):
        folder = convert_packed(packed_folder(chosen), cache=cache)
    else:
        folder = convert_documents(chosen, cache=cache)
    typer.echo(f"{chosen} is ready in {folder}")
