"""Rotary positions: what the products of turned queries and keys depend on."""

from collections.abc import Iterator
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from regard.laws import Case
from regard.laws.figures import broken_if, change
from regard.models.checking.handed import handed
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw
from regard.models.positions import TURNING

FAR = 320
NEIGHBORS = (300, 301)
ROUNDED = {torch.float64: 1e-12, torch.float32: 1e-4, torch.float16: 5e-3, torch.bfloat16: 4e-2}
"""How far products of equal distance may be apart: by the rounding of the turned numbers."""


@final
class Distances(LayerLaw):
    """Of equal content everywhere, rotary products depend on the distance alone, in any type of numbers.

    Neighbors are told apart however far they stand, and both ways of pairing features turn by equal angles.
    """

    limit = 1.0

    def exempt(self, subject: LayerSubject) -> str | None:
        return None if subject.takes(positions="rotary") else "reads no q and k"

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        for kind in TURNING:
            for dtype, limit in ROUNDED.items():
                layer = subject.build(FAR, torch.float32, positions=kind).to(dtype)
                given = handed(layer, draw(n=1).expand(2, FAR, -1).to(dtype))
                q, k = given["q"].double(), given["k"].double()
                yield f"{kind}, {dtype}, distances", _spread(q @ k[:, : q.shape[1]].mT) / limit
                apart = change(*(q[:, :, place] for place in NEIGHBORS))
                yield f"{kind}, {dtype}, neighbors", 2 * broken_if(apart < 10 * limit)


def _spread(products: Float[Tensor, "b h n n"]) -> float:
    """The largest change within a diagonal, relative to the largest product."""
    n, largest = products.shape[3], products.abs().max()
    diagonals = (products.diagonal(offset, 2, 3) for offset in range(1 - n, n, 7))
    return max(((each - each[..., :1]).abs().max() / largest).item() for each in diagonals)
