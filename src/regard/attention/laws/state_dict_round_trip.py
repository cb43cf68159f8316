"""Saving and loading: `state_dict` holds everything."""

import copy
from collections.abc import Iterator
from typing import final

import torch

from regard.attention.checking.inputs import draw
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.subject import MechanismSubject
from regard.laws import Case
from regard.laws.figures import change


@final
class StateDictRoundTrip(MechanismLaw):
    """A state_dict loaded into a mechanism of another seed gives the same outputs; so does a deep copy."""

    limit = 0.0

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        mechanism = subject.build()
        inputs = draw(mechanism)
        expected = mechanism(inputs)
        fresh, used, decoded = (subject.build(seed=1) for _ in range(3))
        # what a call leaves behind must not survive the loading
        used(inputs)
        with torch.no_grad():
            decoded(inputs)
            # torch.matmul may add up in another order where no gradient is wanted
            expected_without = mechanism(inputs)
        others = {
            "a fresh one": fresh,
            "one that was used": used,
            "one that was used without gradient": decoded,
        }
        for name, other in others.items():
            strange = mechanism.state_dict().keys() ^ other.state_dict().keys()
            yield f"into {name}, names that differ", float(len(strange))
            if not strange:
                other.load_state_dict(mechanism.state_dict(), strict=True)
                yield f"into {name}", change(other(inputs), expected)
                with torch.no_grad():
                    yield f"into {name}, without gradient", change(other(inputs), expected_without)
        yield "deep copy", change(copy.deepcopy(mechanism)(inputs), expected)
