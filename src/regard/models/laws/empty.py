"""No sequences, no positions, nothing to read."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.mask import Mask
from regard.laws import Case
from regard.laws.figures import broken_if, finite
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import FEATURES, LENGTH, LayerSubject, draw
from regard.models.checking.uses import Use, outcome_of


@final
class Empty(LayerLaw):
    """An empty batch, an empty sequence and an empty context give outputs of their shape, with gradients."""

    limit = 0.0

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        traits = subject.traits
        for kind in subject.positions():
            for name, more in subject.convolved().items():
                layer = subject.build(positions=kind, **more)
                for causal in (False, True) if traits.causal else (False,):
                    for b, n in ((0, LENGTH), (2, 0), (0, 0)):
                        use = _forward(layer, draw(b, n), None, _mask(subject, b, n, causal))
                        yield f"b = {b}, n = {n}, {kind}, {name}, causal {causal}", _broken(use, (b, n))
                for n, m in ((5, 0), (0, 5)) if traits.cross else ():
                    use = _forward(layer, draw(n=n), draw(n=m, seed=1), Mask())
                    yield f"n = {n}, m = {m}, {kind}, {name}", _broken(use, (2, n))
                for b, n in ((0, 5), (2, 0)) if traits.streaming else ():
                    yield (
                        f"going on, b = {b}, n = {n}, {kind}, {name}",
                        _broken(_going_on(layer, b, n), (b, n)),
                    )


def _mask(subject: LayerSubject, b: int, n: int, causal: bool) -> Mask:
    keys = torch.ones(b, n, dtype=torch.bool) if subject.traits.padding else None
    return Mask(causal=causal, keys=keys)


def _forward(layer: Attention, x: Tensor, context: Tensor | None, mask: Mask) -> Use:
    def use() -> Tensor:
        mixed = layer(x, context, mask)
        mixed.sum().backward()
        return mixed

    return use


def _going_on(layer: Attention, b: int, n: int) -> Use:
    """Some positions, and those that are asked for behind them."""

    def use() -> Tensor:
        _, state = layer.extend(draw(b, 3), Mask(causal=True), layer.initial_state(b))
        mixed, state = layer.extend(draw(b, n), Mask(causal=True, start=3), state)
        layer.extend(draw(b, 1), Mask(causal=True, start=3 + n), state)
        return mixed

    return use


def _broken(use: Use, sizes: tuple[int, int]) -> float:
    given = outcome_of(use)
    sound = isinstance(given, Tensor) and given.shape == (*sizes, FEATURES) and finite(given)
    return broken_if(not sound)
