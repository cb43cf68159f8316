"""The conditions under which laws try a mechanism."""

import pytest
import torch

from regard.attention import Cost, Grid, Mechanism, Traits
from regard.attention.checking.inputs import draw_in
from regard.attention.checking.regimes import DEEP, QUICK, Regime
from regard.attention.laws import MechanismSubject
from regard.core.errors import InvalidOption
from regard.mechanisms.softmax import Softmax


class Even(Mechanism):
    traits = Traits(source="this test", time="n", memory="n")

    def __init__(self, size):
        super().__init__(size)
        self.require(size.d % 2 == 0, f"features must be even, not {size.d}.")

    def forward(self, streams, mask):
        return streams.v

    def cost(self, n, m, mask=None):
        return Cost(matmul_flops=0, state_numbers=0)


class OneHeadCrashes(Even):
    def __init__(self, size):
        super().__init__(size)
        self.share = 1 / (size.h - 1)


def test_a_regime_is_called_by_what_differs_from_the_usual():
    assert Regime().name == ""
    assert Regime(n=129, heads=3, mode="training").name == "n = 129, h = 3, training"
    assert Regime(dtype=torch.bfloat16, scale=0.5).name == "scale = 0.5, torch.bfloat16"


def test_a_mode_lasts_as_long_as_its_context():
    mechanism = MechanismSubject(Softmax).build()

    with Regime(mode="training").entered(mechanism) as entered:
        assert entered is mechanism and mechanism.training and torch.is_grad_enabled()
    with Regime(mode="without gradient").entered(mechanism):
        assert not mechanism.training and not torch.is_grad_enabled()
    with Regime(mode="autocast").entered(mechanism):
        assert torch.is_autocast_enabled("cpu")
    assert torch.is_grad_enabled() and not torch.is_autocast_enabled("cpu")


def test_a_size_has_everything_that_its_regime_says():
    size = MechanismSubject(Softmax).size_of(
        Regime(n=200, heads=5, key_features=7, value_features=3, scale=0.5)
    )

    assert (size.h, size.d, size.e, size.length, size.scale) == (5, 7, 3, 200, 0.5)


def test_a_size_has_its_layer_its_groups_and_its_grid():
    grid = Grid(height=2, width=3)
    regime = Regime(n=6, heads=4, key_heads=2, grid=grid, layer=1, layers=3)
    size = MechanismSubject(Softmax).size_of(regime)

    assert (size.g, size.grid, size.length, size.layer, size.layers) == (2, grid, 6, 1, 3)


def test_other_keys_and_groups_are_tried_only_where_they_are_declared():
    tried, all_tried = (list(MechanismSubject(part).regimes()) for part in (Even, Softmax))

    assert all(regime.m is None and regime.key_heads is None for regime in tried)
    assert any(regime.m for regime in all_tried) and any(regime.key_heads for regime in all_tried)
    # none is tried twice for being the same without them
    assert len(set(tried)) == len(tried)


def test_keys_of_another_sequence_are_as_many_as_a_regime_says():
    inputs = draw_in(MechanismSubject(Softmax).build(), Regime(n=5, m=7))

    assert (inputs.q.shape[2], inputs.k.shape[2], inputs.v.shape[2]) == (5, 7, 7)
    assert (Regime(n=5, m=7).longest, Regime(n=5).keys) == (7, 5)


@pytest.mark.parametrize("mode", ["training", "without gradient", "autocast"])
def test_values_as_wide_as_keys_are_tried_in_every_mode(mode):
    tried = [regime for regime in QUICK.regimes if regime.mode == mode]

    assert any(regime.key_features == regime.value_features for regime in tried)
    assert any(regime.m is not None and regime.n < regime.m for regime in tried)
    assert any(regime.m is not None and regime.n > regime.m for regime in tried)


def test_streams_are_drawn_as_a_regime_says():
    regime = Regime(n=5, b=3, loudness=100.0, dtype=torch.float32)
    mechanism = MechanismSubject(Softmax).build(dtype=torch.float32)
    loud, usual = draw_in(mechanism, regime), draw_in(mechanism, Regime(n=5, b=3, dtype=torch.float32))

    assert loud.q.shape == (3, 2, 5, 8)
    assert torch.equal(loud.q, 100 * usual.q) and torch.equal(loud.v, usual.v)


def test_a_size_that_a_mechanism_refuses_is_not_tried():
    tried = list(MechanismSubject(Even).regimes())

    assert tried and all(regime.key_features % 2 == 0 for regime in tried)
    assert len(tried) < len(QUICK.regimes)


def test_a_crash_in_the_constructor_is_no_refusal():
    with pytest.raises(ZeroDivisionError):
        MechanismSubject(OneHeadCrashes).accepts(Regime(heads=1))
    with pytest.raises(InvalidOption):
        MechanismSubject(Even).build(MechanismSubject(Even).size_of(Regime(key_features=7)))


def test_deep_checks_try_whatever_quick_ones_do():
    for field in (
        "lengths",
        "gradient_lengths",
        "crossings",
        "batches",
        "heads",
        "key_features",
        "value_features",
    ):
        assert set(getattr(QUICK, field)) <= set(getattr(DEEP, field)), field
    assert set(QUICK.regimes) < set(DEEP.regimes)


def test_lengths_lie_on_and_beside_the_multiples_of_usual_chunks():
    assert {63, 64, 65, 127, 128, 129, 256, 257} <= set(DEEP.lengths)
    assert {64, 129} <= set(QUICK.lengths)
