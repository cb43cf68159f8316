"""Options that change nothing in a mechanism are refused by a layer, and told of by a model."""

import warnings

import pytest
import torch

from regard import Attention, Bias, Mask, Spec
from regard.attention import Cost, Mechanism, Streams, Traits
from regard.core.errors import InvalidOption, RegardWarning, UnsupportedMask
from regard.core.settings import ModelSettings
from regard.models.block import Place, attention_of
from regard.models.fitting import without_idle


class OfGatesAlone(Mechanism):
    """Reads neither queries nor keys nor values."""

    traits = Traits(source="this test", time="n", memory="n", weights=False)

    def streams(self):
        return Streams(gate=self.size.e)

    def forward(self, streams, mask):
        return streams.gate

    def cost(self, n, m, mask=Mask()):
        return Cost(matmul_flops=0, state_numbers=0)


@pytest.mark.parametrize(
    ("mechanism", "option", "reads"),
    [
        ("uniform", {"positions": "rotary"}, "turns q and k, and uniform reads v"),
        ("identity", {"positions": "rotary_half"}, "turns q and k, and identity reads v"),
        ("fourier", {"qk_norm": "rms"}, "normalizes q and k, and fourier reads v"),
        ("uniform", {"absent": "q"}, "removes projections, and uniform reads v"),
        (OfGatesAlone, {"convolution": 3}, "passes over q, k and v, and OfGatesAlone reads gate"),
        (OfGatesAlone, {"key_heads": 1}, "counts heads of k and v, and OfGatesAlone reads gate"),
    ],
    ids=str,
)
def test_an_option_that_changes_nothing_is_refused_with_the_reason(mechanism, option, reads):
    with pytest.raises(InvalidOption) as refusal:
        Attention(16, 4, mechanism=mechanism, **option)

    ((name, value),) = option.items()
    assert f"{name}={value} changes nothing in " in str(refusal.value)
    assert reads in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("mechanism", ["linear", "delta", "uniform", "identity", "fourier"])
def test_a_scale_that_is_not_read_is_refused(mechanism):
    with pytest.raises(InvalidOption, match=f"scale=2.0 changes nothing in {mechanism}"):
        Attention(16, 4, mechanism=mechanism, scale=2.0)


@pytest.mark.parametrize("mechanism", ["softmax", "local", "performer", "nystrom", "linformer", "gated"])
def test_a_scale_that_is_read_is_taken_and_disturbs_no_random_number(mechanism):
    torch.manual_seed(0)
    weights = Attention(16, 4, mechanism=mechanism, scale=2.0).output.weight
    torch.manual_seed(0)

    assert torch.equal(Attention(16, 4, mechanism=mechanism).output.weight, weights)


@pytest.mark.parametrize("mechanism", ["linear", "delta", "performer", "uniform", "nystrom", "linformer"])
def test_alibi_is_refused_at_once_where_no_scores_take_it(mechanism):
    with pytest.raises(UnsupportedMask, match=f"{mechanism} does not support the mask's part 'slopes'"):
        Attention(16, 4, mechanism=mechanism, positions="alibi")


@pytest.mark.parametrize("way", ["forward", "extend"])
def test_slopes_of_a_caller_are_not_replaced_by_those_of_alibi(way):
    attention, x = Attention(16, 4, positions="alibi"), torch.randn(2, 5, 16)
    mask = Mask(causal=True, bias=Bias(slopes=torch.ones(4)))

    with pytest.raises(InvalidOption, match="slopes of its own, and positions=alibi gives others"):
        if way == "forward":
            attention(x, mask=mask)
        else:
            attention.extend(x, mask, attention.initial_state(2))


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 1.5])
def test_dropout_is_a_share(dropout):
    with pytest.raises(InvalidOption, match="dropout must be a share from 0 to below 1"):
        Attention(16, 4, dropout=dropout)


@pytest.mark.parametrize("part", ["segments", "start"])
def test_taps_do_not_reach_into_another_document_or_before_a_start(part):
    attention, x = Attention(16, 4, convolution=3), torch.randn(2, 6, 16)
    given = {"segments": torch.tensor([[0, 0, 0, 1, 1, 1]]).expand(2, 6), "start": 2}

    with pytest.raises(UnsupportedMask, match=f"the convolution does not support the mask's part '{part}'"):
        attention(x[:, :4], x, Mask(causal=True, **{part: given[part]})) if part == "start" else attention(
            x, mask=Mask(causal=True, segments=given[part])
        )


SETTINGS = ModelSettings(layers=1, features=16, heads=4, hidden=16, positions="rotary", qk_norm="rms")


def test_a_model_is_built_without_what_changes_nothing_and_says_so():
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        attention = attention_of(SETTINGS, Spec("uniform"), Place(9, None, 0))

    assert [str(each.message) for each in given] == [
        "model.positions=rotary changes nothing in uniform: it turns q and k, and uniform reads v.",
        "model.qk_norm=rms changes nothing in uniform: it normalizes q and k, and uniform reads v.",
    ]
    assert attention.rotary is None and not attention.norms


def test_letters_of_absent_projections_are_kept_where_they_act():
    mechanism = Attention(16, 4, mechanism="uniform").mechanism

    with pytest.warns(RegardWarning, match="absent=qvo changes nothing"):
        assert without_idle(mechanism, {"absent": "qvo"}) == {"absent": "vo"}


@pytest.mark.parametrize("name", ["linear", "delta", "performer"])
@pytest.mark.parametrize("positions", ["rotary", "rotary_half"])
def test_a_mechanism_that_does_not_keep_rotary_positions_relative_is_told_of(name, positions):
    with pytest.warns(RegardWarning, match=f"{name} does not keep {positions} positions relative"):
        Attention(16, 4, mechanism=name, positions=positions)


@pytest.mark.parametrize("name", ["softmax", "entmax", "local", "nystrom", "linformer", "gated"])
def test_a_mechanism_that_reads_inner_products_gives_no_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Attention(16, 4, mechanism=name, positions="rotary")


@pytest.mark.parametrize("name", ["linear", "delta", "softmax"])
def test_what_is_said_of_rotary_positions_is_so(name):
    """The same content, a hundred positions later."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegardWarning)
        attention = Attention(16, 4, mechanism=name, positions="rotary", length=200).double().eval()
    x = torch.randn(1, 9, 16, dtype=torch.float64)
    moved = torch.cat([torch.zeros(1, 100, 16, dtype=torch.float64), x], 1)
    keys = (torch.arange(109) >= 100)[None]

    change = (attention(moved, mask=Mask(keys=keys))[:, 100:] - attention(x)).abs().max().item()

    assert (change < 1e-12) == attention.mechanism.traits.rotary
