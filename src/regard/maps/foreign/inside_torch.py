"""A head of torch's own module of attention, whose projection is never called: only its weights are used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.maps.attended import Attended
from regard.maps.foreign.fused import without_fast_path
from regard.maps.junction import Ablation, Junction, instead


@final
@dataclass(frozen=True, eq=False)
class InsideTorch(Junction):
    """The heads of one call, as they were heard. Nothing before a layer changes when its head is switched
    off: so the layer's output changes by what the head has added, whenever the model is called again.
    """

    module: nn.MultiheadAttention
    heard: Attended
    call: int
    """Which call of the module in a pass is meant, from 0 on."""

    @contextmanager
    def without(self, head: int, kind: Ablation) -> Iterator[None]:
        calls, change = 0, self._change(head, kind)

        def replace(_: nn.Module, __: tuple[Any, ...], output: tuple[Tensor, Any]) -> Any:
            nonlocal calls
            calls += 1
            if calls - 1 != self.call:
                return output
            mixed, weights = output
            changed = change.to(mixed.dtype)
            if mixed.dim() == 2:
                return mixed + changed[0], weights
            return mixed + (changed if self.module.batch_first else changed.transpose(0, 1)), weights

        handle = self.module.register_forward_hook(replace)
        try:
            with without_fast_path():
                yield
        finally:
            handle.remove()

    def _change(self, head: int, kind: Ablation) -> Float[Tensor, "b n c"]:
        """What the output of the layer has more when the head gives something else."""
        own = self.heard.mixed[:, head].detach()
        way = self.heard.ways[:, head, 0]
        return (instead(own, kind) - own).to(way.dtype) @ way
