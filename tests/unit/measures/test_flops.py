"""Counts of whole models, against products that can be done by hand."""

import pytest
import torch
from torch import nn

from regard.attention import Cost, Mask, Mechanism, Size, Streams
from regard.attention.forms import mechanisms_of
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data import Samples
from regard.measures.flops import count_flops, parameters
from regard.mechanisms.softmax import Softmax
from regard.models import Attention, build

N, C, HIDDEN, LAYERS, VOCABULARY = 12, 16, 32, 2, 7
SETTINGS = ModelSettings(layers=LAYERS, features=C, heads=2, hidden=HIDDEN)
SHAPE = Shape(TokenInput(VOCABULARY, N, causal=False), TokenOutput(VOCABULARY))


def samples(b: int = 3) -> Samples:
    return Samples(torch.zeros(b, N, dtype=torch.int64), torch.zeros(b, N, dtype=torch.int64))


def model(mechanism: str) -> nn.Module:
    return build(SHAPE, (Spec.of(mechanism),), SETTINGS, seed=0)


def shell(projections: int) -> int:
    """Two FLOPs per multiply-add: projections and feed-forward in each layer, then the readout."""
    layer = projections * N * C * C + 2 * N * C * HIDDEN
    return 2 * (LAYERS * layer + N * C * VOCABULARY)


def test_a_model_costs_its_matrix_products_and_its_mechanisms_by_formula():
    own = LAYERS * Softmax(Size(2, C // 2, C // 2, N)).cost(N, N).flops

    found = count_flops(model("softmax"), samples())

    assert found.mechanisms == own
    assert found.model == shell(projections=4) + own


def test_projections_that_a_mechanism_does_not_read_cost_nothing():
    found = count_flops(model("uniform"), samples())

    assert found.model - found.mechanisms == shell(projections=2)


def test_a_mechanism_is_charged_for_its_mask():
    """A causal model is charged for half of the pairs, as its kernel skips the others."""
    causal = Shape(TokenInput(VOCABULARY, N, causal=True), TokenOutput(VOCABULARY))
    network = build(causal, (Spec.of("softmax"),), SETTINGS, seed=0)
    size = Size(2, C // 2, C // 2, N)

    found = count_flops(network, samples())

    assert found.mechanisms == LAYERS * Softmax(size).cost(N, N, Mask(causal=True)).flops
    assert found.mechanisms < count_flops(model("softmax"), samples()).mechanisms


def test_a_stream_of_its_own_costs_its_projection():
    plain, gated = (count_flops(model(name), samples()) for name in ("softmax", "gated"))

    assert gated.model - gated.mechanisms - (plain.model - plain.mechanisms) == LAYERS * 2 * N * C * C


def test_the_size_of_the_batch_changes_nothing():
    assert count_flops(model("linear"), samples(1)) == count_flops(model("linear"), samples(64))


def test_counting_leaves_the_model_as_it_was():
    network = model("softmax")

    assert count_flops(network, samples()) == count_flops(network, samples())
    assert not next(mechanisms_of(network))._forward_hooks


def test_a_failing_model_loses_its_hooks_too():
    network = model("softmax")
    with pytest.raises(InvalidOption):
        count_flops(network, Samples(torch.full((1, N), 99), torch.zeros(1, N, dtype=torch.int64)))

    assert not next(mechanisms_of(network))._forward_hooks


class Declaring(nn.Module):
    """A mechanism's matrix products, counted beside what it declares."""

    def __init__(self, inner: Mechanism) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x, keys=None):
        return self.inner(Streams(q=x, k=x, v=x))


def test_what_the_counter_sees_inside_a_mechanism_is_not_charged_twice():
    size = Size(2, 8, 8, N)
    mechanism = Softmax(size)
    # an unfused path, which the counter does see
    mechanism.forward = lambda streams: (streams.q @ streams.k.mT).softmax(-1) @ streams.v
    mechanism.cost = lambda n, m, mask: Cost(matmul_flops=1000, state_numbers=0)
    x = Samples(torch.zeros(1, 2, N, 8), torch.zeros(1, dtype=torch.int64))

    assert count_flops(Declaring(mechanism), x).model == 1000


def test_parameters_that_are_shared_count_once():
    linear = nn.Linear(3, 3)

    assert parameters([nn.Sequential(linear, linear)]) == 12


def test_a_mechanism_within_another_belongs_to_it():
    attention = Attention(16, 2, mechanism="gated", length=N)

    assert list(mechanisms_of(attention)) == [attention.mechanism]


def test_a_classifier_is_counted_without_its_targets():
    shape = Shape(TokenInput(VOCABULARY, N, causal=False), ClassOutput(5))
    network = build(shape, (Spec.of("softmax"),), SETTINGS, seed=0)

    assert count_flops(network, samples()).model > 0
