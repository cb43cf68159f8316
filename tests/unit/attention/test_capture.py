import pytest
import torch

from regard.attention.capture import capture
from regard.attention.forms import mechanisms_of
from regard.attention.mask import Mask
from regard.core.errors import InvalidOption
from regard.models import Attention


def called(attention, x, **given):
    with capture([attention.mechanism]) as calls:
        attention(x, **given)
    return calls


def test_a_call_is_captured_with_its_map_and_its_mask():
    attention = Attention(8, 2, mechanism="softmax")
    x = torch.randn(3, 5, 8)
    (call,) = called(attention, x, mask=Mask(causal=True))

    mixed = call.weights() @ call.values
    torch.testing.assert_close(
        attention.output(mixed.transpose(1, 2).flatten(2)), attention(x, mask=Mask(causal=True))
    )
    assert call.mask.causal
    assert call.mechanism is attention.mechanism


def test_gradients_flow_through_what_is_captured():
    attention = Attention(8, 2, mechanism="softmax")
    (call,) = called(attention, torch.randn(3, 5, 8))
    (call.weights() ** 2).sum().backward()

    assert attention.projections.q.weight.grad.abs().sum() > 0


def test_nothing_is_captured_afterwards():
    attention = Attention(8, 2, mechanism="softmax")
    calls = called(attention, torch.randn(3, 5, 8))
    attention(torch.randn(3, 5, 8))

    assert len(calls) == 1
    assert not attention.mechanism._forward_hooks


def test_the_hooks_go_when_the_pass_fails():
    attention = Attention(8, 2, mechanism="softmax")
    with pytest.raises(InvalidOption, match="8"):
        called(attention, torch.randn(3, 5, 9))

    assert not attention.mechanism._forward_hooks


def test_the_mechanisms_of_a_model_are_found_in_order():
    model = torch.nn.Sequential(Attention(8, 2, mechanism="softmax"), Attention(8, 2, mechanism="linear"))

    assert [each.name for each in mechanisms_of(model)] == ["softmax", "linear"]
