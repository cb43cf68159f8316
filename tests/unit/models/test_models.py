import pytest
import torch

from regard import ModelSettings, Spec, list_mechanisms
from regard.core.errors import InvalidOption
from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.mechanisms import MECHANISMS
from regard.models import EncoderDecoder, build

IMAGES = Shape(ImageInput(3, 8, 8), ClassOutput(5))
SENTENCES = Shape(TokenInput(11, 12, causal=False), ClassOutput(5))
LANGUAGE = Shape(TokenInput(11, 12, causal=True), TokenOutput(11))
SMALL = ModelSettings(features=16, heads=2, hidden=32, layers=2)


def declaring(trait):
    return [name for name in list_mechanisms() if getattr(MECHANISMS.find(name).traits, trait)]


def small(**changes) -> ModelSettings:
    return ModelSettings(**({"features": 16, "heads": 2, "hidden": 32, "layers": 2} | changes))


def tokens(n: int = 12, b: int = 3) -> torch.Tensor:
    return torch.randint(0, 11, (b, n), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", list_mechanisms())
@pytest.mark.parametrize("pool", ["class", "mean"])
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


@pytest.mark.parametrize("pool", ["class", "mean"])
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


class TestEncoderDecoder:
    def build(self, *names: str, cross: Spec = Spec("softmax")) -> EncoderDecoder:
        torch.manual_seed(0)
        ends = TokenInput(11, 12, causal=False), TokenInput(7, 9, causal=True)
        return EncoderDecoder(*ends, [Spec.of(name) for name in names], SMALL, cross).eval()

    @pytest.mark.parametrize("name", declaring("causal"))
    def test_writes_one_distribution_per_target_position(self, name):
        logits = self.build(name, name)(tokens(), tokens(9) % 7)

        assert logits.shape == (3, 9, 7)

    @pytest.mark.parametrize("cross", declaring("cross"))
    def test_reads_the_source_by_any_mechanism_of_two_sequences(self, cross):
        options = {"rank": 4} if cross == "linformer" else {}
        model = self.build("softmax", "softmax", cross=Spec.of(cross, options))
        source, target = tokens(), tokens(9) % 7

        assert not torch.allclose(model(source, target), model((source + 1) % 11, target))

    def test_does_not_see_the_future_of_the_target(self):
        model, source, target = self.build("softmax", "linear"), tokens(), tokens(9) % 7
        changed = target.clone()
        changed[:, 5:] = (changed[:, 5:] + 1) % 7

        torch.testing.assert_close(model(source, target)[:, :5], model(source, changed)[:, :5])

    def test_does_not_see_padding_of_the_source(self):
        model, target = self.build("softmax", "softmax"), tokens(9) % 7
        short, long = tokens(8), tokens(12)
        long[:, :8] = short
        keys = torch.arange(12).expand(3, 12) < 8

        torch.testing.assert_close(model(long, target, keys), model(short, target))

    def test_decoding_step_by_step_equals_decoding_at_once(self):
        model, source, target = self.build("softmax", "delta"), tokens(), tokens(9) % 7
        memory = model.encode(source)

        steps = [model.decode(target[:, :length], memory)[:, -1] for length in range(1, 10)]

        torch.testing.assert_close(torch.stack(steps, 1), model(source, target))
