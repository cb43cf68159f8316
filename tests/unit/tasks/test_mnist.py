import numpy as np
import pytest
from image_files import rows, write_idx, write_parquet
from task_cases import broken

from regard.core.errors import Corrupt, MissingFile
from regard.core.spec import Spec
from regard.data.checking import TaskSubject
from regard.tasks import TASKS
from regard.tasks.mnist import mnist as build

VARIANTS = (Spec("mnist"), Spec.of("mnist", resolution=14, samples=2000, augmentation=("crop", "cutmix")))
REFUSED = ((Spec.of("mnist", resolution=0), "resolution", "0"),)
pytestmark = pytest.mark.data


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Ten images for training and four for the test."""
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    draw = np.random.default_rng(0)
    for name, count in (("train", 40), ("t10k", 8)):
        images = draw.integers(0, 256, (count, 28, 28))
        write_idx(tmp_path / "mnist" / f"{name}-images-idx3-ubyte.gz", images)
        write_idx(tmp_path / "mnist" / f"{name}-labels-idx1-ubyte.gz", np.arange(count) % 4)
    return tmp_path


def test_sizes_are_the_published_ones():
    mnist = TASKS.build("mnist")
    assert [len(mnist.split(name)) for name in ("train", "validation", "test")] == [54_000, 6_000, 10_000]
    assert mnist.note is None
    assert mnist.split("test").targets[:5].tolist() == [7, 2, 1, 0, 4]
    # the share of ones
    assert mnist.chance == pytest.approx(0.1135)


def test_mean_and_deviation_are_the_known_ones():
    mnist = TASKS.build("mnist")
    levels = mnist.split("train").inputs.float() / 255
    assert levels.mean().item() == pytest.approx(0.1307, abs=5e-4)
    assert levels.std().item() == pytest.approx(0.3081, abs=5e-4)


def test_the_original_files_are_read(folder):
    task = build(data=str(folder), held_out=0.2)
    assert [len(task.split(name)) for name in ("train", "validation", "test")] == [32, 8, 8]
    assert not broken(TaskSubject(lambda: task), "fitting_samples")


def test_parquet_files_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    for split, first in (("train", 0), ("test", 100)):
        path = tmp_path / "ylecun" / "mnist" / "mnist" / f"{split}-00000-of-00001.parquet"
        write_parquet(path, rows(3, 10, first))
    task = build(data=str(tmp_path))
    assert len(task.split("test")) == 30
    assert not broken(TaskSubject(lambda: task), "fitting_samples")


def test_a_missing_file_is_named(folder):
    (folder / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(MissingFile, match=r"t10k-labels-idx1-ubyte\.gz"):
        build(data=str(folder)).split("train")


def test_a_file_that_is_not_the_promised_one_is_refused(folder):
    (folder / "mnist" / "SHA256SUMS").write_text(f"{'0' * 64}  train-images-idx3-ubyte.gz\n")
    with pytest.raises(Corrupt, match=r"train-images-idx3-ubyte\.gz is not the file that .*SHA256SUMS lists"):
        build(data=str(folder)).split("train")
