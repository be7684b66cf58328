"""How long hostile input is worked on, and in how much memory: `python -m benchmarks.hostile`.

Runs the cases of the tests, each in what the one before left, on one machine and without others:
times are of the wall.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "tests" / "summarizer"
FILES = ("test_hostile_web.py", "test_hostile_addresses.py", "test_hostile_content.py")
LIMIT_S = 20.0
"""The time limit of a request, which also bounds what a page or a feed may take to be read."""
SHOWN = 10


@dataclass(slots=True)
class Figures:
    """What pytest reports of each case: its seconds, and its peak above idle in megabytes."""

    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: dict[str, int] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = report.nodeid.rpartition("::")[2]
        if report.when == "call":
            self.seconds[name] = report.duration
        elif report.when == "teardown":
            self.megabytes[name] = int(str(dict(report.user_properties).get("peak_mb", 0)))


def main() -> None:
    figures = Figures()
    failed = pytest.main(["-q", *(str(TESTS / name) for name in FILES)], plugins=[figures])
    kinds = {name.partition("[")[0] for name in figures.seconds}
    print(f"{len(figures.seconds)} cases of {len(kinds)} kinds")
    for unit, found in (("s", figures.seconds), ("MB", figures.megabytes)):
        most = sorted(found.items(), key=lambda pair: -pair[1])[:SHOWN]
        for name, value in most:
            print(f"{value:8.1f} {unit} {name}")
    slow = [name for name, seconds in figures.seconds.items() if seconds > LIMIT_S]
    print(f"over {LIMIT_S:.0f} s: {', '.join(slow) or 'none'}")
    sys.exit(bool(failed or slow))


if __name__ == "__main__":
    main()
