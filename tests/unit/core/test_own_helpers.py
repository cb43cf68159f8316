"""A user's file that imports others from beside it."""

import sys
from pathlib import Path

import pytest

from regard.core.errors import Corrupt, RegardError
from regard.core.execution import Execution
from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.core.user_file import find, pinned
from regard.experiment import Ended, Job, LocalPool
from regard.mechanisms import MECHANISMS
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS

MINE = "import helper\nclass Mine:\n    value = helper.value\n"


def write(folder: Path, **texts: str) -> str:
    """Files beside `mine.py`, without their ending. Returns the name of the class in it."""
    for name, text in texts.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return f"{folder}/mine.py:Mine"


def test_a_sibling_is_imported(tmp_path):
    assert find(write(tmp_path, mine=MINE, helper="value = 3\n"), "part").value == 3


@pytest.mark.parametrize(
    ("texts", "changed"),
    [
        ({"mine": MINE, "helper": "value = 3\n"}, "helper"),
        ({"mine": MINE, "helper": "from deeper import value\n", "deeper": "value = 3\n"}, "deeper"),
        ({"mine": MINE.replace("helper", "lib.x"), "lib/x": "value = 3\n"}, "lib/x"),
        (
            {
                "mine": MINE.replace("helper", "lib"),
                "lib/__init__": "from .x import value\n",
                "lib/x": "value = 3\n",
            },
            "lib/x",
        ),
        ({"mine": MINE.replace("import helper", "from . import helper"), "helper": "value = 3\n"}, "helper"),
        (
            {"mine": MINE.replace("import helper", "from lib import x as helper"), "lib/x": "value = 3\n"},
            "lib/x",
        ),
        (
            {
                "mine": "class Mine:\n    value = 3\n    def late(self):\n        from helper import value\n",
                "helper": "value = 3\n",
            },
            "helper",
        ),
    ],
    ids=["import", "through another", "folder", "package", "relative", "module of a folder", "in a function"],
)
def test_a_helper_that_changes_makes_another_part(tmp_path, texts, changed):
    name = write(tmp_path, **texts)
    before = pinned(name)
    assert find(before, "part").value == 3
    helper = tmp_path / f"{changed}.py"
    helper.write_text(helper.read_text() + "# changed\n")

    assert pinned(name) != before
    assert find(name, "part").value == 3
    with pytest.raises(Corrupt, match="or a module that it imports has changed"):
        find(before, "part")


def test_what_is_not_imported_is_no_part_of_the_identity(tmp_path):
    name = write(tmp_path, mine=MINE, helper="value = 3\n", other="value = 4\n")
    before = pinned(name)
    (tmp_path / "other.py").write_text("value = 5\n")

    assert pinned(name) == before


def test_helpers_of_one_name_are_not_confused(tmp_path):
    helper = "import deeper\nvalue = deeper.value**2\n"
    names = [
        write(tmp_path / folder, mine=MINE, helper=helper, deeper=f"value = {number}\n")
        for folder, number in (("a", 2), ("b", 3))
    ]

    assert [find(name, "part").value for name in names] == [4, 9]
    assert "helper" not in sys.modules


def test_equal_files_with_other_helpers_are_other_parts(tmp_path):
    names = [write(tmp_path / folder, mine=MINE, helper=f"value = {folder!r}\n") for folder in "ab"]

    assert [find(name, "part").value for name in names] == ["a", "b"]
    assert len({pinned(name).rpartition("@")[2] for name in names}) == 2


def test_an_import_within_a_function_finds_the_files_own_helper(tmp_path):
    late = (
        "class Mine:\n    @staticmethod\n    def late():\n        import helper\n"
        "        return helper.value\n"
    )
    names = [write(tmp_path / folder, mine=late, helper=f"value = {folder!r}\n") for folder in "ab"]

    assert [find(name, "part").late() for name in names] == ["a", "b"]


