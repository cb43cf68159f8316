import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

import regard
from regard.core.catalog import Catalog
from regard.core.errors import Corrupt, InvalidOption, MissingFile, RegardError, UnknownName
from regard.core.spec import Spec
from regard.core.values import fits
from regard.mechanisms import MECHANISMS
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.tasks import TASKS

CATALOGS = [MECHANISMS, TASKS, OPTIMIZERS]


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.kind)
def test_every_name_leads_to_its_part(catalog: Catalog):
    for name in catalog.names():
        assert catalog.find(name).__name__.lower().replace("_", "") == name.replace("_", "")


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.kind)
def test_every_default_fits_its_annotation(catalog: Catalog):
    for name in catalog.names():
        for option in catalog.options(name).values():
            assert option.required or fits(option.default, option.annotation), f"{name}: {option}"


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.kind)
def test_every_part_tells_what_it_is(catalog: Catalog):
    for name in catalog.names():
        assert (catalog.find(name).__doc__ or "").strip()


def test_listing_the_names_imports_no_part():
    code = (
        "import sys; from regard.mechanisms import MECHANISMS; MECHANISMS.names();"
        "assert 'regard.mechanisms.softmax' not in sys.modules and 'torch' not in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_misspelled_name_gets_the_nearest():
    with pytest.raises(UnknownName, match=r"no mechanism called 'sofmax'\. Did you mean 'softmax'\?"):
        MECHANISMS.find("sofmax")


def test_a_name_unlike_any_gets_the_list():
    with pytest.raises(UnknownName, match=r"Choose from: .*softmax"):
        MECHANISMS.find("zzz")


def test_a_misspelled_option_gets_the_nearest():
    with pytest.raises(InvalidOption, match=r"no option 'rnk'\. Did you mean 'rank'\?"):
        MECHANISMS.check("linformer", {"rnk": 3})


def test_an_option_of_the_wrong_type_is_refused():
    with pytest.raises(InvalidOption, match=r"rank cannot be 'many'\. Give a whole number\."):
        MECHANISMS.check("linformer", {"rank": "many"})


@pytest.mark.parametrize("given", [{}, {"teacher": None}], ids=["not given", "given as None"])
def test_an_option_that_is_needed_is_asked_for(given):
    with pytest.raises(InvalidOption, match=r"'distillation' needs the option teacher: str\."):
        OBJECTIVES.check("distillation", given)


def test_equal_parts_complete_to_equal_specs():
    default = OPTIMIZERS.options("adamw")["rate"].default

    said = OPTIMIZERS.complete(Spec.of("adamw", rate=default))

    assert said == OPTIMIZERS.complete(Spec.of("adamw"))


def test_an_integer_completes_to_the_float_that_it_stands_for():
    rate = OPTIMIZERS.complete(Spec.of("adamw", rate=1)).settings["rate"]

    assert isinstance(rate, float)


def test_a_label_shows_only_what_differs():
    assert OPTIMIZERS.label(OPTIMIZERS.complete(Spec.of("adamw", rate=0.5))) == "adamw(rate=0.5)"


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (1, int, True),
        (True, int, False),
        (1, float, True),
        (True, float, False),
        ("1", int, False),
        (None, int | None, True),
        ("causal", Literal["causal", "masked"], True),
        ("casual", Literal["causal", "masked"], False),
        ([1, 2], tuple[int, ...], True),
        ([1, "2"], tuple[int, ...], False),
    ],
)
def test_a_value_fits_its_annotation_or_not(value, annotation, expected):
    assert fits(value, annotation) is expected


