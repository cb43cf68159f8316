"""The shell around any mechanism: projections, heads, positions, convolution, dropout."""

import dataclasses
from typing import Literal, final

from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.mask import Mask, alibi_slopes
from regard.attention.mechanism import Mechanism
from regard.attention.size import Grid, Size
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS
from regard.models.convolution import ShortConvolution
from regard.models.positions import Learned, Rotary, Sinusoidal
from regard.models.projections import MergedProjections, SeparateProjections

PositionKind = Literal["learned", "sinusoidal", "rotary", "alibi", "none"]


@final
class Attention(nn.Module):
    """Multi-head attention of features c with h heads around one mechanism, for self- and cross-attention.

    features: c, the width of the input and the output; a multiple of `heads`.
    heads: h.
    mechanism: a name in the catalog, `path/to/file.py:ClassName`, or a `Spec` with options.
    key_heads: g, the number of key and value heads (grouped-query attention, Ainslie et al. 2023,
        arXiv 2305.13245; 1 is multi-query); a divisor of h. None means h.
    length: the longest sequence, for learned positions and mechanisms of fixed length.
    grid: where positions lie on an image, for mechanisms that need it.
    projections: which of W_q, W_k, W_v, W_o there are. What the mechanism does not read gets none.
    merged: W_q, W_k and W_v as one matrix.
    positions: how positions are told. Learned and sinusoidal ones are added to the input.
    convolution: taps of a depth-wise convolution of q, k and v before the mixing; 0 means none.
        Causal where the mask is causal, centered elsewhere.
    dropout: share of the output's numbers that are dropped in training.

    Raises `UnknownName` and `InvalidOption`; `UnsupportedMask` when called with a mask that the
    mechanism does not declare.
    """

    slopes: Tensor | None

    def __init__(  # noqa: PLR0913 - the shell is where all options meet
        self,
        features: int,
        heads: int = 1,
        *,
        mechanism: str | Spec = "softmax",
        key_heads: int | None = None,
        length: int = 1024,
        grid: Grid | None = None,
        projections: str = "qkvo",
        merged: bool = False,
        positions: PositionKind = "none",
        convolution: int = 0,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.heads, self.key_heads = heads, heads if key_heads is None else key_heads
        self._check(features, projections, merged)
        d = features // heads
        spec = mechanism if isinstance(mechanism, Spec) else Spec.of(mechanism)
        self.mechanism: Mechanism = MECHANISMS.build(
            spec.name, Size(heads, d, d, length, grid), **spec.settings
        )
        reads = self.mechanism.traits.reads
        widths = {"q": heads * d, "k": self.key_heads * d, "v": self.key_heads * d}
        present = "".join(name for name in "qkv" if name in projections and name in reads)
        self.projections = (
            MergedProjections(features, widths, bias)
            if merged and present == "qkv"
            else SeparateProjections(features, widths, present, bias)
        )
        self.output = nn.Linear(features, features, bias) if "o" in projections else nn.Identity()
        self.convolutions = nn.ModuleDict(
            {name: ShortConvolution(widths[name], convolution) for name in "qkv" if name in reads}
            if convolution
            else {}
        )
        self.added = _added_positions(positions, length, features)
        self.rotary = Rotary(d) if positions == "rotary" and "q" in reads else None
        slopes = alibi_slopes(heads) if positions == "alibi" else None
        self.register_buffer("slopes", slopes, persistent=False)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "b n c"],
        context: Float[Tensor, "b m c"] | None = None,
        mask: Mask = Mask(),
    ) -> Float[Tensor, "b n c"]:
        """Mix x with itself, or read `context` (cross-attention); `mask.keys` speaks of what is read."""
        if context is not None and not self.mechanism.traits.cross:
            message = (
                f"{self.mechanism.name} mixes one sequence with itself: it cannot read another one. "
                f"Take a mechanism with cross-attention (X in `regard mechanisms`)."
            )
            raise UnsupportedUse(message)
        x = self.added(x)
        context = x if context is None else self.added(context)
        if self.slopes is not None:
            mask = dataclasses.replace(mask, slopes=self.slopes)
        q, k, v = self.projections(x, context)
        if self.convolutions:
            q, k, v = self._convolve(q, k, v, mask, context is x)
        q, k, v = self._split(q), self._split(k), self._split(v)
        if self.rotary is not None:
            q, k = self.rotary(q), self.rotary(k)
        mixed = self.mechanism(q, self._shared(k), self._shared(v), mask)
        return self.dropout(self.output(mixed.transpose(1, 2).flatten(2)))

    def _convolve(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Mask, same_sequence: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Each stream after its convolution, with padding silenced first: taps reach across it."""
        streams = {"q": q, "k": k, "v": v}
        for name, convolution in self.convolutions.items():
            stream = streams[name]
            if mask.keys is not None and (same_sequence or name != "q"):
                stream = stream.masked_fill(~mask.keys.unsqueeze(-1), 0)
            streams[name] = convolution(stream, mask.causal)
        return streams["q"], streams["k"], streams["v"]

    def _split(self, stream: Float[Tensor, "b n hd"]) -> Float[Tensor, "b h n d"]:
        b, n, _ = stream.shape
        return stream.view(b, n, -1, self.mechanism.size.key_features).transpose(1, 2)

    def _shared(self, k: Float[Tensor, "b g m d"]) -> Float[Tensor, "b h m d"]:
        """Each key head repeated for the query heads of its group."""
        group = self.heads // k.shape[1]
        return k if group == 1 else k.repeat_interleave(group, 1)

    def _check(self, features: int, projections: str, merged: bool) -> None:
        if self.heads < 1 or features % self.heads:
            message = f"Attention: {features} features cannot be split into {self.heads} equal heads."
            raise InvalidOption(message)
        if self.key_heads < 1 or self.heads % self.key_heads:
            message = f"Attention: key_heads={self.key_heads} must divide heads={self.heads}."
            raise InvalidOption(message)
        if not set(projections) <= set("qkvo"):
            message = f"Attention: projections can only be of 'q', 'k', 'v', 'o', not '{projections}'."
            raise InvalidOption(message)
        if self.key_heads != self.heads and not {"k", "v"} <= set(projections):
            raise InvalidOption("Attention: grouped heads need the projections 'k' and 'v'.")
        if merged and not {"q", "k", "v"} <= set(projections):
            raise InvalidOption("Attention: merged projections are all three of 'q', 'k' and 'v'.")


def _added_positions(kind: PositionKind, length: int, features: int) -> nn.Module:
    if kind == "learned":
        return Learned(length, features)
    if kind == "sinusoidal":
        return Sinusoidal(features)
    if kind in ("rotary", "alibi", "none"):
        return nn.Identity()
    message = f"Attention: positions cannot be '{kind}': choose learned, sinusoidal, rotary, alibi or none."
    raise InvalidOption(message)