def test_a_file_in_a_package_imports_relatively_and_from_its_package(tmp_path):
    name = write(
        tmp_path / "pack" / "sub",
        mine="from ..up import value\nfrom pack.up import value as same\nfrom . import side\n"
        "class Mine:\n    value = (value, same, side.value)\n",
        side="from ..up import value\n",
        __init__="",
    )
    write(tmp_path / "pack", up="value = 1\n", __init__="")
    before = pinned(name)
    assert find(before, "part").value == (1, 1, 1)
    (tmp_path / "pack" / "up.py").write_text("value = 2\n")

    assert pinned(name) != before
    assert find(name, "part").value == (2, 2, 2)


def test_a_helper_may_import_the_file_that_imports_it(tmp_path):
    helper = "def value():\n    import mine\n    return mine.Mine\n"
    name = write(
        tmp_path, mine="import helper\nclass Mine:\n    value = staticmethod(helper.value)\n", helper=helper
    )

    part = find(name, "part")
    assert part.value() is part


def test_a_file_called_like_an_installed_package_imports_that_package(tmp_path):
    write(tmp_path, rich="import rich\nimport helper\nclass Mine:\n    value = rich.get_console\n", helper="")

    assert find(f"{tmp_path}/rich.py:Mine", "part").value.__module__ == "rich"


def test_the_standard_library_and_regard_are_never_sought_beside_a_file(tmp_path):
    name = write(
        tmp_path,
        mine="import random, regard\nclass Mine:\n    value = (random.Random, regard.Spec)\n",
        random="1 / 0\n",
        regard="1 / 0\n",
    )

    assert find(name, "part").value[1].__name__ == "Spec"


@pytest.mark.parametrize(
    ("helper", "says"),
    [("def (\n", "SyntaxError"), ("1 / 0\n", "ZeroDivisionError"), ("raise SystemExit(3)\n", "SystemExit")],
)
def test_a_helper_that_is_broken_is_one_line(tmp_path, helper, says):
    with pytest.raises(RegardError, match=f"cannot be imported: .*{says}|{says}") as caught:
        find(write(tmp_path, mine=MINE, helper=helper), "part")

    assert "\n" not in str(caught.value)


def test_a_module_that_no_statement_imports_is_refused(tmp_path):
    hidden = (
        "import importlib\nfrom . import side\nhelper = importlib.import_module('.helper', __package__)\n"
    )

    with pytest.raises(RegardError, match="'helper' is no module that an import statement"):
        find(write(tmp_path, mine=hidden + MINE[14:], helper="value = 3\n", side=""), "part")


def test_a_mechanism_with_a_helper_is_trained_in_a_process_of_its_own(tmp_path):
    name = write(
        tmp_path,
        mine="import regard\nfrom helper import mean\n"
        "class Mine(regard.Mechanism):\n"
        "    '''The mean of all values.'''\n"
        "    traits = regard.Traits(source='mine', time='n', memory='n', weights=False)\n"
        "    def streams(self): return regard.Streams(v=self.size.e)\n"
        "    def forward(self, streams, mask): return mean(streams.v)\n"
        "    def cost(self, n, m, mask):\n"
        "        return regard.Cost(matmul_flops=0, other_flops=n, state_numbers=m)\n",
        helper="def mean(v): return v.mean(2, keepdim=True).expand_as(v)\n",
    )
    run = Run(
        task=TASKS.complete(Spec("digits")),
        mechanisms=(MECHANISMS.complete(Spec(name)),),
        model=ModelSettings(layers=1, features=8, heads=2, hidden=8),
        optimizer=OPTIMIZERS.complete(Spec("adamw")),
        training=TrainingSettings(steps=2),
    )

    with LocalPool(Execution(workers=1, device="cpu")) as pool:
        pool.submit(Job((run,)))
        ended = [report for report in pool.report() if isinstance(report, Ended)]

    assert [(each.outcome, each.detail) for each in ended] == [("finished", "")]
