import json

import pyarrow.parquet as pq
import pytest
import torch
from image_files import picture, rows, write_parquet, write_tree
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
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path_factory.mktemp("cache")))


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


@pytest.mark.parametrize(
    "names", [("plane", "train"), ("plane", "test", "validation"), ("Train", "car", "dev")]
)
def test_a_class_may_be_called_like_a_part(tmp_path, names):
    write_tree(tmp_path / "vehicles", names, 20)
    assert build(tmp_path / "vehicles").labels == tuple(sorted(names))
    write_tree(tmp_path / "parts" / "train", names, 20)
    write_tree(tmp_path / "parts" / "test", names, 5, 100)
    assert sizes(build(tmp_path / "parts"))[2] == 5 * len(names)


@pytest.mark.parametrize(
    "others, words",
    [
        ({"test": ("cat", "dog")}, "has test, but no train"),
        (
            {"train/cat": (), "train": ("a", "b"), "unsorted": ("",)},
            "unsorted, which holds images and is no part",
        ),
        ({"train": ("a", "b", ""), "val": ("a", "b")}, "train holds images beside its folders of classes"),
        ({"train": ("a", "b"), "val": ("",)}, "val, which holds images and is no part"),
        ({"train": ("a", "b"), "training": ("a", "b")}, "has train and training, which are the same part"),
        ({"train": ("",), "test": ("",)}, "has test and train, but no train that is divided into classes"),
    ],
)
def test_a_folder_that_may_be_a_part_or_a_class_is_refused(tmp_path, others, words):
    if "train" not in others:
        write_tree(tmp_path, ("cat", "dog"), 5)
    for folder, names in others.items():
        write_tree(tmp_path / folder, names, 5, 50)
    with pytest.raises(MissingFile, match=words):
        build(tmp_path).split("train")


@pytest.mark.parametrize(
    "name", [".ipynb_checkpoints/0-checkpoint.png", "more/.hidden/1.png", "@eaDir/2.png"]
)
def test_images_in_hidden_folders_are_left_alone(folder, name):
    path = folder / "cat" / name
    path.parent.mkdir(parents=True)
    picture(7, 7).save(path)
    assert sum(sizes(build(folder))) == 120


def test_linked_folders_are_read_once_even_where_they_lead_back(folder, tmp_path):
    (folder / "cat").rename(tmp_path / "elsewhere")
    (folder / "cat").symlink_to(tmp_path / "elsewhere")
    (folder / "dög" / "up").symlink_to(folder)
    (folder / "dög" / "self").symlink_to(folder / "dög")
    assert sum(sizes(build(folder))) == 120


class TestTables:
    def write(self, path, names=None, labels=lambda label: label, first=0):
        pairs = [(data, labels(label)) for data, label in rows(3, 20, first)]
        write_parquet(path, pairs, names=names)

    def test_a_missing_shard_is_named(self, tmp_path):
        self.write(tmp_path / "train-00000-of-00002.parquet")
        with pytest.raises(MissingFile, match=r"train-00001-of-00002\.parquet"):
            build(tmp_path).split("train")
        self.write(tmp_path / "train-00001-of-00002.parquet", first=100)
        assert sum(sizes(build(tmp_path))) == 120

    def test_labels_from_1_on_make_no_class_without_images(self, tmp_path):
        self.write(tmp_path / "train.parquet", labels=lambda label: label + 1)
        task = build(tmp_path)
        assert task.labels == ("1", "2", "3")
        assert task.shape.output.classes == 3

    def test_a_very_large_label_is_one_class(self, tmp_path):
        self.write(tmp_path / "train.parquet", labels=lambda label: 2**40 * label)
        assert build(tmp_path).labels == ("0", str(2**40), str(2**41))

    def test_one_class_alone_is_refused(self, tmp_path):
        self.write(tmp_path / "train.parquet", labels=lambda label: 1)
        with pytest.raises(Corrupt, match="the one class '1'; at least two"):
            build(tmp_path).split("train")

    def test_columns_mean_nothing_where_folders_are_the_classes(self, folder):
        with pytest.raises(InvalidOption, match=r"task\.label=kind names no column"):
            TASKS.build("image_folder", data=str(folder), label="kind").split("train")

    def test_a_column_of_another_name_is_named_with_the_option(self, tmp_path):
        self.write(tmp_path / "train.parquet")
        table = pq.read_table(tmp_path / "train.parquet").rename_columns(["picture", "labels"])
        pq.write_table(table, tmp_path / "train.parquet")
        with pytest.raises(
            Corrupt, match=r"no column 'label'.*task\.label=COLUMN\. Did you mean 'labels'"
        ) as told:
            build(tmp_path, image="picture").split("train")
        assert "ownload" not in str(told.value)
        assert sum(sizes(build(tmp_path, image="picture", label="labels"))) == 60

    @pytest.mark.parametrize("suffix", ["csv", "jsonl"])
    def test_a_table_may_name_files(self, tmp_path, suffix):
        write_tree(tmp_path, ("a", "b"), 20)
        found = [(f"{name}/{i}.png", name) for i in range(20) for name in ("a", "b")]
        lines = {
            "csv": ["image,label", *map(",".join, found)],
            "jsonl": [json.dumps({"image": file, "label": label}) for file, label in found],
        }
        (tmp_path / f"mine.{suffix}").write_text("\n".join(lines[suffix]))
        task = build(tmp_path / f"mine.{suffix}")
        assert task.labels == ("a", "b")
        assert sum(sizes(task)) == 40
        picture(9, 9).save(tmp_path / "a" / "3.png")
        assert build(tmp_path / f"mine.{suffix}").content != task.content
        (tmp_path / "a" / "3.png").unlink()
        with pytest.raises(Corrupt, match=r"row 6, names 'a/3\.png', but .*/a/3\.png is no file"):
            build(tmp_path / f"mine.{suffix}").split("train")

    def test_tables_that_hold_images_and_tables_that_name_them_are_not_mixed(self, tmp_path):
        write_tree(tmp_path, ("a", "b"), 20)
        lines = [f"{name}/{i}.png,{name}" for i in range(20) for name in ("a", "b")]
        (tmp_path / "train.csv").write_text("\n".join(["image,label", *lines]))
        write_parquet(tmp_path / "test.parquet", rows(2, 5, 100))
        with pytest.raises(Corrupt, match=r"test\.parquet one holds images and the other names") as told:
            build(tmp_path).split("train")
        assert len(str(told.value)) < 400

    def test_what_save_to_disk_has_written_is_read(self, tmp_path):
        datasets = pytest.importorskip("datasets")
        self.write(tmp_path / "a.parquet", names=["x", "y", "z"])
        table = datasets.Dataset(pq.read_table(tmp_path / "a.parquet"))
        datasets.DatasetDict(train=table).save_to_disk(tmp_path / "saved")
        assert build(tmp_path / "saved").labels == ("x", "y", "z")
