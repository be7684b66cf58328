"""What tests of the collector share."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.web_server import WebServer

LIMIT_MB = 300


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as running:
        yield running


@pytest.fixture(scope="module")
def set_aside() -> Iterator[None]:
    """Keep what is there already out of `gc.collect()`, which would take half a second a test."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def little_memory(
    set_aside: None, record_property: Callable[[str, object], None]
) -> Iterator[None]:
    """Fail where a test takes more memory at its peak than the process had before, and 300 MB.

    Only Linux tells the peak of a while; what was freed before is given back first, or it would
    hide what the test takes.
    """
    if sys.platform != "linux":
        yield
        return
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before = _status_mb("VmRSS")
    yield
    taken = _status_mb("VmHWM") - before
    record_property("peak_mb", taken)
    assert taken < LIMIT_MB


def _status_mb(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) // 1024
