"""Dilated attention: softmax over every s-th key of a wide window."""

from collections.abc import Sequence
from typing import Self, final

from regard.attention.bases.banded import Banded
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class Dilated(Banded):
    """Softmax over the keys at distances 0, s, 2 s ... w s: a window s times as wide at the same cost.

    Use it where structure repeats at a known stride, beside heads or layers of `local`.

    Positions between two steps do not meet, however many layers there are of one stride: use several strides,
    or mix with others. The prefix of a grid reads all and is read by all, as in local attention.

    window: w, the keys on each side; a causal query has only those before it, and itself.
    stride: s.
    """

    traits = Traits(
        source="Beltagy et al. 2020, arXiv 2004.05150, section 3.1, dilated sliding window",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        segments=True,
        slopes=True,
        table=True,
        rotary=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("local", "stride = 1"), Tie("softmax", "stride = 1, window >= n")),
    )

    def __init__(self, size: Size, *, window: int = 4, stride: int = 2) -> None:
        super().__init__(size, window=window, stride=stride)
        self.require(stride >= 1, f"stride must be at least 1, not {stride}. Choose 1 for local attention.")

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        if name == "local":
            return [Near(cls(size, window=8, stride=1))]
        return [Near(cls(size, window=size.length // part, stride=1)) for part in (8, 2, 1)]
