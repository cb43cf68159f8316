import functools

import pytest
from image_files import rows, write_parquet
from task_cases import broken

from regard.core.errors import MissingFile
from regard.core.spec import Spec
from regard.data.checking import TaskSubject
from regard.tasks import TASKS

VARIANTS = ()
REFUSED = (
    (Spec.of("imagenet100", resolution=1), "resolution", "1"),
    (Spec.of("imagenet100", held_out=1.0), "held_out", "1.0"),
)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The task on a small set of twelve classes, in shards as on the hub."""
    folder = tmp_path_factory.mktemp("data")
    place = folder / "clane9" / "imagenet-100" / "data"
    for i in range(3):
        write_parquet(place / f"train-0000{i}-of-00003.parquet", rows(12, 10, 10 * i, "JPEG"))
    write_parquet(place / "validation-00000-of-00001.parquet", rows(12, 5, 100, "JPEG"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGARD_CACHE", str(folder / "cache"))
        yield functools.partial(TASKS.build, "imagenet100", data=str(folder), resolution=12)


def test_it_keeps_every_law(build):
    assert broken(TaskSubject(TASKS.find("imagenet100"), build.keywords)) == []


def test_the_validation_images_are_the_test(build):
    task = build()
    assert [len(task.split(name)) for name in ("train", "validation", "test")] == [324, 36, 60]
    assert task.note == "12 of 100 classes; 360 of 126,689 train images; 60 of 5,000 test images"
    assert task.labels == tuple(map(str, range(12)))


def test_without_data_every_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingFile, match=r"imagenet100: .*REGARD_DATA.*task\.data=FOLDER.*regard\[hf\]"):
        TASKS.build("imagenet100").split("train")
