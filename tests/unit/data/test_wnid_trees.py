import functools

import numpy as np
import pytest
import torch
from original_files import write_tiny_imagenet, write_wnids
from PIL import Image

from regard.core.errors import Corrupt, MissingFile
from regard.tasks.imagenet100 import imagenet100
from regard.tasks.imagenette import imagenette
from regard.tasks.tiny_imagenet import tiny_imagenet

WNIDS = ("n01440764", "n02102040", "n03888257")
SPLITS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REGARD_DATA", raising=False)


def counts(task):
    return [task.split(name).targets.bincount().tolist() for name in SPLITS]


def levels(*paths):
    """The images as they are decoded, (s, 3, side, side)."""
    images = np.stack([np.asarray(Image.open(path)) for path in paths])
    return torch.from_numpy(images).permute(0, 3, 1, 2)


class TestImagenette:
    @pytest.fixture
    def folder(self, tmp_path):
        write_wnids(tmp_path / "imagenette2" / "train", WNIDS, 20)
        write_wnids(tmp_path / "imagenette2" / "val", WNIDS, 4, 100)
        (tmp_path / "imagenette2" / "noisy_imagenette.csv").write_text("path\n")
        return tmp_path / "imagenette2"

    def test_published_validation_images_are_the_test(self, folder):
        task = imagenette(data=str(folder.parent), resolution=12)
        assert counts(task) == [[18] * 3, [2] * 3, [4] * 3]
        assert task.labels == ("tench", "English springer", "parachute")
        files = [folder / "val" / wnid / f"{wnid}_{i}.JPEG" for wnid in WNIDS for i in range(100, 104)]
        assert torch.equal(task.split("test").inputs, levels(*files))
        assert task.note == "3 of 10 classes; 60 of 9,469 train images; 12 of 3,925 test images"

    @pytest.mark.parametrize("place", ["", "imagenette/", "frgfm/imagenette/"])
    @pytest.mark.parametrize("name", ["imagenette2", "imagenette2-160", "imagenette2-320"])
    def test_it_is_found_under_each_of_its_names(self, tmp_path, place, name):
        write_wnids(tmp_path / f"{place}{name}" / "train", WNIDS, 20)
        write_wnids(tmp_path / f"{place}{name}" / "val", WNIDS, 4, 100)
        assert len(imagenette(data=str(tmp_path), resolution=12).split("test")) == 12

    def test_of_several_the_size_of_the_hub_is_taken(self, folder):
        write_wnids(folder.parent / "imagenette2-320" / "train", WNIDS, 30)
        write_wnids(folder.parent / "imagenette2-320" / "val", WNIDS, 5, 100)
        assert len(imagenette(data=str(folder.parent), resolution=12).split("test")) == 15

    def test_all_ten_classes_have_names(self, tmp_path):
        names = {
            "n01440764": "tench",
            "n02102040": "English springer",
            "n02979186": "cassette player",
            "n03000684": "chain saw",
            "n03028079": "church",
            "n03394916": "French horn",
            "n03417042": "garbage truck",
            "n03425413": "gas pump",
            "n03445777": "golf ball",
            "n03888257": "parachute",
        }
        for part, first in (("train", 0), ("val", 100)):
            write_wnids(tmp_path / "imagenette2-160" / part, tuple(reversed(names)), 1, first)
        assert imagenette(data=str(tmp_path)).labels == tuple(names.values())

    def test_a_class_that_is_none_of_the_ten_is_named(self, folder):
        write_wnids(folder / "train", ["n00000001"], 1)
        write_wnids(folder / "val", ["n00000001"], 1, 100)
        with pytest.raises(Corrupt, match=r"train has the class n00000001, but the classes are n01440764, "):
            imagenette(data=str(folder.parent)).split("train")

    @pytest.mark.parametrize("part", ["train", "val"])
    def test_a_missing_part_is_named(self, folder, part):
        (folder / part).rename(folder / "elsewhere")
        with pytest.raises(MissingFile, match=f"imagenette2 has no folder {part}. Download the folder again"):
            imagenette(data=str(folder.parent)).split("train")

    def test_a_part_without_classes_is_named(self, folder):
        (folder / "train").rename(folder / "elsewhere")
        (folder / "train").mkdir()
        with pytest.raises(MissingFile, match=r"train has no folders of classes"):
            imagenette(data=str(folder.parent)).split("train")

    def test_a_class_without_images_is_named(self, folder):
        for image in (folder / "val" / WNIDS[1]).iterdir():
            image.unlink()
        with pytest.raises(MissingFile, match=f"val/{WNIDS[1]} holds no images"):
            imagenette(data=str(folder.parent)).split("train")

    def test_a_truncated_image_is_named(self, folder):
        path = folder / "train" / WNIDS[0] / f"{WNIDS[0]}_3.JPEG"
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(Corrupt, match=r"n01440764_3\.JPEG is damaged"):
            imagenette(data=str(folder.parent), resolution=12).split("train")


