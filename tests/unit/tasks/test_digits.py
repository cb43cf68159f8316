import pytest
import torch
from numpy import loadtxt
from sklearn.datasets import load_digits

from regard.core.shapes import ClassOutput, ImageInput, Shape
from regard.core.spec import Spec
from regard.tasks.digits import Digits

VARIANTS = (
    Spec("digits"),
    Spec.of("digits", shift=0, data_seed=3),
)
REFUSED = (
    (Spec.of("digits", shift=-1), "shift", "-1", "0 and 4"),
    (Spec.of("digits", shift=5), "shift", "5"),
)

NAMES = ("train", "validation", "test")


@pytest.fixture(scope="module")
def digits():
    return Digits()


def test_all_images_of_the_collection_are_there_once(digits):
    names = [name for split in NAMES for name in digits.identities(digits.split(split))]
    assert len(names) == len(load_digits().images) == len(set(names))


def test_images_keep_their_classes(digits):
    truth = {tuple(image): int(digit) for image, digit in zip(*load_digits(return_X_y=True), strict=True)}
    samples = digits.split("test")
    for image, digit in zip(digits._grays(samples.inputs).tolist(), samples.targets.tolist(), strict=True):
        assert truth[tuple(image)] == digit


def test_every_class_is_divided_by_the_same_shares(digits):
    counts = torch.stack([digits.split(name).targets.bincount(minlength=10) for name in NAMES])
    shares = counts / counts.sum(0)
    assert (shares - torch.tensor([0.7, 0.1, 0.2]).unsqueeze(1)).abs().max() < 0.01


def test_training_pixels_have_mean_0_and_deviation_1_and_others_the_same_scale(digits):
    pixels = digits.split("train").inputs
    torch.testing.assert_close(pixels.mean(), torch.tensor(0.0), atol=1e-6, rtol=0)
    torch.testing.assert_close(pixels.std(correction=0), torch.tensor(1.0), atol=1e-5, rtol=0)
    levels = [digits.split(name).inputs.unique() for name in NAMES]
    assert all(torch.equal(level, levels[0]) for level in levels)
    assert len(levels[0]) == 17


def test_another_seed_divides_the_same_images_otherwise(digits):
    other = Digits(data_seed=1)
    first, second = (set(task.identities(task.split("test"))) for task in (digits, other))
    assert 0 < len(first & second) < len(first) / 2


def test_images_are_loaded_when_they_are_first_asked_for(monkeypatch):
    loads = []
    monkeypatch.setattr(
        "numpy.loadtxt", lambda *given, **options: loads.append(1) or loadtxt(*given, **options)
    )
    task = Digits()
    assert task.shape == Shape(ImageInput(1, 8, 8), ClassOutput(10))
    assert not loads
    for name in NAMES:
        task.split(name)
    assert task.chance == pytest.approx(0.1, abs=0.02)
    assert len(loads) == 1


def test_an_image_reads_as_rows_from_top_to_bottom(digits):
    line = digits.show(digits.split("test"), 0)
    rows = line.split("|")[1:-1]
    assert [len(row) for row in rows] == [8] * 8
    assert line.endswith(f"is {digits.split('test').targets[0]}")


class TestAugmenting:
    def moves(self, image, shift):
        """An image at every place where it may be, background around it."""
        framed = torch.full((8 + 2 * shift, 8 + 2 * shift), image.min().item())
        framed[shift : shift + 8, shift : shift + 8] = image
        return {
            (down, right): framed[down : down + 8, right : right + 8]
            for down in range(2 * shift + 1)
            for right in range(2 * shift + 1)
        }

    @pytest.mark.parametrize("shift", [0, 1, 2])
    def test_an_image_moves_to_every_allowed_place_and_nowhere_else(self, digits, shift):
        samples = digits.split("train")[torch.zeros(300, dtype=torch.int64)]
        moved = Digits(shift=shift).augment(samples, torch.Generator().manual_seed(0)).inputs
        expected = self.moves(samples.inputs[0, 0], shift)
        seen = {
            place for place, image in expected.items() if any(torch.equal(image, one[0]) for one in moved)
        }
        assert seen == set(expected)
        assert all(any(torch.equal(image, one[0]) for image in expected.values()) for one in moved)

    def test_images_of_a_batch_move_independently(self, digits):
        samples = digits.split("train")[torch.zeros(64, dtype=torch.int64)]
        moved = digits.augment(samples, torch.Generator().manual_seed(0)).inputs
        assert len(torch.unique(moved.flatten(1), dim=0)) == 9
