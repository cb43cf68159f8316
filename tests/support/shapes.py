"""What executes the shape annotations in the tests."""

import inspect
import typing
from collections.abc import Callable
from functools import partial
from typing import Any

import jaxtyping
from beartype import beartype


def check_shapes(package: str) -> None:
    """Have the annotated shapes checked in all functions of a package that are imported from now on.

    A function without any stays as it is: jaxtyping would look at the arguments of every call.
    """
    jaxtyping.jaxtyped = partial(_where_annotated, jaxtyping.jaxtyped)
    jaxtyping.install_import_hook(package, f"{__name__}.{checked.__name__}")


def checked(function: Callable) -> Callable:
    """The function with its shapes checked, and nothing else: other types are mypy's business."""
    hints = function.__annotations__
    function.__annotations__ = {name: hint if is_shape(hint) else typing.Any for name, hint in hints.items()}
    return beartype(function)


def is_shape(hint: object) -> bool:
    """Whether an annotation is an array's, an optional one's or a tuple's of them."""
    return "jaxtyping." in str(hint) and "Self" not in str(hint)


def _where_annotated(jaxtyped: Callable, *, typechecker: Any) -> Callable:
    """jaxtyping's decorator, for functions with shapes.

    Constructors stay as they are: what a user hands them is checked by the code itself.
    """

    def decorated(part: Any) -> Any:
        if inspect.isclass(part) or part.__name__ == "__init__":
            return part
        shaped = any(map(is_shape, part.__annotations__.values()))
        return jaxtyped(part, typechecker=typechecker) if shaped else part

    return decorated
