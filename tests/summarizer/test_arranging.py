from __future__ import annotations

import pytest

from summarizer.writing.arranging import put_speaker_first


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
