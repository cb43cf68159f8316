import logging
import warnings

import pytest

from regard.core.errors import Unwritable
from regard.core.measurement import Measurement
from regard.training.checkpoints.log import Log

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def log(tmp_path):
    return Log(tmp_path / "log.txt")


def lines(log):
    return [line.split("  ", 1)[1] for line in log.path.read_text().splitlines()]


def test_lines_are_appended_with_the_time_in_front(log):
    log.write("one", "two")
    log.write("three")

    assert lines(log) == ["one", "two", "three"]


def test_measurements_are_lines(log):
    log.measured([Measurement(3, "train/loss", 0.123456789)])

    assert lines(log) == ["step 3  train/loss 0.123457"]


def test_warnings_are_noted_once_and_not_shown(log, capfd):
    for _ in range(3):
        with log.warnings():
            warnings.warn("mind the step", UserWarning, stacklevel=1)

    assert lines(log) == ["warning: UserWarning: mind the step"]
    assert capfd.readouterr().err == ""


def test_warnings_are_noted_even_when_something_fails(log):
    with pytest.raises(ZeroDivisionError), log.warnings():
        warnings.warn("mind the step", UserWarning, stacklevel=1)
        raise ZeroDivisionError

    assert lines(log) == ["warning: UserWarning: mind the step"]


def test_two_logs_know_nothing_of_each_other(log, tmp_path):
    other = Log(tmp_path / "other.txt")
    with log.warnings():
        warnings.warn("here", UserWarning, stacklevel=1)
    with other.warnings():
        warnings.warn("there", UserWarning, stacklevel=1)

    assert lines(log) == ["warning: UserWarning: here"]
    assert lines(other) == ["warning: UserWarning: there"]


def test_the_programs_own_logging_stays_as_it_was(log):
    before = logging.getLogger().handlers[:]
    log.write("one")

    assert logging.getLogger().handlers == before


def test_a_log_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(Unwritable, match="cannot be written"):
        Log(tmp_path / "gone" / "log.txt").write("one")
