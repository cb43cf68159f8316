"""Judgments in a process where shape annotations are not executed.

They would double the time, refuse what does not fit before the code itself does, and torch.compile cannot
trace them.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence

from regard.experiment import apart
from regard.laws import Judgment, Laws

Case = tuple[object, str]
"""A subject, and the name of a law by which it is judged."""


def judged(laws: Laws, cases: Sequence[Case]) -> list[Judgment]:
    """The judgment on each case, all in one process."""
    return list(apart(_judgments, laws, cases))


def broken(laws: Laws, subject: object, names: Sequence[str] = ()) -> list[Judgment]:
    """Those of the laws, by default of all, that a subject breaks."""
    judgments = judged(laws, [(subject, name) for name in names or laws.names()])
    return [judgment for judgment in judgments if judgment.outcome == "broken"]


def missed(laws: Laws, law: str, faults: Sequence[object]) -> list[tuple[object, Judgment]]:
    """Those of the faults, subjects all, that a law does not catch, each with its judgment.

    It has to catch them by what it measures, not because they crash.
    """
    judgments = judged(laws, [(fault, law) for fault in faults])
    return [(fault, each) for fault, each in zip(faults, judgments, strict=True) if not _caught(each)]


def said(code: str) -> list[str]:
    """The lines that Python prints for some code."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def _caught(judgment: Judgment) -> bool:
    measured = judgment.figure is not None and judgment.figure > judgment.limit
    return judgment.outcome == "broken" and measured and bool(judgment.note)


def _judgments(laws: Laws, cases: Sequence[Case]) -> Iterator[Judgment]:
    for subject, law in cases:
        yield laws.judge(subject, law)
