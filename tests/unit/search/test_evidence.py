"""What is said of a candidate beyond its place on the front: parts, relatives, card, page, and files."""

from dataclasses import replace

import pytest
import torch
from tiny_search import search
from typer.testing import CliRunner

from regard.cli import app
from regard.commands.search import front_of
from regard.commands.search_ablation import ablate
from regard.commands.search_benchmark import benchmark
from regard.commands.search_card import ablation_of, card
from regard.commands.search_contest import contest
from regard.commands.search_export import chosen, export
from regard.commands.search_report import evidence, report_search
from regard.core.errors import InvalidOption
from regard.core.execution import Execution
from regard.core.numbers import counted
from regard.core.run import Run
from regard.core.settings import TrainingSettings
from regard.core.spec import Spec
from regard.discovery.language.graph import Graph
from regard.discovery.library import known
from regard.search.ledger import Ledger
from regard.search.relatives import relatives
from regard.search.spaces.graphs import Graphs
from regard.store import Store
from regard.training.parts.common import Common


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    search(folder)
    return folder


def test_a_candidate_is_trained_without_each_part_and_the_evidence_says_so(tmp_path) -> None:
    folder = tmp_path
    search(folder, evaluations=1)
    front, found = chosen(folder, 1)
    result = ablate(folder, 1, Execution(device="cpu", workers=2))
    assert result.parts and len(result.seeds) == 3
    assert len({part.label for part in result.parts}) == len(result.parts)
    assert found.label not in {part.label for part in result.parts}
    for part in result.parts:
        assert part.reason or part.difference == pytest.approx(part.quality - result.quality)
    page = report_search(folder).read_text()
    card = next(path for path in export(folder, 1) if path.suffix == ".md").read_text()
    for part in result.parts:
        assert part.part in page
        assert f"- without {part.part}: " in card
    assert "Until then nothing here is a claim." in card
    assert f"Evaluated: {counted(front.evaluated, 'candidate')}." in card


def test_fresh_seeds_judge_a_candidate_on_the_test_split(folder) -> None:
    small = {"layers": 1, "features": 8, "heads": 1, "hidden": 8}
    short = {"epochs": 1, "steps": 3, "batch": 16}
    with pytest.raises(InvalidOption, match="at least 10"):
        benchmark(folder, 1, Execution(), tasks=["digits"], seeds=9)
    execution = Execution(device="cpu", workers=2)
    found = benchmark(folder, 1, execution, tasks=["digits"], model=small, training=short, grid=[1e-2])
    assert found.first_seed == 1000 and found.edits > 0
    assert {each.rival for each in found.judged} >= {"softmax", found.nearest, found.most_alike}
    for each in found.judged:
        assert each.pairs == 10
        assert each.difference == pytest.approx(each.candidate_mean - each.rival_mean)
        assert each.p_holm >= each.p
    with Store(folder / "benchmark") as store:
        read = [run.seed for run in store.runs() if store.test(run.digest)]
    assert set(read) == set(range(1000, 1010)) and len(read) == 10 * (1 + len(found.judged))
    assert found.conclusion in report_search(folder).read_text()


def test_the_exported_file_passes_the_laws(folder) -> None:
    path = next(path for path in export(folder, 1) if path.suffix == ".py")
    name = next(line for line in path.read_text().splitlines() if line.startswith("class Found"))
    checked = CliRunner().invoke(app, ["check", f"{path}:{name.removeprefix('class ').partition('(')[0]}"])
    assert "laws hold" in checked.output
    broken = {line.split()[0] for line in checked.output.splitlines() if " broken " in line}
    # the best of so small a search is softmax without a projection, which is a flag of the model around it
    assert broken <= {"distinct_from_softmax"}, checked.output


def test_a_search_is_told_how_its_opponents_did(tmp_path) -> None:
    search(tmp_path, evaluations=4)
    assert "No other strategy was tried" in report_search(tmp_path).read_text()
    search(tmp_path / "short", evaluations=2, strategy=Spec("random_search"))
    with pytest.raises(InvalidOption, match="another evaluations"):
        report_search(tmp_path)


