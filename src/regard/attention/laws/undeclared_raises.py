"""Undeclared uses: refused, never ignored."""

import copy
import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, final

from torch import Tensor
from torch.nn.functional import pad

from regard.attention.checking.inputs import draw, first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import each_part, joined
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.mechanism import Mechanism
from regard.attention.streams import Streams
from regard.core.errors import InvalidOption, RegardError, UnsupportedMask, UnsupportedUse
from regard.laws import Case
from regard.laws.figures import broken_if

Use = Callable[[], object]

N = 24
M = 30
"""More keys than queries, so that a start is possible."""

CAUSAL = Mask(causal=True)

SHAPED = ("keys", "edges", "segments", "dense")
"""Parts of a mask that are as long as what they speak of."""


@final
class UndeclaredRaises(MechanismLaw):
    """Every use that is not declared, and every stream that does not fit, raises, through every entry."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build(subject.size(N))
        for name, use in _undeclared_masks(mechanism):
            raised = _error(use)
            named = isinstance(raised, UnsupportedMask) and name.split(" ")[0] in str(raised)
            yield f"undeclared {name} does not raise", broken_if(not named)
        for name, use in _undeclared_uses(subject, mechanism).items():
            yield f"undeclared {name} does not raise", broken_if(not isinstance(_error(use), UnsupportedUse))
        for name, use in _misfits(mechanism).items():
            yield f"{name} does not raise", broken_if(not isinstance(_error(use), InvalidOption))


def _undeclared_masks(mechanism: Mechanism) -> Iterator[tuple[str, Use]]:
    """Each part of a mask that is not declared, through each entry that is."""
    entries = _entries(mechanism, draw(mechanism, n=N))
    masks = each_part(mechanism.size, 2, N, N) | {"start": Mask(start=M - N)}
    for part, mask in masks.items():
        if getattr(mechanism.traits, MASK_PARTS[part].trait):
            continue
        for entry, use in entries.items():
            # going on is what a start is for
            if (part, entry) != ("start", "extend"):
                yield f"{part} in {entry}", functools.partial(use, mask)


def _entries(mechanism: Mechanism, inputs: Streams[Tensor]) -> dict[str, Callable[[Mask], Any]]:
    """The ways in which a mechanism is used under a mask, by name."""
    entries = {
        "a call": lambda mask: mechanism(inputs, mask),
        "forward": lambda mask: mechanism.forward(inputs, mask),
    }
    if mechanism.traits.weights:
        entries["weights"] = lambda mask: mechanism.weights(inputs, mask)
    if mechanism.traits.streaming:
        state = mechanism.initial_state(2)
        entries["extend"] = lambda mask: mechanism.extend(inputs, joined(CAUSAL, mask), state)
    return entries


def _undeclared_uses(subject: MechanismSubject, mechanism: Mechanism) -> dict[str, Use]:
    """Uses other than masks that this mechanism does not declare, by name."""
    size, traits, inputs = mechanism.size, mechanism.traits, draw(mechanism, n=N)
    mixed = traits.cross or len({stream.of for stream in mechanism.declared}) < 2
    uses: dict[str, tuple[bool, Use]] = {
        "cross, fewer queries": (mixed, lambda: mechanism(draw(mechanism, n=N, m=M))),
        "cross, fewer keys": (mixed, lambda: mechanism(draw(mechanism, n=M, m=N))),
        "length": (not traits.fixed_length, lambda: mechanism(draw(mechanism, n=size.length + 1))),
        "initial state": (traits.streaming, lambda: mechanism.initial_state(2)),
        "extend": (traits.streaming, lambda: mechanism.extend(inputs, CAUSAL, ())),
        "extend without a causal mask": (False, lambda: mechanism.extend(inputs, Mask(), ())),
        "weights": (traits.weights, lambda: mechanism.weights(inputs, Mask())),
        "lack of a grid": (not traits.needs_grid, lambda: subject.build(replace(size, grid=None))),
        "tie": (False, lambda: subject.part.toward("nobody", size)),
    }
    return {name: use for name, (declared, use) in uses.items() if not declared}


def _misfits(mechanism: Mechanism) -> dict[str, Use]:
    """Streams and masks of a wrong shape, and a form that there is not, by name."""
    inputs = draw(mechanism, n=N)
    formless = copy.deepcopy(mechanism)
    formless.forced_form = "there is no such form"
    uses: dict[str, Use] = {"a form that there is not": lambda: formless(inputs)}
    for name, stream in inputs.items():
        rest = Streams(**{other: each for other, each in inputs.items() if other != name})
        wider = pad(stream, (0, 1))
        for case, given in {
            "missing": rest,
            "of other features": inputs.replace(**{name: wider}),
            "of other heads": inputs.replace(**{name: stream.repeat(1, 3, 1, 1)}),
            "without heads": inputs.replace(**{name: stream[:, 0]}),
        }.items():
            uses[f"{name} {case}"] = functools.partial(mechanism, given)
    for part, mask in each_part(mechanism.size, 2, N, N).items():
        if getattr(mechanism.traits, MASK_PARTS[part].trait) and part in SHAPED:
            uses[f"{part} of another length"] = functools.partial(mechanism, first(inputs, N - 1), mask)
    return uses


def _error(use: Use) -> RegardError | None:
    """The error of a use that is refused; any other error is the mechanism's own and goes on."""
    try:
        use()
    except RegardError as error:
        return error
    return None
