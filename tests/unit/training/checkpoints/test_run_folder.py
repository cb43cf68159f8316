import json

import pytest
import torch
from training_runs import STRIPES, described

from regard.core.errors import Corrupt, InvalidOption, MissingFile, Unwritable
from regard.training.checkpoints import run_folder
from regard.training.checkpoints.checkpoint import Checkpoint
from regard.training.checkpoints.run_folder import RunFolder, read_run


def test_the_description_can_be_read_back(tmp_path):
    run = described(task=STRIPES, clip=None, target=0.5)
    RunFolder.open(tmp_path / "deep" / "down", run)

    assert read_run(tmp_path / "deep" / "down") == run


def test_opening_twice_changes_nothing(tmp_path):
    run = described()
    RunFolder.open(tmp_path, run)
    before = (tmp_path / "run.json").stat().st_mtime_ns
    RunFolder.open(tmp_path, run)

    assert (tmp_path / "run.json").stat().st_mtime_ns == before


def test_another_run_in_the_folder_is_refused_and_kept(tmp_path):
    RunFolder.open(tmp_path, described(seed=1))
    with pytest.raises(InvalidOption, match=r"holds another run: .* Choose another folder"):
        RunFolder.open(tmp_path, described(seed=2))

    assert read_run(tmp_path).seed == 1


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        "null",
        '"text"',
        "{}",
        '{"task": 3}',
        "\x00",
        '{"task": {"name": "x", "options": 3}}',
    ],
)
def test_a_broken_description_is_corrupt(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(Corrupt, match=r"run.json cannot be read"):
        read_run(tmp_path)


def test_a_description_of_another_format_is_corrupt_and_says_what_to_do(tmp_path):
    (tmp_path / "run.json").write_text('{"task": {"name": "digits", "options": {}}}')
    with pytest.raises(
        Corrupt, match=r"run.json cannot be read. This description has format 1.* or another folder\.$"
    ):
        read_run(tmp_path)


@pytest.mark.parametrize("part", ["task", "mechanisms", "model", "optimizer", "training", "seed"])
@pytest.mark.parametrize("instead", [None, [], [3], "x"])
def test_a_description_with_a_wrong_part_is_corrupt(tmp_path, part, instead):
    value = described().to_json() | {part: instead}
    (tmp_path / "run.json").write_text(json.dumps(value))
    try:
        assert read_run(tmp_path).to_json() == value
    except Corrupt as error:
        assert "run.json" in str(error)


def test_an_unknown_setting_is_corrupt_and_named(tmp_path):
    value = described().to_json()
    value["training"]["epoch"] = 3
    (tmp_path / "run.json").write_text(json.dumps(value))
    with pytest.raises(Corrupt, match=r"run.json .*training.epoch.*Did you mean 'epochs'"):
        read_run(tmp_path)


def test_a_folder_without_a_run_is_missing_one(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path, tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(MissingFile, match="is not the folder of a run"):
            read_run(folder)


def test_a_file_where_the_folder_should_be_is_unwritable(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(Unwritable, match="choose another folder"):
            RunFolder.open(path, described())


def test_the_last_checkpoint_is_none_at_first_and_then_what_was_kept(tmp_path):
    run = described()
    home = RunFolder.open(tmp_path, run)
    assert home.last() is None

    home.keep_last(Checkpoint(run.digest, {"a": torch.ones(1)}, {"loop": {"step": 3}}))
    assert home.last().rest == {"loop": {"step": 3}}


def test_writing_takes_no_more_than_its_share_of_the_time(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(run_folder.time, "monotonic", lambda: clock[0])
    home = RunFolder.open(tmp_path, described())
    assert home.has_time

    def slowly(*_):
        clock[0] += 2.0

    monkeypatch.setattr(run_folder.checkpoint, "write", slowly)
    home.keep_last(Checkpoint("", {}))
    waits = 2.0 / run_folder.WRITING_SHARE
    clock[0] += waits - 0.1
    assert not home.has_time
    clock[0] += 0.2
    assert home.has_time
