"""Files of a user's own that end their process, hang or leave threads behind."""

import atexit
import os
import threading

import pytest

from regard import cli
from regard.cli.own_files import with_own_files_tried
from regard.core.errors import RegardError
from regard.core.user_file import find


@with_own_files_tried
def command(*, overrides, timeout=None):
    return overrides


@pytest.mark.parametrize(
    ("content", "seconds", "told"),
    [("import os; os._exit(0)", None, "status 0"), ("import time; time.sleep(60)", 0.5, "time limit")],
)
def test_an_import_that_ends_its_process_or_hangs_is_refused(content, seconds, told, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(content)

    with pytest.raises(RegardError, match=f"mine.py:Mine cannot be imported.*{told}"):
        command(overrides=["task=digits", f"mechanism=softmax,{file}:Mine"], timeout=seconds)


def test_what_else_is_wrong_with_a_file_the_command_says(tmp_path):
    given = [f"mechanism=[{tmp_path}/none.py:Mine]"]

    assert command(overrides=given) == given


def test_an_import_changes_neither_folder_nor_environment(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import os\nos.chdir('/')\nos.environ['MINE'] = '1'\nclass Mine: pass\n")
    before = os.getcwd()  # noqa: PTH109 - what is changed

    find(f"{file}:Mine", "mechanism")

    assert os.getcwd() == before  # noqa: PTH109
    assert "MINE" not in os.environ


def test_a_command_ends_though_a_thread_goes_on(monkeypatch):
    over = threading.Event()
    statuses = []
    monkeypatch.setattr(os, "_exit", statuses.append)
    monkeypatch.setattr(atexit, "_run_exitfuncs", lambda: None)
    thread = threading.Thread(target=over.wait)
    thread.start()
    cli._leave(2)
    over.set()
    thread.join()

    assert statuses == [2]
    with pytest.raises(SystemExit):
        cli._leave(0)
