"""Maps of models of transformers and torch: exact, and without a change of what the models give."""

import pytest
import torch
from foreign_models import CAUSAL, MODELS, bert, gpt2, llama
from torch import nn
from torch.testing import assert_close

from regard.core.errors import UnsupportedUse
from regard.maps.foreign.calls import foreign_calls
from regard.maps.operator import implied_operator, operator_rows

CASES = [(name, how) for name in MODELS for how in ("sdpa", "eager") if (name, how) != ("gpt_oss", "sdpa")]


@torch.no_grad()
def heard(model, given):
    with foreign_calls(model) as calls:
        output = model(**given)[0]
    return calls, output


@pytest.mark.parametrize(("name", "how"), CASES)
def test_a_model_of_transformers_is_seen_exactly_and_gives_what_it_gave(name, how):
    torch.manual_seed(0)
    model, given = MODELS[name]()
    model.eval().set_attn_implementation(how)
    with torch.no_grad():
        plain = model(**given)[0]

    calls, seen = heard(model, given)

    assert torch.equal(seen, plain)
    assert model.config._attn_implementation == how
    assert len(calls) == (6 if name == "t5" else 2)
    for call in calls:
        found = implied_operator(call)
        assert found.residual.max() <= 1e-5
        if name in CAUSAL:
            assert not found.matrix.triu(1).any()
        if name == "gpt_oss":
            # the sinks
            assert (found.nothing > 0.01).all()
        else:
            assert_close(found.nothing, torch.zeros_like(found.nothing), atol=1e-5, rtol=0)
    assert torch.equal(heard(model, given)[1], plain)


def test_fused_and_eager_maps_are_the_same():
    model, given = llama()
    maps = []
    for how in ("sdpa", "eager"):
        model.eval().set_attn_implementation(how)
        maps.append([implied_operator(call).matrix for call in heard(model, given)[0]])

    assert_close(maps[0], maps[1], atol=1e-5, rtol=0)


def test_eager_maps_are_the_weights_that_the_model_gives():
    model, given = gpt2()
    model.eval().set_attn_implementation("eager")
    with torch.no_grad():
        weights = model(**given, output_attentions=True).attentions

    assert_close(
        [implied_operator(call).matrix for call in heard(model, given)[0]], list(weights), atol=1e-6, rtol=0
    )


def test_rows_alone_of_a_model_with_shared_keys():
    model, given = llama()
    calls, _ = heard(model.eval(), given)
    assert_close(operator_rows(calls[0], [3, 11]), implied_operator(calls[0]).matrix[:, :, [3, 11]])


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_in_a_padded_batch_nobody_reads_padding_or_what_is_later(name):
    model, _ = MODELS[name]()
    ids = torch.randint(1, 50, (2, 12), generator=torch.Generator().manual_seed(1))
    real = torch.ones_like(ids)
    real[1, :4] = 0
    given = {"input_ids": ids, "attention_mask": real}
    with torch.no_grad():
        plain = model.eval()(**given)[0]

    calls, seen = heard(model, given)

    assert (seen - plain)[real.bool()].abs().max() <= 5e-4
    for call in calls:
        matrix = implied_operator(call).matrix
        assert not matrix[:, :, 4:].triu(5).any()
        assert not matrix[1, :, 4:, :4].any()


def test_padding_is_read_by_nobody():
    model, given = bert()
    for call in heard(model.eval(), given)[0]:
        assert implied_operator(call).matrix[..., 9:].abs().max() < 1e-6


@pytest.mark.parametrize("weights", [True, False])
def test_torch_s_own_module_is_heard_whether_it_was_asked_for_weights_or_not(weights):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.attend = nn.MultiheadAttention(16, 4, batch_first=True)

        def forward(self, x):
            return self.attend(x, x, x, need_weights=weights, average_attn_weights=False)

    model, x = Model().eval(), torch.randn(1, 7, 16)
    plain, _ = model(x)

    with torch.no_grad(), foreign_calls(model) as calls:
        seen, given = model(x)

    (call,) = calls
    assert call.name == "attend"
    assert_close(seen, plain)
    _, expected = model.attend(x, x, x, average_attn_weights=False)
    assert_close(implied_operator(call).matrix, expected.detach(), atol=1e-6, rtol=0)
    assert (given is not None) == weights
    assert torch.backends.mha.get_fastpath_enabled()


def test_torch_s_encoder_is_heard_layer_by_layer():
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True)
    model = nn.TransformerEncoder(layer, 3).eval()

    with torch.no_grad(), foreign_calls(model) as calls:
        model(torch.randn(1, 5, 16))

    assert [call.name for call in calls] == [f"layers.{i}.self_attn" for i in range(3)]
    assert all(implied_operator(call).exact for call in calls)


def test_a_module_that_cannot_be_heard_is_named():
    class OwnAttention(nn.Module):
        def forward(self, x):
            return (x @ x.mT).softmax(-1) @ x

    model = nn.Sequential(nn.Linear(4, 4), OwnAttention())
    with (
        pytest.raises(UnsupportedUse, match=r"Nothing was heard of 1 \(OwnAttention\)"),
        foreign_calls(model),
    ):
        model(torch.randn(1, 3, 4))