class TestImagenet100:
    @pytest.mark.parametrize("place", ["imagenet100", "clane9/imagenet-100", "imagenet-100"])
    def test_published_validation_images_are_the_test(self, tmp_path, place):
        write_wnids(tmp_path / place / "train", WNIDS, 20)
        write_wnids(tmp_path / place / "val", WNIDS, 4, 100)
        task = imagenet100(data=str(tmp_path), resolution=12)
        assert counts(task) == [[18] * 3, [2] * 3, [4] * 3]
        assert task.labels == WNIDS

    def test_images_of_another_set_beside_it_are_left_alone(self, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "datasets", None)
        write_wnids(tmp_path / "train", WNIDS, 2)
        write_wnids(tmp_path / "val", WNIDS, 1, 100)
        words = (
            r"imagenet100: .*imagenet100/train\.parquet.*FOLDER/imagenet100/\{train,val\}/WNID/\*\.JPEG\."
            r".*rename it to imagenet100\.$"
        )
        with pytest.raises(MissingFile, match=words):
            imagenet100(data=str(tmp_path)).split("train")


class TestTinyImagenet:
    @pytest.fixture
    def folder(self, tmp_path):
        write_tiny_imagenet(tmp_path / "tiny-imagenet-200", WNIDS, 20, 12)
        return tmp_path / "tiny-imagenet-200"

    @pytest.fixture
    def build(self, folder):
        return functools.partial(tiny_imagenet, data=str(folder.parent), resolution=12)

    def test_the_images_of_the_list_are_the_test_in_its_order(self, folder, build):
        task = build()
        assert counts(task) == [[18] * 3, [2] * 3, [4] * 3]
        assert task.labels == WNIDS
        assert task.split("test").targets.tolist() == [(5 * i + 1) % 3 for i in range(12)]
        files = [folder / "val" / "images" / f"val_{12 - i}.JPEG" for i in range(12)]
        assert torch.equal(task.split("test").inputs, levels(*files))

    def test_images_that_lie_in_their_classes_already_are_read(self, folder, build):
        for line in (folder / "val" / "val_annotations.txt").read_text().splitlines():
            name, wnid, *_ = line.split("\t")
            (folder / "val" / wnid).mkdir(exist_ok=True)
            (folder / "val" / "images" / name).rename(folder / "val" / wnid / name)
        (folder / "val" / "images").rmdir()
        assert counts(build()) == [[18] * 3, [2] * 3, [4] * 3]

    @pytest.mark.parametrize("place", ["tiny_imagenet", "zh-plus/tiny-imagenet"])
    def test_it_is_found_in_the_folder_of_the_set_too(self, tmp_path, place):
        write_tiny_imagenet(tmp_path / place / "tiny-imagenet-200", WNIDS, 20, 12)
        assert len(tiny_imagenet(data=str(tmp_path), resolution=12).split("test")) == 12

    @pytest.mark.parametrize(
        "line, words",
        [
            ("val_13.JPEG\tn01440764\t0\t0\t1\t1", r"names val_13\.JPEG, but .*val/images has no such image"),
            ("../../x\tn01440764\t0\t0\t1\t1", r"names \.\./\.\./x, but .*val/images has no such image"),
            ("val_1.JPEG\tn01440764\t0\t0\t1\t1", r"line 13, names val_1\.JPEG again"),
            ("val_13.JPEG", "line 13, is not of the form FILE TAB WNID"),
            ("", "line 13, is not of the form FILE TAB WNID"),
        ],
    )
    def test_a_line_that_cannot_be_is_named(self, folder, build, line, words):
        with (folder / "val" / "val_annotations.txt").open("a") as file:
            file.write(f"{line}\n")
        with pytest.raises((Corrupt, MissingFile), match=f"^.*val_annotations.txt.*{words}"):
            build().split("train")

    def test_a_class_that_is_only_tested_is_named(self, folder, build):
        path = folder / "val" / "val_annotations.txt"
        path.write_text(path.read_text().replace("n03888257", "n00000001"))
        with pytest.raises(Corrupt, match=r"says that val_\d+\.JPEG is of the class n00000001, which has no"):
            build().split("train")

    def test_an_image_without_a_line_and_a_missing_list_are_named(self, folder, build):
        path = folder / "val" / "val_annotations.txt"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
        with pytest.raises(Corrupt, match=r"val/images/val_1\.JPEG has no line in .*val_annotations\.txt"):
            build().split("train")
        path.unlink()
        with pytest.raises(MissingFile, match=r"val_annotations\.txt"):
            build().split("train")

    def test_a_list_that_is_not_the_promised_one_is_refused(self, folder, build):
        (folder / "SHA256SUMS").write_text(f"{'0' * 64}  val/val_annotations.txt\n")
        with pytest.raises(Corrupt, match=r"val_annotations\.txt is not the file that .*SHA256SUMS lists"):
            build().split("train")
