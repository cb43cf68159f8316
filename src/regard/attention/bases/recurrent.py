"""Mechanisms with a memory of fixed size: keys are written to it, queries read it."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils import _pytree as pytree

from regard.attention.kernel_form import Workload
from regard.attention.kernels.flash_linear import FlashLinear
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.attention.precision import in_float32
from regard.attention.streams import Streams

Memory = Any
"""What is written to and read: a tensor, or a tuple of tensors. It starts `empty`."""


class Recurrent(Mechanism, ABC):
    """Abstract. A final subclass says what a key writes, what a query reads, and how a chunk does both.

    Everything is computed in float32 at least. Without a causal mask every query reads the memory after the
    last key. The plain form writes and reads position by position; the chunked form does what `scan` does.
    """

    forms: ClassVar[tuple[str, ...]] = ("plain", "chunked")
    kernel_form: FlashLinear | None = None

    @abstractmethod
    def prepare(self, streams: Streams[Tensor], mask: Mask) -> Streams[Tensor]:
        """The streams as they are written and read; a key that the mask's `keys` hides must write nothing."""

    @abstractmethod
    def write(self, prepared: Streams[Tensor], memory: Memory) -> Memory:
        """The memory after all keys, in their order. Never changed in place."""

    @abstractmethod
    def read(self, prepared: Streams[Tensor], memory: Memory) -> Float[Tensor, "b h n e"]:
        """What every query reads from one memory."""

    @abstractmethod
    def scan(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Float[Tensor, "b h n e"], Memory]:
        """What query i reads after the writes up to key i, for all i, and the memory after the last."""

    @abstractmethod
    def empty(self, b: int, e: int, device: torch.device | None = None) -> Memory:
        """The memory before the first key, for b sequences whose values have e features."""

    @final
    def initial_state(self, b: int, device: torch.device | None = None) -> Memory:
        return self.empty(b, self.size.e, device)

    def moved(self, memory: Memory, n: int) -> Memory:
        """The memory as the next piece finds it, whose first position is 0 again, n behind the last piece's.

        Here the same: no position matters.
        """
        return memory

    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        return self._mix(streams, mask, Workload.of(streams, mask))

    @final
    def extend(
        self, streams: Streams[Tensor], mask: Mask, state: Memory
    ) -> tuple[Float[Tensor, "b h n e"], Memory]:
        return self._extend(streams, mask, state, Workload.of(streams, mask))

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n m"]:
        """What the plain form makes of one-hot values, of as many features as there are keys."""
        b, h, m, _ = streams.v.shape
        one_hot = torch.eye(m, dtype=streams.v.dtype, device=streams.v.device).expand(b, h, m, m)
        prepared = self.prepare(streams.replace(v=one_hot), mask)
        memory = _like(self.empty(b, m, one_hot.device), prepared)
        if mask.causal:
            return self._by_positions(prepared, memory)[0]
        _, last = deque(self._after_each(prepared, memory), maxlen=1).pop()
        return self.read(prepared, last)

    @final
    def best_form(self, n: int) -> str:
        """One position is a write and a read; more go in chunks."""
        return "plain" if n == 1 else "chunked"

    @final
    def memory_numbers(self) -> int:
        """Numbers in the memory of one sequence."""
        leaves = pytree.tree_leaves(self.initial_state(1))
        return sum(leaf.numel() for leaf in leaves)

    @in_float32
    def _mix(self, streams: Streams[Tensor], mask: Mask, work: Workload) -> Float[Tensor, "b h n e"]:
        prepared = self.prepare(streams, mask)
        memory = _like(self.initial_state(len(streams.v), streams.v.device), prepared)
        if not mask.causal:
            return self.read(prepared, self.write(prepared, memory))
        if mask.start:
            memory = self.write(self._keys(prepared, 0, mask.start), memory)
            prepared = self._keys(prepared, mask.start, None)
        return self._go_on(prepared, memory, work)[0]

    @in_float32
    def _extend(
        self, streams: Streams[Tensor], mask: Mask, state: Memory, work: Workload
    ) -> tuple[Float[Tensor, "b h n e"], Memory]:
        prepared = self.prepare(streams, mask.since_start)
        mixed, memory = self._go_on(prepared, _like(state, prepared), work)
        return mixed, self.moved(memory, mixed.shape[2])

    def _go_on(self, prepared: Streams[Tensor], memory: Memory, work: Workload) -> tuple[Tensor, Memory]:
        form = self.form_of(work)
        if form == "chunked":
            return self.scan(prepared, memory)
        if self.kernel_form is not None and form == self.kernel_form.name:
            return self.kernel_form.read_so_far(prepared, memory, work.dtype)
        if all(stream.shape[2] == 1 for stream in prepared):
            memory = self.write(prepared, memory)
            return self.read(prepared, memory), memory
        return self._by_positions(prepared, memory)

    def _by_positions(self, prepared: Streams[Tensor], memory: Memory) -> tuple[Tensor, Memory]:
        mixed = []
        for position, after in self._after_each(prepared, memory):
            mixed.append(self.read(position, after))
            memory = after
        return torch.cat(mixed, 2), memory

    def _after_each(
        self, prepared: Streams[Tensor], memory: Memory
    ) -> Iterator[tuple[Streams[Tensor], Memory]]:
        """Each position, and the memory after it."""
        n = prepared.q.shape[2]
        m = max(getattr(prepared, name).shape[2] for name in self._of_keys(prepared))
        for i, position in enumerate(_each_position(prepared, n)):
            # queries behind the last key write nothing
            memory = self.write(position, memory) if i < m else memory
            yield position, memory

    def _keys(self, prepared: Streams[Tensor], first: int, stop: int | None) -> Streams[Tensor]:
        """The same queries, with the keys from `first` up to `stop`."""
        return _between(prepared, self._of_keys(prepared), first, stop)

    def _of_keys(self, prepared: Streams[Tensor]) -> list[str]:
        of_queries = [name for name, stream in self.declared.items() if stream.of == "queries"]
        return [name for name in prepared.names if name not in of_queries]


def _between(streams: Streams[Tensor], names: Iterable[str], first: int, stop: int | None) -> Streams[Tensor]:
    """The streams, those that are named at positions from `first` up to `stop` only."""
    return streams.replace(**{name: getattr(streams, name)[:, :, first:stop] for name in names})


def _each_position(streams: Streams[Tensor], n: int) -> Iterator[Streams[Tensor]]:
    """The streams at each of n positions; one that ends before is empty there.

    Split once: the gradient of a slice is as long as what it is cut from.
    """
    split = {name: (*torch.split(stream, 1, 2), stream[:, :, :0]) for name, stream in streams.items()}
    for i in range(n):
        yield streams.replace(**{name: parts[min(i, len(parts) - 1)] for name, parts in split.items()})


def _like(memory: Memory, streams: Streams[Tensor]) -> Memory:
    """The memory in the precision of the streams and where they lie."""
    first = next(iter(streams))
    if isinstance(memory, Tensor):
        return memory.to(first)
    return pytree.tree_map(lambda part: part.to(first), memory)
