"""Loss curves to the last bit: record them, change the code, compare.

    python scripts/loss_curves.py record curves.json
    python scripts/loss_curves.py compare curves.json

Every mechanism is trained for a few steps on two tasks with fixed seeds. Numbers are kept as hexadecimal
floats. They are equal on one machine with one version of torch only, hence no record is part of the project.
"""

import json
import sys
from pathlib import Path

import torch

from regard.configuration.configuration import configure
from regard.core.errors import RegardError
from regard.core.run import Run
from regard.training import fit

TASKS = ("digits", "recall")
MECHANISMS = (
    "softmax", "linear", "performer", "linformer", "nystrom", "local", "entmax", "top_k", "sigmoid",
    "fourier", "uniform", "identity", "delta", "gated",
)  # fmt: skip
STEPS, EVALUATE_EVERY = 60, 30
NAMES = ("train/loss", "train/gradient_norm", "validation/loss", "validation/score")


def described(task: str, mechanism: str) -> Run:
    """The recipe's run, shortened."""
    shortened = [f"training.steps={STEPS}", f"training.evaluate_every={EVALUATE_EVERY}"]
    return configure([f"task={task}", f"mechanism={mechanism}", *shortened]).run(0)


def curve(task: str, mechanism: str) -> list[str]:
    """What is measured, number by number, or the error in place of the numbers."""
    try:
        measured = list(fit(described(task, mechanism), device="cpu"))
    except RegardError as error:
        return [type(error).__name__]
    return [f"{m.step} {m.name} {m.value.hex()}" for m in measured if m.name in NAMES]


def curves() -> dict[str, list[str]]:
    """All of them, by task and mechanism."""
    torch.set_num_threads(1)
    return {f"{task} {mechanism}": curve(task, mechanism) for task in TASKS for mechanism in MECHANISMS}


def main() -> None:
    """Record, or compare and exit with 1 where a curve differs."""
    command, path = sys.argv[1], Path(sys.argv[2])
    found = curves()
    if command == "record":
        path.write_text(json.dumps(found, indent=1), encoding="utf-8")
        return
    known = json.loads(path.read_text("utf-8"))
    differing = [name for name in known if found.get(name) != known[name]]
    for name in known:
        print(f"{name}: {'DIFFERS' if name in differing else 'equal'}, {len(known[name])} numbers")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