class TestAUsersOwnFile:
    def test_gives_the_class(self, tmp_path: Path):
        file = tmp_path / "mine.py"
        file.write_text("class Mine:\n    def __init__(self, *, depth: int = 2): self.depth = depth\n")

        assert MECHANISMS.build(f"{file}:Mine", depth=3).depth == 3

    def test_that_is_missing_is_named(self, tmp_path: Path):
        with pytest.raises(MissingFile, match="no file"):
            MECHANISMS.find(f"{tmp_path}/none.py:Mine")

    def test_without_the_class_gets_the_nearest(self, tmp_path: Path):
        file = tmp_path / "mine.py"
        file.write_text("class Mine: pass\n")

        with pytest.raises(UnknownName, match="Did you mean 'Mine'"):
            MECHANISMS.find(f"{file}:Mne")

    def test_offers_the_classes_that_it_defines_and_not_those_that_it_imports(self, tmp_path: Path):
        file = tmp_path / "mine.py"
        file.write_text("from pathlib import Path\nclass First: pass\nclass Second: pass\n")

        with pytest.raises(UnknownName, match=r"Choose from: First, Second\."):
            MECHANISMS.find(f"{file}:Unlike")

    def test_with_a_class_that_is_not_complete_is_refused_before_it_is_built(self, tmp_path: Path):
        file = tmp_path / "mine.py"
        file.write_text(
            "import regard\n"
            "class Mine(regard.Mechanism):\n"
            "    traits = regard.Traits(source='a user', time='n', memory='n')\n"
            "    def forward(self, streams, mask): return streams.v\n"
        )

        with pytest.raises(InvalidOption, match=r"Mine' cannot be built before it defines cost\."):
            MECHANISMS.complete(Spec.of(f"{file}:Mine"))

    def test_without_a_class_name_says_how(self, tmp_path: Path):
        with pytest.raises(UnknownName, match=":ClassName"):
            MECHANISMS.find(f"{tmp_path}/mine.py")

    def test_that_fails_on_import_becomes_one_line(self, tmp_path: Path):
        file = tmp_path / "broken.py"
        file.write_text("1 / 0\n")

        with pytest.raises(RegardError, match="cannot be imported: ZeroDivisionError"):
            MECHANISMS.find(f"{file}:Mine")

    def test_with_unicode_and_spaces_in_its_path_is_found(self, tmp_path: Path):
        folder = tmp_path / "größe und mehr"
        folder.mkdir()
        (folder / "mine.py").write_text("class Mine: pass\n")

        assert MECHANISMS.find(f"{folder}/mine.py:Mine").__name__ == "Mine"

    def test_that_was_changed_is_another_part(self, tmp_path: Path):
        file = tmp_path / "mine.py"
        file.write_text("class Mine: value = 1\n")
        before = MECHANISMS.complete(Spec.of(f"{file}:Mine"))
        file.write_text("class Mine: value = 2\n")
        after = MECHANISMS.complete(Spec.of(f"{file}:Mine"))

        assert before != after
        assert MECHANISMS.find(after.name).value == 2
        with pytest.raises(Corrupt, match="has changed"):
            MECHANISMS.find(before.name)

    def test_is_labeled_by_its_class(self, tmp_path: Path):
        file = tmp_path / "mine.py"
        file.write_text("class Mine:\n    def __init__(self, *, depth: int = 2): pass\n")

        assert MECHANISMS.label(MECHANISMS.complete(Spec.of(f"{file}:Mine", depth=3))) == "Mine(depth=3)"

    def test_is_not_confused_with_another_of_the_same_name(self, tmp_path: Path):
        for folder, value in (("a", 1), ("b", 2)):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "mine.py").write_text(f"class Mine:\n    value = {value}\n")

        values = [MECHANISMS.find(f"{tmp_path}/{folder}/mine.py:Mine").value for folder in "ab"]

        assert values == [1, 2]


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda catalog: catalog.kind)
def test_a_function_lists_the_names_of_each_catalog(catalog: Catalog):
    assert getattr(regard, f"list_{catalog.kind}s")() == catalog.names()


def test_an_annotation_that_means_nothing_at_run_time_forbids_nothing(tmp_path):
    """Names may be imported for type checkers only. What can be known is still checked."""
    file = tmp_path / "own.py"
    file.write_text(
        "from __future__ import annotations\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from nowhere import Rank, Size\n"
        "class Own:\n"
        "    def __init__(self, size: Size, *, rank: Rank = 3, width: int = 4, odd: 'no type (' = 2):\n"
        "        self.rank = rank\n"
    )
    catalog, name = Catalog("mechanism", "regard.mechanisms"), f"{file}:Own"

    assert catalog.build(name, None, rank="full", width=2, odd=0).rank == "full"
    with pytest.raises(InvalidOption, match="width cannot be 'wide'"):
        catalog.check(name, {"width": "wide"})
