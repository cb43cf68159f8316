"""Nothing that is said is ignored, and no name means two things."""

from pathlib import Path

import pytest

from regard.configuration import configure
from regard.core.errors import InvalidOption, RegardError

MINE = "class Mine:\n    def __init__(self, size, *, gain: float = 1.0): pass\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two files in two folders, each with a class of the same name."""
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.py").write_text(MINE)
    return ["a/m.py:Mine", "b/m.py:Mine"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["seeds=7"], "`regard train` does not use seeds: `regard compare` does. Give --seeds N"),
        (["grid=[0.1]"], "does not use grid: `regard compare` does. Set optimizer.rate=VALUE"),
        (["margin=0.1", "level=0.1"], "does not use level and margin"),
        (["baseline=softmax"], "does not use baseline"),
        (["mechanism=softmax", "mechanism=linear"], "mechanism is given twice"),
        (["mechanism=linformer", "mechanism.rank=1", "mechanism.linformer.rank=2"], "given twice"),
        (["lr=0.1"], "optimizer.rate=VALUE for one training, and chosen from grid=[A,B]"),
        (["rates=[0.1]"], "grid=[A,B]"),
        (["optimizer.lr=0.1"], "optimizer.rate"),
        (["epochs=3"], "Did you mean 'training.epochs'"),
        (["batch_size=3"], "Did you mean 'training.batch'"),
        (["model.posisions=none"], "'model.positions' or 'model.projections'"),
        (["training.warmup=0.1"], "Did you mean 'optimizer.warmup'"),
        (["optimzer=sgd"], "Did you mean 'optimizer'"),
        (["mechanisms=softmax"], "Did you mean 'mechanism'"),
        (["seds=3"], "Did you mean 'seeds'"),
        (["device=cpu"], "It is an option of the command: --device NAME"),
        (["seed=3"], "--seed N"),
        (["zzz=3"], "`regard settings` lists all"),
        (["recipe=nan"], "no recipe called 'nan'"),
        (["mechanism=a\0.py:Mine"], "There is no file"),
        (["mechanism=~no-such-user/a.py:Mine"], "There is no file"),
        (["training.target=2"], "training.target must be a share"),
        (["optimizer.clip=inf"], "clip must be a finite number"),
        (["training.target=nan"], "training.target must be a finite number"),
        (["model.layers=100000"], "at most 1,000"),
        (["model.heads=range(1,10000000)"], "more than 1,000 values"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_training_does_not_use_is_refused(arguments, message):
    with pytest.raises(RegardError) as caught:
        configure(["task=digits", *arguments]).run(0)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ["task=copy", "model.patch=4"],
        ["task=copy", "model.pool=mean"],
        ["task=imdb", "model.patch=4"],
        ["task=imdb", "task.level=byte", "task.vocabulary=1000"],
        ["task=imdb", "recipe=bytes", "task.vocabulary=1000"],
        ["task=text_folder", "task.level=byte", "task.vocabulary=20000"],
        ["task=retrieval", "task.level=byte", "task.vocabulary=1000"],
        ["task=scan", "task.data=somewhere"],
    ],
)
def test_a_setting_that_the_task_has_no_use_for_is_refused(arguments):
    with pytest.raises(InvalidOption, match="means nothing for"):
        configure(arguments)


def test_of_a_setting_that_is_said_again_the_last_value_counts():
    first = ["training.epochs=1", "model.heads=2,4", "seeds=3"]
    described = configure(["task=digits", *first, "training.epochs=3", "model.heads=3", "seeds=4"])

    assert (described.training.epochs, described.model.heads, len(described.entries)) == (3, 3, 1)
    assert described.comparison["seeds"] == 4


def test_a_comparison_refuses_the_one_value_of_what_it_tunes():
    described = configure(["task=digits", "mechanism=softmax,linear", "optimizer.rate=0.1"])

    with pytest.raises(InvalidOption, match=r"does not use optimizer.rate: .* Write grid=\[VALUE\]"):
        described.compared(described.entries, 0)


def test_the_recipe_of_a_comparison_is_no_setting_of_a_training():
    assert configure(["task=digits"]).run(0).seed == 0


def test_the_level_of_a_comparison_can_be_set():
    described = configure(["task=digits", "mechanism=softmax,linear", "level=0.1", "seeds=4"])

    comparison = described.compared(described.entries, 7)
    assert (comparison.level, comparison.seeds, comparison.first_seed) == (0.1, 4, 7)


class TestNamesThatMeanTwo:
    def test_are_refused_with_the_way_to_name_each(self, files):
        with pytest.raises(InvalidOption) as caught:
            configure(["task=digits", f"mechanism=softmax,{','.join(files)}", "mechanism.Mine.gain=2.0"])

        assert "mechanism.a.m.Mine.gain for a/m.py:Mine" in str(caught.value)
        assert "mechanism.b.m.Mine.gain for b/m.py:Mine" in str(caught.value)

    def test_set_the_one_that_is_named_by_its_file(self, files):
        described = configure(
            ["task=digits", f"mechanism=softmax,{','.join(files)}", "mechanism.b.m.Mine.gain=2.0"]
        )

        gains = [entry.mechanisms[0].settings.get("gain") for entry in described.entries]
        assert gains == [None, 1.0, 2.0]

    def test_have_labels_of_their_own_in_a_comparison(self, files):
        described = configure(["task=digits", f"mechanism=softmax,{','.join(files)}"])

        comparison = described.compared(described.entries, 0)
        assert comparison.labels == ["softmax", "a.m.Mine", "b.m.Mine"]

    def test_are_one_where_one_path_is_spelled_in_two_ways(self, files):
        spelled = f"mechanism=softmax,{files[0]},./b/../{files[0]}"

        described = configure(["task=digits", spelled, "mechanism.Mine.gain=2.0"])

        assert [entry.mechanisms[0].settings.get("gain") for entry in described.entries] == [None, 2.0]

    def test_are_told_from_those_of_the_catalog(self, files, tmp_path):
        (tmp_path / "m.py").write_text(MINE.replace("Mine", "linformer"))
        chosen = ["task=digits", "mechanism=linformer,m.py:linformer"]

        with pytest.raises(InvalidOption, match=r"mechanism\.regard\.linformer\.rank for linformer"):
            configure([*chosen, "mechanism.linformer.rank=2"])
        described = configure([*chosen, "mechanism.regard.linformer.rank=2"])
        assert described.entries[0].mechanisms[0].settings["rank"] == 2


def test_all_beside_a_file_leaves_out_as_all_alone_does(files):
    alone = configure(["task=digits", "mechanism=all"])
    beside = configure(["task=digits", f"mechanism=all,{files[0]}"])
    named = configure(["task=digits", "mechanism=softmax"])

    assert (alone.whole_catalog, beside.whole_catalog, named.whole_catalog) == (True, True, False)
    assert len(beside.entries) == len(alone.entries) + 1
