import pytest
import torch

from regard.core.shapes import TokenInput
from regard.core.spec import Spec
from regard.tasks.modular_arithmetic import ModularArithmetic

VARIANTS = (
    Spec("modular_arithmetic"),
    Spec.of("modular_arithmetic", form="masked", data_seed=2),
    Spec.of("modular_arithmetic", operation="subtraction", modulus=31, share=0.5),
)

REFUSED = (
    (Spec.of("modular_arithmetic", modulus=1), "modulus", "7 and 1,000", "1"),
    (Spec.of("modular_arithmetic", modulus=10**9), "modulus", "1,000,000,000"),
    (Spec.of("modular_arithmetic", share=0.95), "share", "0.95", "0.8"),
    (Spec.of("modular_arithmetic", share=0.0), "share", "0.0"),
    (Spec.of("modular_arithmetic", operation="division"), "operation", "division"),
    (Spec.of("modular_arithmetic", form="diagonal"), "form", "diagonal"),
)

NAMES = ("train", "validation", "test")


@pytest.mark.parametrize("operation", ["addition", "subtraction"])
def test_all_pairs_are_there_once_with_their_residue(operation):
    task = ModularArithmetic(modulus=13, operation=operation)
    seen = set()
    for name in NAMES:
        samples = task.split(name)
        for (a, b, equals), target in zip(samples.inputs.tolist(), samples.targets.tolist(), strict=True):
            assert equals == 13
            assert target == [-100, -100, (a + b if operation == "addition" else a - b) % 13]
            seen.add((a, b))
    assert len(seen) == 169 == sum(len(task.split(name)) for name in NAMES)


def test_thirty_percent_of_the_pairs_train():
    sizes = [len(ModularArithmetic().split(name)) for name in NAMES]
    assert sizes[0] == pytest.approx(0.3 * 113**2, abs=2)
    assert sizes[1] == pytest.approx(0.1 * 113**2, abs=2)


def test_a_sum_lies_in_one_split_with_the_sum_turned_around_but_a_difference_does_not():
    for operation, together in (("addition", True), ("subtraction", False)):
        task = ModularArithmetic(modulus=31, operation=operation)
        train = {tuple(pair) for pair in task.split("train").inputs[:, :2].tolist()}
        assert all((b, a) in train for a, b in train) is together


def test_the_masked_form_asks_behind_the_equals_sign():
    task = ModularArithmetic(modulus=13, form="masked")
    samples = task.split("test")
    assert task.shape.input == TokenInput(15, 4, causal=False)
    assert torch.equal(samples.inputs[:, 3], torch.full((len(samples),), 14))


def test_a_sample_shows_as_an_equation():
    task = ModularArithmetic(modulus=13, operation="subtraction")
    samples = task.split("train")
    a, b = samples.inputs[0, :2].tolist()
    assert task.show(samples, 0) == f"{a} - {b} = {(a - b) % 13} (mod 13)"
