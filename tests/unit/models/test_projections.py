import pytest
import torch

from regard.attention import Init, Size, Stream, Streams
from regard.attention.streams import declare
from regard.models.projections import (
    MergedProjections,
    Projection,
    SeparateProjections,
    wanted_projections,
)

FEATURES = 16
SIZE = Size(heads=4, key_features=4, value_features=4, length=9, key_heads=2)
DECLARED = declare(
    Streams(
        q=4,
        k=4,
        v=4,
        gate=Stream(4, of="queries", init=Init(std=0.02)),
        decay=Stream(1, init=Init(bias=3.0)),
        index=Stream(5, shared=True),
        kv=Stream(2),
        place=Stream(0, of="queries"),
    )
)
WANTED = wanted_projections(DECLARED, SIZE, "")


def draw(n, seed=0):
    return torch.randn(2, n, FEATURES, generator=torch.Generator().manual_seed(seed))


def test_widths_are_those_of_all_heads_and_what_has_no_features_has_no_projection():
    widths = {name: wanted.width for name, wanted in WANTED.items()}

    assert widths == {"q": 16, "k": 8, "v": 8, "gate": 16, "decay": 4, "index": 5, "kv": 8}


@pytest.mark.parametrize("absent", ["", "q", "kv", "qkvo"])
def test_what_is_absent_is_left_out_letter_by_letter(absent):
    kept = wanted_projections(DECLARED, SIZE, absent)

    assert kept.keys() == WANTED.keys() - set(absent)


@pytest.mark.parametrize("kind", [SeparateProjections, MergedProjections])
def test_each_stream_is_projected_from_its_own_sequence(kind):
    projections = kind(FEATURES, WANTED, True)
    x, context, other = draw(5), draw(7, seed=1), draw(7, seed=2)

    projected, changed = projections(x, context), projections(x, other)

    for name, stream in DECLARED.items():
        if stream.features:
            assert projected[name].shape[1] == (5 if stream.of == "queries" else 7)
            same = torch.equal(projected[name], changed[name])
            assert same == (stream.of == "queries")


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("cross", [False, True])
def test_merged_projections_equal_separate_ones_with_gradients(cross, bias):
    separate, merged = (kind(FEATURES, WANTED, bias) for kind in (SeparateProjections, MergedProjections))
    merged.copy_from(separate)
    x = draw(5).requires_grad_()
    context = draw(7, seed=1).requires_grad_() if cross else x

    apart, together = separate(x, context), merged(x, context)

    assert apart.keys() == together.keys() == WANTED.keys()
    for name in apart:
        torch.testing.assert_close(together[name], apart[name])
    slopes = [
        torch.autograd.grad(sum(each.square().sum() for each in out.values()), [x, context])
        for out in (apart, together)
    ]
    torch.testing.assert_close(*slopes)


def test_what_starts_in_a_way_of_its_own_is_not_merged():
    merged = MergedProjections(FEATURES, WANTED, True)

    assert merged.merged.out_features == 16 + 8 + 8 + 5 + 8
    assert {name for name, _ in merged.others.named_children()} == {"gate", "decay"}


def test_a_projection_starts_as_the_stream_asks():
    torch.manual_seed(0)
    small, torchs = Projection(256, 64, Init(std=0.02)), Projection(256, 64, Init(bias=3.0))

    assert small.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert small.bias is None
    assert torchs.weight.abs().max().item() == pytest.approx(1 / 16, rel=0.01)
    assert torchs.bias.eq(3.0).all()


def test_biases_of_the_shell_are_for_streams_without_a_start_of_their_own():
    projections = SeparateProjections(FEATURES, WANTED, False)

    assert projections.q.bias is None
    assert projections.decay.bias is not None
