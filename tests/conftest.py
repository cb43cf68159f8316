"""Shape annotations are executed in all tests."""

import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))
from shapes import check_shapes

check_shapes("regard")

# a shell ignores Ctrl-C for what it starts in the background, and every command of a test would inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).parents[2] / "shared" / "data"
"""Where the data lie beside a checkout, unless REGARD_DATA names another folder."""

# one cache for all tests, apart from the user's own; tests of the cache itself use folders of theirs
os.environ["REGARD_CACHE"] = str(Path(tempfile.gettempdir()) / "regard-tests-cache")

if SHARED.is_dir():
    os.environ.setdefault("REGARD_DATA", str(SHARED))


def pytest_collection_modifyitems(items):
    if "REGARD_DATA" not in os.environ:
        missing = pytest.mark.skip(reason="needs real data: name a folder of them by REGARD_DATA")
        for item in items:
            if item.get_closest_marker("data"):
                item.add_marker(missing)
