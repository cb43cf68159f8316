"""The options of a layer."""

from collections.abc import Iterator
from typing import Any, final, get_args

import torch

from regard.attention.bias import Bias
from regard.attention.mask import Mask
from regard.laws import ROUNDING, Case
from regard.laws.figures import broken_if, change
from regard.models.attention import Attention
from regard.models.checking.law import LayerLaw
from regard.models.checking.subject import LENGTH, LayerSubject, draw
from regard.models.checking.uses import is_refused
from regard.models.positions import PositionKind

OPTIONS: dict[str, tuple[Any, ...]] = {
    "projections": ("latent",),
    "positions": tuple(kind for kind in get_args(PositionKind) if kind != "none"),
    "qk_norm": ("rms", "layer"),
    "output_norm": ("rms", "layer"),
    "output_gate": (True,),
    "convolution": (1, 3),
    "key_heads": (1, 2),
    "absent": ("q", "k", "v", "o"),
    "dropout": (0.5,),
    "scale": (3.0,),
}


@final
class OptionsAct(LayerLaw):
    """Every option changes what a layer gives, or is refused. So are slopes beside those of ALiBi."""

    limit = 0.0

    def measure(self, subject: LayerSubject) -> Iterator[Case]:
        plain = _trained(subject.build())
        for option, values in OPTIONS.items():
            for value in values:
                if not subject.takes(**{option: value}):
                    continue
                layer = _trained(subject.build(**{option: value}))
                yield f"{option}={value} is ignored", broken_if(_alike(layer, plain))
        if subject.takes(positions="alibi"):
            layer = subject.build(positions="alibi")
            own = Mask(bias=Bias(slopes=torch.full((layer.size.h,), 0.3)))
            ignored = not is_refused(lambda: layer(draw(), mask=own))
            yield "slopes of the mask are replaced", broken_if(ignored)


def _trained(layer: Attention) -> Attention:
    """The layer with scales and kernels that are not those of no change."""
    for parameter in layer.parameters():
        parameter.data += 0.1
    return layer.train()


def _alike(layer: Attention, plain: Attention) -> bool:
    """Whether a layer has no other weights than the plain one, and gives the same with the same weights."""
    shapes, usual = ({name: each.shape for name, each in one.state_dict().items()} for one in (layer, plain))
    if shapes != usual:
        return False
    layer.load_state_dict(plain.state_dict())
    return change(layer(draw(n=LENGTH)), plain(draw(n=LENGTH))) < ROUNDING
