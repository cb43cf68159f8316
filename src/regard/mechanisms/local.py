"""Local attention: softmax over a window of neighbors, in chunks."""

from collections.abc import Sequence
from typing import Self, final

from regard.attention.bases.banded import Banded
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class Local(Banded):
    """Softmax over the keys at most `window` positions away.

    Use it for long sequences in which what matters is near; every layer reaches one window farther.

    The prefix of a grid, such as a class token, lies nowhere on it: it reads all and is read by all
    (Beltagy et al., section 3.1, global attention with the same projections).

    window: w, the keys on each side; a causal query has only those before it, and itself. Where the mask
        has a window too, the smaller one holds.
    """

    traits = Traits(
        source="Beltagy et al. 2020, arXiv 2004.05150, section 3.1, sliding window",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        window=True,
        segments=True,
        slopes=True,
        table=True,
        rotary=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("softmax", "window >= n"),),
    )

    def __init__(self, size: Size, *, window: int = 8) -> None:
        super().__init__(size, window=window)

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        return [Near(cls(size, window=size.length // part)) for part in (8, 2, 1)]
