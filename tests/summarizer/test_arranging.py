from __future__ import annotations

import pytest

from summarizer.writing.arranging import put_speaker_first


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        (
            "The harbour of Lindholm is closed, the mayor said on Monday.",
            "The mayor said on Monday that the harbour of Lindholm is closed.",
        ),
        (
            "The harbour of Lindholm must stay open, the court ruled.",
            "The court ruled that the harbour of Lindholm must stay open.",
        ),
        (
            "Ada Brandt closed the harbour of Lindholm, according to a letter seen on Monday.",
            "According to a letter seen on Monday, Ada Brandt closed the harbour of Lindholm.",
        ),
        ("Lindholm has closed its harbour, according to a letter.", None),
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
