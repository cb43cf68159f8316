"""Every use in float32, in half precision and under autocast, against float64."""

from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw_in, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks, extremes
from regard.attention.checking.pieces import extended
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.guard import lengths
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import without_autocast
from regard.attention.streams import Streams
from regard.core.randomness import generator_of
from regard.laws import Case
from regard.laws.figures import relative_error
from regard.laws.trying import trying

FINE = 1e-4
"""Relative error that counts as rounding in float32. The catalog stays below 1e-6, but for one gradient of
5e-6; what is computed in half precision inside is off by 3e-4 at least."""

COARSE = 0.03
"""The same in half precision, where most of the catalog stays below 0.01."""

COARSE_GRADIENT = 0.25
"""The same for its gradients: where keys are chosen by their scores, one other choice changes one row of the
output, and may hold a third of a gradient."""

CONDITION = 2.0
"""How many times as much as under shaken inputs the error may be on top. A mechanism that chooses keys by
their scores chooses others where these are rounded, and does so when its inputs are shaken as well: here by
four times the distance between neighboring numbers of float32 or bfloat16, since it rounds at several places.
"""


@final
class Rounding(MechanismLaw):
    """In every precision and under autocast each use gives what it gives in float64, but for rounding.

    Over another sequence gradients and weights are compared under few masks.
    """

    limit = 1.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        for regime in subject.regimes():
            if regime.dtype != torch.float64 and regime.mode in ("eval", "autocast"):
                with trying(regime.name):
                    for where, figure in _errors(subject, regime):
                        yield f"{regime.name}, {where}", figure


def _errors(subject: MechanismSubject, regime: Regime) -> Iterator[Case]:
    narrow = subject.build(subject.size_of(regime), dtype=regime.dtype)
    wide = subject.build(subject.size_of(regime))
    wide.load_state_dict(narrow.state_dict())
    inputs = draw_in(narrow, regime)
    exact = inputs.map(torch.Tensor.double)
    fine = regime.dtype == torch.float32 and regime.mode == "eval"
    shaken = _shaken(exact, 2.0**-21 if fine else 2.0**-5)
    masks = declared_masks(narrow, b=regime.b, n=regime.n, m=regime.m)
    thorough = masks if regime.m is None else extremes(masks)
    for name, mask in masks.items():
        uses_of = _uses if name in thorough else _outputs
        with trying(name):
            expected, near = uses_of(wide, exact, mask), dict[str, Tensor]()
            with regime.entered(narrow):
                found = uses_of(narrow, inputs, mask)
            for use, result in expected.items():
                if bool(result.any()):
                    coarse = COARSE_GRADIENT if use.startswith("gradient") else COARSE
                    error, allowed = relative_error(found[use].double(), result), FINE if fine else coarse
                    if error > allowed:
                        near = near or uses_of(wide, shaken, mask)
                        allowed += CONDITION * relative_error(near[use], result)
                    yield f"{name}, {use}", error / allowed


def _outputs(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """What all queries read, without recording gradients."""
    with torch.no_grad():
        return {"output": mechanism(inputs, mask)}


def _uses(mechanism: Mechanism, inputs: Streams[Tensor], mask: Mask) -> dict[str, Tensor]:
    """By name: all that a mechanism makes of its inputs under a mask."""
    leaves = with_grad(inputs)
    output = mechanism(leaves, mask)
    # a backward pass under autocast would round its own products, so training leaves autocast before it
    with without_autocast(output.device):
        slopes = gradients(output, mechanism, leaves)
    uses = {"output": output, **{f"gradient of {name}": slope for name, slope in slopes.items()}}
    if mechanism.traits.weights:
        uses["weights"] = mechanism.weights(leaves, mask)
    n, m = lengths(mechanism, leaves)
    if mechanism.traits.streaming and mask.causal and not mask.start and n == m:
        uses["pieces"], _ = extended(mechanism, leaves, mask, sorted({0, n // 3, n // 3 + 1, n}))
    return uses


def _shaken(streams: Streams[Tensor], by: float) -> Streams[Tensor]:
    """Every number a little larger or smaller, by up to half of a relative distance."""
    rng = generator_of(0, "conformance", "jitter")
    return streams.map(
        lambda each: each * (1 + by * (torch.rand(each.shape, generator=rng, dtype=each.dtype) - 0.5))
    )
