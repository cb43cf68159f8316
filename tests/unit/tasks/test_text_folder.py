"""A user's own texts, in folders and tables."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from task_cases import broken

from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.spec import Spec
from regard.data.checking import SPLITS, TaskSubject
from regard.data.text import PADDING, UNKNOWN
from regard.tasks import TASKS

VARIANTS = ()
REFUSED = (
    (Spec.of("text_folder", data="x", length=0), "length", "1 and 4,096", "0"),
    (Spec.of("text_folder", data="x", vocabulary=2), "vocabulary", "2"),
    (Spec.of("text_folder", data="x", held_out=0.7), "held_out", "0.7"),
    (Spec.of("text_folder", data="x", samples=0), "samples", "0"),
)
CLASSES = ("dull", "fine", "żółw")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path_factory.mktemp("cache")))


def text_of(label, number):
    bits = " ".join("no" if bit == "0" else "so" for bit in f"{number:09b}")
    return f"A {CLASSES[label]} film: {bits}."


def write_tree(folder, each, first=0, classes=CLASSES):
    for label, name in enumerate(classes):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(first, first + each):
            (folder / name / f"{i}.txt").write_text(text_of(label, i), "utf-8")


def table(each, first=0):
    pairs = [(text_of(label, first + i), CLASSES[label]) for i in range(each) for label in range(3)]
    return dict(zip(("text", "label"), map(list, zip(*pairs, strict=True)), strict=True))


def build(data, **options):
    return TASKS.build("text_folder", **({"data": str(data), "length": 16} | options))


def sizes(task):
    return [len(task.split(name)) for name in SPLITS]


@pytest.mark.parametrize("level", ["word", "byte"])
def test_it_keeps_every_law(tmp_path, level):
    write_tree(tmp_path / "texts", 100)
    options = {"data": str(tmp_path / "texts"), "length": 48, "level": level}

    assert broken(TaskSubject(TASKS.find("text_folder"), options)) == []


def test_classes_are_named_after_their_folders_in_order(tmp_path):
    write_tree(tmp_path, 40)
    task = build(tmp_path, level="byte", length=64)
    assert task.labels == CLASSES
    assert sizes(task) == [96, 12, 12]
    samples = task.split("test")
    first = samples.targets.tolist().index(2)
    assert task.show(samples, first).startswith("żółw: A żółw film: no")


def test_parts_that_are_laid_apart_are_kept(tmp_path):
    write_tree(tmp_path / "train", 10)
    write_tree(tmp_path / "test", 4, 100)
    assert sizes(build(tmp_path)) == [27, 3, 12]
    write_tree(tmp_path / "val", 3, 200)
    assert sizes(build(tmp_path)) == [30, 9, 12]
    assert build(tmp_path).fixed == ("validation", "test")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "saved"])
def test_tables_give_what_folders_give(tmp_path, form):
    place = tmp_path / f"reviews.{form}"
    found = table(40)
    if form == "csv":
        lines = [f'"{text}",{label}' for text, label in zip(*found.values(), strict=True)]
        place.write_text("\n".join(["text,label", *lines]), "utf-8")
    elif form == "jsonl":
        rows = [{"text": text, "label": label} for text, label in zip(*found.values(), strict=True)]
        place.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    elif form == "parquet":
        pq.write_table(pa.table(found), place)
    else:
        datasets = pytest.importorskip("datasets")
        datasets.Dataset.from_dict(found).save_to_disk(place)
    task = build(place)
    assert task.labels == CLASSES
    assert sizes(task) == [96, 12, 12]


def test_columns_have_names_of_the_user_s_choice(tmp_path):
    found = table(10)
    pq.write_table(pa.table({"review": found["text"], "opinion": found["label"]}), tmp_path / "a.parquet")
    assert build(tmp_path / "a.parquet", text="review", label="opinion").labels == CLASSES
    with pytest.raises(Corrupt, match=r"no column 'text', only review, opinion.*task\.text=COLUMN"):
        build(tmp_path / "a.parquet").split("train")


def test_columns_mean_nothing_where_folders_are_the_classes(tmp_path):
    write_tree(tmp_path, 8)
    with pytest.raises(InvalidOption, match=r"task\.text=review names no column"):
        TASKS.build("text_folder", data=str(tmp_path), text="review").split("train")


def test_other_columns_are_other_data(tmp_path):
    found = table(20)
    again = found["label"][1:] + found["label"][:1]
    pq.write_table(pa.table(found | {"other": again}), tmp_path / "a.parquet")
    first, second = build(tmp_path / "a.parquet"), build(tmp_path / "a.parquet", label="other")
    assert first.content != second.content
    assert first.split("train").targets.tolist() != second.split("train").targets.tolist()


def test_labels_from_1_on_make_no_class_without_data(tmp_path):
    found = table(20)
    numbers = [CLASSES.index(label) + 1 for label in found["label"]]
    pq.write_table(pa.table({"text": found["text"], "label": numbers}), tmp_path / "a.parquet")
    task = build(tmp_path / "a.parquet")
    assert task.labels == ("1", "2", "3")
    assert task.shape.output.classes == 3
    assert task.split("train").targets.bincount().tolist() == [16] * 3


@pytest.mark.parametrize("part", ["train", "test"])
def test_one_class_alone_is_refused(tmp_path, part):
    for name in ("train", "test"):
        found = table(10, 100 * len(name))
        labels = ["dull"] * 30 if name == part else found["label"]
        pq.write_table(pa.table({"text": found["text"], "label": labels}), tmp_path / f"{name}.parquet")
    with pytest.raises(Corrupt, match="the one class 'dull'; at least two"):
        build(tmp_path).split("train")


def test_a_byte_order_mark_is_no_token(tmp_path):
    write_tree(tmp_path, 10)
    marked, plain = build(tmp_path, level="byte"), build(tmp_path, level="byte")
    expected = plain.split("train").inputs
    for path in tmp_path.rglob("*.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert torch.equal(marked.split("train").inputs, expected)
    found = table(10)
    found["text"] = ["\ufeff" + text for text in found["text"]]
    pq.write_table(pa.table(found), tmp_path / "train.parquet")
    assert build(tmp_path / "train.parquet", level="byte", length=64).split("train").inputs[:, 0].eq(67).all()


def test_the_vocabulary_is_that_of_texts_to_train_on(tmp_path):
    write_tree(tmp_path / "train", 10)
    write_tree(tmp_path / "test", 4, 100, ("unseen", "novel", "żółw"))
    (tmp_path / "test" / "unseen").rename(tmp_path / "test" / "dull")
    (tmp_path / "test" / "novel").rename(tmp_path / "test" / "fine")
    (tmp_path / "test" / "dull" / "0.txt").write_text("nobody wrote this")
    samples = build(tmp_path).split("test")
    assert samples.inputs[0].tolist() == [UNKNOWN] * 3 + [PADDING] * 13


def test_hidden_files_and_other_files_are_no_texts(tmp_path):
    write_tree(tmp_path, 20)
    for name in ("._0.txt", "notes.md", ".ipynb_checkpoints/1-checkpoint.txt", "Thumbs.db"):
        path = tmp_path / "dull" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("this is no text of the set")
    assert sum(sizes(build(tmp_path))) == 60


def test_a_class_may_be_called_like_a_part(tmp_path):
    write_tree(tmp_path, 20, classes=("train", "plane", "test"))
    assert build(tmp_path).labels == ("plane", "test", "train")


def test_linked_folders_are_read(tmp_path):
    write_tree(tmp_path / "set", 20)
    (tmp_path / "set" / "dull").rename(tmp_path / "elsewhere")
    (tmp_path / "set" / "dull").symlink_to(tmp_path / "elsewhere")
    assert sum(sizes(build(tmp_path / "set"))) == 60


def test_a_text_that_is_not_utf_8_is_named(tmp_path):
    write_tree(tmp_path, 20)
    (tmp_path / "fine" / "3.txt").write_bytes(b"na\xefve")
    with pytest.raises(Corrupt, match=r"fine/3\.txt is no text in UTF-8: byte 2 is 0xef.*Save it as UTF-8"):
        build(tmp_path).split("train")


def test_so_many_texts_are_trained_on_and_the_rest_stays(tmp_path):
    write_tree(tmp_path, 40)
    few, whole = build(tmp_path, samples=30), build(tmp_path)
    assert few.split("train").targets.bincount().tolist() == [10, 10, 10]
    assert torch.equal(few.split("validation").inputs, whole.split("validation").inputs)
    with pytest.raises(InvalidOption, match="samples is 97, but there are 96"):
        build(tmp_path, samples=97).split("train")


def test_a_question_is_a_text_whose_class_is_asked_for(tmp_path):
    write_tree(tmp_path, 40)
    task = build(tmp_path)
    assert task.text(task.encode("A dull film").tokens) == "a dull film"
    with pytest.raises(InvalidOption, match=r"there is no word in '\.\.\.'"):
        task.encode("...")


def test_other_labels_of_equal_size_and_time_are_other_data(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text("text,label\n" + "".join(f"{text_of(i % 2, i)},{i % 2}\n" for i in range(60)))
    before, status = build(place).content, place.stat()
    place.write_text(
        place.read_text().replace(",0\n", ",x\n").replace(",1\n", ",0\n").replace(",x\n", ",1\n")
    )
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert place.stat().st_size == status.st_size
    assert build(place).content != before


def test_a_missing_place_is_named(tmp_path):
    with pytest.raises(MissingFile, match=r"nowhere.*Correct task\.data"):
        build(tmp_path / "nowhere").split("train")


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_an_empty_part_is_named(tmp_path, part):
    for number, name in enumerate(("train", "validation", "test")):
        found = table(10, 100 * number) if name != part else {"text": [], "label": []}
        pq.write_table(pa.table(found), tmp_path / f"{name}.parquet")
    with pytest.raises(Corrupt, match=rf"{part}\.parquet has no rows\. Fill or remove it"):
        build(tmp_path).split("train")
