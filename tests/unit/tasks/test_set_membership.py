import torch

from regard.core.spec import Spec
from regard.tasks.set_membership import SetMembership

SMALL = {"samples": 1_000, "held_out": 200}
VARIANTS = (
    Spec("set_membership"),
    Spec.of("set_membership", SMALL, elements=32, size=5, sizes=(9,), form="causal", data_seed=1),
)
REFUSED = (
    (Spec.of("set_membership", elements=2), "elements", "2"),
    (Spec.of("set_membership", size=0), "size", "0"),
    (Spec.of("set_membership", size=40), "size", "1 and 32", "40"),
    (Spec.of("set_membership", sizes=(8,)), "sizes", "8"),
    (Spec.of("set_membership", sizes=(60,)), "half", "60"),
    (Spec.of("set_membership", samples=10**6, elements=60_000), "too many", "Lower"),
    (Spec.of("set_membership", size=2), "too few", "Raise"),
    (Spec.of("set_membership", form="diagonal"), "form", "diagonal"),
)


def test_every_second_query_is_in_its_set():
    task = SetMembership(**SMALL)
    for samples in (task.split("train"), task.split("test"), *task.beyond().values()):
        members, query = samples.inputs[:, :-2], samples.inputs[:, -1:]
        assert torch.equal((members == query).any(1).long(), samples.targets)
        assert samples.targets.double().mean() == 0.5
        assert all(len(set(row)) == len(row) for row in members.tolist())


def test_some_elements_are_never_asked_for_in_training_but_stand_in_sets():
    task = SetMembership(**SMALL)
    train = task.split("train").inputs
    unasked = task.beyond()["elements never asked for"].inputs[:, -1]
    assert not set(unasked.tolist()) & set(train[:, -1].tolist())
    assert set(range(64)) == set(train[:, :-2].flatten().tolist())


def test_larger_sets_lie_beyond():
    beyond = SetMembership(**SMALL).beyond()
    assert beyond["sets of 24"].inputs.shape == (200, 26)


def test_the_place_of_a_member_says_nothing():
    task = SetMembership(**SMALL)
    samples = task.split("train")
    places = (samples.inputs[:, :-2] == samples.inputs[:, -1:]).double().mean(0)
    torch.testing.assert_close(places, torch.full((8,), 1 / 16).double(), atol=0.03, rtol=0)


def test_the_set_alone_says_nothing():
    """Elements that are never asked for are as many in sets of either kind."""
    task = SetMembership(held_out=4_000)
    for samples in (task.split("train"), *task.beyond().values()):
        unasked = (samples.inputs[:, :-2] >= task.asked_for).sum(1).double()
        absent, present = (unasked[samples.targets == kind] for kind in (0, 1))
        error = (absent.var() / len(absent) + present.var() / len(present)).sqrt()
        assert (absent.mean() - present.mean()).abs() < 4 * error
