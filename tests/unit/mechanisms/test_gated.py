import pytest
import torch
from row_by_row import SIZE, counted_matmul_flops, drawn, exponential, masks, read_by_row, stepped

from regard.attention import Mask
from regard.attention.fused import fused_attention
from regard.core.errors import UnsupportedUse
from regard.mechanisms.gated import Gated
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "edges", "window", "slopes"


def trained():
    torch.manual_seed(0)
    gated = Gated(SIZE).double()
    for parameter in gated.parameters():
        torch.nn.init.normal_(parameter)
    return gated


def gate_by_element(gated, q):
    """One gate per head and value feature, from the queries of all heads, spelled out."""
    h, e = SIZE.heads, SIZE.value_features
    gates = torch.zeros(*q.shape[:3], e, dtype=torch.float64)
    for b in range(q.shape[0]):
        for i in range(q.shape[2]):
            stream = torch.cat([q[b, head, i] for head in range(h)])
            for out in range(h * e):
                level = gated.gate.weight[out] @ stream + gated.gate.bias[out]
                gates[b, out // e, i, out % e] = 1 / (1 + (-level).exp())
    return gates


class HeadsMixedUp(Gated):
    """Planted: positions and heads flattened in the wrong order."""

    def forward(self, q, k, v, mask):
        levels = self.gate(q.reshape(q.shape[0], q.shape[2], -1)).sigmoid()
        return fused_attention(q, k, v, mask) * levels.unflatten(2, (self.size.heads, -1)).transpose(1, 2)


@pytest.mark.parametrize("m", [6, 8])
@pytest.mark.parametrize("part", ["no mask", *PARTS, "all"])
def test_it_is_softmax_attention_times_a_gate_of_the_query(part, m):
    gated, (q, k, v) = trained(), drawn(6, m)
    mask = masks(*PARTS, n=6, m=m)[part]
    expected = read_by_row(q, k, v, mask, exponential) * gate_by_element(gated, q)

    torch.testing.assert_close(gated(q, k, v, mask), expected)


def test_heads_mixed_up_on_the_way_to_the_gate_are_caught():
    gated, (q, k, v) = trained(), drawn(6)
    planted = HeadsMixedUp(SIZE).double()
    planted.load_state_dict(gated.state_dict())
    expected = read_by_row(q, k, v, Mask(), exponential) * gate_by_element(gated, q)

    assert not torch.allclose(planted(q, k, v), expected)


def test_an_open_gate_is_softmax_attention():
    q, k, v = drawn(9)
    limit = Gated.toward_softmax(SIZE)[-1].double()

    torch.testing.assert_close(limit(q, k, v), Softmax(SIZE)(q, k, v))


def test_every_gate_starts_half_open():
    gated, (q, k, v) = Gated(SIZE).double(), drawn(9)
    share = gated(q, k, v) / Softmax(SIZE)(q, k, v)

    torch.testing.assert_close(share, torch.full_like(share, 0.5), rtol=0, atol=0.1)


def test_one_position_at_a_time_is_causal_attention():
    gated, (q, k, v) = trained(), drawn(9)

    torch.testing.assert_close(stepped(gated, q, k, v), gated(q, k, v, Mask(causal=True)))


def test_it_has_no_weights_and_says_so():
    q, k, _ = drawn(4)
    with pytest.raises(UnsupportedUse, match="gated has no weights"):
        Gated(SIZE).weights(q, k, Mask())


def test_the_formula_counts_the_products_and_parameters():
    gated = Gated(SIZE)
    cost = gated.cost(6, 11)

    assert cost.matmul_flops == counted_matmul_flops(gated, 6, 11)
    assert cost.parameters == sum(p.numel() for p in gated.parameters())
