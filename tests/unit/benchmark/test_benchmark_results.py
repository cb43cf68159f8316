"""From planted cells to exponents, crossovers, tables, advice, files and pages."""

import dataclasses
import io
import json

import pytest
from planted import LENGTHS, planted
from rich.console import Console

from regard.benchmark import FUSED, UNFUSED, Benchmark, Contender
from regard.core.errors import InvalidOption
from regard.core.results import BenchmarkResult
from regard.core.results.advice import advice, fastest
from regard.core.results.benchmark_flat import records, throughput
from regard.core.results.benchmark_table import tables, text_of
from regard.core.results.gaps import gaps
from regard.core.results.keeping import csv_of
from regard.core.results.short_list import short_list
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS
from regard.report import write_report
from regard.store import Store


@pytest.fixture(scope="module")
def result() -> BenchmarkResult:
    return planted()


def test_exponents_are_those_of_lengths_from_1024_on(result):
    found = {row.label: row.exponent("forward", causal=True) for row in result.rows}

    assert found["softmax"].exponent == pytest.approx(2)
    assert found["linear"].exponent == pytest.approx(1)
    assert found["linear"].lengths == (1024, 4096, 16384)
    assert found["softmax[plain]"].low is None
    assert result.row("linear").exponent("forward_bytes", causal=True).exponent == pytest.approx(1)
    assert result.row("linear").exponent("step", causal=True) is None


def test_crossovers_are_against_both_forms_of_softmax(result):
    linear = result.row("linear")

    assert str(linear.crossover("forward", "softmax", causal=True)) == "from about 2000 on"
    assert str(linear.crossover("forward", "softmax[plain]", causal=True)) == "from about 400 on"
    assert (
        str(result.row("softmax[plain]").crossover("forward", "softmax", causal=True)) == "never up to 4096"
    )
    assert result.row("softmax").crossovers == ()


def test_the_advice_names_the_fastest_that_reads_and_who_is_as_fast(result):
    best = fastest(result, (True, 16384), "forward")

    assert (best.row.label, best.equal) == ("linear", ("performer",))
    assert best.times_as_fast == pytest.approx(16384 / 2000)
    assert fastest(result, (True, 256), "training").row.label == "softmax"
    assert fastest(result, (True, 256), "step") is None
    assert advice(result)[-1] == "Not advised, as they mix by position alone: identity."
    assert "256 positions, causal: forward softmax (0.0655 ms)" in advice(result)[1]


def test_a_short_list_says_what_keeps_a_budget_and_what_it_is(result):
    found = {one.row.label: one for one in short_list(result, (True, 1024), 2.04)}

    assert {label: one.place for label, one in found.items()} == {
        "identity": "within",
        "softmax": "within",
        "linear": "on the border",
        "performer": "on the border",
        "softmax[plain]": "beyond",
    }
    assert found["softmax"].claims == "softmax, causal, streams"
    assert found["performer"].nature == "near softmax, error 0.30"
    assert found["linear"].nature == "another function"
    assert found["identity"].nature == "mixes by position alone"


def test_what_is_missing_is_told_once_with_its_reason(result):
    assert [str(gap) for gap in gaps(result)] == [
        "softmax[plain] (causal at 16384): forward pass, backward pass: "
        "It would take about 3 s, and the limit is 1 s."
    ]


def test_a_result_is_the_same_after_a_round_through_json(result):
    again = BenchmarkResult.from_json(json.loads(json.dumps(result.to_json())))

    assert again == result


def test_the_csv_has_a_line_per_cell_and_throughput_counts_positions(result):
    lines = csv_of(records(result)).splitlines()

    assert len(lines) == 1 + 5 * len(LENGTHS)
    cell = result.row("linear").cell((True, 1024))
    assert throughput(result, cell) == pytest.approx(1024 / 2.048e-3)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_tables_are_as_wide_as_the_terminal_and_keep_name_and_time(result, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    for table in tables(result, console):
        console.print(table)
    shown = console.file.getvalue()

    assert max(map(len, shown.splitlines())) <= width
    for word in ("performer", "forward", "mean(v)", "never up to 4096", "2.00 [2.00, 2.00]"):
        assert word in shown


def test_printed_it_is_everything_the_terminal_shows(result):
    shown = str(result)

    assert shown == text_of(result)
    for words in ("FLOPs", "16384 positions, causal", "Not measured: softmax[plain]", "= 1.00"):
        assert (words in shown) == (words != "= 1.00")


def test_the_page_shows_advice_figures_and_gaps(result, tmp_path):
    with Store(tmp_path) as store:
        path = BenchmarkResult.path_in(store.folder, result.digest)
        path.parent.mkdir()
        result.write(path)

    page = write_report(tmp_path).read_text("utf-8")

    assert "could not be drawn" not in page
    for words in ("What attention costs", "from about 2000 on", "never up to 4096", "a planted machine"):
        assert words in page
    assert page.count('<svg class="plot"') == 5 + 5 + 1
    assert "interrupted" not in page


def test_a_page_of_one_length_has_no_lines(tmp_path):
    one = planted((1024,))
    with Store(tmp_path) as store:
        path = BenchmarkResult.path_in(store.folder, one.digest)
        path.parent.mkdir()
        one.write(path)

    page = write_report(tmp_path).read_text("utf-8")

    assert page.count('<svg class="plot"') == 1
    assert "Time by length" not in page


def test_a_result_that_is_damaged_is_named_and_costs_nothing_else(result, tmp_path):
    with Store(tmp_path) as store:
        path = BenchmarkResult.path_in(store.folder, result.digest)
        path.parent.mkdir()
        result.write(path)
        path.with_name("other.json").write_text("{")

    page = write_report(tmp_path).read_text("utf-8")

    assert "Not shown, as a file cannot be read" in page
    assert "from about 2000 on" in page


@pytest.mark.parametrize("change", [{"lengths": (64,)}, {"batch": 2}, {"dtype": "bfloat16"}, {"seed": 1}])
def test_another_setting_is_another_benchmark(change):
    one = Benchmark(contenders=())

    assert one.digest_on({}) == Benchmark(contenders=()).digest_on({})
    assert one.digest_on({}) != dataclasses.replace(one, **change).digest_on({})
    assert one.digest_on({}) != one.digest_on({"machine": "another"})


def test_softmax_comes_first_in_both_forms_and_equal_settings_are_equal():
    linear, local = (Contender(MECHANISMS.complete(Spec(name))) for name in ("linear", "local"))

    one = Benchmark(contenders=(local, linear, FUSED), lengths=(256, 64, 64))

    assert one.contenders == (FUSED, UNFUSED, linear, local)
    assert one.lengths == (64, 256)
    assert one == Benchmark(contenders=(linear, local), lengths=(64, 256))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lengths": ()}, "at least one value"),
        ({"lengths": (1,)}, "lengths must be at least 2"),
        ({"scales": (0.0,)}, "above 0"),
        ({"rounds": 0}, "rounds must be at least 1"),
        ({"causal": ("x",)}, "causal cannot hold 'x'"),
        ({"heads": 4, "key_heads": 3}, "key_heads=3 must divide heads=4"),
    ],
)
def test_values_that_mean_nothing_are_refused(change, words):
    with pytest.raises(InvalidOption, match=words):
        Benchmark(contenders=(), **change)
