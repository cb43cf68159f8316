import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps

from regard.core.errors import InvalidOption
from regard.data.images.augment import Augmentation, color, geometry
from regard.data.images.augment.mixing import cutmix, mixup
from regard.data.images.augment.policy import MAGNITUDE, operations, randaugment, trivialaugment
from regard.data.images.augment.position import crop, flip
from regard.data.samples import Samples

NAMES = ("crop", "flip", "randaugment", "trivialaugment", "mixup", "cutmix")


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def images():
    """Smooth and noisy ones, a dark one, one of two levels and one of one."""
    noise = torch.randint(256, (6, 3, 20, 20), generator=seeded(), dtype=torch.uint8)
    noise[1] = torch.arange(400).view(20, 20) // 2
    noise[2] //= 5
    noise[3] = (noise[3] > 99) * 200
    noise[4] = 77
    return noise


def pillow(image):
    return Image.fromarray(image.permute(1, 2, 0).numpy())


def tensor(image):
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)


def law(images, change, amount, reference, tolerance):
    """Batched, with one amount for all, as Pillow has each image."""
    found = change(images, torch.full((len(images),), float(amount)))
    assert found.dtype == torch.uint8
    expected = torch.stack([tensor(reference(pillow(image))) for image in images])
    assert (found.int() - expected.int()).abs().max() <= tolerance


def by_affine(*rows):
    return lambda image: image.transform(image.size, Image.Transform.AFFINE, rows, Image.Resampling.NEAREST)


class TestAgainstPillow:
    @pytest.mark.parametrize("bits", [1, 2, 4, 7, 8])
    def test_posterize(self, images, bits):
        law(images, color.posterize, bits, lambda image: ImageOps.posterize(image, bits), 0)

    @pytest.mark.parametrize("threshold", [0, 1, 100, 255, 256])
    def test_solarize(self, images, threshold):
        law(images, color.solarize, threshold, lambda image: ImageOps.solarize(image, threshold), 0)

    def test_invert(self, images):
        law(images, color.solarize, 0, ImageOps.invert, 0)

    def test_autocontrast(self, images):
        law(images, color.autocontrast, 0, ImageOps.autocontrast, 1)

    def test_equalize(self, images):
        law(images, color.equalize, 0, ImageOps.equalize, 0)

    @pytest.mark.parametrize("amount", [-1, -0.9, -0.3, 0, 0.5, 0.99])
    @pytest.mark.parametrize(
        "change, reference",
        [
            (color.brightness, ImageEnhance.Brightness),
            (color.color, ImageEnhance.Color),
            (color.contrast, ImageEnhance.Contrast),
            (color.sharpness, ImageEnhance.Sharpness),
        ],
    )
    def test_enhancing(self, images, change, reference, amount):
        law(images, change, amount, lambda image: reference(image).enhance(1 + amount), 1)

    @pytest.mark.parametrize("degrees", [0, 90, -90, 180])
    def test_right_angles(self, images, degrees):
        law(images, geometry.rotate, degrees, lambda image: image.rotate(degrees), 0)

    @pytest.mark.parametrize("degrees", [-135, -30, 9, 45])
    def test_other_angles(self, images, degrees):
        found = geometry.rotate(images, torch.full((len(images),), float(degrees)))
        expected = torch.stack([tensor(pillow(image).rotate(degrees)) for image in images])
        assert (found == expected).float().mean() > 0.98

    @pytest.mark.parametrize("amount", [-0.9, -0.3, 0, 0.3, 0.99])
    def test_shearing(self, images, amount):
        law(images, geometry.shear_x, amount, by_affine(1, amount, 0, 0, 1, 0), 0)
        law(images, geometry.shear_y, amount, by_affine(1, 0, 0, amount, 1, 0), 0)

    @pytest.mark.parametrize("amount", [-32, -7, -2.5, 0, 1, 4.3, 19])
    def test_moving(self, images, amount):
        law(images, geometry.translate_x, amount, by_affine(1, 0, amount, 0, 1, 0), 0)
        law(images, geometry.translate_y, amount, by_affine(1, 0, 0, 0, 1, amount), 0)


