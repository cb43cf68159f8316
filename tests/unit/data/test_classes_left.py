"""Once what two splits share has been taken out of one, every class must still be there."""

import numpy as np
import pytest
from image_files import write_tree

from regard.core.errors import Corrupt
from regard.data import from_arrays
from regard.data.classes_left import require_classes
from regard.tasks import TASKS

SPLITS = ("train", "validation", "test")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path_factory.mktemp("cache")))


def write_texts(folder, classes, each, first=0):
    for name in classes:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(first, first + each):
            bits = " ".join("no" if bit == "0" else "so" for bit in f"{i:010b}")
            (folder / name / f"{i}.txt").write_text(f"{name} {bits}", "utf-8")


def build(kind, folder, **options):
    sizes = {"image_folder": {"resolution": 8}, "text_folder": {"length": 16}}
    return TASKS.build(kind, data=str(folder), **sizes[kind], **options)


WRITERS = pytest.mark.parametrize(
    "kind, write", [("image_folder", write_tree), ("text_folder", write_texts)], ids=["images", "texts"]
)


@WRITERS
def test_a_class_that_the_test_holds_whole_is_refused_by_name(tmp_path, kind, write):
    write(tmp_path / "train", ("cat", "dog"), 20)
    write(tmp_path / "train", ("eel",), 20, 500)
    write(tmp_path / "test", ("cat", "dog", "eel"), 20, 500)
    with pytest.raises(Corrupt, match=r"No (image|text) of the class 'eel' is left to train on"):
        build(kind, tmp_path).split("train")


@WRITERS
def test_fewer_samples_than_classes_are_refused(tmp_path, kind, write):
    write(tmp_path, ("cat", "dog", "eel"), 20)
    with pytest.raises(Corrupt, match=r"of the class '(dog|eel)' is left to train on.* raise samples"):
        build(kind, tmp_path, samples=2).split("train")
    assert build(kind, tmp_path, samples=3).split("train").targets.tolist() == [0, 1, 2]


@WRITERS
def test_a_test_with_one_class_is_refused_though_training_has_two(tmp_path, kind, write):
    write(tmp_path, ("cat",), 40)
    write(tmp_path, ("dog",), 2)
    with pytest.raises(Corrupt, match=r"Every (image|text) of the test split is of the class 'cat'"):
        build(kind, tmp_path).split("test")


@WRITERS
def test_a_small_published_test_need_not_have_every_class(tmp_path, kind, write):
    write(tmp_path / "train", ("cat", "dog", "eel"), 20)
    write(tmp_path / "val", ("cat",), 5, 300)
    write(tmp_path / "test", ("cat", "dog"), 5, 600)
    task = build(kind, tmp_path)
    assert [task.split(name).targets.bincount(minlength=3).tolist() for name in SPLITS] == [
        [20, 20, 20],
        [5, 0, 0],
        [5, 5, 0],
    ]


def test_arrays_are_judged_alike():
    tokens, labels = np.arange(180).reshape(60, 3), np.arange(60) % 3
    test = tokens[labels == 2], labels[labels == 2]
    both = np.concatenate([test[0], tokens[:6] + 500]), np.concatenate([test[1], labels[:6]])
    with pytest.raises(Corrupt, match="No sample of the class '2' is left to train on"):
        from_arrays(tokens, labels, test=both).split("train")
    with pytest.raises(Corrupt, match="Every sample of the test split is of the class '0'"):
        from_arrays(tokens, labels * (np.arange(60) > 57)).split("test")


def test_what_is_whole_passes():
    whole = np.array([0, 1, 2, 2])
    require_classes(
        whole, {"train": whole, "validation": whole[:1], "test": whole[:2]}, ("a", "b", "c"), "text"
    )
