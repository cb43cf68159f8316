"""`regard.bench` describes what `regard bench` describes, and gives its result."""

import pytest

import regard
from regard import Spec
from regard.commands.arguments import mechanisms_said
from regard.configuration.benchmark import configure_benchmark, settings_of_benchmarks
from regard.configuration.budget import budget_ms
from regard.configuration.overrides import given
from regard.core.errors import InvalidOption


def in_python(mechanism, **settings):
    keys, specs = mechanisms_said(mechanism, settings)
    return configure_benchmark(given(keys, list(keys)), mechanisms=specs).benchmark


@pytest.mark.parametrize(
    ("mechanism", "settings", "arguments"),
    [
        ("linear", {}, ["mechanism=linear"]),
        (["linear", "local"], {"lengths": [64, 256]}, ["mechanism=linear,local", "lengths=64,256"]),
        (["linear"], {"causal": True, "batch": 4}, ["mechanism=linear", "causal=true", "batch=4"]),
        (
            Spec.of("performer", features=8),
            {"dtype": "bfloat16", "scales": [1, 2.5]},
            ["mechanism=performer", "mechanism.features=8", "dtype=bfloat16", "scales=1,2.5"],
        ),
        (
            "performer",
            {"mechanism.features": [8, 16], "causal": [False, True]},
            ["mechanism=performer", "mechanism.features=8,16", "causal=false,true"],
        ),
        ("linear", {"lengths": 64}, ["mechanism=linear", "lengths=[64]"]),
    ],
)
def test_the_same_settings_describe_the_same(mechanism, settings, arguments):
    assert in_python(mechanism, **settings) == configure_benchmark(arguments).benchmark


def test_what_is_no_length_is_told_with_what_is():
    with pytest.raises(InvalidOption, match=r"lengths cannot hold 'abc'\. Give whole numbers in brackets"):
        configure_benchmark(["mechanism=softmax", "lengths=64,abc"])


def test_without_a_mechanism_the_whole_catalog_is_meant():
    choice = configure_benchmark(["lengths=64"])

    assert choice.whole_catalog
    names = [each.spec.name for each in choice.benchmark.contenders]
    assert names == ["softmax", "softmax", *(name for name in regard.list_mechanisms() if name != "softmax")]


def test_every_setting_but_the_seed_is_a_key():
    assert settings_of_benchmarks() == [
        "lengths",
        "causal",
        "batch",
        "heads",
        "key_heads",
        "key_features",
        "value_features",
        "dtype",
        "scales",
        "rounds",
    ]


def test_a_result_comes_back_and_is_kept(tmp_path):
    result = regard.bench(
        mechanism=["linear"], lengths=[16], causal=True, heads=1, key_features=4, rounds=1, out=tmp_path
    )

    assert result.complete
    assert [row.label for row in result.rows] == ["softmax", "softmax[plain]", "linear"]
    assert regard.BenchmarkResult.read(tmp_path) == result
    assert "16 positions, causal" in str(result)


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("10ms", 10), ("0.5s", 500), ("0.5 s", 500), ("200us", 0.2), (" 3. ms", 3)]
)
def test_a_budget_is_a_time_with_its_unit(text, milliseconds):
    assert budget_ms(text) == pytest.approx(milliseconds)


@pytest.mark.parametrize("text", ["10", "ms", "-1ms", "0ms", "1e400s", "10 hours"])
def test_what_is_no_time_above_0_is_refused(text):
    with pytest.raises(InvalidOption, match="A budget is a time such as 10ms"):
        budget_ms(text)
