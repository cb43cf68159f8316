"""The shell around any mechanism: projections, heads, positions, convolution, norms, gate, dropout."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, final, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.attention.kernels.scores import per_head
from regard.attention.mask import Mask
from regard.attention.misfits import refuse_misfit, refuse_no_mask
from regard.attention.size import Grid
from regard.attention.streams import Init, Side, Streams
from regard.core.errors import InvalidOption
from regard.models.attention_state import AttentionState, refuse_state
from regard.models.convolution import StreamConvolutions, silenced
from regard.models.fitting import (
    read_streams,
    refuse_choice,
    refuse_idle,
    refuse_options,
    refuse_unread_scale,
    shell_size,
    warn_of_turns,
)
from regard.models.inputs import first_weight, refuse_context, refuse_mixed, refuse_sequence
from regard.models.latent import (
    LatentProjections,
    LatentSize,
    first_state,
    go_on,
    made_projections,
    refuse_latent,
    turned_features,
)
from regard.models.mechanism import MechanismLike, build_mechanism
from regard.models.normalization import HeadNorm, NormKind
from regard.models.positions import TURNING, Alibi, PositionKind, Rotary, added_positions
from regard.models.projections import Projected, Projection, convolved_widths, wanted_projections

SMALL_GATE = Init(std=0.02)
"""Every gate starts near one half, where a sigmoid's gradient is largest."""


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
    projections: whether W_q, W_k and W_v are three matrices or one, or keys and values are made of one small
        vector (`LatentProjections`). What the mechanism does not read has none; what else it reads (a gate,
        a strength) has a matrix of its own.
    latent: numbers in that vector; None means 2 d. Going on, a layer keeps it in place of keys and values.
    absent: which of W_q, W_k, W_v and W_o there are not: some of the letters `qkvo`.
    positions: how positions are told. Learned and sinusoidal ones are added to the input; rotary ones turn
        neighboring features of q and k, `rotary_half` the two halves as Llama does.
    convolution: taps of a depth-wise convolution before the mixing, of q, k, v and what else the mechanism
        declares to be convolved; 0 means none. Causal where the mask is causal, centered elsewhere.
    qk_norm: how q and k of each head are normalized before rotary positions turn them (Dehghani et al. 2023,
        arXiv 2302.05442).
    output_norm: how the output of each head is normalized before W_o, as recurrent layers do.
    output_gate: whether what W_o reads is multiplied by sigmoid(W x) (Qiu et al. 2025, arXiv 2505.06708).
    dropout: share of the output's numbers that are dropped in training.
    bias: whether the projections have biases.

    Raises `UnknownName` and `InvalidOption`, also for an option that would change nothing in this mechanism;
    `UnsupportedMask` for ALiBi, and when called with a mask, where the mechanism does not declare them; and
    `InvalidOption` when called with an input that does not fit. Gives a `RegardWarning` where rotary
    positions are not relative.
    """

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
        projections: Literal["separate", "merged", "latent"] = "separate",
        latent: int | None = None,
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
        refuse_options(heads, key_heads, absent, dropout)
        refuse_choice("projections", projections, ("separate", "merged", "latent"))
        refuse_choice("qk_norm", qk_norm, get_args(NormKind))
        refuse_choice("output_norm", output_norm, get_args(NormKind))
        self.size = shell_size(features, heads, length, grid, key_heads, scale, layer, layers)
        d = self.size.d
        self.mechanism = build_mechanism(mechanism, self.size)
        declared = self.mechanism.declared
        without = absent + self.mechanism.absent
        refuse_latent(projections, latent, without, convolution)
        wanted = wanted_projections(declared, self.size, without)
        turned = turned_features(d, projections) if positions in TURNING else 0
        vectors = LatentSize(latent or 2 * d, turned, d)
        self.projections = made_projections(projections, features, wanted, bias, vectors)
        self.output = nn.Identity() if "o" in without else nn.Linear(features, features, bias)
        read = read_streams(self.mechanism)
        self.convolutions = StreamConvolutions(convolved_widths(declared, self.size), convolution)
        self.added = added_positions(positions, length, features)
        acting = {"positions": positions, "qk_norm": qk_norm, "convolution": convolution}
        built = {"key_heads": key_heads, "absent": absent, "projections": projections}
        refuse_idle(self.mechanism, acting | built)
        refuse_unread_scale(mechanism, self.size)
        warn_of_turns(self.mechanism, positions)
        self.rotary = Rotary(turned, length, positions) if turned else None
        self.norms = nn.ModuleDict(
            {name: HeadNorm(qk_norm, d) for name in "qk" if name in read and qk_norm != "none"}
        )
        self.output_norm = None if output_norm == "none" else HeadNorm(output_norm, d)
        self.gate = Projection(features, features, SMALL_GATE) if output_gate else None
        self.alibi = Alibi(heads) if positions == "alibi" else None
        self.dropout = nn.Dropout(dropout) if dropout else None

    def forward(
        self,
        x: Float[Tensor, "b n c"],
        context: Float[Tensor, "b m c"] | None = None,
        mask: Mask = Mask(),
    ) -> Float[Tensor, "b n c"]:
        """Mix x with itself, or read `context` (cross-attention); `mask.keys` speaks of what is read.

        With a `mask.start`, x stands from there on among the positions of `context`.
        """
        self._refuse(x, x if context is None else context, mask)
        self._refuse_mask(mask, x, (x if context is None else context).shape[1])
        self.convolutions.refuse(mask)
        if context is None:
            x = context = self.added(silenced(x, mask))
        else:
            x, context = self.added(x, mask.start), self.added(silenced(context, mask))
        mask = self.biased(mask)
        masks = {"queries": mask if context is x else Mask(causal=mask.causal), "keys": mask}
        sides = {name: masks[stream.of] for name, stream in self.mechanism.declared.items()}
        projected = self.convolutions(self.project(x, context), sides)
        streams = self._streams(projected, {"queries": mask.start, "keys": 0})
        mixed = self.mechanism(streams, mask)
        refuse_mixed(mixed, self.mechanism, x)
        return self._finish(mixed, x)

    def initial_state(self, b: int, device: torch.device | None = None) -> AttentionState:
        """The state before the first position of b sequences. Raises `UnsupportedUse`."""
        mechanism = first_state(self.mechanism, self.projections, b, device)
        return AttentionState(mechanism, self.convolutions.initial_tails(b, device), b)

    def extend(
        self, x: Float[Tensor, "b n c"], mask: Mask, state: AttentionState
    ) -> tuple[Float[Tensor, "b n c"], AttentionState]:
        """Go on by n positions behind `mask.start` others: any cut gives what `forward` gives at once.

        `mask` is causal and speaks of all positions so far. The given state stays as it is.
        """
        self._refuse(x, x, mask)
        refuse_state(state, x, mask)
        self._refuse_mask(mask, x, state.length + x.shape[1])
        self.convolutions.refuse(mask.since_start)
        mask = self.biased(mask)
        here, start, b = mask.since_start, mask.start, state.sequences
        x = self.added(silenced(x, here), start)
        projected, tails = self.convolutions.extend(self.project(x, x), here, state.tails)
        streams = self._streams(projected, {"queries": start, "keys": start})
        mixed, carried = go_on(self.mechanism, streams, mask, state.mechanism, projected, self._made)
        refuse_mixed(mixed, self.mechanism, x)
        return self._finish(mixed, x), AttentionState(carried, tails, b, start + x.shape[1])

    def project(self, x: Float[Tensor, "b n c"], context: Float[Tensor, "b m c"]) -> Projected:
        """Every stream that the mechanism reads; one without a projection is the input itself."""
        projected = self.projections(x, context)
        sources = {"queries": x, "keys": context}
        for name, stream in self.mechanism.declared.items():
            source = sources[stream.of]
            projected.setdefault(name, source if stream.features else source[..., :0])
        return projected

    def _streams(self, projected: Projected, start: Mapping[Side, int]) -> Streams[Tensor]:
        """The streams with their heads apart, q and k normalized and turned."""
        sides = {name: stream.of for name, stream in self.mechanism.declared.items()}
        return Streams(**{name: self.split(name, projected[name], start[of]) for name, of in sides.items()})

    def split(self, name: str, projected: Float[Tensor, "b n _"], start: int) -> Float[Tensor, "b h n _"]:
        """One stream with its heads apart, normalized and turned where it is q or k."""
        features, (b, n, width) = getattr(self.mechanism.declared, name).features, projected.shape
        heads = width // features if features else self.size.h
        split = projected.view(b, n, heads, features).transpose(1, 2)
        split = self.norms[name](split) if name in self.norms else split
        if self.rotary is not None and name in ("q", "k"):
            split = self.rotary(split, start)
        return per_head(split, self.mechanism.heads_of(name))

    def _made(self, latents: Float[Tensor, "b m _"]) -> dict[str, Tensor]:
        """Keys and values as the mechanism reads them, of all positions so far."""
        assert isinstance(self.projections, LatentProjections)
        made = self.projections.expanded(latents)
        return {name: self.split(name, each, 0) for name, each in made.items()}

    def _finish(self, mixed: Float[Tensor, "b h n e"], x: Float[Tensor, "b n c"]) -> Float[Tensor, "b n c"]:
        merged = self.merge(mixed)
        opened = merged if self.gate is None else merged * self.gate(x).sigmoid()
        output = self.output(opened)
        return output if self.dropout is None else self.dropout(output)

    def merge(self, mixed: Float[Tensor, "b h n e"]) -> Float[Tensor, "b n c"]:
        """The outputs of all heads side by side, each normalized where the layer does that."""
        normalized = mixed if self.output_norm is None else self.output_norm(mixed)
        return normalized.transpose(1, 2).flatten(2)

    def biased(self, mask: Mask) -> Mask:
        """The mask with ALiBi's slopes, if there are any."""
        if self.alibi is None:
            return mask
        if mask.bias.slopes is not None:
            message = "Attention: the mask has slopes of its own, and positions=alibi gives others."
            raise InvalidOption(f"{message} Choose one.")
        return replace(mask, bias=replace(mask.bias, slopes=self.alibi.table))

    def _refuse(self, x: Tensor, context: Tensor, mask: Mask) -> None:
        """Raise `InvalidOption` or `UnsupportedUse` for what does not fit, before anything is computed."""
        refuse_no_mask("Attention", mask)
        c, weight = self.size.h * self.size.d, first_weight(self.projections, self.output)
        refuse_sequence("x", x, c, weight)
        if context is not x:
            refuse_sequence("context", context, c, weight)
            refuse_context(self.mechanism, x, context)

    def _refuse_mask(self, mask: Mask, x: Tensor, m: int) -> None:
        """The same for a mask of n queries and m keys."""
        refuse_misfit("Attention", mask, (len(x), self.size.h, x.shape[1], m), x)
