"""Splits that share no input."""

import itertools
from collections.abc import Iterator
from typing import final

from regard.data.checking import TaskLaw, TaskSubject
from regard.data.samples import Samples
from regard.laws import Case


@final
class DisjointInputs(TaskLaw):
    """No whole input lies in two splits, nor in a split and in a set beyond training."""

    limit = 0.0

    def measure(self, subject: TaskSubject) -> Iterator[Case]:
        inputs = {name: set(_rows(samples)) for name, samples in subject.sets.items()}
        for first, second in itertools.combinations(inputs, 2):
            shared = len(inputs[first] & inputs[second])
            yield f"{first} and {second} share {shared} inputs", float(shared)


def _rows(samples: Samples) -> Iterator[bytes]:
    """Each input by its bytes, with the edges where there are any."""
    for i in range(len(samples)):
        given = samples[i : i + 1]
        yield b"".join(part.numpy().tobytes() for part in (given.inputs, given.edges) if part is not None)
