"""A transformer of blocks around any mechanism, for sequences and images."""

from collections.abc import Iterator, Sequence
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.mask import Mask
from regard.attention.size import Grid
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.settings import ModelSettings
from regard.core.shapes import BottleneckOutput, ClassOutput, ImageInput, Shape, TokenInput
from regard.core.spec import Spec
from regard.models.block import EVERYWHERE, Block, Place, attention_of
from regard.models.embedding import ClassToken, PatchEmbedding, TokenEmbedding
from regard.models.model_inputs import refuse_hidden, refuse_images, refuse_tokens
from regard.models.positions import added_positions
from regard.models.readout import (
    AttentionReadout,
    BottleneckReadout,
    ClassTokenReadout,
    MeanReadout,
    TokenReadout,
)
from regard.models.state import ModelState

FIRST = slice(1)


@final
class Transformer(nn.Module):
    """Embedding, pre-norm blocks, readout: logits (b, classes) or (b, n, vocabulary), as `shape` says.

    `mechanisms` has one entry per layer. Raises `InvalidOption` where settings and shape do not fit.
    """

    def __init__(self, shape: Shape, mechanisms: Sequence[Spec], settings: ModelSettings) -> None:
        super().__init__()
        self.shape = shape
        self.causal = isinstance(shape.input, TokenInput) and shape.input.causal
        has_class_token = isinstance(shape.output, ClassOutput) and settings.pool == "class"
        if has_class_token and self.causal:
            message = "A class token in front of a causal sequence can read nothing: set model.pool=mean."
            raise InvalidOption(message)
        self.embed, length, grid = _embedding(shape, settings, prefix=int(has_class_token))
        self.class_token = ClassToken(settings.features) if has_class_token else None
        self.positions = added_positions(settings.positions, length, settings.features)
        self.dropout = nn.Dropout(settings.dropout)
        self.blocks = nn.ModuleList(
            Block(settings, attention_of(settings, spec, Place(length, grid, layer)))
            for layer, spec in enumerate(mechanisms)
        )
        self.readout = _readout(shape, settings)

    def forward(
        self,
        inputs: Tensor,
        keys: Bool[Tensor, "b n"] | None = None,
        edges: Bool[Tensor, "b n n"] | None = None,
    ) -> Float[Tensor, "b ..."]:
        """Logits for tokens (b, n) or images (b, channels, height, width).

        `keys` is True where not padding; `edges` says of a graph which position may read which. Raises
        `InvalidOption` for what does not fit.
        """
        self._refuse(inputs)
        x = self.embed(inputs)
        b, n = x.shape[:2]
        refuse_hidden("keys", keys, (b, n), inputs)
        refuse_hidden("edges", edges, (b, n, n), inputs)
        if self.class_token is not None:
            x = self.class_token(x)
            keys = None if keys is None else pad(keys, (1, 0), value=True)
            edges = None if edges is None else pad(edges, (1, 0, 1, 0), value=True)
        x = self.dropout(self.positions(x))
        mask = Mask(causal=self.causal, keys=keys, edges=edges)
        for layer, block in enumerate(self.blocks, 1):
            x = block(x, mask, read=self.read if layer == len(self.blocks) else EVERYWHERE)
        return self.readout(x, None if keys is None else keys[:, self.read])

    @property
    def read(self) -> slice:
        """The positions that the readout reads, and that the last block gives."""
        return FIRST if isinstance(self.readout, ClassTokenReadout) else EVERYWHERE

    @property
    def streams(self) -> bool:
        """Whether the model can go on: causal, with logits at every position, and every layer streams."""
        layers = (block.attention.mechanism for block in self._layers())
        return self._goes_from_left_to_right and all(each.traits.streaming for each in layers)

    def initial_state(self, b: int, device: torch.device | None = None) -> ModelState:
        """The state before the first position of b sequences.

        Raises `UnsupportedUse` where the model cannot go on (see `streams`).
        """
        if not self._goes_from_left_to_right:
            message = (
                "Only a causal model of tokens with logits at every position can go on behind a sequence. "
                "This one is not: take a task whose tokens are written from left to right (form=causal)."
            )
            raise UnsupportedUse(message)
        return ModelState(tuple(block.attention.initial_state(b, device) for block in self._layers()), b)

    def extend(
        self, inputs: Int64[Tensor, "b n"], state: ModelState, keys: Bool[Tensor, "b n"] | None = None
    ) -> tuple[Float[Tensor, "b n vocabulary"], ModelState]:
        """Go on by n tokens: their logits, and the state after them.

        Any cut of a sequence into pieces gives what `forward` gives at once. `keys` is True where the new
        tokens are not padding. The given state stays as it is. Raises `UnsupportedUse`, and `InvalidOption`
        for a state of another number of sequences.
        """
        self._refuse(inputs)
        b, n = inputs.shape
        refuse_hidden("keys", keys, (b, n), inputs)
        if b != state.sequences:
            message = f"The state is that of {state.sequences} sequences, and {b} are to go on: give its own."
            raise InvalidOption(message)
        keys = state.grown_keys(n, keys)
        mask = Mask(causal=True, keys=keys, start=state.length)
        x = self.dropout(self.positions(self.embed(inputs), state.length))
        layers = []
        for block, before in zip(self._layers(), state.layers, strict=True):
            x, after = block.extend(x, mask, before)
            layers.append(after)
        return self.readout(x, None), ModelState(tuple(layers), b, keys, state.length + n)

    def _refuse(self, inputs: object) -> None:
        """Raise `InvalidOption` for inputs that are not of this model's shape."""
        weight = next(self.embed.parameters())
        if isinstance(self.shape.input, ImageInput):
            refuse_images(inputs, self.shape.input, weight)
        else:
            refuse_tokens(inputs, ("b", "n"), weight)

    @property
    def _goes_from_left_to_right(self) -> bool:
        return self.causal and isinstance(self.readout, TokenReadout)

    def _layers(self) -> Iterator[Block]:
        for block in self.blocks:
            assert isinstance(block, Block)
            yield block


def _embedding(shape: Shape, settings: ModelSettings, prefix: int) -> tuple[nn.Module, int, Grid | None]:
    """The embedding, the longest sequence with its prefix, and the grid of an image."""
    if isinstance(shape.input, ImageInput):
        patches = PatchEmbedding(shape.input, settings.patch, settings.features)
        grid = Grid(patches.grid.height, patches.grid.width, prefix)
        return patches, grid.length, grid
    tokens = TokenEmbedding(shape.input.vocabulary, settings.features)
    return tokens, shape.input.length + prefix, None


def _readout(shape: Shape, settings: ModelSettings) -> nn.Module:
    if isinstance(shape.output, BottleneckOutput):
        return BottleneckReadout(settings.features, shape.output.vocabulary, shape.output.length)
    if not isinstance(shape.output, ClassOutput):
        return TokenReadout(settings.features, shape.output.vocabulary)
    if settings.pool == "class":
        return ClassTokenReadout(settings.features, shape.output.classes)
    if settings.pool == "attention":
        return AttentionReadout(settings.features, shape.output.classes, settings.heads)
    return MeanReadout(settings.features, shape.output.classes)
