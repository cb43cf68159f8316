import pytest

from regard.commands.failures import raise_failures
from regard.core.errors import RunFailed
from regard.core.run import Run
from regard.core.spec import Spec
from regard.experiment import Ended


def ended(seed, outcome="failed"):
    run = Run(task=Spec("digits"), mechanisms=(Spec("softmax"),), seed=seed)
    return Ended(run, outcome, f"Run {run.digest} failed: too odd (more in out/runs/{run.digest}/log.txt)")


def test_runs_that_ended_well_are_no_failure():
    raise_failures([ended(0, "finished"), ended(1, "diverged")])


def test_one_that_failed_is_told_with_its_reason_and_its_log():
    with pytest.raises(RunFailed, match=r"^Run \w+ failed: too odd \(more in out/runs/\w+/log\.txt\)$"):
        raise_failures([ended(0, "finished"), ended(1)])


def test_of_several_each_is_named_and_the_first_are_told():
    failed = [ended(seed) for seed in range(7)]
    with pytest.raises(RunFailed) as raised:
        raise_failures(failed)

    line = str(raised.value)
    assert line.startswith(
        "7 runs failed, and the same command tries them again. digits softmax seed 0: Run "
    )
    assert all(report.run.digest in line for report in failed)
    assert line.count("log.txt") == 5
    assert line.endswith(f"digits softmax seed 6 ({failed[6].run.digest})")
