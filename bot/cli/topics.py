"""`digest-bot topics`: what readers can subscribe to by name."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.context import print_json

app = typer.Typer(no_args_is_help=True, help="The topics of the catalogue.")


@app.command("list")
def list_topics(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show the catalogue's topics; any free words are a topic too."""
    from config.catalog import load_catalog

    for topic in load_catalog().topics:
        if as_json:
            print_json({"id": topic.id, "name": topic.name})
        else:
            typer.echo(f"{topic.id:14} {topic.name}")
