"""A trained model is used without the data on which it was trained."""

import json
import random
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from image_files import write_idx, write_tree
from typer.testing import CliRunner

from regard import load
from regard.cli import app
from regard.core.errors import Corrupt, MissingFile
from regard.core.run import Run
from regard.core.run_files import INTERFACE
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.shapes import (
    BottleneckOutput,
    ClassOutput,
    ImageInput,
    PairInput,
    Shape,
    TokenInput,
    TokenOutput,
)
from regard.core.spec import Spec
from regard.training import fit, fit_packed
from regard.training.checkpoints.loading import load_task


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("REGARD_DATA", raising=False)
    return monkeypatch


def sentences(count, opinion):
    rng = random.Random(opinion)
    return [" ".join([opinion, *rng.choices(["a", "film", "that", "was", "so"], k=6)]) for _ in range(count)]


def write_reviews(place):
    texts = [each for pair in zip(sentences(60, "poor"), sentences(60, "fine"), strict=True) for each in pair]
    place.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"text": texts, "label": [0, 1] * 60}), place)


def write_images(folder):
    write_tree(folder, ("cat", "dog", "żółw"), 10)
    return Spec.of("image_folder", data=str(folder), resolution=8, augmentation=())


def write_texts(folder):
    write_reviews(folder / "train.parquet")
    return Spec.of("text_folder", data=str(folder), length=8)


def write_imdb(folder):
    write_reviews(folder / "imdb" / "train.parquet")
    texts = [*sentences(70, "poor")[60:], *sentences(70, "fine")[60:]]
    pq.write_table(pa.table({"text": texts, "label": [0] * 10 + [1] * 10}), folder / "imdb" / "test.parquet")
    return Spec.of("imdb", data=str(folder), length=8, held_out=5)


def write_characters(folder):
    folder.mkdir()
    rng = random.Random(0)
    (folder / "a.txt").write_text("".join(rng.choices("żabcdefgh ", k=3_000)), "utf-8")
    return Spec.of("text_lm", file=str(folder / "a.txt"), length=8)


def write_mnist(folder):
    for part, count in (("train", 40), ("t10k", 8)):
        images = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(folder / "mnist" / f"{part}-images-idx3-ubyte", images)
        write_idx(folder / "mnist" / f"{part}-labels-idx1-ubyte", np.arange(count) % 4)
    return Spec.of("mnist", data=str(folder), resolution=8)


WRITERS = (write_images, write_texts, write_imdb, write_characters, write_mnist)


def described(spec, seed=0):
    pool = "class" if spec.name in ("image_folder", "mnist") else "mean"
    model = ModelSettings(layers=1, features=8, heads=2, hidden=8, pool=pool)
    training = TrainingSettings(steps=2, batch=8, evaluate_every=1)
    return Run(task=spec, mechanisms=(Spec("softmax"),), model=model, training=training, seed=seed)


def trained(spec, folder):
    run = described(spec)
    list(fit(run, folder, device="cpu"))
    return run


@pytest.mark.parametrize("write", WRITERS)
def test_a_model_and_its_task_are_loaded_after_the_data_have_gone(tmp_path, write, own_cache):
    run = trained(write(tmp_path / "data"), tmp_path / "run")
    task, before = load_task(tmp_path / "run"), load(tmp_path / "run")
    samples = task.split("test")[:3]
    shutil.move(tmp_path / "data", tmp_path / "moved")
    own_cache.setenv("REGARD_CACHE", str(tmp_path / "another cache"))

    model, alone = load(tmp_path / "run"), load_task(tmp_path / "run")

    assert alone.shape == task.shape
    assert alone.labels == task.labels
    first, second = task.prepare(samples), alone.prepare(samples)
    assert torch.equal(first.inputs, second.inputs)
    assert torch.equal(before(*first.given), model(*second.given))
    if run.task.name not in ("image_folder", "mnist"):
        assert alone.text(samples.inputs[0]) == task.text(samples.inputs[0])
    with pytest.raises(MissingFile):
        alone.split("train")


def test_seeds_trained_together_keep_what_their_models_need(tmp_path):
    spec = write_images(tmp_path / "data")
    runs = [described(spec, seed) for seed in (0, 1)]
    folders = [tmp_path / str(run.seed) for run in runs]
    list(fit_packed(runs, folders, device="cpu"))
    shutil.rmtree(tmp_path / "data")
    assert all(load(folder) for folder in folders)


@pytest.mark.parametrize("write, question", [(write_texts, "a poor film"), (write_characters, "żab")])
def test_a_question_is_answered_after_the_data_have_gone(tmp_path, write, question, own_cache):
    trained(write(tmp_path / "data"), tmp_path / "run")
    shutil.rmtree(tmp_path / "data")
    own_cache.setenv("REGARD_CACHE", str(tmp_path / "another cache"))

    said = CliRunner().invoke(app, ["ask", str(tmp_path / "run"), question, "--json"])

    assert said.exit_code == 0, said.output
    document = json.loads(said.stdout)
    assert document["answer"] in ("0", "1") if write is write_texts else len(document["answer"]) == 6


def test_a_run_without_the_file_is_loaded_by_its_data(tmp_path):
    trained(write_images(tmp_path / "data"), tmp_path / "run")
    (tmp_path / "run" / INTERFACE).unlink()
    assert load(tmp_path / "run")
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(MissingFile, match=r"Correct task\.data"):
        load(tmp_path / "run")


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"run": "x"}', None])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, damage):
    run = trained(write_images(tmp_path / "data"), tmp_path / "run")
    content = json.dumps({"run": run.digest, "shape": {"input": 1}}).encode() if damage is None else damage
    (tmp_path / "run" / INTERFACE).write_bytes(content)
    for use in (load, load_task):
        with pytest.raises(Corrupt, match=r"interface\.json .*Remove it"):
            use(tmp_path / "run")


@pytest.mark.parametrize(
    "shape",
    [
        Shape(TokenInput(5, 7, causal=True), TokenOutput(5)),
        Shape(ImageInput(3, 8, 4), ClassOutput(2)),
        Shape(PairInput(5, 7), BottleneckOutput(5, 7)),
    ],
)
def test_a_shape_comes_back_from_json(shape):
    assert Shape.from_json(json.loads(json.dumps(shape.to_json()))) == shape
