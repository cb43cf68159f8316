"""The shell around any mechanism: projections, heads, positions, convolution, norms, gate, dropout."""

from dataclasses import dataclass, replace
from typing import Literal, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.bias import alibi_slopes
from regard.attention.mask import Mask
from regard.attention.mechanism import State
from regard.attention.scores import per_head
from regard.attention.size import Grid, Size
from regard.attention.streams import Init, Streams
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.models.convolution import StreamConvolutions
from regard.models.mechanism import MechanismLike, build_mechanism
from regard.models.normalization import HeadNorm, NormKind
from regard.models.positions import PositionKind, Rotary, added_positions
from regard.models.projections import (
    MergedProjections,
    Projected,
    Projection,
    SeparateProjections,
    wanted_projections,
)

SMALL_GATE = Init(std=0.02)
"""Every gate starts near one half, where a sigmoid's gradient is largest."""


@dataclass(frozen=True)
class AttentionState:
    """What one layer carries from one piece of a sequence to the next."""

    mechanism: State
    tails: dict[str, Float[Tensor, "b reach width"]]
    """The last inputs of each short convolution."""


@final
class Attention(nn.Module):
    """Multi-head attention of features c with h heads around one mechanism, for self- and cross-attention.

    features: c, the width of the input and the output; a multiple of `heads`.
    heads: h.
    mechanism: see `MechanismLike`.
    key_heads: g, the number of key and value heads (grouped-query attention, Ainslie et al. 2023,
        arXiv 2305.13245; 1 is multi-query); a divisor of h. None means h.
    length: the longest sequence, for learned positions and mechanisms of fixed length.
    grid: where positions lie on an image, for mechanisms that need it.
    scale: what scores are multiplied by; None means 1 / sqrt d.
    layer, layers: which layer this is, counted from 0, of how many.
    projections: whether W_q, W_k and W_v are three matrices or one. What the mechanism does not read has
        none; what else it reads (a gate, a strength) has a matrix of its own.
    absent: which of W_q, W_k, W_v and W_o there are not: some of the letters `qkvo`.
    positions: how positions are told. Learned and sinusoidal ones are added to the input.
    convolution: taps of a depth-wise convolution of q, k and v before the mixing; 0 means none.
        Causal where the mask is causal, centered elsewhere.
    qk_norm: how q and k of each head are normalized before rotary positions turn them (Dehghani et al. 2023,
        arXiv 2302.05442).
    output_norm: how the output of each head is normalized before W_o, as recurrent layers do.
    output_gate: whether what W_o reads is multiplied by sigmoid(W x) (Qiu et al. 2025, arXiv 2505.06708).
    dropout: share of the output's numbers that are dropped in training.
    bias: whether the projections have biases.

    Raises `UnknownName` and `InvalidOption`; `UnsupportedMask` when called with a mask that the
    mechanism does not declare, and `InvalidOption` with an input that does not fit.
    """

    slopes: Tensor | None

    def __init__(  # noqa: PLR0913 - the shell is where all options meet
        self,
        features: int,
        heads: int = 1,
        *,
        mechanism: MechanismLike = "softmax",
        key_heads: int | None = None,
        length: int = 1024,
        grid: Grid | None = None,
        scale: float | None = None,
        layer: int = 0,
        layers: int = 1,
        projections: Literal["separate", "merged"] = "separate",
        absent: str = "",
        positions: PositionKind = "none",
        convolution: int = 0,
        qk_norm: NormKind = "none",
        output_norm: NormKind = "none",
        output_gate: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        _check(features, heads, key_heads, absent)
        _check_choice("projections", projections, ("separate", "merged"))
        _check_choice("qk_norm", qk_norm, get_args(NormKind))
        _check_choice("output_norm", output_norm, get_args(NormKind))
        d = features // heads
        self.size = Size(heads, d, d, length, grid, key_heads, scale, layer, layers)
        self.mechanism = build_mechanism(mechanism, self.size)
        declared = self.mechanism.declared
        wanted = wanted_projections(declared, self.size, absent)
        kind = MergedProjections if projections == "merged" else SeparateProjections
        self.projections = kind(features, wanted, bias)
        self.output = nn.Identity() if "o" in absent else nn.Linear(features, features, bias)
        read = [name for name in "qkv" if name in declared and getattr(declared, name).features]
        widths = {"q": features, "k": self.size.g * d, "v": self.size.g * d}
        self.convolutions = StreamConvolutions({name: widths[name] for name in read}, convolution)
        self.added = added_positions(positions, length, features)
        self.rotary = Rotary(d, length) if positions == "rotary" and "q" in read else None
        self.norms = nn.ModuleDict(
            {name: HeadNorm(qk_norm, d) for name in read if name in "qk" and qk_norm != "none"}
        )
        self.output_norm = None if output_norm == "none" else HeadNorm(output_norm, d)
        self.gate = Projection(features, features, SMALL_GATE) if output_gate else None
        slopes = alibi_slopes(heads) if positions == "alibi" else None
        self.register_buffer("slopes", slopes, persistent=False)
        self.dropout = nn.Dropout(dropout) if dropout else None

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
        self._refuse_misfit("x", x)
        x = self.added(x)
        if context is None:
            context = x
        else:
            self._refuse_misfit("context", context)
            context = self.added(context)
        mask = self._biased(mask)
        own_keys = mask if context is x else Mask(causal=mask.causal)
        projected = self.convolutions(self._project(x, context), {"q": own_keys, "k": mask, "v": mask})
        mixed = self.mechanism(self._streams(projected, start=0), mask)
        self._refuse_output(mixed, x.shape[1])
        return self._finish(mixed, x)

    def initial_state(self, b: int, device: torch.device | None = None) -> AttentionState:
        """The state before the first position of b sequences. Raises `UnsupportedUse`."""
        return AttentionState(
            self.mechanism.initial_state(b, device), self.convolutions.initial_tails(b, device)
        )

    def extend(
        self, x: Float[Tensor, "b n c"], mask: Mask, state: AttentionState
    ) -> tuple[Float[Tensor, "b n c"], AttentionState]:
        """Go on by n positions behind `mask.start` others: any cut gives what `forward` gives at once.

        `mask` is causal and speaks of all positions so far. The given state stays as it is.
        """
        self._refuse_misfit("x", x)
        x = self.added(x, mask.start)
        mask = self._biased(mask)
        projected, tails = self.convolutions.extend(self._project(x, x), mask.since_start, state.tails)
        mixed, carried = self.mechanism.extend(self._streams(projected, mask.start), mask, state.mechanism)
        self._refuse_output(mixed, x.shape[1])
        return self._finish(mixed, x), AttentionState(carried, tails)

    def _refuse_misfit(self, name: str, given: Tensor) -> None:
        c = self.size.h * self.size.d
        if given.dim() != 3 or given.shape[2] != c or not given.is_floating_point():
            shown = f"{str(given.dtype).removeprefix('torch.')} {tuple(given.shape)}"
            message = (
                f"Attention: {name} should be of floating point, (batch, positions, {c}), and is {shown}."
            )
            raise InvalidOption(message)

    def _refuse_output(self, mixed: Tensor, n: int) -> None:
        expected = (self.size.h, n, self.size.e)
        if mixed.shape[1:] != expected:
            shown = f"(batch, {', '.join(map(str, expected))})"
            message = f"{self.mechanism.name}: the output should be {shown} and is {tuple(mixed.shape)}."
            raise InvalidOption(message)

    def _project(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Projected:
        """Every stream that the mechanism reads; one without a projection is the input itself."""
        projected = self.projections(x, context)
        sources = {"queries": x, "keys": context}
        for name, stream in self.mechanism.declared.items():
            source = sources[stream.of]
            projected.setdefault(name, source if stream.features else source[..., :0])
        return projected

    def _streams(self, projected: Projected, start: int) -> Streams[Tensor]:
        """The streams with their heads apart, q and k normalized and turned."""
        streams, mechanism, norms, rotary = {}, self.mechanism, self.norms, self.rotary
        for name, stream in mechanism.declared.items():
            b, n, width = projected[name].shape
            heads = width // stream.features if stream.features else self.size.h
            split = projected[name].view(b, n, heads, stream.features).transpose(1, 2)
            split = norms[name](split) if name in norms else split
            if rotary is not None and name in ("q", "k"):
                split = rotary(split, start)
            streams[name] = per_head(split, mechanism.heads_of(name))
        return Streams(**streams)

    def _finish(self, mixed: Float[Tensor, "b h n e"], x: Float[Tensor, "b n c"]) -> Float[Tensor, "b n c"]:
        normalized = mixed if self.output_norm is None else self.output_norm(mixed)
        merged = normalized.transpose(1, 2).flatten(2)
        opened = merged if self.gate is None else merged * self.gate(x).sigmoid()
        output = self.output(opened)
        return output if self.dropout is None else self.dropout(output)

    def _biased(self, mask: Mask) -> Mask:
        """The mask with ALiBi's slopes, if there are any."""
        return mask if self.slopes is None else replace(mask, bias=replace(mask.bias, slopes=self.slopes))


def _check(features: int, heads: int, key_heads: int | None, absent: str) -> None:
    if heads < 1 or features % heads:
        message = f"Attention: {features} features cannot be split into {heads} equal heads."
        raise InvalidOption(message)
    if not set(absent) <= set("qkvo"):
        message = f"Attention: absent projections can only be of 'q', 'k', 'v', 'o', not '{absent}'."
        raise InvalidOption(message)
    if key_heads not in (None, heads) and set("kv") & set(absent):
        raise InvalidOption("Attention: grouped heads need the projections of k and v.")


def _check_choice(option: str, given: str, choices: tuple[str, ...]) -> None:
    if given not in choices:
        offered = f"{', '.join(choices[:-1])} or {choices[-1]}"
        raise InvalidOption(f"Attention: {option} cannot be '{given}': choose {offered}.")
