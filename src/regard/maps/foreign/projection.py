"""By which module the heads of another library's attention enter its output.

It is the module that is given the heads side by side. What it does is found by asking it, so that a fused, a
quantized or an adapted projection is seen as what it is.
"""

import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.maps.foreign.call import ForeignCall
from regard.maps.operator import EXACT
from regard.maps.precision import HALVES, single


@final
@dataclass(frozen=True, eq=False)
class Projection:
    """That of one call of attention."""

    module: nn.Module
    call: int
    """Which call of the module in a pass it is, from 0 on."""


Projections = dict[int, Projection]
"""By the place of a call of attention among all."""


@contextmanager
def projections(model: nn.Module, calls: Sequence[ForeignCall]) -> Iterator[Projections]:
    """Those of the calls that are heard inside. A call of which none is found is not there."""
    found: Projections = {}
    passes: Counter[nn.Module] = Counter()

    def compare(module: nn.Module, given: tuple[Any, ...], more: dict[str, Any]) -> None:
        last = len(calls) - 1
        alone = len(given) == 1 and not more
        if alone and last >= 0 and last not in found and _same(given[0], calls[last].output):
            found[last] = Projection(module, passes[module])
        passes[module] += 1

    with ExitStack() as ends:
        for part in model.modules():
            if any(True for _ in part.parameters()):
                handle = part.register_forward_pre_hook(compare, with_kwargs=True)
                ends.callback(handle.remove)
        yield found
    for place, call in enumerate(calls):
        module = model.get_submodule(call.name)
        if isinstance(module, nn.MultiheadAttention):
            # its projection is never called, only its weights are
            found[place] = Projection(module.out_proj, _calls_before(calls, place))


def _calls_before(calls: Sequence[ForeignCall], place: int) -> int:
    """How often the same module has attended before."""
    return sum(call.name == calls[place].name for call in calls[:place])


@torch.no_grad()
def matrix_of(projection: nn.Module, heads: Float[Tensor, "b h n e"]) -> Float[Tensor, "heads_e c"]:
    """What it multiplies by. Raises `UnsupportedUse` for a module that does something else."""
    exact = _in_single(projection)
    x = single(_side_by_side(heads.detach()).flatten(0, 1))
    nothing = exact(torch.zeros_like(x[:1]))
    matrix = exact(torch.eye(x.shape[1], dtype=x.dtype, device=x.device)) - nothing
    given = exact(x) - nothing
    if (x @ matrix - given).norm() > EXACT * given.norm():
        raise UnsupportedUse(
            f"The heads enter the output by {type(projection).__name__}, which is no matrix alone."
        )
    return matrix


def _in_single(module: nn.Module) -> nn.Module:
    """One of half precision as a copy in float32; any other itself."""
    halves = any(each.dtype in HALVES for each in module.parameters())
    return copy.deepcopy(module).float() if halves else module


def _same(given: Any, heads: Float[Tensor, "b h n e"]) -> bool:
    """Whether a module was given the heads side by side, and nothing else."""
    fits = isinstance(given, Tensor) and given.dtype == heads.dtype and given.numel() == heads.numel()
    if not fits or given.shape[-1] != heads.shape[1] * heads.shape[3]:
        return False
    return torch.equal(given.reshape(-1), _side_by_side(heads).reshape(-1))


def _side_by_side(heads: Float[Tensor, "b h n e"]) -> Float[Tensor, "b n heads_e"]:
    return heads.transpose(1, 2).flatten(2)