class TestEachChange:
    def test_each_image_has_its_own_amount(self, images):
        amounts = torch.linspace(-0.9, 0.9, len(images))
        for name, operation in operations(shear=0.3, move=5, turn=30, enhance=0.9, bits=4).items():
            if not operation.signed:
                continue
            together = operation.change(images, amounts)
            alone = [operation.change(images[i : i + 1], amounts[i : i + 1]) for i in range(len(images))]
            assert torch.equal(together, torch.cat(alone)), name

    def test_magnitude_zero_of_what_has_one_changes_nothing(self, images):
        nothing = torch.zeros(len(images))
        for name, operation in operations(shear=0.3, move=5, turn=30, enhance=0.9, bits=4).items():
            if name not in ("autocontrast", "equalize"):
                amounts = operation.amounts(nothing, nothing.long() + 1)
                assert torch.equal(operation.change(images, amounts), images), name

    @pytest.mark.parametrize("shape", [(1, 1, 28, 28), (3, 1, 5, 5), (1, 3, 1, 1), (2, 3, 2, 3)])
    @pytest.mark.parametrize("change", [crop, flip, randaugment, trivialaugment])
    def test_all_sizes_pass(self, shape, change):
        images = torch.randint(256, shape, generator=seeded(), dtype=torch.uint8)
        for seed in range(30):
            changed = change(images, seeded(seed))
            assert changed.shape == shape
            assert changed.dtype == torch.uint8

    def test_a_flip_mirrors_half_of_the_images(self):
        images = torch.arange(4, dtype=torch.uint8).view(1, 1, 1, 4).repeat(4000, 3, 2, 1)
        flipped = flip(images, seeded())
        mirrored = (flipped == images.flip(3)).flatten(1).all(1)
        assert ((flipped == images).flatten(1).all(1) ^ mirrored).all()
        assert abs(mirrored.float().mean() - 0.5) < 0.03

    def test_a_crop_moves_every_way_equally_often(self):
        images = torch.zeros(20_000, 1, 16, 16, dtype=torch.uint8)
        images[:, :, 8, 8] = 255
        places = crop(images, seeded())[:, 0].flatten(1).argmax(1)
        counts = places.bincount(minlength=256).view(16, 16)[6:11, 6:11]
        assert counts.sum() == 20_000
        assert (counts / 20_000 - 1 / 25).abs().max() < 0.007

    def test_a_crop_brings_in_black_and_moves_all_channels_alike(self):
        images = torch.full((50, 3, 32, 32), 9, dtype=torch.uint8)
        moved = crop(images, seeded())
        assert set(moved.unique().tolist()) == {0, 9}
        assert (moved == moved[:, :1]).all()
        assert (moved[:, 0, 4:-4, 4:-4] == 9).all()


class TestPolicies:
    def test_the_fourteen_changes_are_those_of_the_papers(self):
        assert len(operations(shear=1, move=1, turn=1, enhance=1, bits=1)) == 14

    @pytest.mark.parametrize(
        "name, weakest, strongest",
        [("rotate", 0, 135), ("posterize", 8, 2), ("solarize", 256, 0), ("shear x", 0, 0.99)],
    )
    def test_magnitudes_go_evenly_from_weakest_to_strongest(self, name, weakest, strongest):
        operation = operations(shear=0.99, move=32, turn=135, enhance=0.99, bits=2)[name]
        amounts = operation.amounts(torch.tensor([0.0, 15, 30]), torch.ones(3).long())
        torch.testing.assert_close(
            amounts, torch.tensor([weakest, (weakest + strongest) / 2, strongest]).float()
        )
        backwards = operation.amounts(torch.tensor([30.0]), -torch.ones(1).long())
        assert backwards.item() == pytest.approx(-strongest if operation.signed else strongest)

    def test_one_in_fourteen_images_stays_as_it_is_under_trivialaugment(self):
        # of one level everywhere: these three change nothing, nor does any other at magnitude 0
        images = torch.randint(256, (1, 3, 32, 32), generator=seeded(), dtype=torch.uint8).repeat(
            3000, 1, 1, 1
        )
        same = (trivialaugment(images, seeded()) == images).flatten(1).all(1).float().mean()
        # identity, autocontrast of noise that has all levels, and 11 changes at magnitude 0 of 31
        assert same == pytest.approx(2 / 14 + 11 / 14 / 31, abs=0.03)

    @pytest.mark.parametrize("policy", [randaugment, trivialaugment])
    def test_equal_chance_gives_equal_images(self, policy, images):
        kept = images.clone()
        assert torch.equal(policy(images, seeded(3)), policy(images, seeded(3)))
        assert not torch.equal(policy(images, seeded(3)), policy(images, seeded(4)))
        assert torch.equal(images, kept)


