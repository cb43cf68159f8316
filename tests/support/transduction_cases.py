"""The cases that copy, reverse and sort have in common."""

from regard.core.spec import Spec
from regard.tasks import TASKS

SMALL = {"samples": 600, "held_out": 100}


def variants_of(name):
    return (
        Spec(name),
        Spec.of(name, SMALL, form="masked", longest=9, lengths=(12,), data_seed=1),
        Spec.of(name, SMALL, vocabulary=5, shortest=6, longest=8, lengths=()),
    )


def refused_of(name):
    return (
        (Spec.of(name, vocabulary=1), "vocabulary", "1"),
        (Spec.of(name, longest=1), "longest", "2 and 4,096", "1"),
        (Spec.of(name, longest=10**6), "longest", "1,000,000"),
        (Spec.of(name, shortest=0), "shortest", "0"),
        (Spec.of(name, shortest=13), "shortest", "1 and 12", "13"),
        (Spec.of(name, lengths=(12,)), "lengths", "longer", "12"),
        (Spec.of(name, samples=0), "samples", "0"),
        (Spec.of(name, samples=9_000_000, longest=200, lengths=()), "tokens", "Lower"),
        (Spec.of(name, vocabulary=2, longest=6), "too few", "Raise"),
        (Spec.of(name, form="diagonal"), "form", "diagonal"),
    )


def writes(name, rule):
    """Whether every answer is what the rule makes of the question, in all splits and beyond."""
    task = TASKS.build(name, **SMALL)
    for samples in (*(task.split(s) for s in ("train", "validation", "test")), *task.beyond().values()):
        longest = samples.inputs.shape[1] // 2
        for row, targets in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True):
            given = [token for token in row[:longest] if token != task.padding]
            assert row[longest] == task.separator
            answer = [token for token in targets if token >= 0]
            assert answer == [*rule(given), task.end]
    return True
