import json
from collections import Counter
from typing import get_args

import pytest
import torch

from regard.core.errors import Corrupt, MissingFile
from regard.core.spec import Spec
from regard.data.scan_divisions import LISTED, Division, divided
from regard.data.scan_files import FILES, official, read_file
from regard.data.scan_grammar import commands, interpret
from regard.data.sources import data_folder
from regard.tasks.scan import END, NUMBER, Scan

VARIANTS = (
    Spec("scan"),
    Spec.of("scan", division="jump"),
    Spec.of("scan", division="length", form="masked", data_seed=1),
)
REFUSED = (
    (Spec.of("scan", division="paper"), "division", "paper", "length"),
    (Spec.of("scan", division="mcd1"), "mcd1", "source=files"),
    (Spec.of("scan", source="paper"), "source", "paper", "files"),
    (Spec.of("scan", form="diagonal"), "form", "diagonal"),
)


def test_a_primitive_trained_alone_is_trained_as_often_as_published():
    for division, command, copies in (("jump", "jump", 1467), ("turn_left", "turn left", 2189)):
        task = Scan(division=division)
        seen = {name: Counter(task.identities(task.split(name))) for name in ("train", "validation", "test")}
        assert [counts[command] for counts in seen.values()] == [copies, 0, 0]


def test_simple_is_divided_anew_by_the_seed_and_in_the_published_shares():
    sizes = [len(Scan().split(name)) for name in ("train", "validation", "test")]
    assert sizes == [15_055, 1_673, 4_182]


def test_an_answer_ends_with_its_token_and_nothing_behind_counts():
    task = Scan()
    samples = task.split("test")[:50]
    answers = task.writing.answers(samples)
    assert ((answers == END).sum(1) == 1).all()

    def babbling(rows, keys=None):
        """Writes the right answer, then goes on."""
        place = rows.shape[1] - task.writing.question
        said = answers[:, place].clamp_min(NUMBER["I_RUN"] if place > 48 else 0)
        said = torch.where(said < 0, NUMBER["I_RUN"], said)
        return torch.nn.functional.one_hot(said, task.shape.output.vocabulary).float().unsqueeze(1)

    assert task.score(babbling, samples).tolist() == [1.0] * 50


def test_a_sample_shows_command_and_actions():
    task = Scan(division="jump")
    lines = {
        task.show(task.split("train"), i)
        for i in range(len(task.split("train")) - 3, len(task.split("train")))
    }
    assert lines == {"jump -> I_JUMP"}


@pytest.mark.data
class TestTheOfficialFiles:
    def test_the_grammar_generates_them_all(self):
        tasks = read_file(data_folder(None) / "scan" / "tasks.txt")
        assert sorted(tasks) == sorted(commands())

    @pytest.mark.parametrize(
        "division", sorted(set(get_args(Division)) - {"simple", "num0", "num1", "num2", "num3", *LISTED})
    )
    def test_the_rules_divide_as_they_do(self, division):
        for ruled, read in zip(divided(division, commands()), official(division, None), strict=True):
            assert Counter(ruled) == Counter(read)

    def test_simple_is_theirs_where_asked_for(self):
        task = Scan(source="files")
        assert set(task.identities(task.split("test"))) == {" ".join(c) for c in official("simple", None)[1]}
        assert len(task.split("train")) + len(task.split("validation")) == 16_728


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path / "cache"))
    for part in ("train", "test"):
        path = tmp_path / "scan" / FILES["length"].format(part)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("IN: jump OUT: I_JUMP\n")
    return tmp_path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"IN: jump OUT: I_JUMP\n\nIN: run OUT: I_RUN", "line 2"),
        (b"IN: jump OUT: I_RUN", "line 1: 'jump' means I_JUMP, not I_RUN"),
        ("IN: spring OUT: I_JÜMP".encode(), "line 1: 'IN: spring"),
        (b"IN: jump left left OUT: I_JUMP", "is no command"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"IN: jump OUT: I_JUMP\n" * 8_000, "8,000 lines, but as published 16,990"),
    ],
)
def test_a_file_that_is_not_theirs_is_one_line(folder, content, words):
    (folder / "scan" / FILES["length"].format("train")).write_bytes(content)
    with pytest.raises(Corrupt, match=words):
        Scan(division="length", source="files", data=str(folder)).split("train")


def test_a_missing_file_says_what_to_do(folder):
    with pytest.raises(MissingFile, match=r"task\.data=FOLDER"):
        Scan(division="jump", source="files", data=str(folder)).split("train")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """All commands and a list such as the archive has, of random numbers."""
    folder = tmp_path_factory.mktemp("archive")
    lines = [f"IN: {' '.join(command)} OUT: {' '.join(interpret(command))}\n" for command in commands()]
    (folder / "scan" / "scan-splits").mkdir(parents=True)
    (folder / "scan" / "tasks.txt").write_text("".join(lines))
    return folder


def listed(archive, train, test):
    order = torch.randperm(20_910, generator=torch.Generator().manual_seed(0)).tolist()
    lists = {"trainIdxs": order[train], "devIdxs": order[:0], "testIdxs": order[test]}
    (archive / "scan" / "scan-splits" / "mcd1.json").write_text(json.dumps(lists))
    return order


def test_the_divisions_by_list_are_read_by_number(archive):
    order = listed(archive, slice(8_365), slice(10_000, 11_045))
    task = Scan(division="mcd1", source="files", data=str(archive))
    every = [" ".join(command) for command in commands()]
    assert task.identities(task.split("test")) == [every[i] for i in order[10_000:11_045]]
    trained = {name for part in ("train", "validation") for name in task.identities(task.split(part))}
    assert trained == {every[i] for i in order[:8_365]}


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (slice(8_364), slice(10_000, 11_045), "8,365 different line numbers as 'trainIdxs'"),
        (slice(8_365), slice(8_364, 9_409), "both in training and test"),
    ],
)
def test_a_list_that_is_not_as_published_is_refused(archive, train, test, words):
    listed(archive, train, test)
    with pytest.raises(Corrupt, match=words):
        Scan(division="mcd1", source="files", data=str(archive)).split("train")
