"""What each family of transformers encoder-decoders wants a whole story to look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

CONVERTED_FAMILIES = frozenset({"bart", "mt5", "pegasus", "t5"})
"""Those that CTranslate2 runs as transformers does; it does not know LED and LongT5."""
USUAL_LIMIT = 1024
"""Tokens read by a model that names no limit of its own (mT5: positions are relative)."""
NO_LIMIT = 100_000
"""Tokenizers that know no limit name a number above this one."""
MOST_WRITTEN = 256
"""Tokens of a summary, of more than a detailed digest's 120 words."""
_LIMITS = ("max_encoder_position_embeddings", "max_position_embeddings", "n_positions")
_SEPARATORS = ("<doc-sep>", "<n>")  # PRIMERA's; PEGASUS's for the end of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How one model wants its stories."""

    name: str
    """Transformers' `model_type`."""
    most_read: int
    """Tokens, special ones included."""
    most_written: int
    prefix: str
    """What T5 is told to do."""
    separator: str
    """Between two articles."""
    global_tokens: frozenset[int] | None
    """LED: the tokens that all others attend to, beside the first; None: all attend to all."""


def read_family(config: Any, tokenizer: Any) -> Family:
    """Return how the model of this configuration and tokenizer wants its stories."""
    limits = [getattr(config, name, None) for name in _LIMITS]
    limits.append(getattr(tokenizer, "model_max_length", None))
    vocabulary = tokenizer.get_vocab()
    separator = next((token for token in _SEPARATORS if token in vocabulary), "\n")
    # LED's decoder has places of its own; T5's has no end of them.
    places = ("max_decoder_position_embeddings", "max_position_embeddings")
    writes = next((n for name in places if (n := getattr(config, name, None))), NO_LIMIT)
    tasks = getattr(config, "task_specific_params", None) or {}
    # FLAN was trained with T5's words for the task and names them nowhere; mT5 knows no tasks.
    usual = "summarize: " if config.model_type == "t5" else ""
    return Family(
        name=config.model_type,
        most_read=min((n for n in limits if n and n < NO_LIMIT), default=USUAL_LIMIT),
        most_written=min(MOST_WRITTEN, writes - 1),
        prefix=str(tasks.get("summarization", {}).get("prefix", usual)),
        separator=separator,
        global_tokens=(
            frozenset({vocabulary[separator]} if separator in vocabulary else ())
            if config.model_type == "led"
            else None
        ),
    )


def join_story(articles: Sequence[Sequence[str]], family: Family, tokenizer: Any) -> str:
    """Return the articles' sentences as one text that the model can read whole.

    Where there is not room for all, each article gives its first sentences, as many as the others.
    What a text has of the model's own special tokens is left out.
    """
    special = {*tokenizer.all_special_tokens, family.separator} - {"\n"}
    plain = [[_without(sentence, special) for sentence in article] for article in articles]
    room = family.most_read - _count(tokenizer, family.prefix) - 4
    room -= (len(articles) - 1) * max(1, _count(tokenizer, family.separator))
    taken: list[list[str]] = [[] for _ in plain]
    for row in zip_longest(*plain):
        for article, sentence in zip(taken, row, strict=True):
            size = _count(tokenizer, f" {sentence}") if sentence else 0
            if sentence and size <= room:
                article.append(sentence)
                room -= size
            elif sentence:
                room = min(room, 0)  # a hole in one article reads worse than a shorter text
    texts = [" ".join(article) for article in taken if article]
    return family.prefix + f" {family.separator} ".join(texts)


def read_summary(text: str, family: Family) -> str:
    """Return what the model wrote, with plain spaces for the separators it learnt."""
    return _without(text, {*_SEPARATORS, family.separator})


def _without(text: str, tokens: set[str]) -> str:
    for token in tokens:
        text = text.replace(token, " ")
    return " ".join(text.split())


def _count(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, add_special_tokens=False)["input_ids"])
