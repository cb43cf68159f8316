import copy
import math
from functools import partial

import pytest
import torch

from regard import Attention
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.models.positions import TURNING, Alibi, Rotary, Sinusoidal, added_positions

X = torch.randn(2, 9, 16, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary", "rotary_half", "alibi"])
def test_every_kind_tells_positions_apart(positions):
    torch.manual_seed(0)
    attention = Attention(16, 4, positions=positions, length=16).eval()
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))

    assert (attention(X[:, order]) - attention(X)[:, order]).abs().max() > 1e-3


def test_without_positions_softmax_cannot_tell_them_apart():
    attention = Attention(16, 4, positions="none").eval()
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))

    torch.testing.assert_close(attention(X[:, order]), attention(X)[:, order])


def test_rotary_scores_depend_on_the_distance_alone():
    rotary, (q, k) = Rotary(8, 16), torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(0))
    scores = rotary(q.expand(-1, -1, 12, -1)) @ rotary(k.expand(-1, -1, 12, -1)).mT

    for distance in range(-11, 12):
        diagonal = scores[0, 0].diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))


def test_rotary_keeps_lengths():
    q = torch.randn(1, 2, 9, 8)

    torch.testing.assert_close(Rotary(8, 16)(q).norm(dim=-1), q.norm(dim=-1))


def test_rotary_turns_by_the_papers_angles():
    unit = torch.tensor([1.0, 0.0, 1.0, 0.0]).expand(1, 1, 4, 4)

    turned = Rotary(4, 16)(unit)[0, 0, 3]

    angles = [3.0, 3 / 100]
    expected = [f(angle) for angle in angles for f in (math.cos, math.sin)]
    torch.testing.assert_close(turned, torch.tensor(expected))


def test_sinusoidal_positions_follow_the_formula():
    added = Sinusoidal(4)(torch.zeros(1, 3, 4))[0, 2]

    torch.testing.assert_close(
        added, torch.tensor([math.sin(2), math.cos(2), math.sin(2 / 100), math.cos(2 / 100)])
    )


@pytest.mark.parametrize("kind", ["learned", "sinusoidal", "none"])
def test_positions_that_are_added_go_on_where_they_were(kind):
    positions = added_positions(kind, 16, 16)

    torch.testing.assert_close(positions(X[:, 4:], 4), positions(X)[:, 4:])


def test_rotary_goes_on_where_it_was():
    q = torch.randn(1, 2, 9, 8, generator=torch.Generator().manual_seed(0))

    torch.testing.assert_close(Rotary(8, 16)(q[:, :, 4:], 4), Rotary(8, 16)(q)[:, :, 4:])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rotary_turns_behind_its_length_as_within_it(dtype):
    q = torch.randn(1, 2, 9, 8, generator=torch.Generator().manual_seed(0)).to(dtype)

    assert torch.equal(Rotary(8, 5).to(dtype)(q, 3), Rotary(8, 16).to(dtype)(q, 3))


def test_rotary_in_double_precision_turns_as_precisely():
    q = torch.randn(1, 2, 999, 8, dtype=torch.float64)

    # in single precision a length is kept to 1e-7 at best
    torch.testing.assert_close(
        Rotary(8, 999).double()(q).norm(dim=-1), q.norm(dim=-1), rtol=1e-13, atol=1e-13
    )


def test_learned_positions_end_where_their_table_ends():
    with pytest.raises(UnsupportedUse, match="end at 16, but the sequence has 17"):
        added_positions("learned", 16, 16)(X, 8)


@pytest.mark.parametrize("kind", [partial(Rotary, length=16), Sinusoidal])
def test_an_odd_number_of_features_is_refused(kind):
    with pytest.raises(InvalidOption, match="even number"):
        kind(5)


CONVERSIONS = {
    "bfloat16": lambda module: module.bfloat16(),
    "half": lambda module: module.half(),
    "to": lambda module: module.to(torch.bfloat16),
    "copied": lambda module: copy.deepcopy(module.bfloat16()),
    "from meta": lambda module: module.to("meta").to_empty(device="cpu").bfloat16(),
    "there and back": lambda module: module.bfloat16().float(),
}


@pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS)
@pytest.mark.parametrize("module", [lambda: Rotary(8, 512), lambda: Alibi(6)], ids=["rotary", "alibi"])
def test_a_table_is_never_rounded(module, convert):
    assert torch.equal(convert(module()).table, module().table)


@pytest.mark.parametrize("module", [lambda: Rotary(8, 512), lambda: Alibi(6)], ids=["rotary", "alibi"])
def test_a_table_built_where_half_precision_is_the_default_is_in_float32(module):
    torch.set_default_dtype(torch.bfloat16)
    try:
        table = module().table
    finally:
        torch.set_default_dtype(torch.float32)

    assert torch.equal(table, module().table)


def test_a_table_on_the_meta_device_is_made_where_it_is_needed():
    with torch.device("meta"):
        rotary = Rotary(8, 16)
    q = torch.randn(1, 2, 9, 8)

    assert torch.equal(rotary(q), Rotary(8, 16)(q))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("kind", TURNING)
@pytest.mark.parametrize("first", [300, 2000])
def test_neighbors_far_from_the_front_differ_in_half_precision(dtype, kind, first):
    unit = torch.ones(1, 1, 2, 8, dtype=dtype)

    turned = Rotary(8, 4096, kind).to(dtype)(unit, first)

    assert turned.dtype == dtype
    exact = Rotary(8, 4096, kind).double()(unit.double(), first)
    torch.testing.assert_close(turned.double(), exact, rtol=0, atol=2 * torch.finfo(dtype).eps)


def test_sinusoidal_positions_are_rounded_once():
    x = torch.randn(1, 2, 8).bfloat16()

    added = Sinusoidal(8).bfloat16()(x, 300)

    exact = Sinusoidal(8)(x.double(), 300)
    torch.testing.assert_close(added.double(), exact, rtol=2**-8, atol=1e-6)


def test_double_precision_turns_by_angles_of_double_precision():
    turned = Rotary(8, 4).double()(torch.eye(8, dtype=torch.float64)[2].expand(1, 1, 1, 8), 100_000)

    assert turned[0, 0, 0, 2].item() == pytest.approx(math.cos(100_000 * 10_000 ** (-2 / 8)), abs=1e-10)


def rotate_half(x):
    """As the library transformers has it for Llama."""
    first, second = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-second, first), dim=-1)


def by_transformers(q, first=0):
    """`apply_rotary_pos_emb` of the library transformers, written out."""
    d = q.shape[-1]
    frequencies = 1.0 / (10_000 ** (torch.arange(0, d, 2, dtype=torch.float64) / d))
    angles = torch.arange(first, first + q.shape[2], dtype=torch.float64)[:, None] * frequencies
    embedded = torch.cat((angles, angles), dim=-1)
    return q * embedded.cos() + rotate_half(q) * embedded.sin()


def test_turning_by_halves_equals_llamas():
    q = torch.randn(2, 3, 9, 8, dtype=torch.float64)

    torch.testing.assert_close(Rotary(8, 16, "rotary_half").double()(q), by_transformers(q))
    torch.testing.assert_close(Rotary(8, 4, "rotary_half").double()(q, 7), by_transformers(q, 7))


def test_both_layouts_are_equal_up_to_the_order_of_features():
    q = torch.randn(2, 3, 9, 8)
    halves = torch.arange(8).view(2, 4).mT.flatten()

    neighbors = Rotary(8, 16)(q[..., halves])

    torch.testing.assert_close(neighbors, Rotary(8, 16, "rotary_half")(q)[..., halves])
