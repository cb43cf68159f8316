"""What the source says of a part, a setting or a command: the one place where its meaning is written.

Docstrings are read from the source where Python runs without them (`PYTHONOPTIMIZE=2`), and the strings that
stand below the fields of a dataclass always are: at run time nobody else keeps them.
"""

import ast
import inspect
import itertools
import re
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

from regard.core.errors import RegardError

DEFINITION = re.compile(r"(\w+, )*\w+: ")

USE = "Use it "
"""What says when to use a part begins so."""


def description(part: Any) -> str:
    """The docstring of a class or function, or of the nearest class above that has one; empty if none has."""
    return next(_docstrings(part), "")


def summary(part: Any) -> str:
    """The first paragraph of the description, in one line."""
    return description(part).split("\n\n")[0].replace("\n", " ")


def use(part: Any) -> str:
    """When to use a part: the paragraph of its description that begins so, in one line, or nothing."""
    paragraphs = map(_line, description(part).split("\n\n"))
    return next((each for each in paragraphs if each.startswith(USE)), "")


def field_meanings(kind: type) -> dict[str, str]:
    """What the string below each field of a class says, in one line each."""
    body = _node(kind).body
    meanings = {}
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                meanings[field.target.id] = _line(text.value)
    return meanings


def option_meaning(part: Any, option: str) -> str:
    """What the description of a part, or of a class above it, says of one option, in one line, or nothing.

    Either a definition, `option: what it means`, or the first sentence that names it in backticks.
    """
    texts = (_defined(text, option) or _told(text, option) for text in _docstrings(part))
    return next(filter(None, texts), "")


def _docstrings(part: Any) -> Iterator[str]:
    """Of a class and those above it, the nearest first; of a function and what it returns."""
    for owner in _owners(part):
        text = owner.__doc__ if "__doc__" in vars(owner) or not inspect.isclass(part) else None
        if text is None and not __debug__:
            text = ast.get_docstring(_node(owner))
        if text:
            yield inspect.cleandoc(text)


def _owners(part: Any) -> Iterator[Any]:
    if not inspect.isclass(part):
        yield part
        part = typing.get_type_hints(part).get("return")
    if inspect.isclass(part):
        yield from (each for each in inspect.getmro(part) if each.__module__ != "builtins")


def _node(owner: Any) -> ast.ClassDef | ast.FunctionDef:
    """The definition in the source. Raises `RegardError` where there is no source."""
    try:
        [node] = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    except (OSError, TypeError) as error:
        message = f"The source of {owner.__qualname__} is not there, and its description stands nowhere else"
        raise RegardError(f"{message}. Install regard with its sources.") from error
    assert isinstance(node, ast.ClassDef | ast.FunctionDef)
    return node


def _defined(text: str, option: str) -> str:
    """The definition `option: meaning` or `one, option: meaning`, with the indented lines that follow, in a
    paragraph of definitions."""
    for paragraph in text.split("\n\n"):
        found = re.search(rf"^(?:\w+, )*{option}(?:, \w+)*: ((?:.*)(?:\n[ \t]+.*)*)", paragraph, re.MULTILINE)
        # what refers to a class above is said there
        if found and DEFINITION.match(paragraph) and not found[1].startswith("see `"):
            return _line(found[1])
    return ""


def _told(text: str, option: str) -> str:
    for paragraph in text.split("\n\n"):
        for sentence in re.split(r"(?<=[.?!;]) (?=[A-Z`])", _line(paragraph)):
            if re.search(rf"`{option}[`=]", sentence):
                return re.sub(rf"^`{option}`: ", "", sentence)
    return ""


def _line(text: str) -> str:
    return " ".join(text.split())
