"""What a mechanism does to the process that others share."""

from collections.abc import Callable, Iterator
from typing import Any, final

from regard.attention.checking.gradients import gradients
from regard.attention.checking.inputs import draw, with_grad
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.pieces import cuts, extended
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import broken_if
from regard.laws.surroundings import generators, seeded, settings, surroundings_restored

N = 24
SEEDS = (3, 5)


@final
class Undisturbed(MechanismLaw):
    """Building and mixing seed no generator, draw from torch's alone, and leave torch's settings alone.

    One that seeds a generator, or switches a kernel off, changes the results of all that run after it.
    """

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        yield from _disturbed("building", lambda: subject.part(subject.size(N), **subject.options))
        mechanism = subject.build(subject.size(N))
        uses: dict[str, Callable[[], Any]] = {
            "a call in eval mode": lambda: _use(mechanism.eval()),
            "a call in training": lambda: _use(mechanism.train()),
        }
        for name, use in uses.items():
            yield from _disturbed(name, use)


def _disturbed(name: str, use: Callable[[], Any]) -> Iterator[Case]:
    """What was otherwise after a use than before."""
    left = []
    for seed in SEEDS:
        with surroundings_restored():
            seeded(seed)
            before, generators_before = settings(), generators()
            use()
            after, generators_after = settings(), generators()
        left.append(generators_after)
        for setting, value in before.items():
            yield f"{name} changes torch's {setting}", broken_if(after[setting] != value)
        for generator in ("Python", "numpy"):
            moved = generators_after[generator] != generators_before[generator]
            yield f"{name} draws from the generator of {generator}, or seeds it", broken_if(moved)
    # two seeds from which drawing leads to two states, and seeding to one
    yield f"{name} seeds torch's generator", broken_if(left[0]["torch"] == left[1]["torch"])


def _use(mechanism: Mechanism) -> None:
    """Call it under every mask, forward and backward, ask for its weights, and let it go on."""
    inputs = with_grad(draw(mechanism, n=N))
    for mask in declared_masks(mechanism, n=N).values():
        gradients(mechanism(inputs, mask), mechanism, inputs)
        if mechanism.traits.weights:
            mechanism.weights(inputs, mask)
    if mechanism.traits.streaming:
        extended(mechanism, inputs, Mask(causal=True), cuts(N, N // 3))
    mechanism.cost(N, N, Mask())
