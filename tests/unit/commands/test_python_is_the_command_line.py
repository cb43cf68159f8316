"""`regard.run` and `regard.compare` give what `regard train` and `regard compare` give."""

import builtins
import json

import given_commands
import pytest

import regard
from regard import Spec
from regard.commands.arguments import configured
from regard.configuration import configure
from regard.core.errors import InvalidOption, RegardError, UnknownName

TINY = {"model": {"layers": 1, "features": 8, "heads": 2, "hidden": 8}, "training": {"steps": 4}}
ARGUMENTS = ["model.layers=1", "model.features=8", "model.heads=2", "model.hidden=8", "training.steps=4"]


def command(*arguments: object) -> dict:
    done = given_commands.regard(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("keywords", "arguments"),
    [
        ({}, []),
        ({"mechanism": "linformer", "mechanism.rank": 8}, ["mechanism=linformer", "mechanism.rank=8"]),
        ({"mechanism": Spec.of("linformer", rank=8)}, ["mechanism=linformer", "mechanism.rank=8"]),
        ({"mechanism": ("softmax", "linear", "softmax")}, ["mechanism=[softmax,linear,softmax]"]),
        (
            {"mechanism": ["softmax", ("softmax", "linear", "linear")]},
            ["mechanism=softmax,[softmax,linear,linear]"],
        ),
        (
            {"mechanism": [Spec.of("linformer", rank=4), Spec.of("linformer", rank=8)]},
            ["mechanism=linformer", "mechanism.rank=4,8"],
        ),
        ({"model": {"qk_norm": ["none", "rms"]}}, ["model.qk_norm=none,rms"]),
        ({"model.dropout": 0.2, "training": {"epochs": 3}}, ["model.dropout=0.2", "training.epochs=3"]),
        ({"optimizer": Spec.of("sgd", momentum=0.5)}, ["optimizer=sgd", "optimizer.momentum=0.5"]),
        ({"optimizer": "sgd", "optimizer.clip": None}, ["optimizer=sgd", "optimizer.clip=null"]),
        (
            {"objective": Spec.of("distillation", teacher="~/it's [a] {b}, ${c}\\")},
            ["objective=distillation", "objective.teacher='~/it\\'s [a] {b}, ${c}\\\\'"],
        ),
        (
            {"grid": [0.1, 0.2], "seeds": 7, "margin": 0.02, "level": 0.1},
            ["grid=[0.1,0.2]", "seeds=7", "margin=0.02", "level=0.1"],
        ),
    ],
)
def test_the_same_settings_describe_the_same(keywords, arguments):
    mechanism = keywords.pop("mechanism", "softmax")
    python = configured("digits", mechanism, keywords)
    said = configure(["task=digits", *arguments])

    assert (python.entries, python.model, python.training) == (said.entries, said.model, said.training)
    assert (python.task, python.objective, python.optimizer) == (said.task, said.objective, said.optimizer)
    assert python.comparison == said.comparison


def test_a_task_with_options_is_a_spec():
    assert configured(Spec.of("digits", shift=2), "softmax", {}) == configure(
        ["task=digits", "task.shift=2", "mechanism=softmax"]
    )


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"mechanism": 3}, "A mechanism is a name"),
        ({"task": 3}, "A part is a name or a Spec, not 3"),
        ({"out": 3}, "A project folder is a path, not 3"),
        ({"mechanism": Spec("linformer"), "mechanism.rank": 3}, "beside a Spec"),
        ({"mechanism": "linfomer"}, "Did you mean 'linformer'"),
        ({"lr": 0.1}, "optimizer.rate=VALUE"),
        ({"model": {"layer": 3}}, "Did you mean 'model.layers'"),
        ({"model": {"layers": 2.0}}, "cannot be 2.0"),
        ({"model": {"layers": 10**400}}, "64 bits"),
        ({"optimizer.clip": float("inf")}, "finite"),
        ({"training": {"target": float("nan")}}, "finite"),
        ({"model": {"dropout": True}}, "cannot be True"),
        ({"seeds": 3}, "`regard train` does not use seeds: `regard compare` does"),
        ({"mechanism": ["softmax", "linear"]}, "trains one model, not 2"),
    ],
)
def test_a_mistake_in_python_gets_the_same_line(keywords, message, tmp_path):
    with pytest.raises((InvalidOption, UnknownName)) as caught:
        regard.run(**{"task": "digits", "out": tmp_path, **keywords})

    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_run_gives_what_train_gives(tmp_path):
    trained = regard.run(task="digits", mechanism="linformer", test=True, out=tmp_path / "p", **TINY)

    document = command(
        "train", "task=digits", "mechanism=linformer", *ARGUMENTS, "--test", "--out", tmp_path / "c"
    )
    assert trained.to_json() | {"folder": ""} == document | {"folder": ""}
    assert "validation accuracy" in str(trained)
    assert set(trained.to_pandas()["name"]) >= {"train/loss", "validation/score"}
    assert next(trained.load().parameters()).isfinite().all()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def compared(project):
    settings = {"seeds": 3, "grid": [0.01], "mechanism": ["softmax", "uniform"]}
    return regard.compare(task="digits", out=project, **settings, **TINY)


class TestCompare:
    def test_gives_what_the_command_gives(self, compared, project):
        said = ["mechanism=softmax,uniform", "seeds=3", "grid=[0.01]"]

        assert command("compare", "task=digits", *said, *ARGUMENTS, "--out", project) == compared.to_json()
        assert compared == regard.ComparisonResult.read(project)

    def test_prints_the_table_and_becomes_a_frame(self, compared, monkeypatch):
        for word in ("softmax", "uniform", "verdict", "params"):
            assert word in str(compared)
        assert list(compared.to_pandas()["label"]) == ["softmax", "uniform"]
        assert "difference_verdict" in compared.to_pandas()

        real = builtins.__import__

        def without_pandas(name, *arguments):
            if name == "pandas":
                raise ImportError(name)
            return real(name, *arguments)

        monkeypatch.setattr(builtins, "__import__", without_pandas)
        with pytest.raises(RegardError, match=r"pip install 'regard\[pandas\]'"):
            compared.to_pandas()


def test_the_comparison_package_does_not_hide_the_function():
    import regard.comparison  # noqa: PLC0415

    assert callable(regard.compare)
    assert regard.comparison.Comparison
