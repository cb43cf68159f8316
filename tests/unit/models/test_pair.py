import pytest
import torch

from regard.core.errors import UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, PairInput, Shape
from regard.core.spec import Spec
from regard.models import PairTransformer, build

SHAPE = Shape(PairInput(9, 6), ClassOutput(3))
SMALL = ModelSettings(layers=2, features=16, heads=2, hidden=16, positions="sinusoidal")


def model_of(mechanism="softmax", **settings):
    return build(SHAPE, [Spec(mechanism)], ModelSettings(**(SMALL.__dict__ | settings)), seed=0).eval()


PAIRS = "self_and_cross", "co_attention", "co_attention_alternating"


def tokens(b=3, n=6):
    return torch.randint(9, (b, 2, n), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("pool", ["class", "mean", "attention"])
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("mechanism", ["softmax", "linear", "performer", "uniform"])
def test_pairs_have_logits_and_each_sequence_matters(mechanism, pair, pool):
    model, pairs = model_of(mechanism, pool=pool, pair=pair), tokens()
    assert isinstance(model, PairTransformer)
    logits = model(pairs)
    assert logits.shape == (3, 3)
    for side in (0, 1):
        changed = pairs.clone()
        changed[:, side, 2] = (changed[:, side, 2] + 1) % 9
        assert ((model(changed) - logits).abs().amax(1) > 1e-6).all()


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("pool", ["class", "mean", "attention"])
def test_padding_changes_nothing(pool, pair):
    model, pairs = model_of(pool=pool, pair=pair), tokens()
    keys = torch.ones(3, 2, 6, dtype=torch.bool)
    keys[:, 0, 4:] = keys[:, 1, 5:] = False
    noisy = torch.where(keys, pairs, 8 - pairs)
    torch.testing.assert_close(model(noisy, keys), model(pairs, keys))
    assert not torch.allclose(model(pairs, keys), model(pairs))


@pytest.mark.parametrize("pair", PAIRS)
def test_one_sequence_reads_the_other(pair):
    """Not only at the readout: with it cut to the first sequence's part, the second one still matters."""
    model, pairs = model_of(pair=pair), tokens()
    with torch.no_grad():
        model.logits.weight[:, 16:] = 0
    changed = pairs.clone()
    changed[:, 1] = changed[:, 1].flip(1)
    assert not torch.allclose(model(changed), model(pairs))


def both(model, pairs):
    """The vectors of both sequences before the first layer."""
    return model.positions(model.embed(pairs[:, 0])), model.positions(model.embed(pairs[:, 1]))


def read(block, x, other):
    """Co-attention spelled out: x reads the other, and each position is then fed forward."""
    x = x + block.attention(block.norm_attention(x), block.norm_attention(other))
    return x + block.feedforward(block.norm_feedforward(x))


@pytest.mark.parametrize("pair", PAIRS[1:])
def test_co_attention_reads_the_other_at_once_or_by_turns(pair):
    model, pairs = model_of(pool="mean", pair=pair), tokens()
    first, second = both(model, pairs)
    for block in model.blocks:
        before, first = first, read(block, first, second)
        second = read(block, second, before if pair == "co_attention" else first)
    pooled = torch.cat([model.norm(x).mean(1) for x in (first, second)], 1)

    torch.testing.assert_close(model(pairs), model.logits(pooled))


def test_in_parallel_neither_sequence_comes_first():
    model, pairs = model_of(pool="mean", pair="co_attention"), tokens()
    with torch.no_grad():
        model.logits.weight[:, 16:] = model.logits.weight[:, :16]

    torch.testing.assert_close(model(pairs.flip(1)), model(pairs))


@pytest.mark.parametrize("pair", PAIRS)
def test_examples_do_not_mix(pair):
    model, pairs = model_of(pair=pair), tokens()
    torch.testing.assert_close(torch.cat([model(pairs[i : i + 1]) for i in range(3)]), model(pairs))


@pytest.mark.parametrize("pair", PAIRS)
def test_a_mechanism_that_reads_no_other_sequence_is_refused(pair):
    with pytest.raises(UnsupportedUse):
        model_of("delta", pair=pair)(tokens())
