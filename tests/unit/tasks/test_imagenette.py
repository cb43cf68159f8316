import pytest

from regard.core.spec import Spec
from regard.tasks import TASKS

pytestmark = pytest.mark.data

VARIANTS = (
    Spec.of("imagenette", resolution=24, augmentation=("crop", "flip", "randaugment", "mixup", "cutmix")),
)
REFUSED = (
    (Spec.of("imagenette", held_out=0.5), "held_out", "0.5"),
    (Spec.of("imagenette", samples=-1), "samples", "-1"),
)


def test_a_tenth_of_each_class_validates_and_the_published_validation_images_test():
    task = TASKS.build("imagenette", resolution=24)
    counts = [task.split(name).targets.bincount() for name in ("train", "validation", "test")]
    assert all(len(each) == 10 for each in counts)
    assert counts[1].min() >= 0.09 * counts[0].min()
    assert task.labels[0] == "n01440764 tench"
