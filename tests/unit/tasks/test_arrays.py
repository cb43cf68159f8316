import pytest

from regard.core.errors import MissingFile
from regard.core.spec import Spec
from regard.tasks import TASKS

VARIANTS = ()
REFUSED = ((Spec.of("arrays", data="x", held_out=0.7), "held_out", "0.7"),)


def test_arrays_that_nobody_gave_are_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("REGARD_CACHE", str(tmp_path))
    with pytest.raises(MissingFile, match=r"does not hold the arrays 'abc'\. Call regard\.data\.from_arrays"):
        TASKS.build("arrays", data="abc").split("train")
