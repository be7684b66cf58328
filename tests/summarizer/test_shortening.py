# ruff: noqa: E501 - a table of sentences reads best one case a line
from __future__ import annotations

import pytest

from summarizer.writing.shortening import put_speaker_first, shorten


@pytest.mark.parametrize(
    ("text", "shorter"),
    [
        (
            "The International Sand Office (ISO) closed the harbour of Lindholm to ferries on Monday.",
            "The International Sand Office closed the harbour of Lindholm to ferries on Monday.",
        ),
        (
            "Mayor Ada Brandt, who took office in May, closed the harbour of Lindholm on Monday.",
            "Mayor Ada Brandt closed the harbour of Lindholm on Monday.",
        ),
        (
            "The harbour board -- long an ally of the mayor -- was told of the plan on Monday.",
            "The harbour board was told of the plan on Monday.",
        ),
        (
            "Amid a storm, the harbour board told the island's two ferries to stay in port.",
            "The harbour board told the island's two ferries to stay in port.",
        ),
        (
            "The harbour board closed the port of Lindholm to all ferries and to most other boats on "
            "Monday night, which left hundreds of travellers without a way home.",
            "The harbour board closed the port of Lindholm to all ferries and to most other boats on "
            "Monday night.",
        ),
    ],
)
def test_asides_are_left_out(text: str, shorter: str) -> None:
    assert shorten(text)[-1] == shorter


@pytest.mark.parametrize(
    "text",
    [
        "The harbour board closed the port.",
        "The mayor praised Leo Hart, who built the bridge, and the workers of Lindholm on Monday.",
        "The mayor called it “a good (and great) day” for the harbour of Lindholm on Monday.",
    ],
)
def test_what_is_needed_stays(text: str) -> None:
    assert shorten(text) == []


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (
            "The harbour of Lindholm is closed, the mayor said on Monday.",
            "The mayor said on Monday the harbour of Lindholm is closed.",
        ),
        (
            "Ada Brandt closed the harbour of Lindholm, officials said.",
            "Officials said Ada Brandt closed the harbour of Lindholm.",
        ),
        ("Lindholm has closed its harbour for the week, officials said.", None),
        ("The harbour of Lindholm is closed, she said.", None),
        ("The harbour of Lindholm is closed for the week.", None),
    ],
)
def test_the_speaker_comes_first(text: str, turned: str | None) -> None:
    assert put_speaker_first(text) == turned
