"""The most bytes that are alive at once while something runs."""

import gc
import weakref
from collections.abc import Callable, Mapping
from typing import Any, final

import torch
from torch import Tensor

from regard.attention.operators import OperatorMode, tensors_in

CUDA_METHOD = "CUDA allocator, peak"
CPU_METHOD = "live tensor storages, peak; buffers inside kernels are not seen"


@final
class LiveStorages(OperatorMode):
    """Follows every storage that an operation returns until it is freed; `peak` is the most bytes at once.

    Views share the storage of what they view and count once. What was alive before does not count.
    """

    def __init__(self, known: set[int]) -> None:
        """`known` are the addresses of storages that do not count: those that were there before."""
        super().__init__()
        self.live = self.peak = 0
        self._followed = set(known)

    def perform(self, operator: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the operator and follow what it made."""
        returned = operator(*args, **kwargs)
        for made in tensors_in(returned):
            self._follow(made.untyped_storage())
        return returned

    def _follow(self, storage: torch.UntypedStorage) -> None:
        address = storage._cdata
        if address in self._followed:
            return
        self._followed.add(address)
        self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)
        weakref.finalize(storage, self._forget, address, storage.nbytes()).atexit = False

    def _forget(self, address: int, size: int) -> None:
        self._followed.discard(address)
        self.live -= size


def peak_bytes(action: Callable[[], object], held: list[Tensor]) -> int:
    """Bytes of `held` (weights, buffers, inputs) and the most that `action` keeps alive beside them.

    Only what `action` itself allocates is added, so that other models on the same device do not count.
    """
    storages = {tensor.untyped_storage()._cdata: tensor.untyped_storage().nbytes() for tensor in held}
    if held and held[0].is_cuda:
        return sum(storages.values()) + _peak_on_cuda(action)
    with LiveStorages(set(storages)) as mode:
        action()
    return sum(storages.values()) + mode.peak


def method(device: torch.device) -> str:
    """How the peak is measured on a device, in words."""
    return CUDA_METHOD if device.type == "cuda" else CPU_METHOD


def _peak_on_cuda(action: Callable[[], object]) -> int:
    gc.collect()  # garbage that goes while the action runs would be taken off its peak
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    action()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before
