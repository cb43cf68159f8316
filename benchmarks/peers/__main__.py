"""Every mechanism for which people use a package today, beside that package.

    pip install -c constraints.txt --editable '.[peers]'
    pip install --no-deps fla-core==0.6.0
    python benchmarks/peers [--lengths 1024 4096] [--heads 4x32] [--only local] [--out peers.json]

Prints ratios, ours over the peer's, below 1 ours being the better: of time, with the quartiles of rounds in
which both take turns, and of the peak of live tensors, forward and with backward. One thread.
"""

import argparse
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import final

import memories
import packages
import scored
import torch
from measure import Ratios, difference, forward, forward_and_backward
from pair import Pair, Setting

MODULES = (packages, scored, memories)


@final
@dataclass(frozen=True)
class Row:
    """One mechanism beside one peer, on one setting."""

    mechanism: str
    peer: str
    setting: Setting
    difference: float
    forward: Ratios | None
    both: Ratios | None
    note: str


def rows(settings: Iterator[Setting], only: list[str]) -> Iterator[Row]:
    """Measured one after the other."""
    for setting in settings:
        for module in MODULES:
            for pair in module.pairs(setting):
                if not only or pair.mechanism in only:
                    yield _measured(pair, setting)


def _measured(pair: Pair, setting: Setting) -> Row:
    both = forward_and_backward(pair)
    return Row(pair.mechanism, pair.peer, setting, difference(pair), forward(pair), both, pair.note)


def told(row: Row) -> str:
    """One line."""
    setting = row.setting
    kind = "causal" if setting.causal else "both sides"
    where = f"n={setting.n} {setting.heads}x{setting.features} {kind}"
    figures = ", ".join(
        f"{name} {each.time:.2f} ({each.low:.2f}-{each.high:.2f}) memory {each.memory:.2f}"
        for name, each in (("forward", row.forward), ("with backward", row.both))
        if each is not None
    )
    note = f"  [{row.note}]" if row.note else ""
    return f"{row.mechanism:18} {row.peer:26} {where:28} apart {row.difference:.0e}  {figures}{note}"


def mean_of(times: list[float]) -> float:
    """The geometric mean of ratios."""
    return math.exp(sum(map(math.log, times)) / len(times)) if times else math.nan


def main() -> None:
    """Print a line per row, and the geometric means at the end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument("--heads", nargs="+", default=["4x32", "8x64"])
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shapes = [tuple(map(int, each.split("x"))) for each in asked.heads]
    settings = (
        Setting(n, *shape, causal) for n, shape, causal in product(asked.lengths, shapes, (False, True))
    )
    found = []
    for row in rows(settings, asked.only):
        print(told(row), flush=True)
        found.append(row)
    for name in ("forward", "both"):
        measured = [each for row in found if (each := getattr(row, name)) is not None]
        times, peaks = [each.time for each in measured], [each.memory for each in measured]
        print(f"{name}: geometric mean of time {mean_of(times):.2f}, largest {max(times):.2f}; "
              f"memory {mean_of(peaks):.2f}, largest {max(peaks):.2f}")  # fmt: skip
    if asked.out is not None:
        asked.out.write_text(json.dumps([asdict(row) for row in found], indent=1), "utf-8")


if __name__ == "__main__":
    main()
