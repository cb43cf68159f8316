"""`regard ask` as a user gives it, to runs that were really trained."""

import json
from pathlib import Path

import pytest
import torch
from given_commands import regard

from regard import load
from regard.data.decoding import decode_greedily
from regard.tasks.arithmetic import ALPHABET

TINY = ["model.layers=1", "model.features=16", "model.heads=2", "model.hidden=16"]


def refusal(*arguments: object) -> str:
    """The one line with which a command is refused."""
    done = regard("ask", *arguments)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Addition of single digits."""
    folder = tmp_path_factory.mktemp("asked")
    options = ["task.digits=1", "task.reverse=false", "training.steps=60", "training.batch=16"]
    done = regard("train", "task=arithmetic", *options, *TINY, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def run(project: Path) -> Path:
    (folder,) = (project / "runs").iterdir()
    return folder


@pytest.fixture(scope="module")
def expected(run: Path) -> str:
    """What the model writes behind `2+3=` when it reads everything again for each token."""
    prompt = torch.tensor([[ALPHABET.index(sign) for sign in "2+3="]])
    with torch.no_grad():
        return "".join(ALPHABET[token] for token in decode_greedily(load(run), prompt, 2)[0])


def as_read(written):
    """Written from the last digit on, read from the first on."""
    number = written[::-1]
    return str(int(number)) if number.isdigit() else written


def test_a_trained_model_answers_and_shows_its_choices(run, expected):
    done = regard("ask", run, "2+3=", "--top", "2")
    lines = done.stdout.splitlines()

    assert done.returncode == 0, done.stderr
    assert lines[0] == as_read(expected)
    assert lines[1].split() == ["step", "written", "choice", "1", "choice", "2"]
    assert lines[2].split()[:3] == ["1", expected[0], expected[0]]
    assert len(lines) == 4


def test_the_same_as_json_by_the_beginning_of_a_digest(project, run, expected):
    document = json.loads(regard("ask", project / run.name[:6], "2+3", "--json", "--top", "3").stdout)

    assert (document["answer"], document["question"], document["run"]) == (as_read(expected), "2+3", run.name)
    assert [step["token"] for step in document["steps"]] == list(expected)
    for step in document["steps"]:
        shares = [choice["probability"] for choice in step["choices"]]
        assert len(shares) == 3
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 1 + 1e-6
        assert step["choices"][0]["token"] == step["token"]


def test_a_seed_draws_the_same_answer(run):
    drawn = [
        regard("ask", run, "2+3=", "--temperature", "50", "--seed", seed, "--json").stdout
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_masked_form_fills_its_slots_at_once(tmp_path):
    options = ["task.digits=1", "task.form=masked", "training.steps=4", "task.reverse=false"]
    assert regard("train", "task=arithmetic", *options, *TINY, "--out", tmp_path).returncode == 0
    (folder,) = (tmp_path / "runs").iterdir()
    document = json.loads(regard("ask", folder, "2+3=", "--json").stdout)

    assert len(document["steps"]) == 2


def test_a_text_is_continued_as_far_as_is_asked_for(tmp_path):
    (tmp_path / "text.txt").write_text("".join(f"the {i} of {i * i}\n" for i in range(2000)), "utf-8")
    options = [f"task.file={tmp_path / 'text.txt'}", "task.length=16", "training.steps=4"]
    assert regard("train", "task=text_lm", *options, *TINY, "--out", tmp_path / "out").returncode == 0
    (folder,) = (tmp_path / "out" / "runs").iterdir()

    documents = [
        json.loads(regard("ask", folder, "the ", "--json", *more).stdout) for more in ([], ["--length", "30"])
    ]
    assert [len(document["answer"]) for document in documents] == [13, 30]
    assert documents[1]["answer"].startswith(documents[0]["answer"])
    assert "no character 'Z'" in refusal(folder, "the Z")


def test_what_cannot_be_asked_is_refused_in_one_line(project, run, tmp_path):
    assert "up to 1 digits" in refusal(run, "12+3=")
    assert "leave out --length" in refusal(run, "2+3=", "--length", "5")
    assert "temperature must be" in refusal(run, "2+3=", "--temperature", "0")
    assert "store.sqlite" in refusal(tmp_path / "nothing", "2+3=")
    assert "no run 'ffff'" in refusal(project / "ffff", "2+3=")


def test_a_run_that_has_no_weights_or_takes_no_text_is_refused_in_one_line(tmp_path):
    assert regard("train", "task=digits", *TINY, "training.steps=1", "--out", tmp_path).returncode == 0
    (folder,) = (tmp_path / "runs").iterdir()

    assert "digits takes no questions as text" in refusal(folder, "2+3=")
    (folder / "best.safetensors").unlink()
    assert "has no best.safetensors" in refusal(folder, "2+3=")
