"""A program: a typed graph of tensor operations, run as it is read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.precision import in_float32, widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie
from regard.discovery.emission.claims import claims_of
from regard.discovery.emission.counting import cost_of
from regard.discovery.emission.inputs import streams_of
from regard.discovery.emission.plan import Plan, initial
from regard.discovery.emission.reading import MaskReading
from regard.discovery.language.graph import Graph

SOFTMAX = (
    '{"format":1,"nodes":[{"op":"q"},{"op":"k"},{"op":"dot","inputs":[0,1]},{"op":"temperature","inputs":[2]},'
    '{"op":"softmax","inputs":[3]},{"op":"v"},{"op":"mix","inputs":[4,5]}],"output":6}'
)
"""Softmax attention as a graph."""

IS_SOFTMAX = Tie("softmax", "always")


@final
class Program(Cached):
    """What a graph of operations computes: softmax attention, unless another graph is given.

    Use it to try a mechanism that is written as data, or that a search has found.

    graph: the graph as JSON text (`regard.discovery.language.Graph`). A file of one, `path/to/graph.json`, is
        named wherever a mechanism is.

    What it claims follows from the graph: causality, the masks it honors and its cost are computed before
    anything runs. Parameters are those of the operations that learn.
    """

    traits = replace(
        claims_of(Graph.parse(SOFTMAX).output, (IS_SOFTMAX,)),
        source="Vaswani et al. 2017, arXiv 1706.03762, eq. 1",
    )

    def __init__(self, size: Size, *, graph: str = SOFTMAX) -> None:
        super().__init__(size)
        self.graph = Graph.parse(graph)
        output = self.graph.output
        if output != Graph.parse(SOFTMAX).output:
            self.traits = claims_of(output)
        self.absent = self.graph.absent
        self.plan = Plan(output)
        self.learned = nn.ModuleDict(
            {
                name: nn.ParameterDict(
                    {key: nn.Parameter(value) for key, value in initial(node, size).items()}
                )
                for name, node in self.plan.learning
            }
        )

    @staticmethod
    def shown(option: str, value: str) -> str:
        """What stands for a graph in a label."""
        return Graph.parse(value).label

    def streams(self) -> Streams[Any]:
        return streams_of(self.graph.output, self.size)

    @in_float32
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self._run(streams, mask).to(streams.q.dtype)

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        v = streams.v
        itself = torch.eye(v.shape[2], dtype=v.dtype, device=v.device).expand(*v.shape[:2], -1, -1)
        return self._run(streams.replace(v=itself), mask)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        return cost_of(self.graph.output, self.size, (n, m, mask), self.cached_numbers(m))

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size))]

    def _run(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n _"]:
        reading = MaskReading(streams, mask, self.size)
        mixed = self.plan.run(reading, [self._wide(name) for name, _ in self.plan.learning])
        nothing = reading.nothing()
        return mixed if nothing is None else mixed.masked_fill(nothing, 0)

    def _wide(self, role: str) -> dict[str, Tensor]:
        return {name: widen(value) for name, value in self.learned[role].named_parameters()}
