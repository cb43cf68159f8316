"""From the residual stream to queries, keys and values: apart, merged, or absent."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear

Streams = tuple[Float[Tensor, "b n queries"], Float[Tensor, "b m keys"], Float[Tensor, "b m values"]]
"""Queries, keys and values with all heads side by side."""


@final
class SeparateProjections(nn.Module):
    """A matrix for each of q, k, v that is named in `present`; where there is none, the input itself."""

    def __init__(self, features: int, widths: dict[str, int], present: str, bias: bool) -> None:
        super().__init__()
        self.q, self.k, self.v = (
            nn.Linear(features, widths[name], bias) if name in present else nn.Identity() for name in "qkv"
        )

    def forward(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Streams:
        return self.q(x), self.k(context), self.v(context)


@final
class MergedProjections(nn.Module):
    """One matrix for q, k and v: a single product where queries and keys come from the same sequence."""

    def __init__(self, features: int, widths: dict[str, int], bias: bool) -> None:
        super().__init__()
        self.widths = [widths[name] for name in "qkv"]
        self.qkv = nn.Linear(features, sum(self.widths), bias)

    def forward(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Streams:
        if context is x:
            q, k, v = torch.split(self.qkv(x), self.widths, -1)
            return q, k, v
        parts = torch.split(self.qkv.weight, self.widths)
        offsets = [None] * 3 if self.qkv.bias is None else torch.split(self.qkv.bias, self.widths)
        q = linear(x, parts[0], offsets[0])
        k = linear(context, parts[1], offsets[1])
        return q, k, linear(context, parts[2], offsets[2])

    def copy_from(self, separate: SeparateProjections) -> None:
        """Take over the weights of three separate projections: the outputs are then equal."""
        parts = separate.state_dict()
        merged = {
            kind: torch.cat([parts[f"{name}.{kind}"] for name in "qkv"])
            for kind, _ in self.qkv.named_parameters()
        }
        self.qkv.load_state_dict(merged)
