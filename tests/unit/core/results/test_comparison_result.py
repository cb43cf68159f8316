"""A comparison's result: JSON both ways, on disk, and what it knows of its rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, final

import pytest

import regard
from regard.core.errors import Corrupt, InvalidOption, MissingFile, UnknownName
from regard.core.results import (
    FLOP_CONVENTION,
    FORMAT,
    ComparisonResult,
    Difference,
    LeftOut,
    ModelCost,
    Result,
    Row,
    Seed,
    TaskFacts,
    Trial,
)
from regard.core.spec import Spec

COST = ModelCost(
    parameters=100,
    mechanism_parameters=0,
    flops=2000,
    mechanism_flops=500,
    latency_ms=0.5,
    latency_low_ms=0.4,
    latency_high_ms=0.6,
    latency_ratio=1.0,
    throughput_per_s=3000.0,
    inference_peak_bytes=4000,
    training_peak_bytes=9000,
    memory_method="by hand",
)


def row(label: str, mean: float | None, difference: Difference | None = None) -> Row:
    return Row(
        mechanism=label,
        label=label,
        specs=(Spec.of(label, rank=16),),
        chosen=0.003,
        trials=(Trial(0.003, "a1", "finished", 0.9), Trial(0.01, "a2", "diverged")),
        seeds=(Seed(0, "a1", "finished", 0.9, mean, 40, 20), Seed(1, "a3", "diverged")),
        failures=1,
        mean=mean,
        interval=None if mean is None else (mean - 0.01, mean + 0.01),
        difference=difference,
        cost=COST,
    )


WORSE = Difference("paired t-test", "worse", 5, -0.1, (-0.12, -0.08), "t", 0.001, 0.002)
RESULT = ComparisonResult(
    digest="0123456789abcdef",
    task=TaskFacts("digits", "accuracy", 0.1, 1.0, sizes={"test": 359}, chances={"length 64": None}),
    baseline="softmax",
    margin=0.01,
    level=0.05,
    tuned="rate",
    rows=(row("softmax", 0.9), row("linear", 0.8, WORSE), row("uniform", None)),
    description={"rates": [0.003, 0.01]},
    versions={"regard": "0.1.0"},
    left_out=(LeftOut("fourier", "It is not causal."),),
    target=0.855,
)


def changed(value, *path) -> dict:
    """The result's JSON with another value at one place."""
    document = json.loads(json.dumps(RESULT.to_json()))
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return document


def test_the_json_says_its_format_and_its_kind():
    document = RESULT.to_json()

    assert list(document)[:2] == ["format", "kind"]
    assert (document["format"], document["kind"]) == (FORMAT, "comparison")


