"""Settings of the model with several values become entries of a comparison."""

import pytest

from regard.comparison import Comparison
from regard.configuration.configuration import configure


def models(*arguments: str) -> list[tuple[str, dict[str, object]]]:
    entries = configure(["task=digits", *arguments]).entries
    return [(entry.mechanisms[0].name, dict(entry.model)) for entry in entries]


def test_settings_of_the_model_are_crossed_with_mechanisms():
    assert models("mechanism=softmax,linear", "model.qk_norm=none,rms") == [
        ("softmax", {}),
        ("softmax", {"qk_norm": "rms"}),
        ("linear", {}),
        ("linear", {"qk_norm": "rms"}),
    ]


def test_two_sweeps_of_the_model_cross_and_the_first_values_are_the_model_of_all():
    arguments = ["model.qk_norm=rms,none", "model.heads=2,4"]

    assert configure(["task=digits", *arguments]).model.qk_norm == "rms"
    assert configure(["task=digits", *arguments]).model.heads == 2
    assert models(*arguments) == [
        ("softmax", {}),
        ("softmax", {"heads": 4}),
        ("softmax", {"qk_norm": "none"}),
        ("softmax", {"heads": 4, "qk_norm": "none"}),
    ]


def test_one_value_of_a_setting_is_no_sweep():
    assert models("model.qk_norm=rms") == models("model.qk_norm=rms,rms") == [("softmax", {})]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("model.absent='',o", {"absent": "o"}),
        ("model.key_heads=null,2", {"key_heads": 2}),
        ("model.output_gate=false,true", {"output_gate": True}),
        ("model.dropout=0,1e-1", {"dropout": 0.1}),
        ("model.layers=range(2,4)", {"layers": 3}),
    ],
)
def test_values_of_a_sweep_are_read_as_values_alone_are(given, expected):
    assert models(given) == [("softmax", {}), ("softmax", expected)]


@pytest.mark.parametrize("setting", ["qk_norm=none,rms", "dropout=0.1,0", "key_heads=null,2", "absent='',o"])
def test_an_entry_trains_the_very_run_that_its_settings_alone_describe(setting):
    key, _, values = setting.partition("=")
    configuration = configure(["task=digits", "mechanism=softmax", f"model.{setting}"])
    comparison = Comparison(
        task=configuration.task,
        entries=configuration.entries,
        model=configuration.model,
        objective=configuration.objective,
        optimizer=configuration.optimizer,
        training=configuration.training,
        **configuration.comparison,
    )

    for entry, value in zip(comparison.entries, values.split(","), strict=True):
        alone = configure(["task=digits", f"model.{key}={value}", "optimizer.rate=0.01"]).run(3)
        assert comparison.run(entry, 0.01, 3).digest == alone.digest
