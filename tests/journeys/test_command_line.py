"""Every command as a user gives it, in a process of its own."""

import contextlib
import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from given_commands import regard

from regard import list_mechanisms, list_tasks
from regard.store import Store

TINY = ["model.layers=1", "model.features=8", "model.heads=2", "model.hidden=8", "training.epochs=1"]
DIGITS = ["task=digits", *TINY]


def expect_one_line(done: subprocess.CompletedProcess[str], *words: str, status: int = 2) -> None:
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == status, done.stderr
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert [word for word in words if word not in lines[0]] == [], lines[0]


@contextlib.contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """A small disk of its own, which only root can make."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished comparison, whose name is not plain ASCII."""
    folder = tmp_path_factory.mktemp("lab") / "größe und mehr"
    done = regard("compare", *DIGITS, "mechanism=softmax,uniform", "seeds=3", "grid=[1e-2]", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


class TestCompare:
    def test_the_result_is_kept_as_json_and_csv(self, project):
        document = json.loads(next((project / "comparisons").glob("*.json")).read_text("utf-8"))
        lines = next((project / "comparisons").glob("*.csv")).read_text("utf-8").splitlines()

        assert [row["label"] for row in document["rows"]] == ["softmax", "uniform"]
        assert len(lines) == 3

    def test_the_same_command_again_trains_nothing_and_says_the_same(self, project):
        before = sorted((path, path.stat().st_mtime_ns) for path in (project / "runs").rglob("*"))
        command = ["compare", *DIGITS, "mechanism=softmax,uniform", "seeds=3", "grid=[1e-2]", "--json"]

        done = regard(*command, "--out", project)

        kept = json.loads(next((project / "comparisons").glob("*.json")).read_text("utf-8"))
        assert json.loads(done.stdout) == kept
        assert before == sorted((path, path.stat().st_mtime_ns) for path in (project / "runs").rglob("*"))

    def test_one_tested_run_of_each_mechanism_has_pictures(self, project):
        for name in ("confusion.png", "samples.png"):
            assert len(list((project / "runs").glob(f"*/{name}"))) == 2

    def test_the_command_for_the_page_can_be_given_as_it_is_printed(self, project):
        command = ["compare", *DIGITS, "mechanism=softmax,uniform", "seeds=3", "grid=[1e-2]"]

        printed = regard(*command, "--out", project).stdout

        assert shlex.split(printed[printed.index("regard report") :]) == ["regard", "report", str(project)]

    @pytest.mark.long
    def test_two_at_once_on_one_folder_agree(self, tmp_path):
        command = [sys.executable, "-m", "regard", "compare", *DIGITS, "mechanism=softmax,uniform", "seeds=3"]
        command += ["grid=[1e-2]", "--json", "--workers", "1", "--out", str(tmp_path / "both")]

        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        documents = [json.loads(process.communicate(timeout=240)[0]) for process in both]

        scores = [[[seed["test"] for seed in row["seeds"]] for row in each["rows"]] for each in documents]
        assert scores[0] == scores[1]
        with sqlite3.connect(tmp_path / "both" / "store.sqlite") as store:
            finished = store.execute("select count(*) from events where kind = 'finished'").fetchone()[0]
        assert finished == 6

    def test_all_leaves_out_what_cannot_take_part_with_the_reason(self, tmp_path):
        # refused before anything is trained: too few seeds, found after the choice of mechanisms
        done = regard("compare", "task=recall", "mechanism=fourier,softmax", "--out", tmp_path / "out")

        expect_one_line(done, "fourier cannot take part in recall", "causal", "nothing was trained")
        assert not (tmp_path / "out" / "runs").exists()


class TestReport:
    def test_a_page_is_written_from_the_folder_and_from_a_run_in_it(self, project):
        run = next(path for path in (project / "runs").iterdir() if path.is_dir())

        pages = {json.loads(regard("report", where, "--json").stdout)["report"] for where in (project, run)}

        assert pages == {str(project / "report.html")}
        assert (project / "report.html").stat().st_size > 10_000


class TestTrain:
    def test_a_trained_model_is_told_about_and_told_about_again(self, tmp_path):
        command = ["train", *DIGITS, "mechanism=linformer", "mechanism.rank=4", "--seed", 3, "--json"]

        first, again = (json.loads(regard(*command, "--out", tmp_path / "out").stdout) for _ in range(2))

        assert first == again
        assert first["mechanism"] == "linformer(rank=4)"
        assert first["outcome"] == "finished"
        assert first["test"] is None

    def test_the_test_split_is_read_when_asked_for(self, tmp_path):
        done = regard("train", *DIGITS, "--test", "--json", "--out", tmp_path / "out")

        assert 0 <= json.loads(done.stdout)["test"] <= 1

    def test_a_mechanism_of_ones_own_is_trained(self, tmp_path):
        (tmp_path / "mine.py").write_text(
            "from regard import Cost, Mechanism, Streams, Traits\n"
            "class Mine(Mechanism):\n"
            "    '''The mean of all values.'''\n"
            "    traits = Traits(source='mine', time='n', memory='n', padding=True, weights=False)\n"
            "    def __init__(self, size, *, scale: float = 1.0):\n"
            "        super().__init__(size)\n"
            "        self.scale = scale\n"
            "    def streams(self):\n"
            "        return Streams(v=self.size.e)\n"
            "    def forward(self, streams, mask):\n"
            "        return self.scale * streams.v.mean(2, keepdim=True).expand_as(streams.v)\n"
            "    def cost(self, n, m, mask):\n"
            "        return Cost(matmul_flops=0, other_flops=n, state_numbers=m)\n"
        )

        done = regard("train", *DIGITS, "mechanism=mine.py:Mine", "mechanism.scale=2", "--json", cwd=tmp_path)

        assert json.loads(done.stdout)["mechanism"] == "Mine(scale=2.0)"


class TestMechanismsAndCheck:
    def test_every_mechanism_is_listed(self):
        done = regard("mechanisms", "--json")

        assert [entry["name"] for entry in json.loads(done.stdout)] == list_mechanisms()

    def test_streams_beyond_q_k_and_v_and_ties_are_listed(self):
        done = regard("mechanisms", "--json")

        told = {entry["name"]: entry for entry in json.loads(done.stdout)}
        assert (told["delta"]["reads_also"], told["delta"]["ties"]) == (["beta"], [])
        assert (told["gated"]["reads_also"], told["gated"]["ties"]) == (["gate"], ["softmax"])

    def test_what_is_claimed_is_claimed_with_the_options_given(self):
        plain, relu = (
            json.loads(regard("mechanisms", "performer", *options, "--json").stdout)["ties"]
            for options in ([], ["kernel=relu"])
        )

        assert (plain, relu) == (["softmax"], [])

    def test_one_is_told_about_with_its_options(self):
        done = regard("mechanisms", "linformer")

        assert "rank: int = 16" in done.stdout
        assert "2006.04768" in done.stdout

    def test_a_sound_mechanism_passes(self):
        done = regard("check", "uniform")

        assert done.returncode == 0, done.stdout
        assert "batch_independence" in done.stdout
        assert "broken" not in done.stdout

    def test_a_faulty_mechanism_is_told_by_law_and_figure(self, tmp_path):
        (tmp_path / "leaky.py").write_text(
            "import dataclasses\n"
            "from regard.mechanisms.softmax import Softmax\n"
            "from regard import Mask, Mechanism\n"
            "class Leaky(Mechanism):\n"
            "    '''Softmax that ignores the future's being hidden.'''\n"
            "    traits = dataclasses.replace(Softmax.traits, ties=(), streaming=False, grouped=False)\n"
            "    def __init__(self, size):\n"
            "        super().__init__(size)\n"
            "        self.inner = Softmax(size)\n"
            "    def forward(self, streams, mask):\n"
            "        return self.inner(streams, Mask(keys=mask.keys))\n"
            "    def cost(self, n, m, mask):\n"
            "        return self.inner.cost(n, m, Mask())\n"
        )

        done = regard("check", tmp_path / "leaky.py:Leaky", "--json")

        verdicts = {
            verdict["law"]: verdict for verdict in json.loads(done.stdout)[f"{tmp_path}/leaky.py:Leaky"]
        }
        assert done.returncode == 1
        assert verdicts["causality_loud"]["outcome"] == "broken"
        assert verdicts["causality_loud"]["figure"] > 0.1
        assert verdicts["batch_independence"]["outcome"] == "holds"

    def test_a_sound_task_passes_with_options(self):
        done = regard("check", "state_tracking", "group=S3", "samples=2000", "lengths=[20]")

        assert done.returncode == 0, done.stdout
        assert "disjoint_problems" in done.stdout
        assert "15 of 15 laws hold" in done.stdout

    def test_a_faulty_task_of_ones_own_is_told_by_law_and_figure(self, tmp_path):
        (tmp_path / "leaky.py").write_text(
            "from regard.tasks.recall import Recall\n"
            "class Leaky(Recall):\n"
            "    def split(self, name):\n"
            "        return super().split('train')\n"
            "    def show(self, samples, i):\n"
            "        return samples.nothing\n"
        )

        done = regard("check", tmp_path / "leaky.py:Leaky", "samples=300", "--json")

        verdicts = {
            verdict["law"]: verdict for verdict in json.loads(done.stdout)[f"{tmp_path}/leaky.py:Leaky"]
        }
        assert done.returncode == 1
        assert verdicts["disjoint_problems"]["outcome"] == "broken"
        assert verdicts["disjoint_problems"]["figure"] == 300
        assert verdicts["shown_samples"]["note"].endswith("(leaky.py, line 6)")
        assert verdicts["rule"]["outcome"] == "holds"


class TestWhatAUserGetsWrong:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (
                ["check", "linfomer"],
                ["no mechanism or task or optimizer called 'linfomer'", "Did you mean 'linformer'?"],
            ),
            (["check", "linformer", "rnk=3"], ["no option 'rnk'", "Did you mean 'rank'?"]),
            (["check", "linformer", "rank=many"], ["a whole number", "'many'"]),
            (["check", "digits", "shift=9"], ["digits: shift must lie between 0 and 4"]),
            (["check", "digits", "--kind", "mechanism"], ["no mechanism called 'digits'"]),
            (["check", "digits", "--deep"], ["laws of a task know no deep sizes", "--deep"]),
            (["check", "digits", "--kind", "tsk"], ["no laws for a 'tsk'", "Did you mean 'task'?"]),
            (["check", "nowhere/mine.py:Mine"], ["There is no file", "mine.py"]),
            (["mechanisms", "sofmax"], ["Did you mean 'softmax'?"]),
            (["train", "task=digts"], ["no task called 'digts'", "Did you mean 'digits'?"]),
            (["train", *DIGITS, "mechanism=linformer", "mechanism.rank=500"], ["linformer: rank must be"]),
            (["train", *DIGITS, "training.epochs=0"], ["training.epochs must be at least 1"]),
            (["train", *DIGITS, "model.heads=3"], ["8 features cannot be split into 3"]),
            (["train", *DIGITS, "optimizer.rate=-1"], ["rate"]),
            (["train", *DIGITS, "--device", "tpu"], ["tpu"]),
            (["train", "task=recall", "mechanism=fourier"], ["fourier does not support", "'causal'"]),
            (["train", "task=recall", "task.pairs=40"], ["recall: 40 pairs need at least"]),
            (["compare", *DIGITS, "mechanism=softmax,linear", "seeds=1"], ["at least 3 seeds"]),
            (
                ["compare", *DIGITS, "mechanism=linear,uniform", "baseline=softmax"],
                ["'softmax' is not among"],
            ),
            (
                ["compare", *DIGITS, "mechanism=softmax,linear", "grid=0.1"],
                ["grid cannot be 0.1", "numbers in brackets, such as ["],
            ),
            (["compare", *DIGITS, "mechanism=softmax,linear", "grid=abc"], ["grid cannot be 'abc'"]),
            (["compare", *DIGITS, "mechanism=softmax,linear", "--device", "tpu"], ["tpu"]),
            (
                ["train", *DIGITS, "model.dropout=0.1", "--seeds", "2", "--at-once", "2"],
                ["at once", "dropout"],
            ),
            (
                ["train", *DIGITS, "--follow", "tensorbord"],
                ["no reader called 'tensorbord'", "'tensorboard'"],
            ),
            (["report", "nowhere"], ["nowhere"]),
        ],
        ids=lambda value: " ".join(value[:1]) if isinstance(value, list) else "",
    )
    def test_it_gets_one_line_and_status_2(self, arguments, words, tmp_path):
        expect_one_line(regard(*arguments, cwd=tmp_path), *words)

    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        (tmp_path / "out").write_text("")

        expect_one_line(regard("train", *DIGITS, "--out", tmp_path / "out"), "out")

    def test_a_read_only_folder(self, tmp_path):
        with disk(tmp_path / "disk", "ro") as folder:
            expect_one_line(regard("train", *DIGITS, "--out", folder / "out"), str(folder))

    def test_a_full_disk_loses_nothing(self, tmp_path):
        with disk(tmp_path / "disk", "size=700k") as folder:
            (folder / "ballast").write_bytes(b"0" * 550_000)
            command = ["train", *DIGITS, "--out", folder / "out"]
            expect_one_line(regard(*command))

            (folder / "ballast").unlink()
            assert regard(*command).returncode == 0

    def test_a_corrupt_checkpoint(self, tmp_path):
        command = ["train", *DIGITS, "--out", tmp_path / "out"]
        folder = Path(json.loads(regard(*command, "--json").stdout)["folder"])
        (folder / "best.safetensors").write_bytes(b"not a checkpoint")

        expect_one_line(regard(*command, "--test"), "best.safetensors", status=1)

    def test_a_store_of_an_unknown_version(self, project, tmp_path):
        copy = tmp_path / "store.sqlite"
        copy.write_bytes((project / "store.sqlite").read_bytes())
        with sqlite3.connect(copy) as store:
            store.execute("pragma user_version = 99")

        expect_one_line(regard("report", tmp_path), "99")


