"""Local attention with global tokens: a window, and a few positions that see and are seen by all."""

from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Int64
from torch import Tensor

from regard.attention.bases.banded import Banded
from regard.attention.kernels.packing import real_first
from regard.attention.mask import Mask
from regard.attention.mechanism import Near
from regard.attention.size import Size
from regard.attention.traits import Tie, Traits


@final
class GlobalTokens(Banded):
    """Softmax over the keys at most `window` positions away and over those of the global tokens.

    Use it for long documents with a few positions that gather all, such as a class token.

    Global tokens are the first readable positions of each sequence; they read everything. So any two
    positions are two steps apart, whatever the length. Under a causal mask they are what a stream keeps
    of its beginning (Xiao et al. 2023, arXiv 2309.17453). All have one projection, where Longformer gives
    the global tokens a second one.

    window: w, the keys on each side; a causal query has only those before it, and itself. Where the mask
        has a window too, the smaller one holds, for global tokens as well.
    tokens: how many are global, beside the prefix of a grid. With 0 it is local attention.
    """

    traits = Traits(
        source="Beltagy et al. 2020, arXiv 2004.05150, section 3.1, global attention",
        time="n w",
        memory="n w",
        causal=True,
        padding=True,
        window=True,
        slopes=True,
        table=True,
        rotary=True,
        streaming=True,
        mass="exactly 1",
        equivariant=False,
        ties=(Tie("local", "tokens = 0"), Tie("softmax", "tokens >= n")),
    )

    def __init__(self, size: Size, *, window: int = 8, tokens: int = 4) -> None:
        super().__init__(size, window=window)
        self.require(tokens >= 0, f"tokens must not be negative, but are {tokens}. Choose 1 or more.")
        self.apart += tokens

    def set_apart(self, n: int, mask: Mask, device: torch.device) -> Int64[Tensor, "#b apart"]:
        if mask.keys is None:
            return super().set_apart(n, mask, device)
        return real_first(mask.keys)[:, : self.apart]

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        if name == "local":
            return [Near(cls(size, tokens=tokens)) for tokens in (4, 1, 0)]
        return [Near(cls(size, tokens=size.length // part)) for part in (8, 2, 1)]
