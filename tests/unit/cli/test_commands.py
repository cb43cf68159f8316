"""What commands refuse before they do anything, in this process."""

import json

import pytest
from typer.testing import CliRunner

import regard
from regard.cli import app, console
from regard.cli.completion import complete, complete_mechanism
from regard.core.errors import RegardError
from regard.optimizers import OPTIMIZERS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "task=digits", "seeds=7"], "`regard train` does not use seeds"),
        (["train", "task=digits", "--at-once", "5"], "Give --seeds 5"),
        (["train", "task=digits", "--seeds", "5", "--at-once", "1000000000"], "at most 1,024"),
        (["train", "task=digits", "--seeds", "10000000"], "at most 1,000 seeds"),
        (["train", "task=digits", "--seed", "99999999999999999999"], "64 bits"),
        (["compare", "task=digits", "mechanism=softmax,linear", "seeds=10000000"], "at most 1,000 seeds"),
        (["compare", "task=digits", "mechanism=softmax,linear", "--at-once", "1000000000"], "at most 1,024"),
        (["compare", "task=digits", "mechanism=softmax,linear", "--workers", "100000"], "at most 1,024"),
        (["compare", "task=digits", "mechanism=softmax,linear", "optimizer.rate=0.1"], "grid=[VALUE]"),
        (["compare", "task=digits", "mechanism=softmax,linear", "margin=nan"], "margin must lie"),
        (["check", "softmax", "task=digits"], "`regard check` does not use task"),
        (["check", "adversarial"], "'adversarial' is no mechanism of its own here. It is an objective"),
        (["check", "all", "seeds=3"], "`regard check` does not use seeds"),
        (["mechanisms", "linformer", "model.layers=3"], "`regard mechanisms` does not use model.layers"),
        (["task", "digits", "mechanism=softmax"], "`regard task` does not use mechanism"),
        (["task", "digits", "task.shift=1"], "Write shift=VALUE"),
        (["task", "--examples", "3"], "--examples needs a task"),
        (["task", "--export", "here"], "--export needs a task"),
        (["settings", "digits", "lr=0.1"], "optimizer.rate"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else "",
)
def test_what_is_not_used_or_has_no_bound_is_refused(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, arguments)

    assert isinstance(done.exception, RegardError), done.output
    assert message in str(done.exception)
    assert not list(tmp_path.glob("*/runs"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bert", ["'bert' is softmax here", "1706.03762", "matmul_flops: 1,048,576"]),
        ("adversarial", ["no mechanism", "objective=adversarial"]),
    ],
)
def test_a_name_from_elsewhere_tells_what_stands_behind_it(name, told):
    done = CliRunner().invoke(app, ["mechanisms", name])

    assert done.exit_code == 0
    assert all(each in done.stdout for each in told)


def test_a_name_from_elsewhere_is_told_as_json_too():
    entry = json.loads(CliRunner().invoke(app, ["mechanisms", "sparse", "keep=4", "--json"]).stdout)

    assert (entry["name"], entry["note"].partition(".")[0]) == ("top_k", "'sparse' is top_k here")


def test_completion_offers_names_from_elsewhere():
    assert complete_mechanism("ber") == ["bert"]


def test_the_version_is_told():
    assert CliRunner().invoke(app, ["--version"]).output == f"regard {regard.__version__}\n"


def test_completion_can_be_installed():
    assert "--install-completion" in CliRunner().invoke(app, ["--help"]).output


@pytest.mark.parametrize(
    ("incomplete", "offered"),
    [
        ("ta", ["task="]),
        ("task=dig", ["task=digits"]),
        ("mechanism=softmax,linf", ["mechanism=softmax,linformer"]),
        ("optimizer=", [f"optimizer={name}" for name in OPTIMIZERS.names()]),
        ("model.layers=", []),
    ],
)
def test_the_shell_is_offered_keys_and_names(incomplete, offered):
    assert complete(incomplete) == offered


def test_meanings_of_settings_stand_below_them_in_a_narrow_terminal(monkeypatch):
    monkeypatch.setattr(console.results, "_width", 40)
    lines = [line.rstrip() for line in CliRunner().invoke(app, ["settings", "digits"]).output.splitlines()]

    assert "model              value" in lines
    assert lines[lines.index("model.layers       3") + 1] == "    Blocks, one above another, each with"


def test_settings_are_listed_for_people_and_as_json():
    plain = CliRunner().invoke(app, ["settings", "digits"]).output
    document = CliRunner().invoke(app, ["settings", "digits", "--json"]).output

    assert "training.evaluate_every" in plain
    assert "Handwritten digits as 16 patches" in plain
    assert '"key": "optimizer.rate"' in document
