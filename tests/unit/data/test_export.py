"""What `--export` writes can be read back."""

import io
import random
from dataclasses import replace
from typing import final

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from datasets import Image, load_dataset
from PIL import Image as Pillow

from regard.core.errors import Unwritable
from regard.core.shapes import ClassOutput, PairInput, Shape, TokenInput, TokenOutput
from regard.data.export import export
from regard.data.samples import Samples
from regard.data.task import Task
from regard.tasks.arithmetic import Arithmetic
from regard.tasks.digits import Digits
from regard.tasks.retrieval import Retrieval
from regard.tasks.text_lm import TextLm


@final
class Given(Task):
    """Whatever samples it is given, in all splits."""

    metric = "accuracy"
    chance = 0.5

    def __init__(self, shape, samples):
        self.shape, self.samples = shape, samples

    def split(self, name):
        return self.samples

    def identities(self, samples):
        return [str(row) for row in samples.inputs.tolist()]

    def show(self, samples, i):
        return str(samples.inputs[i].tolist())


def test_sequences_become_lines(tmp_path):
    task = Arithmetic(digits=1)
    written = export(task, tmp_path / "neu" / "größe")
    assert [path.name for path in written] == ["train.txt", "validation.txt", "test.txt"]
    for path, name in zip(written, ("train", "validation", "test"), strict=True):
        samples = task.split(name)
        assert path.read_text("utf-8").splitlines() == [task.show(samples, i) for i in range(len(samples))]


def test_images_become_parquet_that_datasets_decodes(tmp_path):
    task = Digits()
    export(task, tmp_path)
    rows = load_dataset(
        "parquet", data_files={"test": str(tmp_path / "test.parquet")}, cache_dir=str(tmp_path / "cache")
    )["test"]
    samples = task.split("test")
    assert len(rows) == len(samples)
    assert isinstance(rows.features["image"], Image)
    assert rows.features["label"].names == [str(digit) for digit in range(10)]
    for i in (0, 100, 358):
        assert np.array_equal(np.asarray(rows[i]["image"]), task.picture(samples, i).numpy())
        assert rows[i]["label"] == samples.targets[i]


def test_images_are_stored_without_loss(tmp_path):
    task = Digits()
    export(task, tmp_path)
    first = pq.read_table(tmp_path / "train.parquet").to_pylist()[0]
    image = Pillow.open(io.BytesIO(first["image"]["bytes"]))
    assert image.format == "PNG"
    assert np.array_equal(np.asarray(image), task.picture(task.split("train"), 0).numpy())


def test_pairs_become_parquet_without_their_padding(tmp_path):
    inputs = torch.tensor([[[1, 2, 0], [3, 4, 5]]])
    keys = torch.tensor([[[True, True, False], [True, True, True]]])
    task = Given(Shape(PairInput(6, 3), ClassOutput(2)), Samples(inputs, torch.tensor([1]), keys))
    export(task, tmp_path)
    assert pq.read_table(tmp_path / "test.parquet").to_pylist() == [
        {"first": [1, 2], "second": [3, 4, 5], "first_text": "1 2", "second_text": "3 4 5", "label": 1}
    ]


def test_passages_become_parquet_that_a_person_can_read(tmp_path):
    for i in range(20):
        (tmp_path / f"{i}.txt").write_text(" ".join(f"wört{i}x{j}" for j in range(40)), "utf-8")
    task = Retrieval(folder=str(tmp_path), length=20, samples=4, held_out=2)
    export(task, tmp_path)
    for row in pq.read_table(tmp_path / "test.parquet").to_pylist():
        assert row["first_text"] == task.text(torch.tensor(row["first"]))
        assert all(word.startswith("wört") for word in row["second_text"].split())


@pytest.mark.parametrize("separator", list("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"))
@pytest.mark.parametrize("level", ["character", "byte"])
def test_a_text_becomes_one_line_for_each_sample_whatever_its_separators(tmp_path, separator, level):
    letters = random.Random(0).choices(["a", "b", "c", separator], k=4_000)
    (tmp_path / "text.txt").write_text("".join(letters), "utf-8", newline="")
    task = TextLm(file=str(tmp_path / "text.txt"), length=12, level=level)
    written = export(task, tmp_path)
    for path, name in zip(written, ("train", "validation", "test"), strict=True):
        assert len(path.read_text("utf-8").splitlines()) == len(task.split(name))


def test_graphs_become_parquet_with_lists_of_edges(tmp_path):
    edges = torch.tensor([[[True, False], [True, True]]])
    samples = Samples(torch.tensor([[7, 8]]), torch.tensor([[-100, 1]]), None, edges)
    export(Given(Shape(TokenInput(9, 2, causal=False), TokenOutput(2)), samples), tmp_path)
    assert pq.read_table(tmp_path / "train.parquet").to_pylist() == [
        {"nodes": [7, 8], "edges": [[0, 0], [1, 0], [1, 1]], "labels": [-100, 1]}
    ]


def test_an_export_leaves_nothing_half_written(tmp_path):
    broken = Arithmetic(digits=1)
    broken.show = lambda samples, i: "line" if i < 3 else 1 / 0
    with pytest.raises(ZeroDivisionError):
        export(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["test.txt", "train.parquet"])
def test_a_file_that_is_there_is_not_written_over(tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(Unwritable, match=f"{name} exists and is not written over"):
        export(Arithmetic(digits=1), tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_file_in_the_way_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unwritable, match="cannot be written"):
        export(Arithmetic(digits=1), tmp_path / "file")


def test_many_samples_go_through_memory_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.data.export.AT_ONCE", 7)
    task = Digits()
    samples = task.split("train")
    monkeypatch.setattr(task, "split", lambda name: replace(samples[:20]))
    export(task, tmp_path)
    assert pq.read_table(tmp_path / "train.parquet")["label"].to_pylist() == samples.targets[:20].tolist()
