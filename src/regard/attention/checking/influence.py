"""Which query reads which key, as the output itself shows it."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from regard.attention.checking.examples import repeated
from regard.attention.checking.inputs import of_side
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.laws.figures import NOTHING


def influence(
    mechanism: Mechanism, inputs: Streams[Tensor], others: Streams[Tensor], mask: Mask
) -> Float[Tensor, "b h n m"]:
    """How far a query's output moves when one key, in every stream of the keys, is exchanged for another's.

    Relative to the largest output. All keys are exchanged in one call: copies of the examples lie in one
    batch, each with another key.
    """
    m = next(iter(of_side(mechanism, inputs, "keys").values())).shape[2]
    exchanged = torch.eye(m + 1, m, dtype=torch.bool)[None, :, None, :, None]
    keys = {
        name: torch.where(exchanged, getattr(others, name).unsqueeze(1), each.unsqueeze(1)).flatten(0, 1)
        for name, each in of_side(mechanism, inputs, "keys").items()
    }
    copies = inputs.map(lambda each: each.repeat_interleave(m + 1, 0)).replace(**keys)
    mixed = mechanism(copies, repeated(mask, m + 1)).detach().unflatten(0, (-1, m + 1))
    moved = (mixed[:, :m] - mixed[:, m:]).abs().amax(-1) / mixed[:, m].abs().max().clamp_min(NOTHING)
    return torch.where(moved.isnan(), math.inf, moved).permute(0, 2, 3, 1)
