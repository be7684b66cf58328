"""How far several processes go: `python -m benchmarks.scale --chaos`, or one of the measurements.

--chaos      500 feeds, 5,000 chats, processes killed every 20 s; exit code 1 if anything is lost
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.scale_chaos import Outcome, Plan, run_chaos
from benchmarks.scale_world import postgres


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chaos", action="store_true", help="kill processes at random")
    parser.add_argument("--seed", type=int, default=1, help="of what is killed when")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="digest-scale-") as name:
        folder = Path(name)
        with postgres(folder) as url:
            if chosen.chaos:
                sys.exit(chaos(url, folder, chosen.seed))


def chaos(url: str, folder: Path, seed: int) -> int:
    """Kill processes for a while; print what became of all; return the exit code."""
    plan = Plan(
        feeds=500,
        chats=5000,
        kills=36,
        kill_every_s=20,
        minutes=12,
        apart=6,
        event_every_s=6,
        read_every_s=90,
        seed=seed,
    )
    outcome = asyncio.run(run_chaos(url, folder, plan, lambda text: print(text, flush=True)))
    print_outcome(outcome)
    return 1 if outcome.wrong else 0


def print_outcome(outcome: Outcome) -> None:
    late = sorted(outcome.lateness_s)
    print(f"\n{outcome.kills.total()} kills in {outcome.seconds:.0f} s: {dict(outcome.kills)}")
    print(f"{outcome.digests} digests, {outcome.messages} messages, {outcome.repeated} came twice")
    print(
        f"after its time a digest came: median {statistics.median(late):.0f} s, "
        f"95 of 100 within {late[int(len(late) * 0.95)]:.0f} s, all within {late[-1]:.0f} s"
    )
    print(
        f"{outcome.articles} of {outcome.published} articles, {outcome.reports} reports, "
        f"{outcome.answers} answers, {outcome.fired} periodic tasks fired"
    )
    for name, (early, later) in outcome.memory.items():
        print(f"{name}: at most {early} MB in the first half, {later} MB in the second")
    for problem in outcome.problems[:20]:
        print(f"logged: {problem[:300]}")
    print("\n".join(f"WRONG: {wrong}" for wrong in outcome.wrong) or "nothing lost, nothing twice")


if __name__ == "__main__":
    main()