class TestMixing:
    @pytest.fixture
    def samples(self):
        values = torch.tensor([0, 100, 200, 250], dtype=torch.uint8)
        return Samples(values[:, None, None, None].expand(-1, 3, 16, 16), torch.tensor([0, 1, 2, 2]))

    @pytest.mark.parametrize("mix", [mixup, cutmix])
    @pytest.mark.parametrize("seed", range(20))
    def test_targets_are_probabilities_weighted_like_the_pixels(self, samples, mix, seed):
        mixed = mix(samples, 4, seeded(seed))
        assert mixed.targets.shape == (4, 4)
        torch.testing.assert_close(mixed.targets.sum(1), torch.ones(4))
        assert (mixed.targets >= 0).all()
        own = mixed.targets.gather(1, samples.targets[:, None]).amin()
        # the mean of each image is that of two, weighted
        levels = torch.tensor([0.0, 100, 200, 250])
        mean = mixed.inputs.mean((1, 2, 3))
        assert any(
            torch.allclose(mean[0], own * levels[0] + (1 - own) * other, atol=0.05) for other in levels
        )

    def test_mixing_an_image_with_itself_changes_nothing(self, samples):
        for mix in (mixup, cutmix):
            mixed = mix(samples[:1], 4, seeded())
            torch.testing.assert_close(mixed.inputs, samples.inputs[:1].float())
            torch.testing.assert_close(mixed.targets, torch.tensor([[1.0, 0, 0, 0]]))

    def test_a_rectangle_of_cutmix_has_its_area_on_average(self):
        black = torch.zeros(1, 1, 32, 32, dtype=torch.uint8)
        samples = Samples(torch.cat([black, black + 255]), torch.tensor([0, 1]))
        shares = [cutmix(samples, 2, seeded(seed)).targets[0, 0].item() for seed in range(400)]
        # cut off at the border: more than a half stays
        assert 0.55 < np.mean([share for share in shares if share < 1]) < 0.85

    def test_the_weights_of_mixup_are_distributed_as_beta(self):
        samples = Samples(torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1), torch.tensor([0, 1]))
        weights = np.array([mixup(samples, 2, seeded(seed)).targets[0, 0].item() for seed in range(1500)])
        weights = weights[weights < 1]
        assert weights.mean() == pytest.approx(0.5, abs=0.05)
        # of Beta(a, a): 1 / (4 (2 a + 1))
        assert weights.var() == pytest.approx(1 / (4 * 2.6), abs=0.01)


class TestByName:
    def test_an_unknown_name_is_refused_with_the_nearest(self):
        with pytest.raises(InvalidOption, match=r"cifar10: there is no augmentation called 'flipp'.*'flip'"):
            Augmentation("cifar10", ("crop", "flipp"))

    def test_a_name_given_twice_and_a_mix_before_the_end_are_refused(self):
        with pytest.raises(InvalidOption, match="'flip' is named twice"):
            Augmentation("cifar10", ("flip", "flip"))
        with pytest.raises(InvalidOption, match="'crop' behind a mix"):
            Augmentation("cifar10", ("mixup", "crop"))

    @pytest.mark.parametrize("count", [1, 2, 7])
    @pytest.mark.parametrize("names", [(), NAMES, *[(name,) for name in NAMES]])
    def test_every_batch_passes_and_its_samples_stay(self, names, count):
        inputs = torch.randint(256, (count, 3, 8, 8), generator=seeded(), dtype=torch.uint8)
        samples = Samples(inputs, torch.arange(count) % 3)
        kept = inputs.clone()
        changed = Augmentation("x", names)(samples, 3, seeded())
        assert torch.equal(samples.inputs, kept)
        assert changed.inputs.shape == inputs.shape
        assert changed.inputs.float().max() <= 255
        assert changed.targets.is_floating_point() == bool({"mixup", "cutmix"} & set(names))

    def test_of_two_mixes_each_batch_gets_one(self):
        inputs = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(-1, 1, 8, 8)
        samples = Samples(inputs, torch.tensor([0, 1]))
        both = Augmentation("x", ("mixup", "cutmix"))
        kinds = [both(samples, 2, seeded(seed)).inputs.unique() for seed in range(60)]
        blended = [bool(((each > 0) & (each < 255)).any()) for each in kinds]
        assert any(blended)
        assert not all(blended)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_every_device_makes_the_same_images():
    inputs = torch.randint(256, (200, 3, 32, 32), generator=seeded(), dtype=torch.uint8)
    samples = Samples(inputs, torch.arange(200) % 10)
    augmentation = Augmentation("x", ("crop", "flip", "randaugment", "trivialaugment"))
    for seed in range(5):
        here, there = (augmentation(samples.to(device), 10, seeded(seed)) for device in ("cpu", "cuda"))
        assert torch.equal(here.inputs, there.inputs.cpu())


def test_the_whole_circle_in_two_halves_is_no_turn(images):
    half = torch.full((len(images),), 180.0)
    assert torch.equal(geometry.rotate(geometry.rotate(images, half), half), images)
    assert math.isclose(geometry.ONE, 65536)


def test_magnitude_9_of_10_turns_by_27_of_30_degrees():
    turn = operations(shear=0.3, move=1, turn=30, enhance=0.9, bits=4)["rotate"]
    assert turn.amounts(torch.tensor([MAGNITUDE]), torch.tensor([1])).tolist() == pytest.approx([27.0])