def test_what_was_written_is_read_again(tmp_path):
    RESULT.write(tmp_path / "result.json")

    assert ComparisonResult.read(tmp_path / "result.json") == RESULT
    assert ComparisonResult.from_json(json.loads(json.dumps(RESULT.to_json()))) == RESULT


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        (2, ("format",), "its format is 2 (an older regard wrote it), and this regard reads format 3"),
        (4, ("format",), "its format is 4 (a newer regard wrote it), and this regard reads format 3"),
        ("2", ("format",), "its format is '2' (none that is known)"),
        (None, ("format",), "its format is None (none that is known)"),
        ("bench", ("kind",), "its kind should be 'comparison' and is 'bench'"),
        ([], ("rows",), "comparison is refused: A comparison's result needs a row"),
        ("high", ("task", "chance"), "comparison.task.chance should be a finite number"),
        (
            "best",
            ("rows", 1, "difference", "verdict"),
            "comparison.rows[1].difference.verdict should be one of",
        ),
        ("gone", ("rows", 0, "seeds", 1, "outcome"), "comparison.rows[0].seeds[1].outcome should be one of"),
        (["qk_norm"], ("rows", 1, "model"), "comparison.rows[1].model should be an object"),
        ("1", ("rows", 2, "cost", "flops"), "comparison.rows[2].cost.flops should be a whole number"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line_with_a_remedy(tmp_path, value, path, message):
    (tmp_path / "result.json").write_text(json.dumps(changed(value, *path)))

    with pytest.raises(Corrupt) as caught:
        ComparisonResult.read(tmp_path / "result.json")

    line = str(caught.value)
    assert "result.json cannot be read as a comparison: " + message in line
    assert line.endswith("Delete it and compare again: finished runs are not repeated.")
    assert "\n" not in line


@final
@dataclass(frozen=True, kw_only=True)
class Bench(Result):
    """Another kind of result needs nothing but its fields."""

    kind: ClassVar[str] = "bench"
    folder: ClassVar[str] = "benches"
    remedy: ClassVar[str] = "Measure again."

    costs: Mapping[str, tuple[ModelCost, ...]]


def test_another_kind_of_result_joins_by_its_fields_alone(tmp_path):
    bench = Bench(digest="b1", costs={"softmax": (COST, COST)})
    path = Bench.path_in(tmp_path, "b1")
    path.parent.mkdir()
    bench.write(path)

    assert Bench.read(tmp_path) == bench
    assert path == tmp_path / "benches" / "b1.json"
    with pytest.raises(Corrupt, match=r"a comparison: its kind should be 'comparison' and is 'bench'"):
        ComparisonResult.read(path)
    path.write_text(path.read_text().replace('"flops": 2000', '"flops": "many"', 1))
    with pytest.raises(
        Corrupt, match=r"bench\.costs\.softmax\[0\]\.flops should be a whole number.*Measure again\."
    ):
        Bench.read(path)


def test_json_that_is_no_object_is_refused():
    with pytest.raises(Corrupt, match="should hold an object and holds list"):
        ComparisonResult.from_json([])


def test_a_project_folder_with_one_result_is_as_good_as_its_file(tmp_path):
    path = ComparisonResult.path_in(tmp_path, RESULT.digest)
    path.parent.mkdir()
    RESULT.write(path)

    assert regard.ComparisonResult.read(tmp_path) == RESULT
    assert ComparisonResult.read(str(tmp_path)) == RESULT


def test_a_folder_with_none_or_several_is_refused_with_what_to_name(tmp_path):
    with pytest.raises(MissingFile, match="holds no finished comparison"):
        ComparisonResult.read(tmp_path)
    (tmp_path / "comparisons").mkdir()
    for digest in ("a", "b"):
        replace(RESULT, digest=digest).write(ComparisonResult.path_in(tmp_path, digest))
    with pytest.raises(UnknownName, match=r"2 results .*comparisons/a\.json, comparisons/b\.json"):
        ComparisonResult.read(tmp_path)


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(MissingFile, match=r"no file .*nothing\.json"):
        ComparisonResult.read(tmp_path / "nothing.json")


def test_rows_are_ranked_by_their_mean_and_the_baseline_is_known():
    assert [row.label for row in RESULT.ranked] == ["softmax", "linear", "uniform"]
    assert RESULT.base is RESULT.rows[0]
    assert [RESULT.verdict(row) for row in RESULT.rows] == ["baseline", "worse", None]
    assert RESULT.rows[0].scores == (0.9,)
    assert [seed.finished for seed in RESULT.rows[0].seeds] == [True, False]


def test_a_baseline_with_options_is_found_by_its_label_before_its_name():
    plain, other = row("softmax(x=1)", 0.9), row("softmax", 0.8)
    result = replace(RESULT, rows=(replace(plain, mechanism="softmax"), other))

    assert result.base is other
    assert replace(result, baseline="softmax(x=1)").base is result.rows[0]


def test_a_result_without_rows_is_refused():
    with pytest.raises(InvalidOption, match="at least one mechanism"):
        replace(RESULT, rows=())


def test_every_convention_of_counting_flops_is_named_once():
    other = replace(RESULT.rows[1], cost=replace(COST, flop_convention="A multiply-add is one FLOP."))
    result = replace(RESULT, rows=(RESULT.rows[0], other, RESULT.rows[2]))

    assert RESULT.flop_conventions == (FLOP_CONVENTION,)
    assert result.flop_conventions == (FLOP_CONVENTION, "A multiply-add is one FLOP.")


@pytest.mark.parametrize(("tuned", "words"), [("rate", "learning rate"), ("radius", "radius")])
def test_the_tuned_setting_has_a_name_for_sentences(tuned, words):
    assert replace(RESULT, tuned=tuned).tuned_words == words


def test_facts_of_a_task_go_both_ways_and_a_misfit_names_the_file(tmp_path):
    path = tmp_path / "task.json"
    path.write_text(json.dumps(RESULT.task.to_json()))
    assert TaskFacts.read(path) == RESULT.task
    path.write_text('{"name": "digits"}')
    with pytest.raises(
        Corrupt, match=r"task\.json does not tell what the task was: task\.metric is missing\."
    ):
        TaskFacts.read(path)
