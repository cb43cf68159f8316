import pytest
import torch
from torch.testing import assert_close

from regard import ModelSettings, Spec, list_mechanisms
from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.models import build

IMAGES = Shape(ImageInput(3, 8, 8), ClassOutput(5))
SENTENCES = Shape(TokenInput(11, 12, causal=False), ClassOutput(5))
LANGUAGE = Shape(TokenInput(11, 12, causal=True), TokenOutput(11))
SMALL = ModelSettings(features=16, heads=2, hidden=32, layers=2)


def small(**changes) -> ModelSettings:
    return ModelSettings(**({"features": 16, "heads": 2, "hidden": 32, "layers": 2} | changes))


def tokens(n: int = 12, b: int = 3) -> torch.Tensor:
    return torch.randint(0, 11, (b, n), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", list_mechanisms())
@pytest.mark.parametrize("pool", ["class", "mean", "attention"])
def test_every_mechanism_classifies_images(name, pool):
    model = build(IMAGES, [Spec.of(name)], small(pool=pool), seed=0)

    assert model(torch.randn(2, 3, 8, 8)).shape == (2, 5)


@pytest.mark.parametrize("positions", ["learned", "sinusoidal", "rotary", "alibi", "none"])
def test_a_causal_model_does_not_see_the_future(positions):
    model = build(LANGUAGE, [Spec("softmax")], small(positions=positions, convolution=3), seed=0).eval()
    x = tokens()
    changed = x.clone()
    changed[:, 7:] = (changed[:, 7:] + 1) % 11

    torch.testing.assert_close(model(x)[:, :7], model(changed)[:, :7])


@pytest.mark.parametrize("pool", ["class", "mean", "attention"])
def test_padding_changes_nothing(pool):
    model = build(SENTENCES, [Spec("softmax")], small(pool=pool, convolution=3), seed=0).eval()
    short, long = tokens(8), tokens(12)
    long[:, :8] = short
    keys = torch.arange(12).expand(3, 12) < 8

    torch.testing.assert_close(model(long, keys), model(short))


def test_equal_seeds_give_equal_weights_whatever_the_mechanism():
    by_name = [
        dict(build(IMAGES, [Spec.of(name)], SMALL, seed=3).named_parameters())
        for name in ("softmax", "linformer")
    ]
    shared = by_name[0].keys() & by_name[1].keys()

    assert len(shared) == len(by_name[0])
    assert all(torch.equal(by_name[0][key], by_name[1][key]) for key in shared)


def test_another_seed_gives_other_weights():
    one, other = (build(IMAGES, [Spec("linformer")], SMALL, seed=seed) for seed in (0, 1))

    same = [
        key
        for (key, a), b in zip(one.named_parameters(), other.parameters(), strict=True)
        if a.std() > 0 and torch.equal(a, b)
    ]
    assert same == []


def test_layers_do_not_share_their_first_weights():
    model = build(IMAGES, [Spec("linformer")], SMALL, seed=0)

    for a, b in zip(model.blocks[0].parameters(), model.blocks[1].parameters(), strict=True):
        assert a.std() == 0 or not torch.equal(a, b)


def test_building_leaves_the_global_generator_alone():
    before = torch.get_rng_state()

    build(IMAGES, [Spec("performer")], SMALL, seed=0)

    assert torch.equal(before, torch.get_rng_state())


def test_a_hybrid_has_one_mechanism_per_layer():
    model = build(IMAGES, [Spec("softmax"), Spec("linear")], SMALL, seed=0)

    assert [block.attention.mechanism.name for block in model.blocks] == ["softmax", "linear"]


def test_a_mechanism_on_an_image_knows_its_grid():
    grid = build(IMAGES, [Spec("softmax")], SMALL, seed=0).blocks[0].attention.mechanism.size.grid

    assert (grid.height, grid.width, grid.prefix) == (4, 4, 1)


def test_a_patch_that_does_not_fit_is_refused():
    with pytest.raises(InvalidOption, match=r"patch=3 does not divide an image of 8 x 8"):
        build(IMAGES, [Spec("softmax")], small(patch=3), seed=0)


def test_a_class_token_before_a_causal_sequence_is_refused():
    with pytest.raises(InvalidOption, match="pool=mean"):
        build(Shape(TokenInput(11, 12, True), ClassOutput(5)), [Spec("softmax")], SMALL, seed=0)


@pytest.mark.parametrize(
    "options",
    [
        {"projections": "merged"},
        {"absent": "o"},
        {"absent": "qk"},
        {"qk_norm": "rms"},
        {"output_norm": "layer"},
        {"output_gate": True},
        {"key_heads": 1},
    ],
    ids=str,
)
def test_options_of_the_attention_reach_every_layer(options):
    model, plain = (build(LANGUAGE, [Spec("softmax")], small(**more), seed=0) for more in (options, {}))

    assert model(tokens()).shape == (3, 12, 11)
    for block, other in zip(model.blocks, plain.blocks, strict=True):
        assert repr(block.attention) != repr(other.attention)


def test_a_mechanism_knows_its_layer():
    model = build(LANGUAGE, [Spec("softmax")], small(layers=3), seed=0)

    sizes = [block.attention.mechanism.size for block in model.blocks]
    assert [(size.layer, size.layers) for size in sizes] == [(0, 3), (1, 3), (2, 3)]


def test_merging_starts_from_weights_of_the_same_deviation():
    """One matrix of 3c outputs is drawn as three of c are: what merging changes is no scale."""
    one, three = (
        build(LANGUAGE, [Spec("softmax")], small(features=64, projections=kind), seed=0).blocks[0].attention
        for kind in ("merged", "separate")
    )

    assert one.projections.merged.weight.std().item() == pytest.approx(
        three.projections.q.weight.std().item(), rel=0.05
    )


def test_a_gate_starts_small_whatever_the_seed():
    attention = build(LANGUAGE, [Spec("gated")], small(features=64), seed=7).blocks[0].attention

    assert attention.projections.gate.weight.std().item() == pytest.approx(0.02, rel=0.1)
    assert attention.projections.gate.bias is None


@pytest.mark.parametrize("pool", ["class", "mean"])
def test_the_last_block_does_nothing_more_at_positions_that_nothing_reads(pool):
    model = build(IMAGES, [Spec("softmax")], small(pool=pool), seed=0).eval().double()
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    widths = []
    for block in model.blocks:
        block.feedforward.register_forward_hook(lambda _, given, __: widths.append(given[0].shape[1]))
    logits = model(images)
    x = model.embed(images)
    x = model.positions(x if model.class_token is None else model.class_token(x))
    whole = x.shape[1]
    for block in model.blocks:
        x = block(x, Mask())
    assert_close(logits, model.readout(x, None))
    assert widths[:2] == [whole, 1 if pool == "class" else whole]
