import pytest
import torch

from regard.core.spec import Spec
from regard.tasks.memorization import Memorization

SMALL = {"samples": 400, "held_out": 100}
VARIANTS = (
    Spec("memorization"),
    Spec.of("memorization", SMALL, keys=30, values=7, length=10, form="masked", data_seed=1),
)
REFUSED = (
    (Spec.of("memorization", keys=1), "keys", "1"),
    (Spec.of("memorization", values=1), "values", "1"),
    (Spec.of("memorization", length=31), "even", "31"),
    (Spec.of("memorization", length=2), "length", "2"),
    (Spec.of("memorization", samples=10**6, length=10_000), "tokens", "Lower"),
    (Spec.of("memorization", keys=4, length=4), "too few", "Raise"),
    (Spec.of("memorization", samples=1), "20 times", "Raise"),
    (Spec.of("memorization", form="diagonal"), "form", "diagonal"),
)


def test_one_dictionary_holds_in_all_splits():
    task = Memorization(**SMALL)
    facts = {}
    for name in ("train", "validation", "test"):
        samples = task.split(name)
        for key, value in zip(
            samples.inputs[:, ::2].flatten(), samples.targets[:, 1::2].flatten(), strict=True
        ):
            assert facts.setdefault(int(key), int(value)) == value
    assert len(facts) == 256


def test_chance_is_the_share_of_the_most_frequent_value():
    task = Memorization(keys=4, values=3, length=24, **SMALL)
    values = torch.cat([task.split("train").targets[:, 1::2].flatten()])
    assert task.chance == pytest.approx(values.bincount().max().item() / len(values), abs=0.03)
