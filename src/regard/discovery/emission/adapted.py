"""An exported class, which knows nothing of regard, as a mechanism: the file's own code computes."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call

from regard.attention.bases.cached import Cached
from regard.attention.cost import Cost
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32, widen
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.discovery.emission.claims import claims_of
from regard.discovery.emission.counting import cost_of, read_in_turn
from regard.discovery.emission.inputs import streams_of
from regard.discovery.emission.reading import MaskReading
from regard.discovery.language.graph import Graph


def adapted(module: type[nn.Module]) -> type[Mechanism]:
    """A mechanism that claims what the graph of an exported class does, and runs its `forward`."""
    graph = Graph.parse(vars(module)["GRAPH"])

    class Exported(Cached):
        traits = claims_of(graph.output)

        def __init__(self, size: Size) -> None:
            super().__init__(size)
            self.absent = graph.absent
            given: dict[str, Any] = {"length": size.length, "layer": size.layer}
            self.module = module(size.h, size.d, size.e, temperature=size.temperature, **given)

        def streams(self) -> Streams[Any]:
            return streams_of(graph.output, self.size)

        @in_float32
        def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
            return self._run(streams, mask).to(streams.q.dtype)

        @in_float32
        def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
            v = streams.v
            itself = torch.eye(v.shape[2], dtype=v.dtype, device=v.device).expand(*v.shape[:2], -1, -1)
            return self._run(streams.replace(v=itself), mask)

        def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
            return cost_of(graph.output, self.size, (n, m, mask), self.cached_numbers(m), read_in_turn)

        def _run(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n _"]:
            reading = MaskReading(streams, mask, self.size)
            wide = {name: widen(value) for name, value in self.module.named_parameters()}
            mixed = functional_call(self.module, wide, (reading.streams,), {"reading": reading})
            nothing = reading.nothing()
            return mixed if nothing is None else mixed.masked_fill(nothing, 0)

    Exported.__name__ = Exported.__qualname__ = module.__name__
    Exported.__module__ = module.__module__
    return Exported
