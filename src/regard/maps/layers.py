"""What the attention layers of a model were given in a forward pass, and what they made of it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from regard.attention.capture import Captured
from regard.attention.mask import Mask
from regard.core.errors import UnsupportedUse
from regard.maps.attended import Attended
from regard.maps.influence import influence
from regard.maps.junction import BeforeModule, Junction
from regard.maps.operator import Operator
from regard.models import Attention
from regard.models.normalization import HeadNorm

READ_BESIDE = 0.01
"""The share of an output that is read of no value, from which on it is told."""


@final
@dataclass(frozen=True, eq=False)
class LayerCall(Attended):
    """One call of a layer of this package."""

    call: Captured
    """That of its mechanism."""
    layer: Attention
    x: Float[Tensor, "b n c"]
    context: Float[Tensor, "b m c"] | None
    mask: Mask
    gate: Float[Tensor, "b n c"] | None
    """What the heads' outputs were multiplied by before W_o."""
    output: Float[Tensor, "b n c"]
    role: str = ""
    """Which sequence reads which, in a model of two; see `regard.maps.sequences`."""

    @property
    def kind(self) -> str:
        return self.call.mechanism.name

    @property
    def reads_values(self) -> bool:
        return "v" in self.call.streams

    @property
    def ways(self) -> Float[Tensor, "#b h #n e c"]:
        """By which matrix the output of a head at a position enters that of the layer.

        A gate is folded in, and so is a norm with its scale held, which makes it linear.
        """
        h, e = self.mixed.shape[1], self.mixed.shape[3]
        ways = _output_weight(self.layer, self.mixed).reshape(1, h, 1, e, -1)
        if self.gate is not None:
            opened = self.gate.reshape(*self.gate.shape[:2], h, e).transpose(1, 2)
            ways = opened.unsqueeze(-1) * ways
        if self.layer.output_norm is not None:
            ways = _linear_part(self.layer.output_norm, self.mixed) @ ways
        return ways.detach()

    @property
    def junction(self) -> Junction:
        return BeforeModule(self.layer.size.h, self.layer.output)

    @torch.no_grad()
    def weights(self, operator: Operator | None) -> Float[Tensor, "b h n m"]:
        """As the mechanism gives them, whatever its operator is found to be."""
        if self.call.mechanism.traits.mass is None:
            raise UnsupportedUse(f"{self.kind} shares nothing out: its operator is what weights would be.")
        return self.call.weights()

    def influence(self, most: int) -> Float[Tensor, "n m"]:
        few = most if self.output.shape[2] > most else None
        return influence(self.again, self.moved, probes=few, rng=torch.Generator().manual_seed(0))

    def allowed(self, operator: Float[Tensor, "heads n m"]) -> Bool[Tensor, "n m"]:
        n, m = operator.shape[1:]
        allowed = self.mask.allowed(n, m, operator.device)
        if allowed is None:
            return torch.ones_like(operator[0], dtype=torch.bool)
        return allowed[0, 0].expand(n, m)

    def outside(self, operator: Operator | None) -> Iterator[str]:
        beside = _share_beside(self.mixed, operator)
        if beside >= READ_BESIDE:
            share = f"{100 * beside:.0f} % of its output"
            yield f"What {self.kind} reads of learned entries or other streams: {share}."
        if self.layer.convolutions.names:
            yield "The short convolution before the mixing: a value is that of a few positions."
        if self.gate is not None:
            yield "The gate on the output: in contribution and influence alone."
        if self.layer.output_norm is not None:
            yield "The norm of each head's output: in contribution with its scale held, and in influence."

    @property
    def moved(self) -> Float[Tensor, "b m c"]:
        """What keys and values are made of."""
        return (self.x if self.context is None else self.context).detach()

    def again(self, moved: Float[Tensor, "copies m c"]) -> Float[Tensor, "copies n c"]:
        """The layer's output for copies of it."""
        if self.context is None:
            return self.layer(moved, None, self.mask)
        return self.layer(self.x.detach().expand(len(moved), -1, -1), moved, self.mask)


