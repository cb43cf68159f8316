"""A program as steps that run one after another."""

import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, final

import torch
from torch import Tensor

from regard.attention.size import Size
from regard.discovery.emission import kernels, standalone, weighing
from regard.discovery.language.terms import Term

WORD = re.compile(r"\$(\w+)")


class Step(NamedTuple):
    """An operation on what earlier steps gave."""

    compute: Callable[..., Any]
    inputs: tuple[int, ...]
    node: Term


@final
class Plan:
    """The steps of the program that ends in a node."""

    def __init__(self, output: Term) -> None:
        place = {node: i for i, node in enumerate(output.nodes)}
        self.steps = [
            Step(computing(node), tuple(place[each] for each in node.inputs), node) for node in output.nodes
        ]

    @property
    def learning(self) -> list[tuple[str, Term]]:
        """Its nodes that learn, each by a name that the order of other nodes does not change."""
        found: dict[str, int] = {}
        named = []
        for step in self.steps:
            if step.node.operation.parameters:
                count = found[step.node.name] = found.get(step.node.name, -1) + 1
                named.append((f"{step.node.name}_{count}", step.node))
        return named

    def run(self, reading: standalone.Reading, parameters: Sequence[Mapping[str, Tensor]]) -> Tensor:
        """What the program computes. parameters: of each node that learns, in order."""
        return self.trace(reading, parameters)[-1]

    def trace(self, reading: standalone.Reading, parameters: Sequence[Mapping[str, Tensor]]) -> list[Any]:
        """What every node computes, inputs first."""
        held: list[Any] = []
        learned = iter(parameters)
        for compute, inputs, node in self.steps:
            own = next(learned) if node.operation.parameters else {}
            held.append(compute(reading, *[held[i] for i in inputs], **own))
        return held


def computing(node: Term) -> Callable[..., Any]:
    """The function of a node: of the reading, its inputs and its parameters."""
    constants = dict(node.constants) | dict(node.binding)
    if node.name == "resize":
        constants["to"] = node.type.width
    if not constants:
        return _compiled(node.operation.torch, len(node.inputs), tuple(node.operation.parameters), ())
    said = tuple((key, value) for key, value in constants.items() if f"${key}" in node.operation.torch)
    return _compiled(node.operation.torch, len(node.inputs), tuple(node.operation.parameters), said)


@functools.cache
def _compiled(
    text: str, arity: int, parameters: tuple[str, ...], constants: tuple[tuple[str, Any], ...]
) -> Callable[..., Any]:
    """An expression of the table as a function. Nothing of a graph's file is in it but bounded numbers."""
    inputs = [f"x{i}" for i in range(arity)]
    meant = dict(constants)
    body = WORD.sub(lambda found: _word(found[1], meant), text)
    return eval(f"lambda {', '.join(['reading', *inputs, *parameters])}: {body}", namespace())


def _word(word: str, constants: Mapping[str, Any]) -> str:
    if word.isdigit():
        return f"x{word}"
    return str(constants.get(word, word))


@functools.cache
def namespace() -> dict[str, Any]:
    """The names that expressions use."""
    plain = {
        key: value for key, value in (vars(standalone) | vars(weighing)).items() if not key.startswith("__")
    }
    return {**plain, "recall": kernels.recall, "math": math, "torch": torch}


def initial(node: Term, size: Size) -> dict[str, Tensor]:
    """The first values of a node's parameters."""
    return {
        name: _made(each.initial, letters(node, size)) for name, each in node.operation.parameters.items()
    }


def letters(node: Term, size: Size) -> dict[str, int]:
    """What the letters of an expression stand for at a size."""
    known = {"h": size.h, "d": size.d, "e": size.e, "n": size.length}
    widths = {"1": 1, "d": size.d, "e": size.e}
    return known | {key: widths[value] for key, value in node.binding if value in widths}


def _made(text: str, known: Mapping[str, int]) -> Tensor:
    body = WORD.sub(lambda found: str(known[found[1]]), text)
    return eval(body, {"torch": torch})
