"""Meanings are read where they are written, also by a Python without docstrings."""

import subprocess
import sys
from dataclasses import dataclass

import pytest

from regard.core.documentation import description, field_meanings, option_meaning, summary, use


class Above:
    """Above.

    depth: how deep
        it goes.
    width, height: both sizes.
    """


class Below(Above):
    """What is below.

    Use it below
    all others.

    Sequences of `length` tokens. With `kind="a"` they are short; `other`: no more.

    width: see `Above`.
    """


class Bare(Below):
    pass


@dataclass
class Fields:
    first: int = 1
    """The first,
    in two lines."""
    second: int = 2
    third: int = 3
    """The third."""


def returning(*, length: int = 3) -> Below:
    """A function."""
    return Below()


def test_a_description_is_its_own_or_that_above():
    assert summary(Bare) == "What is below."
    assert description(returning) == "A function."


def test_the_use_of_a_part_is_told_in_one_line():
    assert use(Bare) == "Use it below all others."
    assert use(Above) == ""


@pytest.mark.parametrize(
    ("option", "meaning"),
    [
        ("depth", "how deep it goes."),
        ("height", "both sizes."),
        ("width", "both sizes."),
        ("length", "Sequences of `length` tokens."),
        ("kind", 'With `kind="a"` they are short;'),
        ("other", "no more."),
        ("nothing", ""),
    ],
)
def test_an_option_is_explained_by_a_definition_or_a_sentence(option, meaning):
    assert option_meaning(Bare, option) == meaning


def test_a_function_is_explained_by_what_it_returns():
    assert option_meaning(returning, "length") == "Sequences of `length` tokens."


def test_a_field_is_explained_by_the_string_below_it():
    assert field_meanings(Fields) == {"first": "The first, in two lines.", "third": "The third."}


def test_a_python_without_docstrings_tells_the_same():
    commands = [["train", "--help"], ["mechanisms", "linformer"], ["settings", "digits"], ["task"]]
    code = (
        "from typer.testing import CliRunner; from regard.cli import app\n"
        f"for command in {commands}: print(CliRunner().invoke(app, command).output)\n"
        "from regard.attention.laws import MECHANISM_LAWS as laws\n"
        "print([laws.find(name).sentence for name in laws.names()])\n"
    )
    plain, optimized = (
        subprocess.run(
            [sys.executable, *flags, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for flags in ([], ["-OO"])
    )

    assert optimized == plain
    for word in (
        "goes on where it",
        "2006.04768",
        "residual",
        "group elements",
        "padding",
    ):
        assert word in plain
