"""What the last real position held, where positions that are hidden lie in between."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import pad


def last_real(real: Float[Tensor, "b h m 1"]) -> Int64[Tensor, "b h places 1"]:
    """How many positions lie up to the last real one before each of m positions, and before the end.

    real: more than 0 where a position is real.
    """
    places = (real > 0) * torch.arange(1, real.shape[2] + 1, device=real.device).unsqueeze(1)
    return pad(places, (0, 0, 1, 0)).cummax(2).values


def held(
    first: Float[Tensor, "b h 1 features"],
    x: Float[Tensor, "b h m features"],
    last: Int64[Tensor, "b h places 1"],
) -> tuple[Float[Tensor, "b h m features"], Float[Tensor, "b h 1 features"]]:
    """x of the last real position before each position, and before the end; `first` where there is none."""
    so_far, last = torch.cat([first, x], 2), last.expand(-1, -1, -1, x.shape[3])
    # the second a tensor of its own, which keeps no other alive
    return so_far.gather(2, last[:, :, :-1]), so_far.gather(2, last[:, :, -1:])
