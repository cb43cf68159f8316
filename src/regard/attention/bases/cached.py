"""Mechanisms that read every past position again: their state is a cache of all streams of the keys."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams

Cache = dict[str, Tensor]
"""Each stream of the keys at all positions so far, by its name."""


class Cached(Mechanism, ABC):
    """Abstract. A final subclass says how queries mix all keys; going on gives the last rows of that."""

    @abstractmethod
    def mix(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        """What n queries read from m keys; the first query stands at `mask.start` among them."""

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self.mix(streams, mask)

    def initial_state(self, b: int, device: torch.device | None = None) -> Cache:
        return {
            name: torch.empty(b, self.heads_of(name), 0, stream.features, device=device)
            for name, stream in self.declared.items()
            if stream.of == "keys"
        }

    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Cache
    ) -> tuple[Float[Tensor, "b h n e"], Cache]:
        new = {name: getattr(streams, name) for name in state}
        grown = {name: torch.cat([past.to(new[name]), new[name]], 2) for name, past in state.items()}
        return self.mix(streams.replace(**grown), mask), grown

    def cached_numbers(self, m: int) -> int:
        """Numbers in the cache of m positions of one sequence; none for what does not stream."""
        if not self.traits.streaming:
            return 0
        return m * sum(stream.shape[1] * stream.shape[3] for stream in self.initial_state(1).values())
