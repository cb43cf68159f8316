import json
import os
import socket
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from training_runs import a_disk_of

from regard.core import files
from regard.core.errors import Corrupt, MissingFile, Unwritable
from regard.training.checkpoints import checkpoint
from regard.training.checkpoints.checkpoint import Checkpoint

WEIGHTS = {"a.weight": torch.randn(3, 4), "b": torch.tensor(2.5, dtype=torch.bfloat16)}
REST = {"loop": {"step": 3, "best": -float("inf")}, "optimizer": {"state": {0: {"m": torch.ones(2)}}}}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "last.safetensors"
    checkpoint.write(path, Checkpoint("abc", WEIGHTS, REST))
    return path


def test_everything_comes_back(path):
    back = checkpoint.read(path, "abc")

    assert back.weights.keys() == WEIGHTS.keys()
    assert all(torch.equal(back.weights[name], WEIGHTS[name]) for name in WEIGHTS)
    assert back.rest["loop"] == REST["loop"]
    assert torch.equal(back.rest["optimizer"]["state"][0]["m"], torch.ones(2))


def test_weights_have_their_own_names_for_any_reader_of_safetensors(path):
    assert torch.equal(load_file(path)["a.weight"], WEIGHTS["a.weight"])


def test_tied_weights_can_be_saved(tmp_path):
    layer = nn.Linear(3, 3)
    checkpoint.write(tmp_path / "x", Checkpoint("abc", {"one": layer.weight, "two": layer.weight.T}))

    back = checkpoint.read(tmp_path / "x", "abc").weights
    assert torch.equal(back["one"], back["two"].T)


def test_a_file_cut_off_anywhere_is_corrupt(path):
    content = path.read_bytes()
    for length in range(0, len(content), 13):
        path.write_bytes(content[:length])
        with pytest.raises(Corrupt, match="Remove the run's folder"):
            checkpoint.read(path, "abc")


def test_one_flipped_bit_anywhere_is_corrupt(path):
    content = path.read_bytes()
    # that tag is for other readers of safetensors and says nothing to us
    tag = range(content.index(b'"format"'), content.index(b'"pt"') + 4)
    for place in set(range(len(content))) - set(tag):
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(Corrupt):
            checkpoint.read(path, "abc")


def test_the_checksum_is_what_catches_damaged_weights(path, monkeypatch):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    monkeypatch.setattr(checkpoint, "_checksum", lambda *_: header["__metadata__"]["checksum"])

    assert checkpoint.read(path, "abc").run == "abc"


def test_a_file_of_someone_else_is_corrupt(path):
    save_file({"a": torch.ones(2)}, path)
    with pytest.raises(Corrupt, match="was not written by regard"):
        checkpoint.read(path, "abc")


def test_a_checkpoint_of_another_run_is_corrupt(path):
    with pytest.raises(Corrupt, match="belongs to the run abc, not to xyz"):
        checkpoint.read(path, "xyz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFile, match="nothing here"):
        checkpoint.read(tmp_path / "nothing here", "abc")


def test_a_folder_in_its_place_is_corrupt(tmp_path):
    with pytest.raises(Corrupt):
        checkpoint.read(tmp_path, "abc")


def test_a_full_disk_leaves_the_old_checkpoint_and_no_litter(path):
    before = path.read_bytes()
    with (
        a_disk_of(100),
        pytest.raises(Unwritable, match=r"cannot be written: File too large.*Free some space"),
    ):
        checkpoint.write(path, Checkpoint("abc", {"a": torch.zeros(100)}))

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_folder_cannot_be_written(tmp_path):
    with pytest.raises(Unwritable, match="No such file or directory"):
        files.write(tmp_path / "gone" / "x", b"")


def test_a_kill_before_the_renaming_leaves_the_old_checkpoint(path, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(_):
        raise Killed

    before = path.read_bytes()
    monkeypatch.setattr(os, "fsync", killed)
    with pytest.raises(Killed):
        checkpoint.write(path, Checkpoint("abc", {"a": torch.zeros(100)}))

    assert path.read_bytes() == before


def test_what_a_killed_writer_left_is_swept_away_but_not_what_is_being_written(tmp_path):
    old, new, other = (tmp_path / name for name in (".a.1.partial", ".b.2.partial", "kept.txt"))
    for file in (old, new, other):
        file.touch()
    os.utime(old, (0, time.time() - 2 * files.ABANDONED_SECONDS))
    os.utime(other, (0, 0))

    files.sweep(tmp_path)

    assert sorted(tmp_path.iterdir()) == [new, other]


def test_what_a_killed_process_has_left_goes_with_the_next_writing(tmp_path):
    """At once, as nobody writes it any more; what another process is writing stays."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = socket.gethostname()
    names = {
        "dead": f".a.{host}.{ended.pid}.partial",
        "alive": f".a.{host}.{os.getppid()}.partial",
        "elsewhere": f".a.another.{ended.pid}.partial",
        "of a user": ".a.partial",
        "of another file": f".b.{host}.{ended.pid}.partial",
    }
    for name in names.values():
        (tmp_path / name).write_text("half")
    files.write(tmp_path / "a", b"whole")
    assert {name for name, file in names.items() if not (tmp_path / file).exists()} == {"dead"}
    files.sweep(tmp_path)
    assert not (tmp_path / names["of another file"]).exists()
    assert (tmp_path / names["alive"]).exists()