class TestTask:
    def test_the_list_names_every_task(self):
        listed = json.loads(regard("task", "--json").stdout)

        assert [entry["name"] for entry in listed] == list_tasks()
        assert all(entry["summary"] for entry in listed)

    def test_examples_stand_with_chance_and_ceiling(self):
        done = regard("task", "arithmetic", "digits=3", "--examples", "3")

        assert done.returncode == 0, done.stderr
        assert len(re.findall(r"^  \d{3}\+\d{3}=\d{4}$", done.stdout, re.MULTILINE)) == 3
        assert "chance 0.001, ceiling 1" in done.stdout

    def test_the_options_are_those_of_the_recipe_unless_said(self):
        as_trained = json.loads(regard("task", "recall", "--json").stdout)
        changed = json.loads(regard("task", "recall", "samples=100", "--json").stdout)

        assert as_trained["sizes"]["train"] == 8000
        assert changed["sizes"]["train"] == 100

    def test_splits_and_pictures_are_written(self, tmp_path):
        done = regard("task", "digits", "--export", tmp_path / "ö", "--picture", tmp_path / "p" / "sheet.png")

        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in (tmp_path / "ö").iterdir()) == [
            "test.parquet",
            "train.parquet",
            "validation.parquet",
        ]
        assert (tmp_path / "p" / "sheet.png").read_bytes().startswith(b"\x89PNG")

    def test_what_is_wrong_is_one_line(self, tmp_path):
        expect_one_line(regard("task", "aritmetic"), "aritmetic", "arithmetic")
        expect_one_line(regard("task", "arithmetic", "digit=2"), "digit", "digits")
        expect_one_line(regard("task", "recall", "--picture", tmp_path / "p.png"), "no images")
        (tmp_path / "file").write_text("")
        expect_one_line(regard("task", "arithmetic", "--export", tmp_path / "file"), "cannot be written")