def attention_layers(model: nn.Module) -> dict[str, Attention]:
    """The attention layers of a model by name, in their order."""
    return {name: part for name, part in model.named_modules() if isinstance(part, Attention)}


@contextmanager
def captured_layers(model: nn.Module) -> Iterator[list[LayerCall]]:
    """The calls of all attention layers inside, in their order. Nothing is copied: gradients flow on."""
    calls: list[LayerCall] = []
    with ExitStack() as ends:
        for name, layer in attention_layers(model).items():
            for handle in _watched(name, layer, calls):
                ends.callback(handle.remove)
        yield calls


def _watched(name: str, layer: Attention, calls: list[LayerCall]) -> Iterator[Any]:
    """Hooks on a layer and its parts, which keep what was seen until the layer has ended."""
    seen = _Seen()

    def mixed(_: nn.Module, given: tuple[Any, ...], more: Mapping[str, Any], mixed: Tensor) -> None:
        streams, mask = _arguments(("streams", "mask"), given, more)
        if torch.is_grad_enabled() and not mixed.requires_grad:
            # in a model whose weights are frozen, answers have gradients from here on
            mixed.requires_grad_()
        seen.inside |= {"call": Captured(layer.mechanism, streams, mask or Mask()), "mixed": mixed}

    def opened(_: nn.Module, __: tuple[Any, ...], gate: Tensor) -> None:
        seen.inside["gate"] = gate.sigmoid()

    def ended(_: nn.Module, given: tuple[Any, ...], more: Mapping[str, Any], output: Tensor) -> None:
        x, context, mask = _arguments(("x", "context", "mask"), given, more)
        inside, seen.inside = {"gate": None} | seen.inside, {}
        calls.append(
            LayerCall(
                name=name, layer=layer, x=x, context=context, mask=mask or Mask(), output=output, **inside
            )
        )

    yield layer.mechanism.register_forward_hook(mixed, with_kwargs=True)
    if layer.gate is not None:
        yield layer.gate.register_forward_hook(opened)
    yield layer.register_forward_hook(ended, with_kwargs=True)


@final
@dataclass
class _Seen:
    inside: dict[str, Any] = field(default_factory=dict)
    """What the parts of a layer gave in the call that is under way."""


def _arguments(names: tuple[str, ...], given: tuple[Any, ...], more: Mapping[str, Any]) -> list[Any]:
    """The arguments of these names, however they were given; None for those that were not."""
    by_place = dict(zip(names, given, strict=False))
    return [more.get(name, by_place.get(name)) for name in names]


def _output_weight(layer: Attention, mixed: Float[Tensor, "b h n e"]) -> Float[Tensor, "heads_e c"]:
    if isinstance(layer.output, nn.Linear):
        return layer.output.weight.mT
    return torch.eye(mixed.shape[1] * mixed.shape[3], dtype=mixed.dtype, device=mixed.device)


def _linear_part(norm: HeadNorm, mixed: Float[Tensor, "b h n e"]) -> Float[Tensor, "b h n e e"]:
    """The norm of a head's output as a matrix, with its scale held and without its bias."""
    e, inner = mixed.shape[3], norm.norm
    centering = torch.eye(e, dtype=mixed.dtype, device=mixed.device)
    if isinstance(inner, nn.LayerNorm):
        centering = centering - 1 / e
    centered = mixed @ centering
    scale = (centered.square().mean(-1, keepdim=True) + (inner.eps or 0.0)).rsqrt().unsqueeze(-1)
    return scale * centering * inner.weight


def _share_beside(mixed: Float[Tensor, "b h n e"], operator: Operator | None) -> float:
    """Of an operator that is shown."""
    if operator is None or not operator.exact:
        return 0.0
    return float(operator.beside.norm() / mixed.detach().norm().clamp_min(torch.finfo(mixed.dtype).tiny))
