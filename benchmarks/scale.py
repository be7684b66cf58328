"""How far several processes go: `python -m benchmarks.scale --chaos`, or one of the measurements.

--chaos        500 feeds, 5,000 chats with a digest each in 12 minutes and every 25th with four,
               processes killed every 20 s; exit code 1 if anything is lost, twice or out of order;
               --small: 60 feeds, 300 chats, 3 kills
--collect      reading with 1, 2 and 4 workers from outlets that are slow
--write        writing with 1 and 2 workers
--archive      storing and grouping an article beside 10 k, 100 k and 1 M (or as many as given)
--subscribers  100,000 subscribers of 20 topics: how long Telegram takes, what a digest costs
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import structlog

from benchmarks.scale_chaos import LARGE, SMALL, Plan, run_chaos
from benchmarks.scale_figures import (
    measure_archive,
    measure_collecting,
    measure_subscribers,
    measure_writing,
)
from benchmarks.scale_promises import Outcome
from benchmarks.scale_world import emptied, postgres

CHATS = 100_000
DUE = 10_000
"""Of them, at the same minute."""
TELEGRAM_A_SECOND = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chaos", action="store_true", help="kill processes at random")
    parser.add_argument(
        "--small", action="store_true", help="the tests' numbers, not the large ones"
    )
    parser.add_argument("--seed", type=int, default=1, help="of what is killed when")
    parser.add_argument("--collect", action="store_true", help="read with 1, 2 and 4 workers")
    parser.add_argument("--write", action="store_true", help="write with 1 and 2 workers")
    parser.add_argument("--archive", nargs="*", type=int, help="store beside so many articles")
    parser.add_argument("--subscribers", action="store_true", help="many subscribers at once")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with tempfile.TemporaryDirectory(prefix="digest-scale-") as name:
        folder = Path(name)
        with postgres(folder) as url:
            if chosen.chaos:
                plan = SMALL if chosen.small else LARGE
                sys.exit(chaos(url, folder, replace(plan, seed=chosen.seed)))
            if chosen.collect:
                for workers in (1, 2, 4):
                    rate = asyncio.run(measure_collecting(emptied(url), folder, workers=workers))
                    print(f"{workers} workers read {rate:.1f} articles a second", flush=True)
            if chosen.write:
                for workers in (1, 2):
                    rate, busy = asyncio.run(measure_writing(emptied(url), folder, workers=workers))
                    print(
                        f"{workers} workers write {rate:.2f} reports a second, "
                        f"{busy:.2f} processor seconds each",
                        flush=True,
                    )
            if chosen.archive is not None:
                archive(url, chosen.archive or [10_000, 100_000, 1_000_000])
            if chosen.subscribers:
                subscribers(url)


def archive(url: str, sizes: list[int]) -> None:
    """Print what an article costs beside so many stored ones, and how it is found."""
    plans: list[str] = []
    for stored in sizes:
        milliseconds, plans = asyncio.run(measure_archive(url, stored))
        print(f"beside {stored:,} articles another one takes {milliseconds:.2f} ms", flush=True)
    print("\n\n".join(plans))


def subscribers(url: str) -> None:
    """Print how long Telegram takes for all, then what planning takes."""
    minutes = CHATS / TELEGRAM_A_SECOND / 60
    print(
        f"{CHATS:,} digests at {TELEGRAM_A_SECOND} a second take {minutes:.0f} minutes", flush=True
    )
    found = asyncio.run(measure_subscribers(url, chats=CHATS, due=DUE))
    print(", ".join(f"{value:.1f} {name}" for name, value in found.items()))


def chaos(url: str, folder: Path, plan: Plan) -> int:
    """Kill processes for a while; print what became of all; return the exit code."""
    outcome = asyncio.run(run_chaos(url, folder, plan, lambda text: print(text, flush=True)))
    print_outcome(outcome)
    return 1 if outcome.wrong else 0


def print_outcome(outcome: Outcome) -> None:
    late = sorted(outcome.lateness_s)
    killed = Counter(name for _, name in outcome.kills)
    print(f"\n{killed.total()} kills in {outcome.seconds:.0f} s: {dict(killed)}")
    print(
        f"{outcome.digests} digests ({outcome.covered} more were told by the next one), "
        f"{outcome.several} chats got several; {outcome.messages} messages, {outcome.parts} of "
        f"them updates or further parts, {outcome.repeated} came twice"
    )
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
