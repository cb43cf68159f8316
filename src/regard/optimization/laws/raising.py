"""A closure that raises."""

from collections.abc import Iterator
from typing import Any, final

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten_with_path

from regard.laws import Case
from regard.optimization.checking import OptimizerLaw, OptimizerSubject, Trial


class _Interruption(Exception):
    """What the closure raises."""


@final
class Raising(OptimizerLaw):
    """A closure that raises, at whichever loss of a step, leaves weights and state bit for bit as they were
    before the step, and the same step can be asked again.
    """

    limit = 0.0

    def measure(self, subject: OptimizerSubject) -> Iterator[Case]:
        for dtype in (torch.float64, torch.bfloat16):
            for after in (0, 3):
                whole = subject.trial(dtype)
                expected = whole.steps(after + 3)[after:]
                for place in (1, 2, 5):
                    trial = subject.trial(dtype)
                    trial.steps(after)
                    weights, state = trial.copies(), _leaves(trial.search.state_dict())
                    if not _interrupted(trial, place):
                        continue
                    differs = trial.changed(weights) + _differing(_leaves(trial.search.state_dict()), state)
                    yield f"{dtype}, at loss {place} of step {after + 1}", differs
                    found = trial.steps(3)
                    differs = trial.changed(whole.copies()) + float(str(found) != str(expected))
                    yield f"{dtype}, step {after + 1} asked again after loss {place}", differs


def _interrupted(trial: Trial, place: int) -> bool:
    """Ask for a step whose closure raises at its loss of that number. Returns whether it came so far."""
    before = trial.calls

    def loss() -> Tensor:
        found = trial.loss()
        if trial.calls - before == place:
            raise _Interruption
        return found

    try:
        trial.search.step(loss)
    except _Interruption:
        return True
    return False


def _leaves(state: dict[str, Any]) -> dict[str, str | Tensor]:
    """The entries of a state by where they lie, as they are now."""
    found, _ = tree_flatten_with_path(state)
    return {str(path): _copied(each) for path, each in found}


def _copied(entry: Any) -> str | Tensor:
    if isinstance(entry, Tensor):
        return entry.detach().clone().reshape(-1).view(torch.uint8)
    return repr(entry)


def _differing(one: dict[str, str | Tensor], other: dict[str, str | Tensor]) -> float:
    """How many entries are not the same in both."""
    missing = one.keys() ^ other.keys()
    return float(len(missing) + sum(not _same(one[name], other[name]) for name in one.keys() & other.keys()))


def _same(one: str | Tensor, other: str | Tensor) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    return one is other or one == other
