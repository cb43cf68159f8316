"""Plain values, and the annotations that they can stand for. Every number is finite and fits 64 bits."""

import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from regard.core.errors import nearest

LARGEST_WHOLE = 2**63 - 1
"""What a store keeps as a whole number."""

WORDS: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    None: "null for none",
    types.NoneType: "null for none",
}
"""What to give for an annotation."""

LISTS: Mapping[Any, str] = {
    bool: "true or false in brackets, such as [false,true]",
    int: "whole numbers in brackets, such as [16,24]",
    float: "numbers in brackets, such as [0.001,0.01]",
    str: "words in brackets, such as [crop,flip]",
}
"""The same for several values of one annotation."""


def fits(value: Any, annotation: Any) -> bool:
    """Whether a plain value can stand where the annotation stands. An int can stand for a float.

    A number that is not finite, or a whole number beyond 64 bits, can stand nowhere.
    """
    if unusable(value):
        return False
    if annotation is Any:
        return True
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, choice) for choice in arguments)
    if origin is typing.Literal:
        return any(value == choice and type(value) is type(choice) for choice in arguments)
    if origin in (tuple, list):
        return isinstance(value, tuple | list) and all(fits(item, arguments[0]) for item in value)
    if annotation is None or annotation is types.NoneType:
        return value is None
    if annotation is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, origin or annotation)


def misfit(name: str, annotation: Any, value: Any) -> str:
    """What is wrong with a value that does not fit an annotation, and which ones do."""
    if unusable(value):
        return f"{name} {unusable(value)}"
    if typing.get_origin(annotation) is typing.Literal:
        return f"{name} cannot be {value!r}. {nearest(str(value), map(str, typing.get_args(annotation)))}"
    items = value if isinstance(value, list | tuple) else ()
    held = [item for item in items if not fits(item, *_item_annotation(annotation))]
    wrong = f"{name} cannot hold {held[0]!r}" if held else f"{name} cannot be {value!r}"
    return f"{wrong}. Give {_in_words(annotation)}."


def typed(value: Any, annotation: Any) -> Any:
    """A value that fits, in one form: an integer that stands for a float as a float, and no negative zero, so
    that equal settings are equal descriptions."""
    if isinstance(value, list | tuple):
        return type(value)(typed(item, *_item_annotation(annotation)) for item in value)
    if isinstance(value, float):
        return value + 0.0
    choices = typing.get_args(annotation) or (annotation,)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole and float in choices and int not in choices else value


def unusable(value: Any) -> str:
    """What is wrong with a number, or with one in a list, that no setting can have; empty if nothing is."""
    if isinstance(value, list | tuple):
        return next(filter(None, map(unusable, value)), "")
    if isinstance(value, float) and not math.isfinite(value):
        return f"must be a finite number, not {value}."
    if isinstance(value, int) and not -LARGEST_WHOLE <= value <= LARGEST_WHOLE:
        return f"must be a whole number of up to 64 bits, not one of {value.bit_length()} bits."
    return ""


def type_name(annotation: Any) -> str:
    """An annotation as people write it: `int | None`."""
    plain = None if typing.get_origin(annotation) else getattr(annotation, "__name__", None)
    return (plain or str(annotation)).replace("typing.", "")


def _in_words(annotation: Any) -> str:
    """What to give for an annotation."""
    origin, choices = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return ", or ".join(map(_in_words, choices))
    if origin in (tuple, list) and choices[0] in LISTS:
        return LISTS[choices[0]]
    return WORDS.get(annotation, f"a value of type {type_name(annotation)}")


def _item_annotation(annotation: Any) -> tuple[Any]:
    """That of the items of a list or tuple, which may be one of several choices."""
    for choice in (annotation, *typing.get_args(annotation)):
        if typing.get_origin(choice) in (tuple, list):
            return (typing.get_args(choice)[0],)
    return (Any,)
