"""A layer converted to another type of numbers."""

import copy
from collections.abc import Callable, Iterator
from typing import final

import torch

from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change, finite
from regard.models.attention import Attention
from regard.models.checking.handed import handed
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LayerSubject, draw

FAR = 320
"""Beyond 256, up to where bfloat16 tells whole numbers apart."""

ROUNDED = 0.03
"""The limit of streams: products of factors of 8 bits, rounded several times. Slopes are never rounded."""

WAYS: dict[str, tuple[torch.dtype, Callable[[Attention], Attention]]] = {
    "bfloat16": (torch.bfloat16, lambda layer: layer.bfloat16()),
    "half": (torch.float16, lambda layer: layer.half()),
    "a copy in bfloat16": (torch.bfloat16, lambda layer: copy.deepcopy(layer.to(torch.bfloat16))),
    "double after bfloat16": (torch.float64, lambda layer: layer.bfloat16().double()),
    "bfloat16 from the meta device": (torch.bfloat16, lambda layer: _from_meta(layer.bfloat16())),
}


@final
class Dtypes(LayerLaw):
    """Converted to any type, a layer hands its mechanism what its weights give, but for rounding.

    So positions are told apart in half precision as in double. The output is finite and of the input's type.
    """

    limit = 1.0

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        for kind in subject.positions():
            for way, (dtype, convert) in WAYS.items():
                layer = convert(subject.build(FAR, torch.float32, positions=kind))
                # weights and input as rounded, positions exact
                exact = subject.build(FAR, positions=kind)
                exact.load_state_dict(layer.state_dict())
                x = draw(b=1, n=FAR).to(dtype)
                wanted = handed(exact, x.double())
                for name, given in handed(layer, x).items():
                    allowed = ROUNDING if name == "slopes" else ROUNDED
                    yield f"{kind} positions, {way}, {name}", change(given.double(), wanted[name]) / allowed
        for dtype in (torch.bfloat16, torch.float16, torch.float64):
            mixed = subject.build(dtype=dtype)(draw().to(dtype))
            yield f"output in {dtype}", 2 * broken_if(mixed.dtype != dtype or not finite(mixed))
        with torch.autocast("cpu", torch.bfloat16):
            mixed = subject.build(dtype=torch.float32, output_gate=True)(draw().float())
        yield "autocast", 2 * broken_if(not finite(mixed))


def _from_meta(layer: Attention) -> Attention:
    """Emptied, and filled from what is saved: what is not saved has to be computed anew."""
    weights = copy.deepcopy(layer.state_dict())
    emptied = layer.to("meta").to_empty(device="cpu")
    emptied.load_state_dict(weights)
    return emptied
