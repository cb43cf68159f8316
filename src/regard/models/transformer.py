"""A transformer of blocks around any mechanism, for sequences and images."""

from collections.abc import Sequence
from typing import final

from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.mask import Mask
from regard.attention.size import Grid
from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.shapes import BottleneckOutput, ClassOutput, ImageInput, Shape, TokenInput
from regard.core.spec import Spec
from regard.models.block import Block, Place, attention_of
from regard.models.embedding import ClassToken, PatchEmbedding, TokenEmbedding
from regard.models.positions import added_positions
from regard.models.readout import BottleneckReadout, ClassTokenReadout, MeanReadout, TokenReadout


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

        `keys` is True where not padding; `edges` says of a graph which position may read which.
        """
        x = self.embed(inputs)
        if self.class_token is not None:
            x = self.class_token(x)
            keys = None if keys is None else pad(keys, (1, 0), value=True)
            edges = None if edges is None else pad(edges, (1, 0, 1, 0), value=True)
        x = self.dropout(self.positions(x))
        mask = Mask(causal=self.causal, keys=keys, edges=edges)
        for block in self.blocks:
            x = block(x, mask)
        return self.readout(x, keys)


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
    return MeanReadout(settings.features, shape.output.classes)
