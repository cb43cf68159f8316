"""Chunkwise kernels of flash-linear-attention in Triton, for the recurrences that are defined as theirs are.

A mechanism prepares its streams in float32, as for every form. The kernel reads them, positions before heads,
in the narrow type that the mechanism was given; decays and memories stay in float32. A hidden key has been
prepared to write nothing and to fade nothing, so that no kernel has to know of padding.
"""

import functools
import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata, util
from typing import Any, ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils import _pytree as pytree

from regard.attention.kernel_form import KernelForm, Workload
from regard.attention.precision import NARROW
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.core.errors import UnsupportedUse

MOST_FEATURES = 256
"""Of a key: a kernel holds that side of a memory at once."""

PACKAGES = "fla", "triton"

WRONG_BACKWARD = (3, 4, 0), (3, 7, 1)
"""The first and the next right version of Triton whose gradients through decays of heads are wrong on Hopper
(flash-linear-attention's issue 640): the package refuses them."""


@final
@dataclass(frozen=True)
class FlashLinear(KernelForm):
    """One function of the package; its arguments have the names of what a mechanism prepares.

    function: where it stands in `fla.ops`, as `kda.chunk_kda`.
    per_head: which of the prepared streams are one number for each head and position.
    renamed: what it calls streams that are prepared under another name, by that name.
    turned: which tensors of a memory it holds transposed, by their place.
    """

    function: str
    per_head: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict, hash=False)
    turned: tuple[int, ...] = ()

    name: ClassVar[str] = "triton"

    def misfit(self, size: Size, work: Workload) -> str | None:
        if work.device.type != "cuda":
            return f"needs streams on CUDA, and these lie on {work.device.type}"
        if not all(map(_installed, PACKAGES)):
            return "needs flash-linear-attention: pip install 'regard[fla]'"
        if work.dtype not in NARROW:
            return f"multiplies in bfloat16 or float16, and these streams are of {work.dtype}"
        if size.d > MOST_FEATURES:
            return f"reads keys of {MOST_FEATURES} features at most, and here are {size.d}"
        if work.learns and "g" in self.per_head and _wrong_backward(work.device):
            return "has wrong gradients on this GPU with this version of Triton: install 3.7.1 or a later one"
        return None

    def read_so_far(
        self, prepared: Streams[Tensor], memory: Any, dtype: torch.dtype
    ) -> tuple[Float[Tensor, "b h n e"], Any]:
        """What query i reads after the writes up to i, and the memory after the last: `Recurrent.scan`.

        dtype: what is multiplied.
        """
        mixed, after = function_of(self.function)(
            **{self.renamed.get(name, name): self._laid_out(name, x, dtype) for name, x in prepared.items()},
            scale=1.0,
            initial_state=self._turned(memory),
            output_final_state=True,
        )
        if mixed.requires_grad:
            mixed.register_hook(_refuse_second_derivative)
        # in the container that the mechanism has for its memory
        after = pytree.tree_unflatten(pytree.tree_leaves(after), pytree.tree_structure(memory))
        return mixed.transpose(1, 2).to(prepared.q.dtype), self._turned(after)

    def _turned(self, memory: Any) -> Any:
        """From our layout of a memory to that of the kernel, or back."""
        parts, structure = pytree.tree_flatten(memory)
        turned = [part.mT.contiguous() if i in self.turned else part for i, part in enumerate(parts)]
        return pytree.tree_unflatten(turned, structure)

    def _laid_out(self, name: str, stream: Tensor, dtype: torch.dtype) -> Tensor:
        by_position = stream.transpose(1, 2)
        if name in self.per_head:
            by_position = by_position.squeeze(3)
        return (by_position if name == "g" else by_position.to(dtype)).contiguous()


def function_of(name: str) -> Callable[..., Any]:
    """A function of the package, by its place in `fla.ops`."""
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(f"fla.ops.{module}"), function)
    return found


def _refuse_second_derivative(slope: Tensor) -> None:
    # grad mode is on in a backward pass whose own gradients are asked for: the kernel would leave them out
    if torch.is_grad_enabled():
        raise UnsupportedUse("The form 'triton' has no second derivatives. Choose --form chunked.")


@functools.cache
def _installed(package: str) -> bool:
    return util.find_spec(package) is not None


@functools.cache
def _wrong_backward(device: torch.device) -> bool:
    version = tuple(int(part) for part in re.findall(r"\d+", metadata.version("triton"))[:3])
    first, right = WRONG_BACKWARD
    return torch.cuda.get_device_capability(device)[0] == 9 and first <= version < right
