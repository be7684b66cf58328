"""Train the bundled model: copying first, then supported pairs.

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
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from summarizer.training.packing import write_companions
from summarizer.training.warm_start import BEGIN, END, PAD, warm_started
from summarizer.writing.weights import save_weights

CONFIG = Path(__file__).with_name("config.toml")
FIRST_WORD_ID = 1000  # below are MiniLM's special and unused tokens and punctuation


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Token ids, each (batch, length); `choices` are the ids the softmax runs over, sorted."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    choices: NDArray[np.int64]


class Prepared:
    """The prepared folder: a stream of real text and the pairs by kind."""

    def __init__(self, folder: Path) -> None:
        with np.load(folder / "text.npz") as text:
            self.text = text["ids"].astype(np.int64)
            self.text_offsets = text["offsets"]
        self.sources: list[NDArray[np.int64]] = []
        self.targets: list[NDArray[np.int64]] = []
        self.kinds: list[str] = []
        if (folder / "pairs.npz").exists():
            with np.load(folder / "pairs.npz") as pairs:
                self.sources = _rows(pairs["source_ids"], pairs["source_offsets"])
                self.targets = _rows(pairs["target_ids"], pairs["target_offsets"])
                names = [str(name) for name in pairs["kind_names"]]
                self.kinds = [names[kind] for kind in pairs["kinds"]]


def _rows(ids: NDArray[np.uint16], offsets: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    wide = ids.astype(np.int64)
    return [wide[a:b] for a, b in pairwise(offsets)]


def read_plan(path: Path, minutes: dict[str, float], *, cuda: bool) -> Plan:
    """Read config.toml, with `minutes` in place of the named stages' own."""
    raw = tomllib.loads(path.read_text("utf-8"))
    stages = []
    for table in raw["stages"]:
        table = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        if cuda:
            factor = raw["cuda"]["batch_factor"]
            table["encoder_layers"] = raw["cuda"]["encoder_layers"]
            table["embeddings"] = raw["cuda"]["embeddings"]
            table["batch"] = table.get("batch", 64) * factor
            table["batch_tokens"] = table.get("batch_tokens", 2048) * factor
        table["minutes"] = minutes.get(table["name"], table["minutes"])
        stages.append(Stage(**table))
    if unknown := set(minutes) - {stage.name for stage in stages}:
        raise SystemExit(f"no such stage: {', '.join(sorted(unknown))}")
    return Plan(
        seed=raw["seed"],
        threads=raw["threads"],
        checkpoint_minutes=raw["checkpoint_minutes"],
        decoder_from=tuple(raw["model"]["decoder_from"]),
        length_words=tuple(raw["model"]["length_words"]),
        stages=tuple(stages),
    )


def copy_batches(data: Prepared, stage: Stage, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches whose target is their source, for ever."""
    words = np.unique(data.text)
    words = words[words >= FIRST_WORD_ID]
    while True:
        subset = random.choice(words, size=min(stage.subset, len(words)), replace=False)
        rows = []
        for _ in range(stage.batch):
            length = int(random.integers(stage.lengths[0], stage.lengths[1] + 1))
            if random.random() < stage.random_share:
                rows.append(random.choice(subset, size=length))
            else:
                start = int(random.integers(0, max(1, len(data.text) - length)))
                rows.append(data.text[start : start + length])
        target = padded([np.append(row, END) for row in rows])
        yield Batch(
            source=padded([np.concatenate(([BEGIN], row, [END])) for row in rows]),
            target=target,
            choices=np.union1d(target, subset),
        )


def pair_batches(data: Prepared, stage: Stage, random: np.random.Generator) -> Iterator[Batch]:
    """Yield batches of pairs of similar length, epoch after epoch."""
    chosen = [i for i, kind in enumerate(data.kinds) if not stage.kinds or kind in stage.kinds]
    if not chosen:
        raise SystemExit(f"no pairs for stage {stage.name!r}: run summarizer.training.prepare")
    counts = np.bincount(np.concatenate([data.targets[i] for i in chosen]))
    common = np.argsort(-counts)[: stage.common]
    size = np.array([max(len(data.sources[i]), len(data.targets[i])) for i in chosen])
    while True:
        # Noise keeps the batches of an epoch from being the same ones each time.
        order = np.argsort(size + random.normal(0, 2.0, len(size)))
        batches: list[list[int]] = [[]]
        longest = 0
        for k in order:
            longest = max(longest, int(size[k]))
            if batches[-1] and 2 * longest * (len(batches[-1]) + 1) > stage.batch_tokens:
                batches.append([])
                longest = int(size[k])
            batches[-1].append(chosen[int(k)])
        for j in random.permutation(len(batches)):
            source = padded([data.sources[i] for i in batches[j]])
            target = padded([data.targets[i] for i in batches[j]])
            own = np.union1d(source, target)
            yield Batch(source=source, target=target, choices=np.union1d(own, common))


def padded(rows: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Stack rows of token ids, filled up with padding to the longest."""
    out = np.full((len(rows), max(map(len, rows))), PAD, dtype=np.int64)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


def batch_loss(model: Any, batch: Batch, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean cross-entropy over the target tokens, and the token accuracy."""
    source = torch.from_numpy(batch.source).to(device)
    target = torch.from_numpy(batch.target).to(device)
    choices = torch.from_numpy(batch.choices).to(device)
    start = torch.full((len(target), 1), END, dtype=torch.long, device=device)
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
) -> Any:
    """Run all stages and return the model; with `resume`, go on from the last checkpoint.

    The model starts from the packaged MiniLM, or from the BERT encoder in the folder `encoder`.
    """
    torch.manual_seed(plan.seed)
    torch.set_num_threads(plan.threads)
    out.mkdir(parents=True, exist_ok=True)
    model: Any = warm_started(plan.decoder_from, length_words=plan.length_words, folder=encoder).to(
        device
    )
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
    random = np.random.default_rng([plan.seed, progress.stage, progress.step])
    make = copy_batches if stage.kind == "copy" else pair_batches
    precision = (
        torch.autocast("cuda", dtype=torch.bfloat16)
        if device == "cuda"
        else contextlib.nullcontext()
    )
    model.train()
    began, saved_at = time.monotonic() - progress.seconds, time.monotonic()
    window: list[tuple[float, float, int]] = []
    for batch in make(data, stage, random):
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
        window.append((loss.item(), accuracy.item(), len(batch.source)))
        if len(window) == 100:
            note(out, stage, progress, window)
            window = []
        if time.monotonic() - saved_at > plan.checkpoint_minutes * 60:
            save_checkpoint(out, model, optimizer, progress)
            saved_at = time.monotonic()
    if window:
        note(out, stage, progress, window)


def note(
    out: Path, stage: Stage, progress: Progress, window: list[tuple[float, float, int]]
) -> None:
    """Append one line on the last steps to the log and the run's history."""
    losses, accuracies, sizes = zip(*window, strict=True)
    line = {
        "stage": stage.name,
        "step": progress.step,
        "minutes": round(progress.seconds / 60, 2),
        "loss": round(float(np.mean(losses)), 4),
        "accuracy": round(float(np.mean(accuracies)), 4),
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
        for path in sorted(prepared.glob("*.npz"))
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
