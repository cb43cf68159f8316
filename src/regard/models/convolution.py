"""The short convolution before the mixing."""

from collections.abc import Mapping
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv1d, pad

from regard.attention.mask import Mask
from regard.core.errors import InvalidOption, UnsupportedMask
from regard.models.projections import Projected

Tails = dict[str, Float[Tensor, "b reach features"]]
"""The last inputs of each convolution, by the name of its stream."""


@final
class ShortConvolution(nn.Module):
    """A depth-wise convolution over positions, so that a token knows its neighbors before it is compared.

    As in H3 (Fu et al. 2023, arXiv 2212.14052) and the recipes of DeltaNet. Causal: taps reach back;
    otherwise they are centered.
    """

    def __init__(self, features: int, taps: int) -> None:
        super().__init__()
        if taps < 1:
            raise InvalidOption(f"A convolution needs at least one tap, not {taps}.")
        self.kernel = nn.Parameter(torch.empty(features, taps))
        self.offset = nn.Parameter(torch.empty(features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Uniform noise within 1/sqrt(taps), torch's default for a convolution."""
        bound = self.kernel.shape[1] ** -0.5
        nn.init.uniform_(self.kernel, -bound, bound)
        nn.init.zeros_(self.offset)

    def forward(self, x: Float[Tensor, "b n c"], causal: bool) -> Float[Tensor, "b n c"]:
        if not x.shape[1]:
            return x  # torch refuses an input shorter than the kernel
        reach = self.kernel.shape[1] - 1
        after = 0 if causal else reach // 2
        return self._convolved(pad(x.mT, (reach - after, after)))

    def extend(
        self, x: Float[Tensor, "b n c"], tail: Float[Tensor, "b reach c"]
    ) -> tuple[Float[Tensor, "b n c"], Float[Tensor, "b reach c"]]:
        """Go on causally behind the last positions read before, and give those that the next call needs."""
        if not x.shape[1]:
            return x, tail
        whole = torch.cat([tail.to(x), x], 1)
        # copied: a view would keep all positions alive
        return self._convolved(whole.mT), whole[:, whole.shape[1] - tail.shape[1] :].clone()

    def initial_tail(self, b: int, device: torch.device | None = None) -> Float[Tensor, "b reach c"]:
        """What lies before the first position: zeros, as the padding of `forward`."""
        features, taps = self.kernel.shape
        return torch.zeros(b, taps - 1, features, device=device)

    def _convolved(self, padded: Float[Tensor, "b c _"]) -> Float[Tensor, "b n c"]:
        return conv1d(padded, self.kernel.unsqueeze(1), self.offset, groups=len(self.kernel)).mT


@final
class StreamConvolutions(nn.Module):
    """A short convolution for each of some streams, with padding silenced first: taps reach across it.

    None where `taps` is 0.
    """

    def __init__(self, widths: Mapping[str, int], taps: int) -> None:
        super().__init__()
        self.names = tuple(widths) if taps else ()
        for name in self.names:
            self.add_module(name, ShortConvolution(widths[name], taps))

    def forward(self, projected: Projected, masks: Mapping[str, Mask]) -> Projected:
        """All streams, those with a convolution after it. The masks say what of each is padding."""
        convolved = {
            name: self._of(name)(silenced(projected[name], masks[name]), masks[name].causal)
            for name in self.names
        }
        return projected | convolved

    def refuse(self, mask: Mask) -> None:
        """Raise `UnsupportedMask` for parts across whose borders taps would reach: other documents, and what
        lies before the first position.
        """
        reached = [part for part in ("segments", "start") if part in mask.parts] if self.names else []
        if reached:
            message = (
                f"Attention: the convolution does not support the mask's part '{reached[0]}', across whose "
                f"border its taps would reach. Set convolution=0."
            )
            raise UnsupportedMask(message)

    def initial_tails(self, b: int, device: torch.device | None = None) -> Tails:
        """What lies before the first position, for each stream."""
        return {name: self._of(name).initial_tail(b, device) for name in self.names}

    def extend(self, projected: Projected, mask: Mask, tails: Tails) -> tuple[Projected, Tails]:
        """Go on causally: all streams, and what the next call needs."""
        convolved, after = {}, {}
        for name in self.names:
            new = silenced(projected[name], mask)
            convolved[name], after[name] = self._of(name).extend(new, tails[name])
        return projected | convolved, after

    def _of(self, name: str) -> ShortConvolution:
        found = self.get_submodule(name)
        assert isinstance(found, ShortConvolution)
        return found


def silenced(stream: Float[Tensor, "b n width"], mask: Mask) -> Float[Tensor, "b n width"]:
    """The stream with 0 wherever the mask's `keys` say padding: NaN there must reach nothing."""
    return stream if mask.keys is None else stream.masked_fill(~mask.keys.unsqueeze(-1), 0)