class TestExamination:
    def test_the_test_split_tells_classes_and_draws_pictures(self, tmp_path):
        done = regard("train", *DIGITS, "--test", "--json", "--out", tmp_path)
        found = json.loads(done.stdout)

        assert set(found["by_class"]) == set("0123456789")
        names = {path.name for path in Path(found["folder"]).iterdir()}
        assert {"confusion.png", "samples.png", "predictions.json"} <= names

    @pytest.mark.long
    def test_seeds_are_trained_at_once(self, tmp_path):
        small = ["task=arithmetic", *TINY, "training.steps=6", "--seeds", "3", "--at-once", "3"]
        done = regard("train", *small, "--test", "--json", "--out", tmp_path)
        found = json.loads(done.stdout)

        assert done.returncode == 0, done.stderr
        assert [run["seed"] for run in found["runs"]] == [0, 1, 2]
        assert all(run["test"] is not None for run in found["runs"])
        assert found["speed_up"] > 0

        again = regard("train", *small, "--test", "--json", "--out", tmp_path)
        assert json.loads(again.stdout) == found | {"speed_up": None}
        assert "seeds" not in again.stderr

        more = [*small[:-5], "--seeds", "2", "--at-once", "2", "training.steps=7", "--out", tmp_path]
        runs = json.loads(regard("train", *more, "--json").stdout)["runs"]
        Path(runs[0]["folder"], "best.safetensors").unlink()
        done = regard("train", *more, "--test")
        expect_one_line(done, runs[0]["digest"], "best.safetensors", status=1)
        assert "seed 0: finished" in done.stdout and "seed 1: finished" in done.stdout
        assert done.stdout.count("not read (--test reads it once)") == 1

    def test_seeds_that_cannot_be_trained_at_once_are_told_why_and_tested(self, tmp_path):
        small = ["task=arithmetic", *TINY, "training.steps=6", "mechanism=entmax", "--seeds=2", "--at-once=2"]
        done = regard("train", *small, "--test", "--out", tmp_path)

        assert done.returncode == 0, done.stderr
        assert done.stderr.count("2 seeds are trained one by one and not at once: ") == 1
        assert "Traceback" not in done.stderr
        assert "seed 1: finished" in done.stdout and "times as fast" not in done.stdout
        assert "not read" not in done.stdout


class TestFollowing:
    @pytest.mark.long
    def test_a_training_and_a_comparison_are_followed_while_they_run(self, tmp_path):
        small = ["task=arithmetic", *TINY, "training.steps=6", "--follow", "csv,lines", "--out", tmp_path]
        train = regard("train", *small, "--json")
        compared = ["mechanism=softmax,uniform", "seeds=3", "grid=[0.01]", "--json"]
        compare = regard("compare", *small, *compared)

        assert (train.returncode, compare.returncode) == (0, 0), train.stderr + compare.stderr
        assert "arithmetic softmax seed 0  step 6  train/loss" in train.stderr
        assert "arithmetic uniform seed 2  step 6  train/loss" in compare.stderr
        table = (tmp_path / "measurements.csv").read_text("utf-8").splitlines()
        with Store(tmp_path) as store:
            assert len(table) - 1 == sum(len(store.measurements(run.digest)) for run in store.runs())
