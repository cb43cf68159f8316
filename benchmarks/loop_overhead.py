"""What the training loop costs: `fit` against a bare PyTorch loop.

    python benchmarks/loop_overhead.py

Both sides train the same model (softmax, 2 layers, 64 features) with the same optimizer on the same
batches of 64 sequences of length 64, with warm-up and cosine, with clipping, and read the loss every 10
steps. Evaluation and checkpoints are left out on both. The sides take turns, 10 steps at a time, in one
process on one thread, so that a drifting machine favors neither. Prints, by the wall clock and for the
processor alone, the median over rounds of the ratio of times, and the ratio of the fastest tenths of the
rounds, which other programs disturb least.
"""

import math
import statistics
import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.data.task import Task
from regard.models import build
from regard.tasks.recall import Recall
from regard.training import fit

STEPS_PER_ROUND, WARMUP_ROUNDS, ROUNDS = 10, 3, 60
TASK = {"vocabulary": 64, "length": 64, "samples": 6_400, "held_out": 64}
TOTAL = STEPS_PER_ROUND * (WARMUP_ROUNDS + ROUNDS + 1)


def described() -> Run:
    """The run of both sides; never so long that it comes to an evaluation."""
    settings = TrainingSettings(epochs=100, steps=TOTAL, batch=64, evaluate_every=TOTAL)
    return Run(task=Spec.of("recall", TASK), mechanisms=(Spec("softmax"),), training=settings)


def bare(run: Run, task: Task) -> Iterator[float]:
    """What one would write by hand: yields the mean loss of every 10 steps."""
    samples = task.split("train")
    model: nn.Module = build(task.shape, run.mechanisms, ModelSettings(), run.seed)
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3)
    loss_of = nn.CrossEntropyLoss()
    losses: list[Tensor] = []
    step = 0
    while True:
        for which in torch.randperm(len(samples)).view(-1, 64):
            step += 1
            batch = samples[which]
            loss = loss_of(model(batch.inputs).flatten(0, 1), batch.targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            for group in optimizer.param_groups:
                group["lr"] = 1e-3 * min(step / (TOTAL // 10), (1 + math.cos(math.pi * step / TOTAL)) / 2)
            optimizer.step()
            losses.append(loss.detach())
            if len(losses) == STEPS_PER_ROUND:
                yield torch.stack(losses).mean().item()
                losses = []


def ours(run: Run) -> Iterator[float]:
    """`fit`, as it is: yields the mean loss of every 10 steps."""
    for measurement in fit(run, device="cpu"):
        if measurement.name == "train/loss":
            yield measurement.value


def timed(side: Iterator[float]) -> tuple[float, float]:
    """Seconds that the next 10 steps take, by the wall clock and of the processor."""
    wall, processor = time.perf_counter(), time.process_time()
    next(side)
    return time.perf_counter() - wall, time.process_time() - processor


def main() -> None:
    """Print the ratios."""
    torch.set_num_threads(1)
    run = described()
    sides = {"bare": bare(run, Recall(**TASK)), "fit": ours(run)}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for i in range(WARMUP_ROUNDS + ROUNDS):
        for name in sorted(sides, reverse=bool(i % 2)):
            taken = timed(sides[name])
            if i >= WARMUP_ROUNDS:
                times[name].append(taken)
    for clock, what in enumerate(("wall clock", "processor")):
        each = {name: [taken[clock] for taken in values] for name, values in times.items()}
        ratio = statistics.median(a / b for a, b in zip(each["fit"], each["bare"], strict=True))
        fit_ms, bare_ms = (statistics.median(each[name]) * 1e3 / STEPS_PER_ROUND for name in ("fit", "bare"))
        fastest = statistics.quantiles(each["fit"], n=10)[0] / statistics.quantiles(each["bare"], n=10)[0]
        print(f"{what}: fit {fit_ms:.2f} ms per step, bare {bare_ms:.2f} ms, ", end="")
        print(f"median ratio {ratio:.3f}, of the fastest {fastest:.3f}")


if __name__ == "__main__":
    main()
