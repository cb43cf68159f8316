import pytest

from regard.core.spec import Spec
from regard.tasks import TASKS

pytestmark = pytest.mark.data

VARIANTS = (Spec.of("tiny_imagenet", resolution=16),)
REFUSED = (
    (Spec.of("tiny_imagenet", resolution=2000), "resolution", "2,000"),
    (Spec.of("tiny_imagenet", augmentation=("mix",)), "'mix'", "'mixup'"),
)


def test_every_class_is_in_every_split_and_what_is_missing_is_noted():
    task = TASKS.build("tiny_imagenet", resolution=16)
    classes = len(task.labels)
    assert classes in (100, 200)
    for name in ("train", "validation", "test"):
        assert task.split(name).targets.bincount().min() > 0
    assert (task.note is None) == (classes == 200)
    assert task.chance == pytest.approx(1 / classes)
