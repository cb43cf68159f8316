"""The numbers of a model that a search may change, in a row."""

import bisect
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import final

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from regard.core.errors import InvalidOption
from regard.derivative_free.moves import Moves


@final
@dataclass(frozen=True)
class Place:
    """Where a coordinate lies."""

    name: str
    """Of the parameter."""
    index: int
    """Among the numbers of the parameter, row by row, however they lie in memory."""


@final
class Space:
    """Every number of named parameters: coordinate i is one number of one of them.

    A parameter under several names counts once, by its first name. Frozen and empty ones are left out. The
    parameters themselves are kept and not their memory, so that a model can be moved to another device or
    converted to another type between two uses.

    parameters: names and parameters, as `module.named_parameters()` gives them.
    only: patterns of names such as `embed.*`; of several each adds to what is chosen. None means all.

    Raises `InvalidOption` where nothing is left, or for a pattern that no name fits.
    """

    def __init__(self, parameters: Iterable[tuple[str, Tensor]], only: Sequence[str] = ()) -> None:
        named = dict(_once(parameters))
        for pattern in only:
            if not any(fnmatchcase(name, pattern) for name in named):
                message = f"No parameter is called like '{pattern}'. There are: {', '.join(named)}."
                raise InvalidOption(message)
        chosen = {name: each for name, each in named.items() if not only or _fits(name, only)}
        if not chosen:
            message = "There is no number to change: every parameter is frozen or empty."
            raise InvalidOption(f"{message} Let some require a gradient.")
        self.parameters: Mapping[str, Tensor] = chosen
        self.names = tuple(chosen)
        self.offsets = (0, *itertools.accumulate(each.numel() for each in chosen.values()))
        """The first coordinate of each parameter, in the order of `names`, and the size at the end."""

    @property
    def size(self) -> int:
        """n, the number of coordinates."""
        return self.offsets[-1]

    def place(self, coordinate: int) -> Place:
        """Where a coordinate lies. Raises `IndexError` outside 0 to n - 1."""
        if not 0 <= coordinate < self.size:
            raise IndexError(f"There is no coordinate {coordinate} among {self.size}.")
        i = bisect.bisect_right(self.offsets, coordinate) - 1
        return Place(self.names[i], coordinate - self.offsets[i])

    def locate(
        self, coordinates: Int64[Tensor, " moves"]
    ) -> tuple[Int64[Tensor, " moves"], Int64[Tensor, " moves"]]:
        """For many coordinates which parameter, by its number among `names`, and the index in it."""
        offsets = torch.tensor(self.offsets)
        which = torch.searchsorted(offsets, coordinates, right=True) - 1
        return which, coordinates - offsets[which]

    def cell(self, coordinate: int) -> Tensor:
        """The number itself, as a view () of the parameter as it is now: what is written into it is written
        into the parameter.
        """
        place = self.place(coordinate)
        parameter = self.parameters[place.name].detach()
        return parameter.as_strided((), (), parameter.storage_offset() + _distance(parameter, place.index))

    def values(self, coordinates: Int64[Tensor, " moves"]) -> Float64[Tensor, " moves"]:
        """The numbers as they are, on the CPU."""
        which, indices = self.locate(coordinates)
        found = torch.empty(len(coordinates), dtype=torch.float64)
        for i in sorted(set(which.tolist())):
            parameter, here = self.parameters[self.names[i]].detach(), which == i
            found[here] = parameter.flatten()[indices[here].to(parameter.device)].cpu().double()
        return found

    def moved(self, moves: Moves) -> Float64[Tensor, " moves"]:
        """What the numbers become by each move: added in double precision and rounded once to the
        parameter's type.
        """
        found = self.values(moves.coordinates) + moves.deltas
        which, _ = self.locate(moves.coordinates)
        for i in sorted(set(which.tolist())):
            here, dtype = which == i, self.parameters[self.names[i]].dtype
            found[here] = found[here].to(dtype).double()
        return found


def _once(parameters: Iterable[tuple[str, Tensor]]) -> Iterable[tuple[str, Tensor]]:
    """Those that can be changed, each once."""
    known = set[int]()
    for name, each in parameters:
        if each.requires_grad and each.numel() and id(each) not in known:
            known.add(id(each))
            yield name, each


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _distance(tensor: Tensor, index: int) -> int:
    """How far in memory a number lies from the first one, given its index row by row."""
    distance = 0
    for size, stride in zip(reversed(tensor.shape), reversed(tensor.stride()), strict=True):
        index, rest = divmod(index, size)
        distance += rest * stride
    assert math.prod(tensor.shape) and not index, "the index lies within the tensor"
    return distance
