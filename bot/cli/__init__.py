"""The command line: `digest-bot COMMAND`.

Commands import what they need when they run, so that `--help` answers at once.
Exit codes: 0 done, 1 failed (the message says what to do), 2 wrong usage, 3 done in part.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import database, feeds, model, operating, queue, reading, topics
from bot.cli.context import Context
from config.settings import SettingsError

app = typer.Typer(
    no_args_is_help=True,
    help="Reads many news outlets and tells a Telegram chat, briefly and neutrally, what happened.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
reading.add_to(app)
operating.add_to(app)
app.add_typer(feeds.app, name="feeds")
app.add_typer(topics.app, name="topics")
app.add_typer(model.app, name="model")
app.add_typer(database.app, name="db")
app.add_typer(queue.app, name="queue")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digest-bot {version('digest-bot')}")
        raise typer.Exit


@app.callback()
def configure(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file with your settings (or DIGEST_CONFIG).")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done.")] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Settings come from defaults.toml, then this file, then DIGEST_SECTION__KEY."""
    ctx.obj = Context(config=config, verbose=verbose)


def main() -> None:
    """Run the command line; turn the errors we raise on purpose into one line and an exit code."""
    from bot.logging import hide_secrets
    from summarizer.errors import DigestError

    try:
        app()
    except (DigestError, SettingsError) as exc:
        typer.echo(hide_secrets(f"digest-bot: {exc}"), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
