"""How runs are carried out. Nothing of it is part of a description or of a digest."""

import re
from dataclasses import dataclass
from typing import Any, final

from regard.core.errors import InvalidOption, nearest
from regard.core.values import fits

EVALUATORS = ("auto", "serial", "block", "stacked", "delta")
"""How the losses of single moves are computed, and `auto` for the fastest that knows the model."""

POOLS = ("local", "ray")
"""The kinds of pools that there are."""

MOST_AT_ONCE = 1024
"""Processes of one pool, and seeds in one model: more only fill the memory."""

DEVICE_KINDS = ("auto", "cpu", "cuda", "mps")


@final
@dataclass(frozen=True, kw_only=True)
class Execution:
    """On what, by how many processes and in which form runs are computed. Raises `InvalidOption`.

    The same run carried out in two ways has the same digest, and the same results up to rounding.
    """

    device: str = "auto"
    """`cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for the fastest there is."""
    workers: int = 2
    """Processes that train at the same time."""
    timeout_seconds: float | None = None
    """How long one run may take before its process is killed; None means as long as it likes."""
    memory_gib: float | None = None
    """How much memory of its own a process that trains may have, on Linux; None means all there is."""
    seeds_at_once: int = 1
    """How many seeds of one description may be trained at once, as one batched model."""
    form: str = "auto"
    """How a mechanism computes: `auto`, or the name of one of its forms, such as `plain`."""
    evaluator: str = "auto"
    """One of `EVALUATORS`: how losses of single moves are computed, which a search asks for."""
    pool: str = "local"
    """What performs many runs: `local` processes, or those of a `ray` cluster of several machines."""

    def __post_init__(self) -> None:
        for name in ("device", "form", "evaluator", "pool"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise InvalidOption(f"execution.{name} must be a name, not {value!r}.")
        self._check_device()
        _check_count("workers", self.workers)
        _check_count("seeds_at_once", self.seeds_at_once)
        limit = self.timeout_seconds
        if limit is not None and not (fits(limit, float) and limit > 0):
            expected = "above 0 and finite, or None for no limit"
            raise InvalidOption(f"execution.timeout_seconds must be {expected}, not {limit}.")
        room = self.memory_gib
        if room is not None and not (fits(room, float) and room > 0):
            expected = "above 0 and finite, or None for no limit"
            raise InvalidOption(f"execution.memory_gib must be {expected}, not {room}.")
        if not self.form.isidentifier():
            raise InvalidOption(f"execution.form must be auto or the name of a form, not '{self.form}'.")
        _check_name("pool", self.pool, POOLS)
        _check_name("evaluator", self.evaluator, EVALUATORS)

    def _check_device(self) -> None:
        kind = self.device.partition(":")[0]
        if kind not in DEVICE_KINDS:
            raise InvalidOption(f"There is no device '{self.device}'. {nearest(kind, DEVICE_KINDS)}")
        if not re.fullmatch(r"[a-z]+|(cuda|cpu|mps):\d+", self.device):
            raise InvalidOption(f"There is no device '{self.device}'. Write, for instance, cuda:1.")


def _check_name(kind: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise InvalidOption(f"There is no {kind} called '{name}'. {nearest(name, known)}")


def _check_count(name: str, value: Any) -> None:
    if not fits(value, int) or not 1 <= value <= MOST_AT_ONCE:
        expected = f"a whole number of at most {MOST_AT_ONCE:,} and at least 1"
        raise InvalidOption(f"execution.{name} must be {expected}, not {value!r}.")
