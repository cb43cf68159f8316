"""The house checks itself."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import regard
from regard.attention.laws import MECHANISM_LAWS
from regard.core.documentation import use
from regard.core.settings import ModelSettings, TrainingSettings, settings
from regard.data.laws import TASK_LAWS
from regard.mechanisms import MECHANISMS
from regard.models.laws import LAYER_LAWS
from regard.objectives import OBJECTIVES
from regard.optimizers import OPTIMIZERS
from regard.recipes import recipe
from regard.tasks import TASKS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import update_readme  # noqa: E402 - scripts, not packages
from references import linked, references  # noqa: E402

SOURCES = sorted((ROOT / "src").rglob("*.py"))
LEGEND = set("bhgnmdecrwps")


def run_python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


def test_the_public_names_are_these():
    assert regard.__all__ == [
        "Attention",
        "BenchmarkResult",
        "Bias",
        "ClosureOptimizer",
        "ComparisonResult",
        "Cost",
        "Grid",
        "Mask",
        "Measurement",
        "Mechanism",
        "ModelSettings",
        "Objective",
        "OptimizersResult",
        "Problem",
        "RegardError",
        "Run",
        "Size",
        "Spec",
        "Store",
        "Stream",
        "Streams",
        "Task",
        "Tie",
        "TrainedRun",
        "TrainingSettings",
        "Traits",
        "Update",
        "__version__",
        "attention_maps",
        "bench",
        "compare",
        "compare_optimizers",
        "fit",
        "lens",
        "list_mechanisms",
        "list_objectives",
        "list_optimizers",
        "list_tasks",
        "load",
        "run",
    ]


@pytest.mark.parametrize("name", regard.__all__)
def test_every_public_name_is_there(name):
    assert getattr(regard, name) is not None


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'atention'"):
        regard.atention  # noqa: B018


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['regard', '--help']\n"
        "from regard.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'hydra', 'numpy', 'matplotlib', 'scipy', 'omegaconf'} & set(sys.modules)))"
    )

    assert run_python(code).splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "module",
    [
        "regard.pages",
        "regard.report",
        "regard.store",
        "regard.core.results",
        "regard.core.run",
        "regard.catalogs",
    ],
)
def test_plain_data_needs_no_torch(module):
    assert run_python(f"import sys, {module}; print('torch' in sys.modules)").strip() == "False"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_one_letter_dimensions_are_in_the_legend(path):
    shapes = re.findall(r'(?:Float|Int64|Bool|Int)\[Tensor, "([^"]*)"\]', path.read_text("utf-8"))
    letters = {word for shape in shapes for word in re.findall(r"\b[a-z]\b", shape)}

    assert letters <= LEGEND


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_file_can_be_held_in_the_head(path):
    assert len(path.read_text("utf-8").splitlines()) <= 250


def test_every_mechanism_and_task_has_a_test_of_its_own():
    names = [f"mechanisms/test_{name}" for name in MECHANISMS.names()]
    names += [f"tasks/test_{name}" for name in TASKS.names()]

    assert [name for name in names if not (ROOT / "tests" / "unit" / f"{name}.py").is_file()] == []


@pytest.mark.parametrize("name", MECHANISMS.names())
def test_every_mechanism_says_when_to_use_it(name):
    assert len(use(MECHANISMS.find(name)).split()) >= 4


def asserting_functions(functions: dict[str, set[str]]) -> set[str]:
    """The names of functions that assert, or call one that does."""
    words = {"assert", "raises", "warns", "assert_close", "law"}
    known: set[str] = set()
    while found := {name for name, said in functions.items() if said & (words | known)} - known:
        known |= found
    return known


def test_every_test_asserts_something():
    functions = [
        (path.name, function)
        for path in (ROOT / "tests").rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
    ]
    said = {function.name: set(re.findall(r"\w+", ast.unparse(function.body))) for _, function in functions}
    known = asserting_functions(said)

    assert [
        (file, f.name) for file, f in functions if f.name.startswith("test_") and f.name not in known
    ] == []


class TestTheDocuments:
    def test_the_readme_tells_of_every_command(self):
        from regard.cli import app  # noqa: PLC0415

        readme = (ROOT / "README.md").read_text("utf-8")
        names = [command.callback.__name__ for command in app.registered_commands]
        assert [name for name in names if f"regard {name.replace('_', '-')}" not in readme] == []

    def broken(self, page: str) -> list[str]:
        """Lines of a page on laws that tell of a broken one."""
        laws = [line for line in page.splitlines() if line.startswith("| `")]
        marks = [line for line in page.splitlines() if line.startswith("|") and "✗" in line]
        return marks + [line for line in laws if not line.endswith("|  |")]

    def test_the_support_matrix_knows_every_mechanism_and_law(self):
        page = (ROOT / "docs" / "conformance.md").read_text("utf-8")

        assert [name for name in MECHANISMS.names() if f"| {name} |" not in page] == []
        assert [name for name in MECHANISM_LAWS.names() if f"`{name}`" not in page] == []
        assert self.broken(page) == []

    def test_the_matrix_of_tasks_knows_every_task_and_law(self):
        page = (ROOT / "docs" / "task_conformance.md").read_text("utf-8")

        assert [name for name in TASKS.names() if f"| {name} |" not in page and f"`{name}`" not in page] == []
        assert [name for name in TASK_LAWS.names() if f"`{name}`" not in page] == []
        assert self.broken(page) == []

    def test_the_matrix_of_layers_knows_every_mechanism_and_law(self):
        page = (ROOT / "docs" / "layer_conformance.md").read_text("utf-8")

        assert [name for name in MECHANISMS.names() if f"| {name} |" not in page] == []
        assert [name for name in LAYER_LAWS.names() if f"`{name}`" not in page] == []
        assert self.broken(page) == []

    def test_the_readme_lists_every_mechanism(self):
        assert update_readme.table() in (ROOT / "README.md").read_text("utf-8")

    def test_the_catalog_page_shows_every_mechanism_and_every_tie(self):
        page = (ROOT / "docs" / "catalog.md").read_text("utf-8")
        tree = (ROOT / "docs" / "images" / "family_tree.svg").read_text("utf-8")
        shown = {path.stem for path in (ROOT / "docs" / "images" / "maps").glob("*.png")}
        ties = [tie for name in MECHANISMS.names() for tie in MECHANISMS.find(name).traits.ties]

        assert shown == set(MECHANISMS.names())
        assert [name for name in MECHANISMS.names() if f"\n### {name}\n" not in page] == []
        assert [tie for tie in ties if tie.to not in tree] == []

    def test_the_references_name_every_source(self):
        page = (ROOT / "docs" / "references.md").read_text("utf-8")

        assert [source for source in references() if linked(source) not in page] == []

    def test_the_architecture_tells_of_every_package(self):
        page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
        packages = [path.parent.name for path in (ROOT / "src" / "regard").glob("*/__init__.py")]

        assert [name for name in packages if f"`{name}`" not in page] == []

    def test_every_part_names_its_source(self):
        for name in MECHANISMS.names():
            assert re.search(r"arXiv|control", MECHANISMS.find(name).traits.source), name

    def test_every_optimizer_and_objective_names_its_source(self):
        for catalog in (OPTIMIZERS, OBJECTIVES):
            for name in catalog.names():
                assert re.search(r"\b(19|20)\d\d\b", catalog.find(name).__doc__ or ""), name


class TestTheRecipes:
    def test_every_task_has_one_that_builds(self):
        for name in TASKS.names():
            chosen = recipe(name)
            assert chosen, name
            TASKS.check(name, chosen["task"])
            settings(ModelSettings, chosen["model"])
            settings(TrainingSettings, chosen["training"])

    def test_no_recipe_has_a_grid_of_its_own(self):
        assert [name for name in TASKS.names() if "grid" in recipe(name).get("comparison", {})] == []

    def test_every_recipe_says_what_was_tried(self):
        folder = ROOT / "src" / "regard" / "recipes"
        assert [p.stem for p in folder.glob("*.yaml") if "#" not in p.read_text("utf-8")] == []
