"""`digest-bot queue …`: what waits, runs and has failed, and putting failed jobs back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import context, print_json, run

if TYPE_CHECKING:
    from bot.queueing import Queue
    from config.settings import Settings

app = typer.Typer(help="The jobs of a PostgreSQL database: what waits, runs and has failed.")


@app.callback(invoke_without_command=True)
def show(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show how many jobs wait, run and have failed, and the failed ones one by one."""
    if ctx.invoked_subcommand is not None:
        return
    queue = _queue(context(ctx).settings(quiet=True))

    async def work() -> None:
        async with queue:
            figures, failed = await queue.figures(), await queue.failed()
        if as_json:
            print_json(
                {
                    "tasks": [asdict(f) for f in figures],
                    "failed": [asdict(f) | {"failed_at": f.failed_at.isoformat()} for f in failed],
                }
            )
            return
        typer.echo(f"{'task':<16}{'waiting':>9}{'running':>9}{'failed':>9}")
        for f in figures:
            typer.echo(f"{f.task:<16}{f.waiting:>9}{f.running:>9}{f.failed:>9}")
        if failed:
            typer.echo("\nfailed, given up; the log of the worker says why:")
        for job in failed:
            arguments = ", ".join(f"{name}={value!r}" for name, value in job.arguments.items())
            moment = f"{job.failed_at:%Y-%m-%d %H:%M} UTC"
            typer.echo(f"  {job.id}  {moment}  {job.task}({arguments}), {job.attempts} attempts")
        if failed:
            typer.echo("'digest-bot queue retry --all' puts them back")

    run(work())


@app.command()
def retry(
    ctx: typer.Context,
    ids: Annotated[list[int] | None, typer.Argument(help="Numbers of failed jobs.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every failed job.")] = False,
) -> None:
    """Put failed jobs back into their queues, for one more attempt each."""
    if bool(ids) == everything:
        raise typer.BadParameter("name the jobs by their numbers, or --all")
    queue = _queue(context(ctx).settings(quiet=True))

    async def work() -> int:
        async with queue:
            wanted = [job.id for job in await queue.failed()] if everything else ids
            return await queue.retry_failed(wanted or [])

    count = run(work())
    typer.echo(f"{count} put back")
    if not everything and count < len(ids or []):
        typer.echo("the others are no failed jobs; 'digest-bot queue' lists those", err=True)
        raise typer.Exit(3)


def _queue(settings: Settings) -> Queue:
    from bot.working import open_queue

    return open_queue(settings)
