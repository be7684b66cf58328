"""Train the bundled model: to copy, to mend spoiled news, to rewrite.

Run as ``python -m summarizer.training.train PREPARED OUT``. ``PREPARED`` is what
``summarizer.training.prepare`` wrote; ``OUT`` receives ``checkpoint.pt``, ``log.jsonl`` and, at
the end, the packed weights with their ``run.json``. The same code runs on a CPU and on CUDA
(bfloat16), where config.toml's ``[cuda]`` table applies.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import shutil
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from summarizer.training.batches import (
    Batch,
    Prepared,
    copy_batches,
    noise_batches,
    pair_batches,
)
from summarizer.training.packing import write_companions
from summarizer.training.warm_start import END, PAD, warm_started
from summarizer.writing.weights import load_weights, save_weights

CONFIG = Path(__file__).with_name("config.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stretch of training; it ends after `minutes` or, if set, `steps`."""

    name: str
    kind: str
    minutes: float
    learning_rate: float
    steps: int = 0
    warmup_steps: int = 0
    final_share: float = 1.0
    encoder_layers: int = 0
    embeddings: bool = False
    batch: int = 64
    batch_tokens: int = 2048
    lengths: tuple[int, int] = (8, 20)
    random_share: float = 0.5
    subset: int = 600
    common: int = 3000
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole configuration of a run."""

    seed: int
    threads: int
    workers: int
    dropout: float
    checkpoint_minutes: float
    decoder_from: tuple[int, ...]
    length_words: tuple[str, ...]
    stages: tuple[Stage, ...]


@dataclass(slots=True, kw_only=True)
class Progress:
    """Where a run stands; saved in each checkpoint."""

    stage: int = 0
    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


def read_plan(path: Path, minutes: Mapping[str, float], *, cuda: bool) -> Plan:
    """Read config.toml, with `minutes` in place of the named stages' own."""
    raw = tomllib.loads(path.read_text("utf-8"))
    faster = raw["cuda"]
    stages = []
    for table in raw["stages"]:
        table = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        if cuda:
            factor = faster["batch_factor"]
            table["encoder_layers"] = faster["encoder_layers"]
            table["embeddings"] = faster["embeddings"]
            table["batch"] = table.get("batch", 64) * factor
            table["batch_tokens"] = table.get("batch_tokens", 2048) * factor
            table["minutes"] = faster["minutes"][table["name"]]
        table["minutes"] = minutes.get(table["name"], table["minutes"])
        stages.append(Stage(**table))
    if unknown := set(minutes) - {stage.name for stage in stages}:
        raise SystemExit(f"no such stage: {', '.join(sorted(unknown))}")
    return Plan(
        seed=raw["seed"],
        threads=raw["threads"],
        workers=faster["workers"] if cuda else 0,
        dropout=faster["dropout"] if cuda else 0.0,
        checkpoint_minutes=raw["checkpoint_minutes"],
        decoder_from=tuple(raw["model"]["decoder_from"]),
        length_words=tuple(raw["model"]["length_words"]),
        stages=tuple(stages),
    )


class Batches(IterableDataset[Batch]):
    """The batches of one stage, made in this process or in several workers at once."""

    def __init__(self, data: Prepared, stage: Stage, seed: tuple[int, ...]) -> None:
        self._data, self._stage, self._seed = data, stage, seed

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        random = np.random.default_rng([*self._seed, worker.id if worker else 0])
        stage = self._stage
        if stage.kind == "copy":
            return copy_batches(
                self._data,
                random,
                batch=stage.batch,
                lengths=stage.lengths,
                random_share=stage.random_share,
                subset=stage.subset,
            )
        if stage.kind == "noise":
            return noise_batches(
                self._data, random, batch_tokens=stage.batch_tokens, common=stage.common
            )
        return pair_batches(
            self._data,
            random,
            kinds=stage.kinds,
            batch_tokens=stage.batch_tokens,
            common=stage.common,
        )


