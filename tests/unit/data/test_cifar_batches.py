import os
import pickle

import numpy as np
import pytest
import torch
from original_files import (
    BATCHES,
    cifar_images,
    cifar_pickle,
    cifar_records,
    pickled_array,
    short,
    write_cifar,
)

from regard.core.errors import Corrupt, MissingFile
from regard.data.images.cifar_batches import binary_contents, pickled_contents
from regard.data.images.cifar_binary import read_binary
from regard.data.images.cifar_pickle import read_pickle
from regard.tasks.cifar10 import cifar10

FORMATS = ("cifar-10-batches-bin", "cifar-10-batches-py")
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)


@pytest.fixture(params=FORMATS)
def batches(request, tmp_path):
    """The folder of the batches, in either format."""
    write_cifar(tmp_path / request.param)
    return tmp_path / request.param


def batch(folder, name):
    return folder / (f"{name}.bin" if folder.name.endswith("bin") else name)


class TestTheTask:
    def test_its_splits_are_those_of_the_batches(self, batches):
        task = cifar10(data=str(batches.parent))
        counts = [task.split(name).targets.bincount().tolist() for name in ("train", "validation", "test")]
        assert counts == [[9] * 10, [1] * 10, [2] * 10]
        assert task.labels == NAMES

    def test_its_test_images_are_those_of_the_test_batch_in_order(self, batches):
        test = cifar10(data=str(batches.parent)).split("test")
        labels, images = cifar_images(20, BATCHES.index("test_batch"))
        assert test.targets.tolist() == labels.tolist()
        assert torch.equal(test.inputs, torch.from_numpy(images))

    def test_its_images_are_the_originals(self, batches):
        note = cifar10(data=str(batches.parent)).note
        assert note == "100 of 50,000 train images; 20 of 10,000 test images"

    @pytest.mark.parametrize("place", ["cifar10", "uoft-cs/cifar10"])
    @pytest.mark.parametrize("name", FORMATS)
    def test_they_are_found_in_the_folder_of_the_set_too(self, tmp_path, place, name):
        write_cifar(tmp_path / place / name)
        assert len(cifar10(data=str(tmp_path)).split("test")) == 20

    def test_both_formats_give_the_same_samples(self, tmp_path):
        for name in FORMATS:
            write_cifar(tmp_path / name[-2:] / name)
        first, second = (cifar10(data=str(tmp_path / end)).split("train") for end in ("in", "py"))
        assert torch.equal(first.inputs, second.inputs)
        assert torch.equal(first.targets, second.targets)

    def test_a_missing_batch_is_named(self, batches):
        batch(batches, "data_batch_3").unlink()
        with pytest.raises(MissingFile, match=r"cifar10: there is no file .*data_batch_3(\.bin)?\. Download"):
            cifar10(data=str(batches.parent)).split("train")

    def test_a_label_out_of_range_is_named_with_its_image(self, batches):
        labels, images = cifar_images(20, 0)
        labels[4] = 11
        write = cifar_records if batches.name.endswith("bin") else cifar_pickle
        batch(batches, "data_batch_2").write_bytes(write(labels, images))
        with pytest.raises(Corrupt, match=r"data_batch_2(\.bin)?, image 4, has the label 11"):
            cifar10(data=str(batches.parent)).split("train")

    def test_a_batch_that_is_not_the_promised_one_is_refused(self, batches):
        name = batch(batches, "data_batch_1").name
        (batches / "SHA256SUMS").write_text(f"{'0' * 64}  {name}\n")
        with pytest.raises(Corrupt, match=r"is not the file that .*SHA256SUMS lists"):
            cifar10(data=str(batches.parent)).split("train")


@pytest.mark.parametrize("name, contents_of", [(FORMATS[0], binary_contents), (FORMATS[1], pickled_contents)])
def test_pictures_come_in_order_over_all_batches(tmp_path, name, contents_of):
    write_cifar(tmp_path / name, 3)
    part = contents_of(tmp_path / name).parts["train"]
    expected = np.concatenate([cifar_images(3, seed)[1] for seed in range(5)]).transpose(0, 2, 3, 1)
    found = list(part.items())
    assert (np.stack([np.asarray(each.image) for each in found]) == expected).all()
    assert [each.where for each in found] == [part.where(row) for row in range(15)]
    assert part.where(7) == f"{batch(tmp_path / name, 'data_batch_3')}, image 1,"


class TestBinary:
    @pytest.mark.parametrize("size", [0, 1, 3072, 3074, 2 * 3073 - 1])
    def test_a_record_that_is_not_whole_is_refused(self, tmp_path, size):
        path = tmp_path / "data_batch_1.bin"
        path.write_bytes(b"\x01" * size)
        with pytest.raises(Corrupt, match=f"records of 3,073 bytes, but has {size:,} bytes. Download it"):
            read_binary(path)


