"""Small random inputs and parameters, equal for equal roles, on which a graph is tried."""

import functools
import zlib
from typing import final

import torch
from torch import Tensor

from regard.attention.size import Size
from regard.discovery.emission.plan import Plan, initial
from regard.discovery.emission.standalone import Reading
from regard.discovery.language.terms import Term

SIZE = Size(heads=2, key_features=3, value_features=4, length=16)
"""Of a layer in which graphs are tried: widths differ, so that none is taken for another."""

SIDES = {"q": "queries", "q2": "queries", "gate": "queries"}
WIDTHS = {"gate": 4, "v": 4, "forget": 1, "beta": 1}
STREAMS = ("q", "k", "v", "q2", "k2", "gate", "forget", "decay", "beta")


@final
class EdgesReading(Reading):
    """Who may read whom, as edges alone: (1, 1, n, n)."""

    def __init__(self, streams: dict[str, Tensor], edges: Tensor) -> None:
        super().__init__(streams, length=SIZE.length)
        self._edges = edges

    @property
    def allowed(self) -> Tensor:
        return self._edges


def drawn(n: int, seed: int = 0) -> dict[str, Tensor]:
    """Every stream, (1, 2, n, features), in float64."""
    return {name: _normal((1, SIZE.h, n, WIDTHS.get(name, SIZE.d)), f"{seed} {name}") for name in STREAMS}


def reading(streams: dict[str, Tensor], *, causal: bool = False, keys: Tensor | None = None) -> Reading:
    """Who may read whom, for a program in a layer of the small size."""
    return Reading(streams, causal=causal, keys=keys, length=SIZE.length)


def parameters(plan: Plan) -> list[dict[str, Tensor]]:
    """Of each node that learns: its first values, moved a little; alike in every order of the nodes."""
    return [_parameters(node, f"{node.name} {node.slot}") for _, node in plan.learning]


def _parameters(node: Term, role: str) -> dict[str, Tensor]:
    return {
        name: first.double() * 0.5 + 0.5 * _normal(tuple(first.shape), f"{role} {name}")
        for name, first in _initial(node).items()
    }


@functools.lru_cache(maxsize=256)
def _initial(node: Term) -> dict[str, Tensor]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return initial(node, SIZE)


@functools.lru_cache(maxsize=1024)
def _normal(shape: tuple[int, ...], role: str) -> Tensor:
    rng = torch.Generator().manual_seed(zlib.crc32(role.encode()))
    return torch.randn(shape, generator=rng, dtype=torch.float64)
