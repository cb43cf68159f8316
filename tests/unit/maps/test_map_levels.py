import pytest
import torch
from torch import nn
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.maps.contribution import contribution, shares
from regard.maps.influence import influence
from regard.maps.layers import captured_layers
from regard.maps.operator import implied_operator
from regard.maps.relevance import pulls, relevance
from regard.models import Attention

CAUSAL = Mask(causal=True)


def layer(mechanism="softmax", **options):
    torch.manual_seed(0)
    built = Attention(12, 3, mechanism=mechanism, length=10, **options).double().eval()
    for parameter in built.parameters():
        nn.init.normal_(parameter, std=0.5)
    return built


def given(n=10, b=1, seed=1):
    return torch.randn(b, n, 12, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def called(built, x, context=None, mask=Mask()):
    with captured_layers(built) as calls:
        built(x, context, mask)
    return calls[0]


def test_a_layer_is_captured_with_what_it_was_given_and_gave():
    built, x, context = layer(output_gate=True), given(6), given(10, seed=2)

    with captured_layers(nn.Sequential(built)) as calls:
        output = built(x, context=context, mask=Mask())
        built(x, mask=CAUSAL)

    cross, own = calls
    assert (cross.name, own.name) == ("0", "0")
    assert cross.context is context and cross.output is output
    assert own.context is None and own.mask is CAUSAL
    assert cross.mixed.shape == (1, 3, 6, 4)
    assert_close(cross.gate, built.gate(x).sigmoid())
    assert not built._forward_hooks and not built.mechanism._forward_hooks


@pytest.mark.parametrize(
    "options", [{}, {"output_gate": True}, {"absent": "o"}, {"output_norm": "rms", "output_gate": True}]
)
def test_the_ways_of_all_heads_lead_to_the_output(options):
    call = called(layer(**options), given(), mask=CAUSAL)

    added = torch.einsum("bhne,bhnec->bnc", call.mixed, call.ways.expand(-1, -1, 10, -1, -1))

    bias = getattr(call.layer.output, "bias", None)
    assert_close(added if bias is None else added + bias, call.output)


def test_the_way_through_a_layer_norm_leaves_out_its_bias_alone():
    built = layer(output_norm="layer")
    nn.init.zeros_(built.output_norm.norm.bias)
    call = called(built, given())

    added = torch.einsum("bhne,bhnec->bnc", call.mixed, call.ways)

    assert_close(added + built.output.bias, call.output)


@pytest.mark.parametrize("options", [{}, {"output_gate": True}, {"key_heads": 1}, {"output_norm": "layer"}])
def test_a_contribution_is_the_length_of_what_a_value_adds(options):
    call = called(layer(**options), given(), mask=CAUSAL)
    operator = implied_operator(call.call)
    ways, v = call.ways.expand(-1, -1, 10, -1, -1), call.call.values.expand(-1, 3, -1, -1)

    found = contribution(call, operator)

    for h, i, j in torch.cartesian_prod(torch.arange(3), torch.arange(10), torch.arange(10)).tolist():
        added = operator.matrix[0, h, i, j] * v[0, h, j] @ ways[0, h, i]
        assert_close(found[0, h, i, j], added.norm())


def test_shares_of_contributions_sum_to_1_and_of_nothing_to_0():
    of = torch.tensor([[1.0, 3.0], [0.0, 0.0]])
    assert_close(shares(of), torch.tensor([[0.25, 0.75], [0.0, 0.0]]))


def test_relevances_of_a_row_sum_to_what_its_head_adds_to_the_answer():
    built, x = layer("gated_delta"), given()
    with captured_layers(built) as calls:
        answer = (built(x, mask=CAUSAL) ** 2).sum()

    (pull,) = pulls(answer, calls)
    found = relevance(calls[0], implied_operator(calls[0].call), pull)

    assert_close(found.sum(-1), (pull * calls[0].mixed).sum(-1))


def moved_by(call, **options):
    return influence(call.again, call.moved, **options)


@pytest.mark.parametrize("mechanism", ["softmax", "exclusive", "attention_free"])
def test_influence_is_the_norm_of_the_derivative(mechanism):
    built, x = layer(mechanism), given()
    call = called(built, x, mask=CAUSAL)
    slopes = torch.autograd.functional.jacobian(lambda x: built(x, mask=CAUSAL), x)

    found = moved_by(call)

    assert_close(found, slopes[0, :, :, 0].square().sum((1, 3)).sqrt())
    assert not found.triu(1).any()


def test_influence_of_a_second_sequence():
    built, x, context = layer(), given(4), given(10, seed=2)
    slopes = torch.autograd.functional.jacobian(lambda context: built(x, context), context)

    found = moved_by(called(built, x, context))

    assert_close(found, slopes[0, :, :, 0].square().sum((1, 3)).sqrt())


def test_influence_by_random_directions_is_near():
    call, rng = called(layer(), given()), torch.Generator().manual_seed(0)
    exact = moved_by(call)

    errors = [(moved_by(call, probes=8, rng=rng) / exact).square().mean() for _ in range(60)]

    assert torch.stack(errors).mean().item() == pytest.approx(1, abs=0.05)


def test_influence_of_several_examples_at_once_is_refused():
    with pytest.raises(InvalidOption, match="one example at a time, and the layer was given 2"):
        moved_by(called(layer(), given(b=2)))