class Harmful:
    """Pickled, it is a program that makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


class TestPickles:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "data_batch_1"

    def refused(self, path, content):
        path.write_bytes(content)
        with pytest.raises(Corrupt, match="is no batch of CIFAR-10: ") as caught:
            read_pickle(path)
        assert str(caught.value).startswith(f"{path} is no batch")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def test_the_pickles_of_these_tests_are_such_as_numpy_reads(self):
        labels, images = cifar_images(3, 0)
        found = pickle.loads(cifar_pickle(labels, images), encoding="bytes")  # noqa: S301 - our own
        assert found[b"labels"] == labels.tolist()
        assert (found[b"data"] == images.reshape(3, -1)).all()

    @pytest.mark.parametrize("protocol", [2, 3, 4])
    def test_pickles_that_today_s_numpy_wrote_are_read(self, path, protocol):
        labels, images = cifar_images(3, 0)
        written = {b"labels": labels.tolist(), b"data": images.reshape(3, -1)}
        path.write_bytes(pickle.dumps(written, protocol))
        found = read_pickle(path)
        assert (found[0] == labels).all()
        assert (found[1] == images).all()

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize("place", ["alone", "labels", "data", "beside"])
    def test_a_harmful_pickle_does_nothing_and_is_refused(self, path, tmp_path, protocol, place):
        labels, images = cifar_images(3, 0)
        harm = Harmful(str(tmp_path / "harm"))
        whole_batch = {b"labels": labels.tolist(), b"data": images.reshape(3, -1)}
        content = pickle.dumps(harm if place == "alone" else whole_batch | {place.encode(): harm}, protocol)
        self.refused(path, content)
        assert not (tmp_path / "harm").exists()
        pickle.loads(content)  # noqa: S301 - to prove that it would have done harm
        assert (tmp_path / "harm").exists()

    @pytest.mark.parametrize(
        "named",
        [
            b"os\nsystem",
            b"builtins\neval",
            b"__builtin__\neval",
            b"numpy\nload",
            b"numpy\nfromfile",
        ],
    )
    def test_a_name_that_no_batch_needs_is_said(self, path, named):
        said = self.refused(path, b"\x80\x02c" + named + b"\nU\x01x\x85R.")
        assert f"it names '{named.decode().replace(chr(10), '.')}', which no batch needs" in said

    def test_a_name_with_a_line_break_is_one_line(self, path):
        assert r"'os\nnt.system'" in self.refused(path, b"\x80\x04\x8c\x05os\nnt\x8c\x06system\x93.")

    def test_an_array_of_pointers_that_calls_itself_plain_bytes_is_refused(self, path):
        array = pickled_array(np.zeros((1, 3072), np.uint8), b"O8")
        self.refused(path, b"\x80\x02}(" + short(b"labels") + b"](K\x01e" + short(b"data") + array + b"u.")

    def test_a_pickle_cannot_alter_what_reads_the_next_one(self, path):
        """It gives every name that it may use a state of its own."""
        names = (
            b"numpy\ndtype",
            b"numpy\nndarray",
            b"numpy.core.multiarray\n_reconstruct",
            b"_codecs\nencode",
        )
        for named in names:
            alter = (
                b"\x80\x02c" + named + b"\n}(U\x04nameU\x01xU\x08__call__NuN}(X\x04\0\0\0nameU\x01xu\x86b."
            )
            self.refused(path, alter)
        labels, images = cifar_images(3, 0)
        path.write_bytes(cifar_pickle(labels, images))
        assert (read_pickle(path)[1] == images).all()

    def test_a_pickle_cut_off_anywhere_is_refused(self, path):
        content = cifar_pickle(*cifar_images(2, 0))
        for size in [*range(300), *range(300, len(content), 97)]:
            self.refused(path, content[:size])

    def test_a_damaged_pickle_is_refused_or_read_never_a_crash(self, path):
        content = bytearray(cifar_pickle(*cifar_images(2, 0)))
        draw = np.random.default_rng(0)
        for _ in range(300):
            damaged = content.copy()
            # without the array's levels, any of which is right, and the sizes that would ask for much memory
            damaged[draw.integers(0, 260)] = draw.choice(
                np.frombuffer(b"\0().0]}abceghijlqstuRN\x86\x93", np.uint8)
            )
            path.write_bytes(damaged)
            try:
                labels, images = read_pickle(path)
            except Corrupt as error:
                assert "\n" not in str(error)
            else:
                assert images.shape == (len(labels), 3, 32, 32)

    @pytest.mark.parametrize(
        "batch, words",
        [
            ([1, 2], "no lists of labels"),
            ({b"labels": [1]}, "no lists of labels"),
            ({b"labels": (1,), b"data": np.zeros((1, 3072), np.uint8)}, "no lists of labels"),
            ({b"labels": [1], b"data": b"\0" * 3072}, "no lists of labels"),
            ({b"labels": [1], b"data": np.zeros((1, 3073), np.uint8)}, "no whole array of 3,072 bytes each"),
            ({b"labels": [1], b"data": np.zeros((1, 3072), np.int8)}, "no whole array"),
            ({b"labels": [1], b"data": np.zeros(3072, np.uint8)}, "no whole array"),
            ({b"labels": [1], b"data": np.empty((2, 3072), np.uint8, "F")}, "no whole array"),
            ({b"labels": [1, 2], b"data": np.zeros((1, 3072), np.uint8)}, "1 images and 2 labels"),
            ({b"labels": [], b"data": np.zeros((0, 3072), np.uint8)}, "0 images and 0 labels"),
            ({b"labels": [-1], b"data": np.zeros((1, 3072), np.uint8)}, "no number from 0 to 9"),
            ({b"labels": [10**30], b"data": np.zeros((1, 3072), np.uint8)}, "no number from 0 to 9"),
            ({b"labels": ["cat"], b"data": np.zeros((1, 3072), np.uint8)}, "no number from 0 to 9"),
        ],
    )
    def test_a_pickle_of_anything_else_is_refused(self, path, batch, words):
        assert words in self.refused(path, pickle.dumps(batch, 3))
