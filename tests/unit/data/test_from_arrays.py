"""A user's own arrays: what they are taken for, and what is refused."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from task_cases import broken

import regard
from regard.core.errors import Corrupt, InvalidOption, MissingFile
from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data import from_arrays
from regard.data.checking import SPLITS, TaskSubject
from regard.data.export import export
from regard.experiment import Job, LocalPool, apart
from regard.tasks import TASKS
from regard.training.checkpoints.loading import load_task

RNG = np.random.default_rng(0)
TOKENS = RNG.integers(0, 9, (200, 6))
PARITY = TOKENS.sum(1) % 2
IMAGES = RNG.integers(0, 256, (200, 3, 8, 8)).astype(np.uint8)
VECTORS = RNG.normal(5, 2, (200, 7, 4))


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path_factory.mktemp("cache")))
    return monkeypatch


def sizes(task):
    return [len(task.split(name)) for name in SPLITS]


def run_on(task, **model):
    settings = {"layers": 1, "features": 8, "heads": 2, "hidden": 8, "pool": "mean", "patch": 1}
    return Run(
        task=task,
        mechanisms=(Spec("softmax"),),
        model=ModelSettings(**settings | model),
        training=TrainingSettings(steps=2, batch=16, evaluate_every=1),
    )


@pytest.mark.parametrize(
    "inputs, targets, shape",
    [
        (TOKENS, PARITY, Shape(TokenInput(9, 6, causal=False), ClassOutput(2))),
        (TOKENS, TOKENS[:, ::-1], Shape(TokenInput(9, 6, causal=False), TokenOutput(9))),
        (TOKENS.astype(np.uint8), PARITY.astype(bool), Shape(TokenInput(9, 6, causal=False), ClassOutput(2))),
        (IMAGES, PARITY + 1, Shape(ImageInput(3, 8, 8), ClassOutput(2))),
        (IMAGES[:, 0], PARITY, Shape(ImageInput(1, 8, 8), ClassOutput(2))),
        (IMAGES / 255, [f"class {p}" for p in PARITY], Shape(ImageInput(3, 8, 8), ClassOutput(2))),
        (VECTORS, PARITY, Shape(ImageInput(4, 1, 7), ClassOutput(2))),
        (VECTORS[:, :, 0], PARITY, Shape(ImageInput(1, 1, 7), ClassOutput(2))),
        (
            torch.from_numpy(TOKENS),
            torch.from_numpy(PARITY),
            Shape(TokenInput(9, 6, causal=False), ClassOutput(2)),
        ),
        (TOKENS.tolist(), PARITY.tolist(), Shape(TokenInput(9, 6, causal=False), ClassOutput(2))),
    ],
)
def test_arrays_are_taken_for_what_they_are_and_trained_on(tmp_path, inputs, targets, shape):
    task = from_arrays(inputs, targets, held_out=0.2)

    assert task.shape == shape
    assert sizes(task) == [120, 40, 40]
    measured = list(regard.fit(run_on(task), tmp_path / "run", device="cpu"))
    assert "validation/score" in {each.name for each in measured}
    assert 0 < task.chance < 1
    assert task.show(task.split("train"), 0)


@pytest.mark.parametrize(
    "inputs, targets", [(TOKENS, PARITY), (IMAGES, PARITY), (VECTORS, PARITY), (TOKENS, TOKENS)], ids="tive"
)
def test_every_law_holds(inputs, targets):
    spec = from_arrays(inputs, targets, held_out=0.3).spec

    assert broken(TaskSubject(TASKS.find("arrays"), spec.settings)) == []


def test_vectors_lie_along_the_positions(tmp_path):
    task = from_arrays(VECTORS, PARITY)
    first = task.split("train").inputs[0, :, 0].T.numpy()
    assert any(np.allclose(first, each) for each in VECTORS)
    inputs = task.prepare(task.split("train")).inputs
    torch.testing.assert_close(inputs.mean((0, 2, 3)), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(inputs.std((0, 2, 3), correction=0), torch.ones(4), atol=1e-4, rtol=0)


def test_labels_of_any_kind_are_classes():
    assert from_arrays(TOKENS, PARITY + 5).labels == ("5", "6")
    assert from_arrays(TOKENS, np.where(PARITY, "odd", "even")).labels == ("even", "odd")


def test_parts_that_are_given_are_kept_and_no_sample_is_in_two_splits():
    more = RNG.integers(0, 9, (30, 6))
    task = from_arrays(TOKENS, PARITY, test=(more, more.sum(1) % 2), validation=(TOKENS[:20], PARITY[:20]))
    assert torch.equal(task.split("test").inputs, torch.from_numpy(more))
    assert sizes(task) == [180, 20, 30]
    assert task.fixed == ("validation", "test")


def test_padding_is_hidden_by_keys():
    keys = np.arange(6) < RNG.integers(1, 7, (200, 1))
    task = from_arrays(TOKENS, PARITY, keys=keys)
    samples = task.split("train")
    assert samples.keys.shape == samples.inputs.shape
    assert not samples.keys.all()


def test_equal_content_is_one_task_and_other_content_another():
    first, again = from_arrays(TOKENS, PARITY), from_arrays(TOKENS.tolist(), PARITY.tolist())
    assert first.spec == again.spec
    assert from_arrays(TOKENS, 1 - PARITY).spec != first.spec
    assert run_on(first).digest == run_on(first.spec).digest == run_on(again).digest
    assert first.content == first.data


def test_other_processes_find_them(tmp_path):
    task = from_arrays(TOKENS, PARITY)
    with LocalPool(Execution(device="cpu")) as pool:
        pool.submit(Job((run_on(task),), folder=tmp_path))
        outcomes = [each.outcome for each in pool.report() if hasattr(each, "outcome")]
    assert outcomes == ["finished"]


def test_a_model_is_used_when_the_cache_is_gone(tmp_path, own_cache):
    task = from_arrays(VECTORS, PARITY)
    samples, labels = task.split("test"), task.labels
    prepared = task.prepare(samples).inputs
    list(regard.fit(run_on(task), tmp_path / "run", device="cpu"))
    own_cache.setenv("REGARD_CACHE", str(tmp_path / "another"))

    alone = load_task(tmp_path / "run")

    assert alone.labels == labels == ("0", "1")
    assert torch.equal(alone.prepare(samples).inputs, prepared)
    assert regard.load(tmp_path / "run")(alone.prepare(samples).inputs).shape == (20, 2)
    with pytest.raises(
        MissingFile, match=r"does not hold the arrays .*from_arrays with the same arrays again"
    ):
        alone.split("test")


def test_they_are_exported(tmp_path):
    assert len(export(from_arrays(VECTORS, PARITY), tmp_path / "vectors")) == 3
    assert len(export(from_arrays(TOKENS, PARITY), tmp_path / "tokens")) == 3


@pytest.mark.parametrize("shape", [(200, 2, 8, 4), (200, 100, 4, 4), (200, 3, 3, 3)], ids=str)
def test_channels_are_taken_for_last_only_where_they_look_so(shape):
    images = np.random.default_rng(0).random(shape)
    assert from_arrays(images, PARITY).shape.input == ImageInput(*shape[1:])


@pytest.mark.parametrize(
    "change",
    [torch.Tensor.bfloat16, lambda x: torch.complex(x, x).conj().imag.neg(), lambda x: x.requires_grad_()],
    ids=["bfloat16", "negated view", "gradient"],
)
def test_tensors_that_numpy_does_not_take_as_they_are_give_their_numbers(change):
    numbers = torch.from_numpy(VECTORS).float().bfloat16().float()
    task, plain = from_arrays(change(numbers.clone()), PARITY), from_arrays(numbers, PARITY)
    assert task.data == plain.data


@pytest.mark.parametrize(
    "inputs, targets, more, words",
    [
        (TOKENS, PARITY[:-1], {}, "200 inputs have 199 targets"),
        (TOKENS, 1, {}, "200 inputs have 1 targets"),
        (VECTORS * 1e300, PARITY, {}, "not finite"),
        (TOKENS - 1, PARITY, {}, "tokens must lie between 0 and 1,048,576, but go from -1"),
        (TOKENS[:0], PARITY[:0], {}, "are empty"),
        (TOKENS[:, 0], PARITY, {}, "are no samples: whole numbers"),
        (np.array([["a"]] * 200), PARITY, {}, "are no samples"),
        ([[1], [1, 2]], [0, 1], {}, "rows differ in length"),
        (np.full((200, 3, 2), np.nan), PARITY, {}, "not finite"),
        (IMAGES, TOKENS, {}, "do not fit inputs"),
        (IMAGES.transpose(0, 2, 3, 1), PARITY, {}, "channels last. Put them first"),
        (TOKENS, TOKENS - 50, {}, "targets of tokens are numbers from 0"),
        (TOKENS, PARITY, {"keys": TOKENS}, "keys are truth values"),
        (TOKENS, PARITY, {"test": (TOKENS[:, :4], PARITY)}, "test: its samples are of another kind"),
        (TOKENS, PARITY, {"test": (VECTORS, PARITY)}, "test: its samples are of another kind"),
        (
            TOKENS,
            PARITY,
            {"keys": TOKENS >= 0, "test": (TOKENS, PARITY)},
            "and no keys instead of .* and keys",
        ),
        (TOKENS, np.where(np.arange(200)[:, None] == 7, -100, TOKENS), {}, "sample 7 asks for nothing"),
        (TOKENS, 0 * TOKENS + 3, {}, "every target is 3, so that there is nothing to learn"),
        (np.ma.array(TOKENS, mask=TOKENS > 5), PARITY, {}, "masked array are hidden. Fill them"),
        (torch.from_numpy(TOKENS).to_sparse(), PARITY, {}, "cannot be made of what is given"),
        (torch.empty(200, 6, device="meta"), PARITY, {}, "cannot be made of what is given"),
        ([torch.zeros(3, dtype=torch.bfloat16)] * 200, PARITY, {}, "cannot be made of what is given"),
        (TOKENS, PARITY, {"held_out": 0.7}, "held_out"),
        (TOKENS, PARITY, {"test": TOKENS}, "test must be a pair .*of type ndarray"),
    ],
)
def test_what_is_no_set_of_samples_is_refused_in_one_line(inputs, targets, more, words):
    with pytest.raises(InvalidOption, match=words) as caught:
        from_arrays(inputs, targets, **more)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "targets, more, words",
    [
        (np.ones(200, int), {}, "the one class '1'"),
        (PARITY, {"test": (TOKENS, np.ones(200, int))}, "for test has the one class '1'"),
        (PARITY, {"test": (TOKENS, PARITY + 1)}, "label '2', of which there are no training data"),
        (PARITY + 0.5, {}, "label '0.5' of type float|label '1.5' of type float"),
        ([None, *PARITY[1:]], {}, "sample 0, has no label"),
    ],
)
def test_labels_that_are_no_classes_are_refused(targets, more, words):
    with pytest.raises(Corrupt, match=words):
        from_arrays(TOKENS, targets, **more)


def test_regard_data_imports_no_images_until_arrays_are_given():
    code = "import sys, regard.data; print('PIL.Image' in sys.modules, callable(regard.data.from_arrays))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True"]


def test_processes_have_the_present_environment_and_not_that_of_their_server(monkeypatch):
    assert list(apart(_caches)) == [os.environ["REGARD_CACHE"]]
    monkeypatch.setenv("REGARD_CACHE", "elsewhere")
    assert list(apart(_caches)) == ["elsewhere"]


def _caches():
    yield os.environ["REGARD_CACHE"]
