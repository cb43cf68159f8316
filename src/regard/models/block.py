"""One pre-norm transformer block around any mechanism."""

import warnings
from dataclasses import dataclass
from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.attention.size import Grid
from regard.core.errors import RegardWarning
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.models.attention import Attention
from regard.models.attention_state import AttentionState
from regard.models.fitting import shell_size, without_idle
from regard.models.mechanism import build_mechanism

EVERYWHERE = slice(None)


@final
@dataclass(frozen=True)
class Place:
    """Where an attention stands in a model: the longest sequence, the grid if there is one, which layer."""

    length: int
    grid: Grid | None
    layer: int


def attention_of(settings: ModelSettings, mechanism: Spec, place: Place) -> Attention:
    """The attention of one layer. Positions that are added to the input are the embedding's business.

    The settings are those of a model: of one that would change nothing in this mechanism a `RegardWarning`
    tells, and the layer is built without it.
    """
    places: dict[str, Any] = {
        "length": place.length,
        "grid": place.grid,
        "layer": place.layer,
        "layers": settings.layers,
    }
    size = shell_size(settings.features, settings.heads, key_heads=settings.key_heads, **places)
    built = build_mechanism(mechanism, size)
    acting = {
        "positions": "none" if settings.positions in ("learned", "sinusoidal") else settings.positions,
        "qk_norm": settings.qk_norm,
        "convolution": settings.convolution,
        "key_heads": settings.key_heads,
        "absent": settings.absent,
        "projections": settings.projections,
    }
    kept = without_idle(built, acting)
    if settings.latent is not None and kept["projections"] != "latent":
        message = f"model.latent={settings.latent} changes nothing without model.projections=latent."
        warnings.warn(message, RegardWarning, stacklevel=2)
    else:
        kept["latent"] = settings.latent
    return Attention(
        settings.features,
        settings.heads,
        mechanism=lambda size: built,
        output_norm=settings.output_norm,
        output_gate=settings.output_gate,
        dropout=settings.dropout,
        **places,
        **kept,
    )


@final
class FeedForward(nn.Sequential):
    """Two linear maps around a GELU, position by position."""

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(
            nn.Linear(settings.features, settings.hidden),
            nn.GELU(),
            nn.Linear(settings.hidden, settings.features),
            *([nn.Dropout(settings.dropout)] if settings.dropout else []),
        )


@final
class Block(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x)) (Xiong et al. 2020, arXiv 2002.04745).

    With a second sequence it is one of co-attention (Lu et al. 2019, arXiv 1908.02265, figure 2b): x reads
    that one instead of itself.
    """

    def __init__(self, settings: ModelSettings, attention: Attention) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(settings.features)
        self.attention = attention
        self.norm_feedforward = nn.LayerNorm(settings.features)
        self.feedforward = FeedForward(settings)

    def forward(
        self,
        x: Float[Tensor, "b n c"],
        mask: Mask,
        other: Float[Tensor, "b m c"] | None = None,
        read: slice = EVERYWHERE,
    ) -> Float[Tensor, "b _ c"]:
        """What becomes of x at the positions that are read behind this block: the others have done their
        part once they are mixed.
        """
        context = None if other is None else self.norm_attention(other)
        x = x + self.attention(self.norm_attention(x), context, mask)
        x = x[:, read]
        return x + self.feedforward(self.norm_feedforward(x))

    def extend(
        self, x: Float[Tensor, "b n c"], mask: Mask, state: AttentionState
    ) -> tuple[Float[Tensor, "b n c"], AttentionState]:
        """Go on by n positions behind `mask.start` others; see `Attention.extend`."""
        mixed, state = self.attention.extend(self.norm_attention(x), mask, state)
        x = x + mixed
        return x + self.feedforward(self.norm_feedforward(x)), state


@final
class DecoderBlock(nn.Module):
    """A block that reads a second sequence between mixing its own and the feed-forward layer."""

    def __init__(self, settings: ModelSettings, attention: Attention, cross: Attention) -> None:
        super().__init__()
        self.norm_attention = nn.LayerNorm(settings.features)
        self.attention = attention
        self.norm_cross = nn.LayerNorm(settings.features)
        self.cross = cross
        self.norm_feedforward = nn.LayerNorm(settings.features)
        self.feedforward = FeedForward(settings)

    def forward(
        self,
        x: Float[Tensor, "b n c"],
        memory: Float[Tensor, "b m c"],
        mask: Mask,
        memory_mask: Mask,
    ) -> Float[Tensor, "b n c"]:
        x = x + self.attention(self.norm_attention(x), mask=mask)
        x = x + self.cross(self.norm_cross(x), memory, memory_mask)
        return x + self.feedforward(self.norm_feedforward(x))
