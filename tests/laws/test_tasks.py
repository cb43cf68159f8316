"""Every law of a task, over the whole catalog."""

import re

import pytest
from judged_apart import broken
from task_cases import fresh, refused, variants

from regard.core.errors import InvalidOption
from regard.data.checking import TaskSubject
from regard.data.laws import TASK_LAWS
from regard.tasks import TASKS

VARIANTS = [each for name in TASKS.names() for each in variants(name)]
REFUSED = [each for name in TASKS.names() for each in refused(name)]


@pytest.mark.parametrize("spec", VARIANTS)
def test_every_task_keeps_every_law(spec):
    assert broken(TASK_LAWS, TaskSubject(TASKS.find(spec.name), dict(spec.settings))) == []


@pytest.mark.parametrize("spec, words", REFUSED)
def test_options_out_of_range_are_refused_in_one_line(spec, words):
    with pytest.raises(InvalidOption) as caught:
        fresh(spec)

    message = str(caught.value)
    assert re.fullmatch(r"[a-z]\w*: [^\n]+[.?]", message), message
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("name", TASK_LAWS.names())
def test_every_law_is_a_sentence(name):
    law = TASK_LAWS.find(name)

    assert law.name == name
    assert law.sentence.endswith(".")
