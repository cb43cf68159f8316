"""Which kind of part a name means, and what is judged of it."""

import dataclasses

import pytest

from regard.attention.checking.regimes import DEEP, QUICK
from regard.core.catalog import Catalog
from regard.core.errors import InvalidOption, MissingFile, UnknownName
from regard.kinds import kind_called, kind_of, kinds
from regard.mechanisms.softmax import Softmax

OWN = """
from regard.attention import Mechanism
from regard.data import Samples, Task
from regard.tasks.recall import Recall
from regard.tasks import TASKS

class Mine(Mechanism): pass

class Yours(Task): pass

class Neither: pass

def a_recall(*, pairs: int = 2):
    return Recall(pairs=pairs, samples=100, held_out=50)

class Halting(Recall):
    def beyond(self):
        raise ValueError("not yet")
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path / "own.py"


def test_mechanisms_can_be_judged_at_deep_sizes_and_tasks_know_none():
    deep = kind_called("mechanism").deepened()

    assert deep.subject(Softmax, {}).depth == DEEP
    assert kind_called("mechanism").subject(Softmax, {}).depth == QUICK
    with pytest.raises(InvalidOption, match="laws of a task know no deep sizes: leave out --deep"):
        kind_called("task").deepened()


def test_a_name_of_a_catalog_says_its_kind():
    assert kind_of("softmax", kinds()).name == "mechanism"
    assert kind_of("state_tracking", kinds()).name == "task"


def test_no_name_means_parts_of_two_catalogs():
    catalogs = {kind.catalog.package: kind.catalog for kind in kinds()}
    names = [name for catalog in catalogs.values() for name in catalog.names()]

    # whoever says `graph` says which: --kind
    assert {name for name in names if names.count(name) > 1} == {"graph"}


def test_a_name_that_two_kinds_have_is_refused_with_the_option_that_tells_them_apart():
    first, second = kind_called("mechanism"), kind_called("task")
    alike = dataclasses.replace(first, catalog=Catalog("graph", second.catalog.package))

    with pytest.raises(InvalidOption, match=r"'digits' is a graph and a task\. Say which .* --kind graph"):
        kind_of("digits", (alike, second))


def test_an_unknown_name_suggests_the_nearest_of_all_kinds():
    with pytest.raises(UnknownName, match=r"task or optimizer called 'digts'\. Did you mean 'digits'"):
        kind_of("digts", kinds())


def test_a_class_in_a_file_says_its_kind(own):
    assert kind_of(f"{own}:Mine", kinds()).name == "mechanism"
    assert kind_of(f"{own}:Yours", kinds()).name == "task"


def test_what_two_kinds_judge_is_of_the_first_unless_the_other_is_named():
    assert kind_of("softmax", kinds()).name == "mechanism"
    assert kind_called("layer").catalog.find("softmax") is kind_called("mechanism").catalog.find("softmax")


def test_a_layer_is_judged_by_laws_of_its_own():
    layer = kind_called("layer")
    subject = layer.subject(layer.catalog.find("identity"), {})

    assert layer.laws.judge(subject, "going_on").outcome == "holds"
    assert layer.laws.judge(subject, "distances").outcome == "exempt"


@pytest.mark.parametrize("name", ["Neither", "a_recall"])
def test_what_is_of_no_kind_is_refused_and_told_what_to_subclass(own, name):
    with pytest.raises(InvalidOption, match=f"{name} is of no kind .* regard.Mechanism or regard.Task"):
        kind_of(f"{own}:{name}", kinds())


def test_a_function_that_returns_a_task_is_judged_where_its_kind_is_said(own):
    judgments = list(kind_called("task").check(f"{own}:a_recall", {"pairs": 3}))

    assert {judgment.outcome for judgment in judgments} == {"holds", "exempt"}


def test_a_kind_without_laws_is_refused():
    with pytest.raises(UnknownName, match=r"no laws for a 'tsk'\. Did you mean 'task'"):
        kind_called("tsk")


def test_a_task_of_ones_own_that_raises_breaks_the_laws_that_meet_it_with_its_line(own):
    judgments = {judgment.law: judgment for judgment in kind_called("task").check(f"{own}:Halting", {})}

    assert judgments["chance"].outcome == "holds"
    assert judgments["disjoint_problems"].outcome == "broken"
    assert judgments["disjoint_problems"].note == "ValueError: not yet (own.py, line 18)"


@pytest.fixture
def without_data(monkeypatch):
    monkeypatch.delenv("REGARD_DATA", raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)


def test_a_task_without_its_data_is_refused(without_data):
    with pytest.raises(MissingFile, match="REGARD_DATA names no folder"):
        list(kind_called("task").check("imdb", {}))


def test_among_all_tasks_one_without_its_data_or_a_needed_option_is_exempt_with_the_reason(
    without_data, monkeypatch
):
    all_names = Catalog.names
    some = {"regard.tasks": ["digits", "image_folder", "imdb"], "regard.data.laws": ["chance", "rule"]}
    monkeypatch.setattr(Catalog, "names", lambda self: some.get(self.package) or all_names(self))

    judgments = [
        (name, judgment.outcome, judgment.note) for name, judgment in kind_called("task").check_all({})
    ]

    assert judgments[:2] == [("digits", "holds", ""), ("digits", "exempt", "does not declare rule")]
    assert judgments[2] == ("image_folder", "exempt", "it needs the option data: str")
    assert judgments[4][:2] == ("imdb", "exempt")
    assert judgments[4][2].startswith("its data are missing: imdb: the split train was not found")
    assert len(judgments) == 6


def test_options_that_one_part_refuses_raise_before_all_are_judged():
    with pytest.raises(InvalidOption, match="no option 'rank'"):
        next(kind_called("mechanism").check_all({"rank": 8}))
