"""Encoder-decoders of every family, tiny and with random weights, and a tokenizer for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers, processors

WORDS = "the council closed its old harbour on monday . mayor said ferry ran aground near lindholm"
SIZES = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "init_std": 0.5,
}
T5_SIZES = {
    "d_model": 16,
    "d_kv": 8,
    "d_ff": 32,
    "num_layers": 1,
    "num_heads": 2,
    "initializer_factor": 1.0,
}
IDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "forced_eos_token_id": 2}


def save_tokenizer(folder: Path, *, separators: tuple[str, ...] = (), limit: int) -> int:
    """Write a tokenizer of whole words into `folder`; return how many it knows."""
    words = ["<pad>", "<s>", "</s>", "<unk>", *separators, "summarize", ":", *WORDS.split()]
    vocabulary = {word: i for i, word in enumerate(dict.fromkeys(words))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=[AddedToken(token) for token in separators],
        model_max_length=limit,
    ).save_pretrained(folder)
    return len(vocabulary)


def _bart(size: int) -> Any:
    config = transformers.BartConfig(
        vocab_size=size,
        max_position_embeddings=64,
        decoder_start_token_id=2,
        forced_bos_token_id=1,
        **SIZES,
        **IDS,
    )
    return transformers.BartForConditionalGeneration(config)


def _pegasus(size: int) -> Any:
    config = transformers.PegasusConfig(
        vocab_size=size, max_position_embeddings=64, decoder_start_token_id=0, **SIZES, **IDS
    )
    return transformers.PegasusForConditionalGeneration(config)


def _led(size: int) -> Any:
    config = transformers.LEDConfig(
        vocab_size=size,
        max_encoder_position_embeddings=64,
        max_decoder_position_embeddings=32,
        attention_window=8,
        decoder_start_token_id=2,
        **SIZES,
        **IDS,
    )
    return transformers.LEDForConditionalGeneration(config)


def _t5(size: int) -> Any:
    config = transformers.T5Config(
        vocab_size=size, pad_token_id=0, eos_token_id=2, decoder_start_token_id=0, **T5_SIZES
    )
    return transformers.T5ForConditionalGeneration(config)


def _flan(size: int) -> Any:
    config = transformers.T5Config(
        vocab_size=size,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        pad_token_id=0,
        eos_token_id=2,
        decoder_start_token_id=0,
        **T5_SIZES,
    )
    return transformers.T5ForConditionalGeneration(config)


def _mt5(size: int) -> Any:
    config = transformers.MT5Config(
        vocab_size=size, pad_token_id=0, eos_token_id=2, decoder_start_token_id=0, **T5_SIZES
    )
    return transformers.MT5ForConditionalGeneration(config)


_MAKERS: dict[str, tuple[Callable[[int], Any], tuple[str, ...], int]] = {
    "bart": (_bart, (), 64),
    "pegasus": (_pegasus, ("<n>",), 64),
    "led": (_led, (), 64),
    "primera": (_led, ("<doc-sep>",), 64),
    "t5": (_t5, (), 48),
    "flan": (_flan, (), 48),
    "mt5": (_mt5, (), 10**30),
}
FAMILIES = tuple(_MAKERS)


def save_model(family: str, folder: Path) -> Path:
    """Write a tiny model of this family into `folder`; its weights are the same each time."""
    make, separators, limit = _MAKERS[family]
    folder.mkdir(parents=True, exist_ok=True)
    size = save_tokenizer(folder, separators=separators, limit=limit)
    torch.manual_seed(3)
    make(size).save_pretrained(folder)
    return folder
