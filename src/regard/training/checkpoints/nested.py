"""Nested Python values with tensors in them, as plain JSON values and a flat dictionary of tensors.

The states of optimizers and schedulers become data this way: nothing is pickled, loading runs no code.
"""

from typing import Any

from torch import Tensor

from regard.core.errors import RegardError


def flatten(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """The JSON value that stands for `value`; its tensors go into `tensors`, named from `name` on.

    Dictionaries keep their order and the type of their keys, tuples stay tuples. Raises `RegardError`
    for anything that is neither a container, a tensor nor a plain value.
    """
    match value:
        case Tensor():
            # keys may hold slashes themselves, and two paths may then read alike
            free = name if name not in tensors else f"{name}#{len(tensors)}"
            tensors[free] = value
            return {"tensor": free}
        case dict():
            return {"dict": [[key, flatten(item, f"{name}/{key}", tensors)] for key, item in value.items()]}
        case tuple():
            return {"tuple": [flatten(item, f"{name}/{i}", tensors) for i, item in enumerate(value)]}
        case list():
            return [flatten(item, f"{name}/{i}", tensors) for i, item in enumerate(value)]
        case None | bool() | int() | float() | str():
            return value
    message = (
        f"{name} is a {type(value).__name__}, which a checkpoint cannot hold: use tensors and plain values."
    )
    raise RegardError(message)


def restore(value: Any, tensors: dict[str, Tensor]) -> Any:
    """The value from which `flatten` made `value` and `tensors`; its tensors are taken out of `tensors`."""
    match value:
        case {"tensor": name}:
            return tensors.pop(name)
        case {"dict": items}:
            return {key: restore(item, tensors) for key, item in items}
        case {"tuple": items}:
            return tuple(restore(item, tensors) for item in items)
        case list():
            return [restore(item, tensors) for item in value]
    return value