def batch_loss(model: Any, batch: Batch, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean cross-entropy over the target tokens, and the token accuracy."""
    source = torch.from_numpy(batch.source).to(device)
    target = torch.from_numpy(batch.target).to(device)
    choices = torch.from_numpy(batch.choices).to(device)
    start = torch.full_like(target[:, :1], END)
    shifted = torch.cat([start, target[:, :-1]], dim=1)
    hidden = model.model(
        input_ids=source,
        attention_mask=source != PAD,
        decoder_input_ids=shifted,
        use_cache=False,
    ).last_hidden_state
    real = target != PAD
    logits = hidden[real] @ model.model.shared.weight[choices].to(hidden.dtype).T
    wanted = torch.searchsorted(choices, target[real])
    loss = functional.cross_entropy(logits.float(), wanted)
    return loss, (logits.argmax(-1) == wanted).float().mean()


def _as_is(batch: Any) -> Any:
    return batch


def freeze(model: Any, stage: Stage) -> list[torch.nn.Parameter]:
    """Leave trainable the decoder, the stage's top encoder layers and, if it says so, all words."""
    for parameter in model.parameters():
        parameter.requires_grad_(stage.embeddings)
    top = len(model.model.encoder.layers) - stage.encoder_layers
    modules = [*model.model.decoder.layers, *model.model.encoder.layers[max(top, 0) :]]
    for module in modules:
        module.requires_grad_(True)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def rate(stage: Stage, step: int, seconds: float) -> float:
    """Return the learning rate after so many steps and seconds of a stage."""
    done = max(seconds / (stage.minutes * 60), step / stage.steps if stage.steps else 0.0)
    decayed = 1 - (1 - stage.final_share) * min(1.0, done)
    warm = min(1.0, (step + 1) / stage.warmup_steps) if stage.warmup_steps else 1.0
    return stage.learning_rate * decayed * warm


def train(
    plan: Plan,
    data: Prepared,
    out: Path,
    *,
    device: str,
    resume: bool = False,
    encoder: Path | None = None,
    start: Path | None = None,
) -> Any:
    """Run all stages and return the model; with `resume`, go on from the last checkpoint.

    The model starts from the packaged MiniLM, from the BERT encoder in the folder `encoder`, or
    from the packed weights in the folder `start`.
    """
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    out.mkdir(parents=True, exist_ok=True)
    model: Any = warm_started(
        plan.decoder_from,
        length_words=plan.length_words,
        dropout=plan.dropout,
        folder=encoder,
    ).to(device)
    if start:
        packed = {name: torch.from_numpy(array) for name, array in load_weights(start).items()}
        model.load_state_dict(packed, strict=False)
        model.tie_weights()
    progress, moments = Progress(), None
    if resume and (out / "checkpoint.pt").exists():
        saved = torch.load(out / "checkpoint.pt", map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        progress, moments = Progress(**saved["progress"]), saved["optimizer"]
    while progress.stage < len(plan.stages):
        run_stage(plan, model, data, out, progress, moments, device)
        moments = None
        progress.stage, progress.step, progress.seconds = progress.stage + 1, 0, 0.0
        save_checkpoint(out, model, None, progress)
    return model


def run_stage(
    plan: Plan,
    model: Any,
    data: Prepared,
    out: Path,
    progress: Progress,
    moments: dict[str, Any] | None,
    device: str,
) -> None:
    """Train one stage until its minutes or steps are used up."""
    stage = plan.stages[progress.stage]
    optimizer = torch.optim.AdamW(freeze(model, stage), lr=stage.learning_rate, weight_decay=0.01)
    if moments:
        optimizer.load_state_dict(moments)
    # Seeded by the step, so that a resumed stage does not see the same batches again.
    batches = Batches(data, stage, (plan.seed, progress.stage, progress.step))
    loader = DataLoader(batches, batch_size=None, collate_fn=_as_is, num_workers=plan.workers)
    precision = (
        torch.autocast("cuda", dtype=torch.bfloat16)
        if device == "cuda"
        else contextlib.nullcontext()
    )
    model.train()
    began, saved_at = time.monotonic() - progress.seconds, time.monotonic()
    window: list[tuple[torch.Tensor, torch.Tensor, int]] = []
    for batch in loader:
        progress.seconds = time.monotonic() - began
        if progress.seconds >= stage.minutes * 60 or 0 < stage.steps <= progress.step:
            break
        for group in optimizer.param_groups:
            group["lr"] = rate(stage, progress.step, progress.seconds)
        with precision:
            loss, accuracy = batch_loss(model, batch, device)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(
            [p for group in optimizer.param_groups for p in group["params"]], 1.0
        )
        optimizer.step()
        progress.step += 1
        window.append((loss.detach(), accuracy, len(batch.source)))
        if len(window) == 100:
            note(out, stage, progress, window)
            window = []
        if time.monotonic() - saved_at > plan.checkpoint_minutes * 60:
            save_checkpoint(out, model, optimizer, progress)
            saved_at = time.monotonic()
    if window:
        note(out, stage, progress, window)


def note(
    out: Path,
    stage: Stage,
    progress: Progress,
    window: list[tuple[torch.Tensor, torch.Tensor, int]],
) -> None:
    """Append one line on the last steps to the log and the run's history."""
    losses, accuracies, sizes = zip(*window, strict=True)
    line = {
        "stage": stage.name,
        "step": progress.step,
        "minutes": round(progress.seconds / 60, 2),
        "loss": round(torch.stack(losses).mean().item(), 4),
        "accuracy": round(torch.stack(accuracies).mean().item(), 4),
        "sequences": int(sum(sizes)),
    }
    progress.history.append(line)
    with (out / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def save_checkpoint(
    out: Path, model: Any, optimizer: torch.optim.Optimizer | None, progress: Progress
) -> None:
    """Write the checkpoint beside the old one, then put it in its place."""
    new = out / "checkpoint.new"
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict() if optimizer else None,
            "progress": asdict(progress),
        },
        new,
    )
    new.replace(out / "checkpoint.pt")


def write_run(out: Path, plan: Plan, prepared: Path, history: list[dict[str, Any]]) -> None:
    """Write run.json: configuration, data hashes, and how the losses went."""
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(prepared.glob("*.npz.xz"))
    }
    counts = prepared / "prepared.json"
    stages: dict[str, dict[str, Any]] = {}
    for line in history:
        before = stages.get(line["stage"], {"sequences": 0})
        stages[line["stage"]] = line | {"sequences": before["sequences"] + line["sequences"]}
    run = {
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "plan": asdict(plan),
        "data": hashes,
        "prepared": json.loads(counts.read_text("utf-8")) if counts.exists() else {},
        "stages": list(stages.values()),
        "losses": [[line["stage"], line["minutes"], line["loss"]] for line in history[::10]],
    }
    (out / "run.json").write_text(json.dumps(run, indent=1) + "\n", "utf-8")


def main() -> None:
    """Read the command line, train, and pack the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    parser.add_argument(
        "--minutes", action="append", default=[], metavar="STAGE=N", help="another duration"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument(
        "--start", type=Path, metavar="WEIGHTS", help="packed weights to start from"
    )
    parser.add_argument("--pack", action="store_true", help="only pack OUT/checkpoint.pt")
    args = parser.parse_args()
    minutes = {name: float(n) for name, _, n in (item.partition("=") for item in args.minutes)}
    if args.pack:
        minutes = {stage.name: 0.0 for stage in read_plan(args.config, {}, cuda=False).stages}
    plan = read_plan(args.config, minutes, cuda=args.device == "cuda")
    model = train(
        plan,
        Prepared(args.prepared),
        args.out,
        device=args.device,
        resume=args.resume or args.pack,
        start=args.start,
    )
    log = args.out / "log.jsonl"
    history = (
        [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
    )
    write_run(args.out, plan, args.prepared, history)
    save_weights(model.state_dict(), model.config.to_dict(), args.out / "weights")
    write_companions(args.out / "weights")
    shutil.copy(args.out / "run.json", args.out / "weights")


if __name__ == "__main__":
    main()
