"""What executes the shape annotations in the tests."""

import typing
from collections.abc import Callable

from beartype import beartype


def checked(function: Callable) -> Callable:
    """The function with its shapes checked, and nothing else: other types are mypy's business.

    Constructors stay as they are: what a user hands them is checked by the code itself.
    """
    hints = function.__annotations__
    if function.__name__ == "__init__" or not any(map(is_shape, hints.values())):
        return typing.no_type_check(function)
    function.__annotations__ = {name: hint if is_shape(hint) else typing.Any for name, hint in hints.items()}
    return beartype(function)


def is_shape(hint: object) -> bool:
    """Whether an annotation is an array's, an optional one's or a tuple's of them."""
    return "jaxtyping." in str(hint) and "Self" not in str(hint)
