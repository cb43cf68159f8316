"""Figures need no backend, no home and no font of the user's."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from regard.pages import letters

ROOT = Path(__file__).parents[3]
DRAW = """
import sys
import numpy as np
from pathlib import Path
from regard.pages.pictures import Picture, write_pictures
write_pictures(Path(sys.argv[1]), "title", [Picture(np.zeros((4, 4, 3), "uint8"), "a class")])
"""

TRY = """
from regard.core.errors import RegardError
try:
    import regard.pages.canvas
except RegardError as error:
    print(error)
"""


def python(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | environment, timeout=120
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        {"MPLBACKEND": "no_such_backend"},
        {"MPLCONFIGDIR": "/proc/nowhere"},
        {"HOME": "/nonexistent"},
        {"MATPLOTLIBRC": "/nonexistent/matplotlibrc"},
    ],
    ids=str,
)
def test_a_picture_is_drawn_whatever_the_environment_says(environment, tmp_path):
    done = python(DRAW, tmp_path / "sheet.png", **environment)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_settings_that_cannot_be_read_are_one_line(tmp_path):
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe")
    code = "import os, sys; os.chdir(sys.argv[1])\n" + TRY

    assert "Mend or remove its settings" in python(code, tmp_path).stdout


def test_the_users_own_figures_keep_the_backend_that_was_chosen_for_them():
    code = "import os, regard.pages.canvas, matplotlib as m; print(m.get_backend(), os.environ['MPLBACKEND'])"

    assert python(code, MPLBACKEND="svg").stdout.split() == ["svg", "svg"]


def test_a_table_in_the_terminal_needs_no_matplotlib():
    code = "import sys, regard.core.results.table; print('matplotlib' in sys.modules)"

    assert python(code).stdout.strip() == "False"


def test_matplotlib_is_imported_in_one_place():
    importing = re.compile(r"^\s*(from|import) matplotlib", re.MULTILINE)
    found = [path for path in (ROOT / "src").rglob("*.py") if importing.search(path.read_text("utf-8"))]

    assert [path.name for path in found] == ["plotting.py"]


def test_captions_are_drawn_where_the_figures_font_is_missing(monkeypatch):
    monkeypatch.setattr(letters.font_manager.fontManager, "ttflist", [])
    letters.families.cache_clear()

    assert letters.families() == (letters.FONT,)
    letters.families.cache_clear()
