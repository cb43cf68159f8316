import torch

from regard.core.settings import ModelSettings
from regard.core.shapes import BottleneckOutput, Shape, TokenInput
from regard.core.spec import Spec
from regard.data.samples import Samples
from regard.measures.flops import count_flops
from regard.models import build
from regard.models.readout import AttentionPool, BottleneckReadout


def test_only_the_last_vector_is_read():
    readout = BottleneckReadout(8, 5, 6)
    x = torch.randn(2, 6, 8, requires_grad=True)
    logits = readout(x, None)
    assert logits.shape == (2, 6, 5)
    logits.sum().backward()
    assert (x.grad[:, :-1] == 0).all()
    assert (x.grad[:, -1] != 0).any()


def test_the_last_vector_is_the_last_that_is_not_padding():
    readout = BottleneckReadout(8, 5, 6)
    x = torch.randn(2, 6, 8)
    keys = torch.tensor([[True] * 4 + [False] * 2, [True] * 6])
    torch.testing.assert_close(readout(x, keys)[0, :4], readout(x[:1, :4], None)[0])


def test_places_are_told_apart():
    logits = BottleneckReadout(8, 5, 6)(torch.randn(1, 6, 8), None)[0]
    assert torch.cdist(logits, logits).fill_diagonal_(1).min() > 1e-3


def test_its_operations_can_be_counted():
    shape = Shape(TokenInput(5, 6, causal=True), BottleneckOutput(4, 6))
    model = build(shape, [Spec("softmax")], ModelSettings(layers=1, features=8, heads=2, hidden=8), seed=0)
    tokens = torch.zeros(3, 6, dtype=torch.int64)
    assert count_flops(model.eval(), Samples(tokens, tokens)).model > 0


def test_a_model_compresses_where_the_shape_says_so():
    shape = Shape(TokenInput(5, 6, causal=True), BottleneckOutput(4, 6))
    model = build(shape, [Spec("softmax")], ModelSettings(layers=1, features=8, heads=2, hidden=8), seed=0)
    assert model(torch.zeros(3, 6, dtype=torch.int64)).shape == (3, 6, 4)


def by_loops(pool, x, keys):
    """One example and head after the other."""
    vectors = []
    for example, real in zip(x, keys, strict=True):
        read = example[real]
        shares, values = pool.scores(read).softmax(0), pool.values(read).chunk(pool.heads, 1)
        vectors.append(torch.cat([shares[:, h] @ values[h] for h in range(pool.heads)]))
    return torch.stack(vectors)


def test_attention_pools_the_positions_that_are_no_padding():
    pool, x = AttentionPool(8, 2), torch.randn(2, 6, 8)
    keys = torch.tensor([[True, False, True, True, False, False], [True] * 6])

    torch.testing.assert_close(pool(x, keys), by_loops(pool, x, keys))
    torch.testing.assert_close(pool(x, None), by_loops(pool, x, keys | True))


def test_attention_over_padding_alone_gives_0_with_finite_gradients():
    pool, x = AttentionPool(8, 2), torch.randn(2, 6, 8, requires_grad=True)

    pooled = pool(x, torch.zeros(2, 6, dtype=torch.bool))
    pooled.sum().backward()

    assert (pooled == 0).all()
    assert (x.grad == 0).all()
