"""The cases of each task: they stand in the test of the task itself, and every law runs over them.

VARIANTS = (Spec("sort"), Spec.of("sort", form="masked"))     with which options the laws are tried
REFUSED = ((Spec.of("sort", length=0), "length", "0"),)       what is refused, and words of the message
pytestmark = pytest.mark.data     where the task needs the folder named by REGARD_DATA
"""

import functools
import importlib.util
import types
from pathlib import Path

import pytest

from regard.core.spec import Spec
from regard.data.checking import TaskSubject
from regard.data.laws import TASK_LAWS
from regard.data.task import Task
from regard.laws import Judgment
from regard.tasks import TASKS

FOLDER = Path(__file__).parents[1] / "unit" / "tasks"


@functools.cache
def case_of(name: str) -> types.ModuleType:
    """The module that tests a task."""
    spec = importlib.util.spec_from_file_location(f"case_{name}", FOLDER / f"test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def variants(name: str) -> list[object]:
    """Parameters of tests: each variant, with the marks of its task's tests."""
    case = case_of(name)
    return [pytest.param(spec, marks=marks_of(case), id=str(spec)) for spec in case.VARIANTS]


def refused(name: str) -> list[object]:
    """Parameters of tests: what is refused, and the words of the message. No data is needed to refuse."""
    return [pytest.param(spec, words, id=str(spec)) for spec, *words in case_of(name).REFUSED]


def marks_of(case: types.ModuleType) -> list[pytest.MarkDecorator]:
    marks = getattr(case, "pytestmark", [])
    marks = marks if isinstance(marks, list) else [marks]
    return [*marks, pytest.mark.data] if getattr(case, "NEEDS_DATA", False) else marks


def fresh(spec: Spec) -> Task:
    return TASKS.build(spec.name, **spec.settings)


def broken(subject: TaskSubject, *laws: str) -> list[Judgment]:
    """The judgments on those of the laws, all by default, that are broken."""
    judgments = [TASK_LAWS.judge(subject, law) for law in laws or TASK_LAWS.names()]
    return [judgment for judgment in judgments if judgment.outcome == "broken"]
