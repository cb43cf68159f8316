"""Work in a process of its own."""

import multiprocessing
import signal
import sys
from multiprocessing import resource_tracker
from multiprocessing.forkserver import _forkserver
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


@pytest.mark.skipif(sys.platform != "linux", reason="no server starts processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_process_starts_waits_and_harms_no_other(monkeypatch, number):
    """It comes between the connection to the server and the request, which the server does not survive."""
    assert list(apart(range, 1)) == [0]
    server = _forkserver._forkserver_pid

    def interrupt(*_):
        raise KeyboardInterrupt

    def getfd():
        signal.raise_signal(number)
        return tracker()

    tracker = resource_tracker.getfd
    before = signal.signal(number, interrupt)
    try:
        with monkeypatch.context() as during:
            during.setattr(resource_tracker, "getfd", getfd)
            with pytest.raises(KeyboardInterrupt):
                apart(range, 3)
        assert signal.getsignal(number) is interrupt
    finally:
        signal.signal(number, before)
    assert list(apart(blocked)) == [set()]
    assert _forkserver._forkserver_pid == server


def blocked():
    """The signals that cannot reach this process."""
    yield signal.pthread_sigmask(signal.SIG_BLOCK, [])


LOCKS = []


def locked():
    """Work of a library that makes a lock for all its processes and keeps it: the lock's name."""
    LOCKS.append(multiprocessing.RLock())
    yield LOCKS[-1]._semlock.name


@pytest.mark.skipif(sys.platform == "win32", reason="locks have no names")
def test_no_lock_outlives_the_worker_in_which_it_is_made():
    assert list(apart(locked)) == [None]
