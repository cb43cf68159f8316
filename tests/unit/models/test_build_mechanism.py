"""Wherever a mechanism is named, a name, a file, a Spec, a class or a function will do."""

from functools import partial

import pytest

from regard import Attention, Cost, Mechanism, Size, Spec
from regard.core.errors import InvalidOption, RegardError, UnknownName
from regard.mechanisms.local import Local
from regard.mechanisms.softmax import Softmax
from regard.models.mechanism import build_mechanism

SIZE = Size(heads=4, key_features=4, value_features=4, length=9)

OWN = """
from regard import Cost, Mechanism, Streams, Traits

class Own(Mechanism):
    \"\"\"Hands the values on.\"\"\"

    traits = Traits(source="a user", time="n", memory="n")

    def __init__(self, size, *, times: int = 1):
        super().__init__(size)
        self.times = times

    def streams(self):
        return Streams(v=self.size.e)

    def forward(self, streams, mask):
        return self.times * streams.v

    def cost(self, n, m, mask):
        return Cost(matmul_flops=0, state_numbers=0)
"""


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(OWN)
    return f"{file}:Own"


class WithoutTraits(Mechanism):
    """Says nothing of what it can do."""

    def forward(self, streams, mask):
        return streams.v

    def cost(self, n, m, mask):
        return Cost(matmul_flops=0, state_numbers=0)


def test_a_mechanism_without_traits_is_refused_in_one_line():
    with pytest.raises(InvalidOption, match=r"WithoutTraits declares no traits: give it `traits = "):
        Attention(16, 4, mechanism=WithoutTraits)


@pytest.mark.parametrize(
    "given",
    [
        "local",
        Spec("local"),
        Spec.of("local", window=3),
        Local,
        partial(Local, window=3),
        lambda size: Local(size, window=3),
    ],
    ids=["a name", "a Spec", "a Spec with options", "a class", "a partial", "a lambda"],
)
def test_whatever_names_or_builds_a_mechanism_is_taken(given):
    mechanism = Attention(16, 4, mechanism=given).mechanism

    assert isinstance(mechanism, Local)
    assert mechanism.window == (8 if given in ("local", Spec("local"), Local) else 3)
    assert (mechanism.size.heads, mechanism.size.key_features) == (4, 4)


def test_a_file_with_a_class_is_taken_with_its_options(own):
    assert Attention(16, 4, mechanism=own).mechanism.times == 1
    assert Attention(16, 4, mechanism=Spec.of(own, times=3)).mechanism.times == 3


@pytest.mark.parametrize(
    "given", [Softmax(SIZE), 7, None, ["softmax"]], ids=["an instance", "7", "None", "a list"]
)
def test_what_neither_names_nor_builds_one_is_refused_in_one_line(given):
    with pytest.raises(
        InvalidOption, match=r"mechanism cannot be .*Give a name, a Spec, a class or a function"
    ) as no:
        Attention(16, 4, mechanism=given)

    assert "\n" not in str(no.value)


def test_a_function_that_builds_something_else_is_refused():
    with pytest.raises(InvalidOption, match=r"builds a str, which is no regard\.Mechanism") as no:
        build_mechanism(lambda size: "softmax", SIZE)

    assert "\n" not in str(no.value)


def test_a_file_that_holds_something_else_is_refused(tmp_path):
    (tmp_path / "own.py").write_text("class Own:\n    def __init__(self, size): ...\n")

    with pytest.raises(RegardError) as no:
        Attention(16, 4, mechanism=f"{tmp_path}/own.py:Own")

    assert "\n" not in str(no.value)


def test_a_name_that_does_not_exist_offers_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'softmax'"):
        Attention(16, 4, mechanism="sofmax")
