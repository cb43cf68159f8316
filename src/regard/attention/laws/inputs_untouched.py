"""No writing in place into what the caller holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, final

import torch
from torch import Tensor

from regard.attention.checking.examples import tensors_of
from regard.attention.checking.inputs import between, draw_in, first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.regimes import PRECISIONS_AND_MODES, Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.operators import tensors_in
from regard.attention.streams import Streams
from regard.laws import Case
from regard.laws.figures import broken_if
from regard.laws.trying import trying

N = 20

Use = tuple[Callable[[], Any], Sequence[Tensor]]
"""A use, and all tensors that it is given."""


@final
class InputsUntouched(MechanismLaw):
    """Streams, masks, biases and states are the same after a use as before; so is what an earlier use gave.

    In every precision and mode: what decodes without gradient can write where training could not.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for regime in (replace(each, n=N) for each in (Regime(), *PRECISIONS_AND_MODES)):
            mechanism = subject.build(subject.size_of(regime), dtype=regime.dtype)
            inputs, others = (draw_in(mechanism, regime, seed=seed) for seed in (0, 1))
            for name, mask in declared_masks(mechanism, n=N).items():
                where = f"{regime.name}, {name}"
                with trying(where), regime.entered(mechanism):
                    uses, later = _uses(mechanism, inputs, mask), _uses(mechanism, others, mask)
                    for entry, use in uses.items():
                        for what, figure in _written(use, later[entry]):
                            yield f"{what} by {entry}, {where}", figure


def _uses(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Use]:
    """By name: the ways in which it is used under a mask."""
    given = [*inputs, *tensors_of(mask)]
    uses: dict[str, Use] = {"a call": (lambda: mechanism(inputs, mask), given)}
    if mechanism.traits.weights:
        uses["weights"] = (lambda: mechanism.weights(inputs, mask), given)
    if mechanism.traits.streaming and mask.causal and not mask.start:
        cut = N // 2
        begun = mechanism.initial_state(len(given[0]))
        _, state = mechanism.extend(first(inputs, cut), mask.rows(0, cut), begun)
        new = between(inputs, cut, N)
        uses["going on"] = (
            lambda: mechanism.extend(new, mask.rows(cut, N), state),
            [*given, *tensors_in(state)],
        )
    return uses


def _written(use: Use, later: Use) -> Iterator[Case]:
    """Whether a use writes into what it is given, and a later one into what it gave."""
    (call, given), (call_later, _) = use, later
    before = _copied(given)
    made = tensors_in(call())
    yield "what is given is changed", broken_if(not _same(given, before))
    after = _copied(made)
    call_later()
    yield "what was given back before is changed", broken_if(not _same(made, after))


def _copied(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [each.detach().clone() for each in tensors]


def _same(tensors: Sequence[Tensor], copies: Sequence[Tensor]) -> bool:
    return all(torch.equal(*pair) for pair in zip(tensors, copies, strict=True))
