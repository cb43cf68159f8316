import pytest
import torch

from regard.core.spec import Spec
from regard.data.pairing import unpaired
from regard.tasks.pairs import Pairs

SMALL = {"samples": 800, "held_out": 200}
VARIANTS = (
    Spec("pairs"),
    Spec.of("pairs", SMALL, order="shuffled", form="joined", data_seed=1),
    Spec.of("pairs", SMALL, order="reversed", form="causal", length=9),
)
REFUSED = (
    (Spec.of("pairs", vocabulary=2), "vocabulary", "2"),
    (Spec.of("pairs", length=1), "length", "1"),
    (Spec.of("pairs", changed=9), "changed", "1 and 8", "9"),
    (Spec.of("pairs", samples=10**6, length=1000), "tokens", "Lower"),
    (Spec.of("pairs", vocabulary=4, length=4), "too few", "Raise"),
    (Spec.of("pairs", order="random"), "order", "random"),
    (Spec.of("pairs", form="diagonal"), "form", "diagonal"),
)


@pytest.mark.parametrize("order", ["same", "reversed", "shuffled"])
def test_every_second_pair_matches_by_one_hidden_relation(order):
    task = Pairs(order=order, **SMALL)
    samples = task.split("train")
    assert abs(samples.targets.double().mean() - 0.5) < 0.01
    partner = {}
    for (first, second), target in zip(unpaired(samples).tolist(), samples.targets.tolist(), strict=True):
        if target and order != "shuffled":
            for a, b in zip(first, second if order == "same" else second[::-1], strict=True):
                assert partner.setdefault(a, b) == b
    assert len(set(partner.values())) == len(partner)


def different(task):
    """First sequences as they should be and second ones as they are, in order, where they do not match."""
    samples = task.split("train")
    first, second = unpaired(samples)[samples.targets == 0].unbind(1)
    expected = task._partners[first]
    return (expected.flip(1) if task.order == "reversed" else expected), second


@pytest.mark.parametrize("order", ["same", "reversed"])
def test_where_order_matters_half_of_what_does_not_match_is_in_a_wrong_order(order):
    expected, second = different(Pairs(order=order, vocabulary=64, length=10, changed=5, **SMALL))
    wrong = (expected != second).sum(1)
    in_order = (expected.sort(1).values == second.sort(1).values).all(1)
    assert set(wrong[in_order].tolist()) == {2}
    assert set(wrong[~in_order].tolist()) == {5}
    assert in_order.double().mean() == pytest.approx(0.5, abs=0.03)


def test_where_order_does_not_matter_the_tokens_differ():
    # of 2 replaced tokens out of 4 one in nine pairs has the same ones, exchanged
    expected, second = different(
        Pairs(order="shuffled", vocabulary=4, length=9, changed=2, samples=2_000, held_out=10)
    )
    counts = [torch.nn.functional.one_hot(rows, 4).sum(1) for rows in (expected, second)]
    apart = (counts[0] - counts[1]).abs().sum(1)
    assert set(apart.tolist()) == {2, 4}


def test_a_row_of_one_token_is_changed_all_the_same():
    task = Pairs(vocabulary=4, length=3, changed=1, samples=2, held_out=2)
    rows = torch.ones(8, 3).long()
    wrong = task._spoiled(rows, torch.Generator().manual_seed(0))
    assert ((wrong != rows).sum(1) == 1).all()


def test_neither_sequence_alone_tells():
    samples = Pairs().split("train")
    for side in (0, 1):
        counts = [unpaired(samples)[samples.targets == t][:, side].flatten().bincount() for t in (0, 1)]
        shares = [count / count.sum() for count in counts]
        torch.testing.assert_close(shares[0], shares[1], atol=0.01, rtol=0)


def test_forms_hold_the_same_pairs():
    pair, joined = (Pairs(form=form, **SMALL).split("test") for form in ("pair", "joined"))
    assert torch.equal(unpaired(joined), pair.inputs)
    assert (joined.inputs[:, 8] == 16).all()
