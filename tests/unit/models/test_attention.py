import pytest
import torch
from torch import nn

from regard import Attention, Mask, Spec, list_mechanisms
from regard.core.errors import InvalidOption, UnknownName, UnsupportedMask, UnsupportedUse
from regard.mechanisms import MECHANISMS
from regard.models.projections import MergedProjections, SeparateProjections

FEATURES, HEADS = 16, 4


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def shell(**options) -> Attention:
    torch.manual_seed(0)
    return Attention(FEATURES, HEADS, length=32, **options).eval()


def by_torch(attention: Attention) -> nn.MultiheadAttention:
    """Torch's own multi-head attention with the same weights."""
    reference = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True).eval()
    separate = attention.projections
    with torch.no_grad():
        reference.in_proj_weight.copy_(torch.cat([getattr(separate, name).weight for name in "qkv"]))
        reference.in_proj_bias.copy_(torch.cat([getattr(separate, name).bias for name in "qkv"]))
        reference.out_proj.weight.copy_(attention.output.weight)
        reference.out_proj.bias.copy_(attention.output.bias)
    return reference


class TestWithSoftmax:
    def test_it_equals_torchs_multi_head_attention(self):
        attention, x = shell(), draw(2, 9, FEATURES)

        expected = by_torch(attention)(x, x, x)[0]

        torch.testing.assert_close(attention(x), expected)

    def test_cross_attention_equals_torchs(self):
        attention, x, context = shell(), draw(2, 5, FEATURES), draw(2, 9, FEATURES, seed=1)
        keys = torch.arange(9) < torch.tensor([[9], [4]])

        expected = by_torch(attention)(x, context, context, key_padding_mask=~keys)[0]

        torch.testing.assert_close(attention(x, context, Mask(keys=keys)), expected)


@pytest.mark.parametrize("name", list_mechanisms())
class TestWithEveryMechanism:
    def test_a_sequence_goes_in_and_comes_out(self, name):
        assert shell(mechanism=name)(draw(2, 9, FEATURES)).shape == (2, 9, FEATURES)

    def test_every_parameter_gets_a_gradient(self, name):
        attention = shell(mechanism=name)

        attention(draw(2, 9, FEATURES)).square().sum().backward()

        assert [key for key, p in attention.named_parameters() if p.grad is None or not p.grad.any()] in (
            [],
            # softmax does not see an offset that all keys share (nor do its relatives)
            ["projections.k.bias"],
        )

    def test_there_is_no_projection_of_what_is_not_read(self, name):
        projections = shell(mechanism=name).projections
        reads = MECHANISMS.find(name).traits.reads

        assert {key for key in "qkv" if isinstance(getattr(projections, key), nn.Linear)} == reads

    def test_key_heads_can_be_shared(self, name):
        assert shell(mechanism=name, key_heads=2)(draw(2, 9, FEATURES)).shape == (2, 9, FEATURES)


@pytest.mark.parametrize("name", [each for each in list_mechanisms() if MECHANISMS.find(each).traits.causal])
def test_a_convolution_keeps_causality(name):
    attention, x = shell(mechanism=name, convolution=3), draw(2, 9, FEATURES)
    later = x.clone()
    later[:, 5:] *= 8

    before, after = (attention(each, mask=Mask(causal=True))[:, :5] for each in (x, later))

    torch.testing.assert_close(before, after)


def test_merged_projections_equal_separate_ones():
    widths = dict.fromkeys("qkv", FEATURES)
    separate, merged = (
        SeparateProjections(FEATURES, widths, "qkv", True),
        MergedProjections(FEATURES, widths, True),
    )
    merged.copy_from(separate)
    x, context = draw(2, 5, FEATURES), draw(2, 7, FEATURES, seed=1)

    for pair in ((x, x), (x, context)):
        for apart, together in zip(separate(*pair), merged(*pair), strict=True):
            torch.testing.assert_close(apart, together)


def test_merging_makes_one_matrix_of_three():
    names = [name for name, _ in shell(merged=True).named_parameters()]

    assert names == ["projections.qkv.weight", "projections.qkv.bias", "output.weight", "output.bias"]


def test_one_key_head_equals_many_with_equal_weights():
    grouped, full = shell(key_heads=1), shell()
    full.load_state_dict(
        {
            name: value.repeat(HEADS, *[1] * (value.ndim - 1)) if ".k." in name or ".v." in name else value
            for name, value in grouped.state_dict().items()
        }
    )
    x = draw(2, 9, FEATURES)

    torch.testing.assert_close(grouped(x), full(x))


def test_absent_projections_leave_the_input_as_it_is():
    attention, x = shell(projections="v"), draw(2, 9, FEATURES)
    heads = x.view(2, 9, HEADS, -1).transpose(1, 2)
    values = attention.projections.v(x).view(2, 9, HEADS, -1).transpose(1, 2)

    expected = nn.functional.scaled_dot_product_attention(heads, heads, values).transpose(1, 2).flatten(2)

    torch.testing.assert_close(attention(x), expected)


def test_padding_does_not_reach_across_a_convolution():
    attention, x = shell(convolution=5), draw(1, 9, FEATURES)
    keys = torch.arange(9)[None] < 6
    louder = torch.where(keys.unsqueeze(-1), x, torch.nan)

    before, after = (attention(each, mask=Mask(keys=keys))[:, :6] for each in (x, louder))

    torch.testing.assert_close(before, after)


def test_a_centered_convolution_sees_both_neighbors_and_a_causal_one_does_not():
    attention, x = shell(mechanism="identity", convolution=3), draw(1, 9, FEATURES)
    changed = x.clone()
    changed[:, 5] += 1

    moved = {
        causal: (attention(changed, mask=Mask(causal=causal)) - attention(x, mask=Mask(causal=causal)))
        .abs()
        .sum(-1)
        for causal in (False, True)
    }

    assert moved[False].squeeze().nonzero().flatten().tolist() == [4, 5, 6]
    assert moved[True].squeeze().nonzero().flatten().tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key_heads": 3}, "must divide"),
        ({"projections": "qkx"}, "can only be of"),
        ({"projections": "qo", "key_heads": 2}, "grouped heads need"),
        ({"projections": "vo", "merged": True}, "merged projections"),
        ({"positions": "rotry"}, "positions cannot be"),
        ({"mechanism": "softmx"}, "Did you mean 'softmax'"),
        ({"mechanism": Spec.of("softmax", rank=1)}, "no option 'rank'"),
    ],
    ids=str,
)
def test_bad_options_get_one_clear_line(options, message):
    with pytest.raises((InvalidOption, UnknownName), match=message):
        shell(**options)


def test_features_must_split_into_heads():
    with pytest.raises(InvalidOption, match="10 features cannot be split into 4"):
        Attention(10, 4)


def test_alibi_is_refused_by_a_mechanism_without_scores():
    with pytest.raises(UnsupportedMask, match="slopes"):
        shell(mechanism="linear", positions="alibi")(draw(2, 9, FEATURES))


def test_causal_fourier_is_refused():
    with pytest.raises(UnsupportedMask, match="fourier does not support the mask's part 'causal'"):
        shell(mechanism="fourier")(draw(2, 9, FEATURES), mask=Mask(causal=True))


def test_learned_positions_end_at_their_length():
    with pytest.raises(UnsupportedUse, match="end at 32, but the sequence has 33"):
        shell(positions="learned")(draw(1, 33, FEATURES))


def test_dropout_works_in_training_only():
    attention, x = shell(dropout=0.5), draw(2, 9, FEATURES)

    assert torch.equal(attention(x), attention(x))
    assert not torch.equal(attention.train()(x), attention.train()(x))
