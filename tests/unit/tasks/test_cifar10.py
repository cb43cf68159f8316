import pytest
import torch

from regard.core.spec import Spec
from regard.tasks import TASKS

pytestmark = pytest.mark.data

VARIANTS = (
    Spec("cifar10"),
    Spec.of("cifar10", resolution=16, samples=2000, augmentation=("crop", "flip", "trivialaugment", "mixup")),
)
REFUSED = (
    (Spec.of("cifar10", resolution=3), "resolution", "4", "3"),
    (Spec.of("cifar10", resolution=10**6), "resolution", "1,000,000"),
    (Spec.of("cifar10", held_out=0.0), "held_out", "share", "0.0"),
    (Spec.of("cifar10", held_out=5000.0), "held_out", "share", "5000"),
    (Spec.of("cifar10", samples=0), "samples", "at least 1", "0"),
    (Spec.of("cifar10", augmentation=("flipp",)), "'flipp'", "'flip'"),
    (Spec.of("cifar10", augmentation=("flip", "flip")), "'flip'", "twice"),
    (Spec.of("cifar10", augmentation=("cutmix", "crop")), "'crop'", "last"),
)


@pytest.fixture(scope="module")
def cifar10():
    return TASKS.build("cifar10")


def test_sizes_and_classes_are_the_published_ones(cifar10):
    counts = [cifar10.split(name).targets.bincount().tolist() for name in ("train", "validation", "test")]
    assert counts == [[4500] * 10, [500] * 10, [1000] * 10]
    assert cifar10.labels[:3] == ("airplane", "automobile", "bird")
    assert cifar10.chance == pytest.approx(0.1)


def test_mean_and_deviation_of_the_training_images_are_the_known_ones(cifar10):
    images = torch.cat([cifar10.split(name).inputs for name in ("train", "validation")])
    sums = images.flatten(2).long().sum((0, 2)) / (images[:, 0].numel() * 255)
    torch.testing.assert_close(sums, torch.tensor([0.4914, 0.4822, 0.4465]), atol=4e-4, rtol=0)
    deviations = torch.stack([images[:, i].float().std() / 255 for i in range(3)])
    torch.testing.assert_close(deviations, torch.tensor([0.2470, 0.2435, 0.2616]), atol=3e-3, rtol=0)


def test_the_first_test_image_is_a_cat(cifar10):
    assert cifar10.show(cifar10.split("test"), 0).startswith("cat: 32x32")
