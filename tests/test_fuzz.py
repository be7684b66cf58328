"""A short run of `benchmarks.fuzz`: rubbish in, an answer or a named error out."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import KINDS, fuzz

FEW = {"pages": 40, "rendering": 150}


@pytest.mark.parametrize("kind", KINDS)
def test_rubbish_breaks_no_reader(kind: str) -> None:
    outcome = fuzz(kind, range(FEW.get(kind, 300)))
    assert outcome.failures == []
    assert outcome.done > 0
