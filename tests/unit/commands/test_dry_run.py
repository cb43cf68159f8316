"""`--dry-run`: what would be done."""

import pytest

import regard
from regard.commands.arguments import configured
from regard.commands.compare import planned
from regard.commands.dry_run import dry_compare, dry_train
from regard.core.errors import RegardError
from regard.core.execution import Execution

TINY = {"model": {"layers": 1, "features": 8, "heads": 2, "hidden": 8}, "training": {"steps": 30}}
ALONE = Execution(device="cpu", workers=1)


def test_a_training_is_told_with_its_time_and_nothing_is_written(tmp_path):
    run = configured("digits", "softmax", TINY).run(3)

    told = dry_train([run], tmp_path / "out", ALONE)

    assert not (tmp_path / "out").exists()
    assert told.description == run.to_json()
    assert [each.left for each in told.trainings] == [1]
    # an epoch has 40 steps, so that the end is the only evaluation
    assert (told.trainings[0].forecast.steps, told.trainings[0].forecast.evaluations) == (30, 1)
    assert 0 < told.seconds < 60
    for word in ("model.layers=1", "softmax, seed 3: 1 to train", "About", "from 20 steps"):
        assert word in str(told)


def test_what_has_ended_is_told_and_takes_no_time(tmp_path):
    trained = regard.run(task="digits", out=tmp_path, **TINY)
    runs = [configured("digits", "softmax", TINY).run(seed) for seed in (0, 1)]

    told = dry_train(runs, tmp_path, ALONE)

    assert [each.left for each in told.trainings] == [0, 1]
    assert dict(told.trainings[0].ended) == {trained.digest: "finished"}
    assert "Everything has been trained." in str(dry_train(runs[:1], tmp_path, ALONE))


def test_a_comparison_is_told_by_model(tmp_path):
    settings = {**TINY, "seeds": 4, "grid": [0.01, 0.1]}
    comparison, _ = planned(configured("digits", ["softmax", "uniform"], settings), 0)

    told = dry_compare(comparison, tmp_path / "out", ALONE)

    assert {each.label: each.left for each in told.trainings} == {"softmax": 5, "uniform": 5}
    assert told.to_json()["seconds"] == pytest.approx(sum(each.seconds for each in told.trainings))
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_trained_is_refused_as_it_would_be(tmp_path):
    run = configured("recall", "fourier", TINY).run(0)

    with pytest.raises(RegardError, match="does not support"):
        dry_train([run], tmp_path, ALONE)
