import pytest
import torch
from image_files import write_tree
from task_cases import broken

from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.spec import Spec
from regard.data.checking import TaskSubject
from regard.data.export import export
from regard.tasks import TASKS

VARIANTS = ()
REFUSED = (
    (Spec.of("image_folder", data="x", resolution=-5), "resolution", "-5"),
    (Spec.of("image_folder", data="x", held_out=0.7), "held_out", "0.7"),
)
CLASSES = ("Żółw 🐢", "cat", "dög")
SPLITS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    write_tree(tmp_path / "images", CLASSES, 40)
    return tmp_path / "images"


def build(folder, **options):
    return TASKS.build("image_folder", **({"data": str(folder), "resolution": 12} | options))


def sizes(task):
    return [len(task.split(name)) for name in SPLITS]


def test_it_keeps_every_law(tmp_path):
    write_tree(tmp_path / "images", CLASSES, 150)
    options = {"data": str(tmp_path / "images"), "resolution": 12}

    assert broken(TaskSubject(TASKS.find("image_folder"), options)) == []


def test_classes_are_named_after_their_folders_in_order(folder):
    task = build(folder)
    assert task.labels == ("cat", "dög", "Żółw 🐢")
    assert sizes(task) == [96, 12, 12]
    assert task.note is None


def test_published_parts_are_kept(tmp_path):
    write_tree(tmp_path / "train", CLASSES, 10)
    write_tree(tmp_path / "test", CLASSES, 4, 100)
    assert sizes(build(tmp_path)) == [27, 3, 12]
    write_tree(tmp_path / "val", CLASSES, 3, 200)
    assert sizes(build(tmp_path)) == [30, 9, 12]


def test_nested_folders_belong_to_their_class_and_other_files_are_left_alone(folder):
    write_tree(folder / "cat" / "more", ["deep"], 5, 300)
    (folder / "cat" / "notes.txt").write_text("no image")
    (folder / "cat" / ".DS_Store").write_bytes(b"\0")
    (folder / "readme.md").write_text("no class")
    (folder / ".hidden").mkdir()
    assert sum(sizes(build(folder))) == 125


def test_new_images_are_seen(folder):
    assert sum(sizes(build(folder))) == 120
    write_tree(folder, CLASSES[:1], 1, 900)
    assert sum(sizes(build(folder))) == 121


def test_a_damaged_image_is_named(folder):
    (folder / "cat" / "3.png").write_bytes((folder / "cat" / "3.png").read_bytes()[:100])
    with pytest.raises(Corrupt, match=r"cat/3\.png is damaged"):
        build(folder).split("train")


def test_a_class_without_images_is_named(folder):
    (folder / "empty").mkdir()
    with pytest.raises(MissingFile, match="empty holds no images"):
        build(folder).split("train")


@pytest.mark.parametrize("names, words", [((), "no folders of classes"), (("cat",), "the one class cat")])
def test_fewer_than_two_classes_are_refused(tmp_path, names, words):
    write_tree(tmp_path / "few", names, 3)
    (tmp_path / "few").mkdir(exist_ok=True)
    with pytest.raises(MissingFile, match=f"{words}; at least two are needed"):
        build(tmp_path / "few").split("train")


def test_parts_may_be_called_otherwise_and_in_capitals(tmp_path):
    write_tree(tmp_path / "Train", CLASSES, 10)
    write_tree(tmp_path / "Testing", CLASSES, 4, 100)
    write_tree(tmp_path / "dev", CLASSES, 3, 200)
    assert sizes(build(tmp_path)) == [30, 9, 12]


def test_parts_without_one_that_trains_are_no_classes(tmp_path):
    write_tree(tmp_path / "val", CLASSES, 10)
    write_tree(tmp_path / "test", CLASSES, 4, 100)
    with pytest.raises(MissingFile, match="has test and val, but no train"):
        build(tmp_path).split("train")


def test_hidden_files_are_left_alone(folder):
    (folder / "cat" / "._0.png").write_bytes(b"what another system left")
    assert sum(sizes(build(folder))) == 120


def test_what_was_exported_is_read_again_split_by_split(folder, tmp_path):
    task = build(folder)
    export(task, tmp_path / "exported")
    again = build(tmp_path / "exported")
    assert again.labels == task.labels
    for name in SPLITS:
        assert torch.equal(again.split(name).inputs, task.split(name).inputs)
        assert torch.equal(again.split(name).targets, task.split(name).targets)


def test_a_class_that_is_only_tested_is_refused(tmp_path):
    write_tree(tmp_path / "train", ("cat", "dog"), 10)
    write_tree(tmp_path / "test", ("cat", "dog", "cow"), 2, 100)
    with pytest.raises(MissingFile, match="the class cow, which has no training images"):
        build(tmp_path).split("train")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(MissingFile, match=r"nowhere.*task\.data"):
        build(tmp_path / "nowhere").split("train")


def test_the_folder_must_be_said():
    with pytest.raises(InvalidOption, match="needs the option data"):
        TASKS.build("image_folder")