def test_opponents_are_compared_at_equal_numbers_of_candidates(tmp_path) -> None:
    search(tmp_path, evaluations=4)
    search(tmp_path / "chance", evaluations=4, strategy=Spec("random_search"))
    page = report_search(tmp_path).read_text()
    with Ledger.existing(tmp_path) as ledger:
        report = replace(evidence(ledger), contest=contest(tmp_path, front_of(ledger)))
    own, other = report.contest
    assert (own.strategy, other.strategy) == ("nsga2", "random_search")
    assert own.evaluated == other.evaluated == 4 and 0 < max(own.volume, other.volume) <= 1
    assert report.standing in page
    for volume, told in (
        (0.9, "It has beaten random_search (50.0 %)."),
        (0.505, "It has not beaten random_search (50.0 %)."),
        (0.1, "It has not beaten random_search (50.0 %)."),
    ):
        told_of = replace(report, contest=(replace(own, volume=volume), replace(other, volume=0.5)))
        assert told in told_of.standing
    ahead = replace(other, strategy="best_of_n", volume=0.9)
    told_of = replace(report, contest=(replace(own, volume=0.6), replace(other, volume=0.5), ahead))
    assert told_of.standing.endswith(
        "It has beaten random_search (50.0 %) and has not beaten best_of_n (90.0 %)."
    )
    under_way = replace(report, contest=(own, replace(other, evaluated=3)))
    assert under_way.standing == "None of its opponents has evaluated as many candidates."


@pytest.mark.parametrize("name", ["softmax", "cosformer", "retention"])
def test_what_is_known_is_its_own_relative(name) -> None:
    near = relatives(Graphs(), known()[name])
    assert (near.by_edits, near.edits, near.by_outputs) == (name, 0, name)
    assert near.likeness == pytest.approx(1)


def test_a_swap_and_two_flags_are_three_edits() -> None:
    softmax = known()["softmax"].to_json()
    nodes = [{**node, "op": "sparsemax"} if node["op"] == "softmax" else node for node in softmax["nodes"]]
    other = Graph.from_json(softmax | {"nodes": nodes, "absent": "ko"})
    assert Graphs().distance(known()["softmax"], other) == 3


def test_a_part_is_left_out_wherever_what_is_left_is_of_the_right_type() -> None:
    """Scores are no weights, but the softmax above them takes either."""
    nodes = [
        *({"op": "q"}, {"op": "k"}, {"op": "dot", "inputs": [0, 1]}, {"op": "weigh_relu", "inputs": [2]}),
        *({"op": "softmax", "inputs": [3]}, {"op": "v"}, {"op": "mix", "inputs": [4, 5]}),
    ]
    graph = Graph.from_json({"format": 1, "nodes": nodes, "absent": "o"})
    assert [part for part, _ in Graphs().simpler(graph)] == ["weigh_relu", "softmax", "absence of W_o"]


def test_outputs_see_a_relative_that_edits_do_not() -> None:
    assert Graphs().likeness(known()["softmax"], known()["sink"]) > 0.9
    assert Graphs().likeness(known()["softmax"], known()["retention"]) < 0.5


def test_shuffled_targets_are_those_of_other_samples() -> None:
    own = Run(task=Spec.of("digits"), mechanisms=(Spec("softmax"),), training=TrainingSettings())
    null = replace(own, training=TrainingSettings(targets="shuffled"))
    one, two = Common.of(own, "cpu"), Common.of(null, "cpu")
    assert torch.equal(one.samples.inputs, two.samples.inputs)
    assert (one.samples.targets == two.samples.targets).float().mean() < 0.2
    assert torch.equal(one.samples.targets.bincount(), two.samples.targets.bincount())
    assert torch.equal(one.validation.targets, two.validation.targets)
    assert own.digest != null.digest and "targets" not in own.to_json()["training"]


def test_what_its_form_warns_of_is_told_of_a_candidate(tmp_path) -> None:
    search(tmp_path, evaluations=1)
    front, found = chosen(tmp_path, 1)
    assert found.warnings == ()
    space = Graphs()
    static = space.to_json(known()["synthesizer"])
    assert space.warnings(space.from_json(static))[0].startswith("static: what is read does not depend")
    warned = replace(found, genome=static, warnings=tuple(space.warnings(space.from_json(static))))
    replace(front, front=(warned,)).write(tmp_path / "front.json")
    assert "Warned of, as static: " in card(tmp_path, front, warned)


def test_a_search_that_goes_on_further_keeps_its_evidence(tmp_path) -> None:
    search(tmp_path, evaluations=1)
    first, found = chosen(tmp_path, 1)
    ablate(tmp_path, 1, Execution(device="cpu", workers=2))
    search(tmp_path, evaluations=2)
    further, _ = chosen(tmp_path, 1)
    assert further.evaluated == 2
    assert ablation_of(tmp_path, further, found) == ablation_of(tmp_path, first, found) is not None


def test_what_was_found_is_told_without_the_data_that_it_was_found_with(folder, monkeypatch) -> None:
    def no_data(*_: object, **__: object) -> None:
        raise AssertionError("a task was built")

    with Ledger(folder) as ledger:
        before = front_of(ledger)
        monkeypatch.setattr("regard.tasks.arithmetic.Arithmetic.__init__", no_data)
        assert front_of(ledger) == before
    assert all(each.search_quality is not None for each in before.front)
    assert report_search(folder).is_file()
