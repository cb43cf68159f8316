"""A task under test: what can be judged, and what its laws may need."""

import pytest
import torch

from regard.core.errors import InvalidOption, RegardError
from regard.data import LookUp, Task
from regard.data.checking import TaskLaw, TaskSubject
from regard.data.laws import TASK_LAWS
from regard.tasks import TASKS
from regard.tasks.recall import Recall


def test_what_is_no_task_is_refused():
    with pytest.raises(InvalidOption, match=r"Linear is no task: it must subclass regard\.data\.Task"):
        TaskSubject(torch.nn.Linear)


def test_an_unfinished_task_is_told_what_it_lacks():
    class Unfinished(Task):
        def split(self, name):
            raise NotImplementedError

    with pytest.raises(InvalidOption, match="before it defines identities and show"):
        TaskSubject(Unfinished)


def test_a_function_that_gives_no_task_is_refused():
    def nothing():
        return 3

    with pytest.raises(InvalidOption, match="nothing gives int, no task"):
        TASK_LAWS.check(TaskSubject(nothing))


def test_a_constructor_that_crashes_is_told_in_one_line():
    def crashing():
        raise KeyError("nowhere")

    with pytest.raises(
        RegardError, match=r"crashing cannot be built: KeyError.*\(test_task_checking.py, line"
    ):
        TASK_LAWS.check(TaskSubject(crashing))


def test_the_samples_of_a_subject_are_made_once_and_a_build_is_a_task_of_its_own():
    subject = TaskSubject(Recall, {"data_seed": 4})

    assert subject.task is subject.task
    assert subject.build() is not subject.task
    assert subject.data_seed == 4
    assert TaskSubject(Recall).data_seed == 0


@pytest.mark.parametrize(
    "name, claims",
    [("recall", {"rule", "data_seed"}), ("digits", {"data_seed"}), ("count", {"rule", "fed_back"})],
)
def test_a_task_declares_what_it_offers(name, claims):
    subject = TaskSubject(TASKS.find(name))

    assert claims <= {claim for claim in TaskLaw.claims if subject.declares(claim)}
    assert subject.declares("fed_back") is ("fed_back" in claims)


def test_a_law_that_needs_what_no_task_can_declare_fails_at_import():
    with pytest.raises(TypeError, match="Rules needs rules, which no subject can declare"):

        class Rules(TaskLaw):
            needs = ("rules",)


def test_a_task_of_ones_own_declares_the_look_up_that_honestly_beats_chance():
    """A leak is caught unless the task says that it is none."""

    class Leaking(Recall):
        def split(self, name):
            samples = super().split(name)
            return type(samples)(torch.where(samples.targets >= 0, samples.targets, 0), samples.targets)

    class Honest(Leaking):
        known_look_up = LookUp(1.0, "the answer stands there")

    assert TASK_LAWS.judge(TaskSubject(Leaking), "look_ups").outcome == "broken"
    assert TASK_LAWS.judge(TaskSubject(Honest), "look_ups").outcome == "holds"
