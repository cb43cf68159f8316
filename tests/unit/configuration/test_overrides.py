"""`KEY=VALUE`, read as it is meant."""

from pathlib import Path

import numpy
import pytest

from regard.configuration.options import options_from
from regard.configuration.overrides import given, parsed, values_of
from regard.core.errors import InvalidOption


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("task.data=~/x", ["~/x"]),
        ("task.data=/runs/rate=0.1/x", ["/runs/rate=0.1/x"]),
        ("task.data=/größe und mehr/#1;&!", ["/größe und mehr/#1;&!"]),
        ("task.data=C:\\data\\", ["C:\\data\\"]),
        ("task.data=/a/${HOME}/b", ["/a/${HOME}/b"]),
        ("mechanism=softmax,~/m.py:Mine,a=b/m.py:Mine", ["softmax", "~/m.py:Mine", "a=b/m.py:Mine"]),
        ("mechanism=[softmax,~/m.py:Mine]", [["softmax", "~/m.py:Mine"]]),
        ("training.target=1e-3", [1e-3]),
        ("optimizer.clip=null", [None]),
        ("baseline='softmax[heads=2]'", ["softmax[heads=2]"]),
    ],
)
def test_a_value_needs_quotes_only_where_it_could_mean_two_things(argument, values):
    assert values_of(parsed(argument)) == values


@pytest.mark.parametrize(
    "argument", ["task.data=/x (copy)/y", "task.data=it's", "task.data={a", "baseline=a[b"]
)
def test_what_cannot_be_read_says_how_to_quote_it(argument):
    with pytest.raises(InvalidOption) as caught:
        parsed(argument)

    _, _, advice = str(caught.value).partition("in quotes of its own: ")
    assert values_of(parsed(advice.strip('".'))) == [argument.partition("=")[2]]


@pytest.mark.parametrize(
    "value",
    [
        "a'b",
        "a\\",
        "\\'",
        "a,b",
        "null",
        "1",
        "[~",
        "ü ${a}",
        'q"q',
        "",
        " blank",
        "a\\'b\\\\",
        "two\nlines",
        None,
        True,
        3,
        2.5,
        [1, 2.5, "a,b"],
        [["a", "b"], "c"],
    ],
)
def test_a_value_of_python_is_read_back_as_it_was(value):
    assert values_of(parsed(given({"key": value})[0])) == [value]


def test_numbers_and_paths_of_libraries_are_plain_values():
    said = given({"a": numpy.float64(0.1), "b": numpy.int64(3), "c": Path("~/x")})

    assert [values_of(parsed(each)) for each in said] == [[0.1], [3], ["~/x"]]


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j, [object()]])
def test_what_no_setting_can_be_is_refused(value):
    with pytest.raises(InvalidOption, match="key must be"):
        given({"key": value})


def test_a_list_of_python_is_one_value_or_several():
    assert values_of(parsed(given({"grid": [1, 2]})[0])) == [[1, 2]]
    assert values_of(parsed(given({"model.heads": [1, 2]}, ["model.heads"])[0])) == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["shift=1,2"], "was given 2 values, but takes one"),
        (["shift=range(1,100000000)"], "more than 1,000 values"),
        (["seeds=3"], "`regard check` does not use seeds: `regard compare` does"),
        (
            ["model.layers=3"],
            "`regard check` does not use model.layers: `regard train` and `regard compare` do",
        ),
        (["task.shift=3"], "Write shift=VALUE"),
        (["mechanism=softmax"], "does not use mechanism"),
    ],
)
def test_an_option_of_a_part_has_one_value_and_is_its_own(arguments, message):
    with pytest.raises(InvalidOption) as caught:
        options_from(arguments, "check", ["shift"])

    assert message in str(caught.value)


def test_a_part_may_have_an_option_that_is_called_like_a_setting():
    assert options_from(["level=byte"], "task", ["level"]) == {"level": "byte"}
