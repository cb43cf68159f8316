import numpy as np
import pytest
import torch
from image_files import write_idx

from regard.core.errors import Corrupt, MissingFile
from regard.tasks.mnist import mnist


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)


def write_mnist(folder, spelling="{}-{}-ubyte"):
    """Forty images for training, and eight for the test, which are returned."""
    for seed, (part, count) in enumerate((("train", 40), ("t10k", 8))):
        images = np.random.default_rng(seed).integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(folder / spelling.format(f"{part}-images", "idx3"), images)
        write_idx(folder / spelling.format(f"{part}-labels", "idx1"), np.arange(count) % 4)
    return torch.from_numpy(images)


@pytest.mark.parametrize("spelling", ["{}-{}-ubyte.gz", "{}-{}-ubyte", "{}.{}-ubyte", "{}.{}-ubyte.gz"])
@pytest.mark.parametrize("place", ["mnist", "ylecun/mnist", "MNIST/raw", "mnist/MNIST/raw"])
def test_the_four_files_are_read_wherever_they_lie(tmp_path, spelling, place):
    expected = write_mnist(tmp_path / place, spelling)
    task = mnist(data=str(tmp_path), held_out=0.2)
    assert [len(task.split(name)) for name in ("train", "validation", "test")] == [32, 8, 8]
    assert torch.equal(task.split("test").inputs[:, 0], expected)
    assert task.split("test").targets.tolist() == [0, 1, 2, 3] * 2
    assert task.labels == tuple("0123456789")


def test_files_in_both_spellings_beside_one_another_are_read(tmp_path):
    write_mnist(tmp_path / "MNIST" / "raw")
    write_mnist(tmp_path / "MNIST" / "raw", "{}-{}-ubyte.gz")
    (tmp_path / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz").unlink()
    assert len(mnist(data=str(tmp_path), held_out=0.2).split("test")) == 8


def test_files_of_another_set_of_the_same_names_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    write_mnist(tmp_path / "FashionMNIST" / "raw")
    write_mnist(tmp_path)
    words = r"FOLDER/mnist/train-images\[-\.\]idx3-ubyte\[\.gz\], FOLDER/\[mnist/\]MNIST/raw/train-images"
    with pytest.raises(MissingFile, match=words):
        mnist(data=str(tmp_path)).split("train")


def test_a_missing_file_is_named_in_each_spelling(tmp_path):
    write_mnist(tmp_path / "mnist")
    (tmp_path / "mnist" / "t10k-images-idx3-ubyte").unlink()
    words = (
        r"none of the files t10k-images-idx3-ubyte\.gz, t10k-images\.idx3-ubyte\.gz, t10k-images-idx3-ubyte,"
    )
    with pytest.raises(MissingFile, match=words):
        mnist(data=str(tmp_path)).split("train")


def test_a_truncated_file_is_named(tmp_path):
    write_mnist(tmp_path / "mnist")
    path = tmp_path / "mnist" / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(
        Corrupt, match=r"idx3-ubyte should hold an array of \[40, 28, 28\], but has 31,359 bytes"
    ):
        mnist(data=str(tmp_path)).split("train")
    path.write_bytes(b"")
    with pytest.raises(Corrupt, match=r"idx3-ubyte begins with the magic number 0x0000 instead of 0x0803"):
        mnist(data=str(tmp_path)).split("train")
