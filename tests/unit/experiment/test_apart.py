"""Work in a process of its own."""

import multiprocessing
import sys
from types import ModuleType

import pytest

from regard.core.errors import RegardError
from regard.experiment import Lost, apart


def test_a_process_does_not_start_the_script_again_that_started_it(tmp_path, monkeypatch):
    script, trace = tmp_path / "script.py", tmp_path / "trace"
    script.write_text(f"from pathlib import Path\nPath({str(trace)!r}).touch()\n")
    unguarded = ModuleType("__main__")
    unguarded.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", unguarded)

    assert list(apart(range, 3)) == [0, 1, 2]
    assert not trace.exists()
    assert sys.modules["__main__"] is unguarded


def from_within():
    """Work that starts processes itself, as the import of a script does that compares its own mechanism."""
    return apart(range, 3)


def test_a_worker_that_starts_processes_itself_is_told_where_its_script_goes():
    with pytest.raises(RegardError, match="__main__"):
        list(apart(from_within))


def interrupted():
    """Work that raises what is no error."""
    raise KeyboardInterrupt


def test_an_interruption_that_nobody_asked_for_is_told_in_a_line(capfd):
    with pytest.raises(Lost, match=r"by KeyboardInterrupt\.$"):
        list(apart(interrupted))
    assert "Traceback" not in capfd.readouterr().err


LOCKS = []


def locked():
    """Work of a library that makes a lock for all its processes and keeps it: the lock's name."""
    LOCKS.append(multiprocessing.RLock())
    yield LOCKS[-1]._semlock.name


@pytest.mark.skipif(sys.platform == "win32", reason="locks have no names")
def test_no_lock_outlives_the_worker_in_which_it_is_made():
    assert list(apart(locked)) == [None]
