import pytest
from torch.testing import assert_close

from regard.attention import Grid, Mask, Size
from regard.attention.capture import Captured
from regard.attention.checking.inputs import draw
from regard.maps.operator import implied_operator, operator_rows
from regard.mechanisms import MECHANISMS

SIZE = Size(heads=2, key_features=8, value_features=5, length=24, grid=Grid(4, 6))

LINEAR = [name for name in MECHANISMS.names() if MECHANISMS.find(name).traits.weights]

BENT = {
    "exclusive": "takes from its output what lies along the own value",
    "differential": "normalizes its output",
    "attention_free": "has weights for every feature",
    "gated": "weighs every feature by itself",
    "fourier": "mixes features",
}


def called(name, *, n=24, size=SIZE, options=None, causal=None):
    mechanism = MECHANISMS.build(name, size, **(options or {})).double().eval()
    causal = mechanism.traits.causal if causal is None else causal
    return Captured(mechanism, draw(mechanism, b=2, n=n), Mask(causal=causal))


@pytest.mark.parametrize("name", LINEAR)
def test_it_is_the_matrix_of_every_mechanism_that_has_one(name):
    call = called(name)

    found = implied_operator(call)

    assert found.residual.max() <= 1e-10
    assert not found.beside.any()
    assert_close(found.matrix, call.weights().to(found.matrix))
    if call.mask.causal:
        assert not found.matrix.triu(1).any()


@pytest.mark.parametrize("name", LINEAR)
def test_rows_are_found_without_the_others(name):
    call, rows = called(name), [23, 0, 3, 8, 9, 10, 17]

    assert_close(operator_rows(call, rows), implied_operator(call).matrix[:, :, rows])


def test_heads_that_share_keys_have_rows_of_their_own():
    call = called("softmax", size=Size(heads=4, key_heads=2, key_features=4, value_features=3, length=24))

    assert call.values.shape[1] == 2
    assert_close(operator_rows(call, [5, 6, 7, 8]), implied_operator(call).matrix[:, :, 5:9])
    assert_close(implied_operator(call).matrix, call.weights())


@pytest.mark.parametrize("name", BENT)
def test_what_is_no_matrix_has_a_residual(name):
    assert not implied_operator(called(name)).exact


def test_learned_entries_are_read_beside_the_values():
    found = implied_operator(called("persistent_memory"))

    assert found.exact
    assert found.beside.norm() > 0.1
    assert (found.nothing > 0).all()


def test_nothing_is_what_a_sink_takes():
    call = called("sink")
    assert_close(implied_operator(call).nothing, 1 - call.weights().sum(-1))
    assert (implied_operator(call).nothing > 0.01).all()
    assert implied_operator(called("softmax")).nothing.abs().max() < 1e-12
