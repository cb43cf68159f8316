"""Delta rules with a strength, over a memory that decays by a gate."""

from abc import ABC
from typing import Any

from torch import Tensor

from regard.attention.bases.erasing import Erasing
from regard.attention.kernels.decay_gate import DecayGate
from regard.attention.kernels.decays import FeatureDecays
from regard.attention.kernels.unit import UNIT_FLOPS, unit
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.attention.streams import Init, Stream, Streams


class GatedErasing(Erasing, ABC):
    """Abstract. A final subclass says by its `kind` whether a head decays as a whole or by its features.

    Keys and queries are read after SiLU and division by their length. The strength β = sigmoid(W x), doubled
    by `negative_eigenvalues`, is one number per head; the log decay is `DecayGate`'s.
    """

    def __init__(self, size: Size, *, negative_eigenvalues: bool = False) -> None:
        super().__init__(size)
        self.largest_strength = 2 if negative_eigenvalues else 1
        self.gate = DecayGate(size.h, self._decays())

    def streams(self) -> Streams[Any]:
        beta, decay = Stream(1, of="keys", init=Init()), Stream(self._decays(), of="keys", init=Init())
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, beta=beta, decay=decay)

    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        k = unit(mask.readable(streams.k))
        # a hidden key neither erases nor fades anything: at 0 both gates are half open
        beta = mask.readable(self.largest_strength * mask.readable(streams.beta).sigmoid())
        g = mask.readable(self.gate(mask.readable(streams.decay)))
        return Streams(q=unit(streams.q), k=k, v=mask.readable(streams.v), beta=beta, g=g)

    def preparing_flops(self, n: int, m: int) -> int:
        # two gates; the products with the strength
        return UNIT_FLOPS * (n + m) * self.size.d + (4 + 6 * self._decays() + self.size.d + self.size.e) * m

    def _decays(self) -> int:
        """Decays of each head and position."""
        return self.size.d if self.kind is FeatureDecays else 1
