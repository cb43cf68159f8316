"""A short convolution: a tap adds the stream, shifted, to one channel."""

from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.incremental.changes import Channels
from regard.incremental.sources.source import Source


@final
class Taps(Source):
    """Taps of each channel (channels, taps).

    x: the stream before the convolution, silenced where it is padding.
    """

    def __init__(self, x: Float[Tensor, "b n width"], taps: int, causal: bool) -> None:
        self.windows = windows_of(x.movedim(2, 0), taps, causal)

    def changes(self, indices: Int64[Tensor, " p"], deltas: Float[Tensor, " p"]) -> Channels:
        taps = self.windows.shape[-1]
        channels = indices // taps
        seen = self.windows[channels, :, :, indices % taps].flatten(1)
        return Channels(channels, seen * deltas.unsqueeze(1))


def windows_of(x: Float[Tensor, "p b n"], taps: int, causal: bool) -> Float[Tensor, "p b n taps"]:
    """What each tap of a convolution sees at each position: causal ones reach back, others are centered."""
    reach = taps - 1
    after = 0 if causal else reach // 2
    return pad(x, (reach - after, after)).unfold(2, taps, 1)


def convolved(
    changes: Channels, kernel: Float[Tensor, "channels taps"], shape: torch.Size, causal: bool
) -> Channels:
    """The changes of a stream's channels after its convolution, which is linear.

    shape: (b, n), the sequences and positions in which the t positions lie.
    """
    seen = windows_of(torch.unflatten(changes.amounts, 1, shape), kernel.shape[1], causal)
    own = kernel[changes.channels][:, None, None]
    return Channels(changes.channels, (seen * own).sum(-1).flatten(1))
