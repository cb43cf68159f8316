"""An encoder that reads one sequence, and a decoder that writes another."""

from collections.abc import Sequence
from typing import final

from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from regard.attention.mask import Mask
from regard.core.settings import ModelSettings
from regard.core.shapes import TokenInput
from regard.core.spec import Spec
from regard.models.block import Block, DecoderBlock, shell
from regard.models.embedding import TokenEmbedding
from regard.models.readout import TokenReadout
from regard.models.transformer import position_layer


@final
class EncoderDecoder(nn.Module):
    """Vaswani et al. 2017, pre-norm: logits (b, n, vocabulary of the target) at every target position.

    `mechanisms` has one entry per layer, used in the encoder and the causal decoder alike; `cross` is
    the mechanism with which the decoder reads the encoder's output. Mechanisms that are not causal or
    cannot read another sequence raise `UnsupportedUse` in the forward pass.
    """

    def __init__(
        self,
        source: TokenInput,
        target: TokenInput,
        mechanisms: Sequence[Spec],
        settings: ModelSettings,
        cross: Spec = Spec("softmax"),
    ) -> None:
        super().__init__()
        longest = max(source.length, target.length)
        self.embed_source = TokenEmbedding(source.vocabulary, settings.features)
        self.embed_target = TokenEmbedding(target.vocabulary, settings.features)
        self.positions = position_layer(settings, longest)
        self.dropout = nn.Dropout(settings.dropout)
        self.encoder = nn.ModuleList(Block(settings, shell(settings, spec, longest)) for spec in mechanisms)
        self.norm_memory = nn.LayerNorm(settings.features)
        self.decoder = nn.ModuleList(
            DecoderBlock(settings, shell(settings, spec, longest), shell(settings, cross, longest))
            for spec in mechanisms
        )
        self.readout = TokenReadout(settings.features, target.vocabulary)

    def encode(
        self, source: Int64[Tensor, "b m"], keys: Bool[Tensor, "b m"] | None = None
    ) -> Float[Tensor, "b m c"]:
        """The source, read once; hand it to `decode` as often as there are tokens to write."""
        x = self.dropout(self.positions(self.embed_source(source)))
        for block in self.encoder:
            x = block(x, Mask(keys=keys))
        return self.norm_memory(x)

    def decode(
        self,
        target: Int64[Tensor, "b n"],
        memory: Float[Tensor, "b m c"],
        keys: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b n vocabulary"]:
        """Logits for the token after each target position; `keys` speaks of the source."""
        x = self.dropout(self.positions(self.embed_target(target)))
        for block in self.decoder:
            x = block(x, memory, Mask(causal=True), Mask(keys=keys))
        return self.readout(x, None)

    def forward(
        self,
        source: Int64[Tensor, "b m"],
        target: Int64[Tensor, "b n"],
        keys: Bool[Tensor, "b m"] | None = None,
    ) -> Float[Tensor, "b n vocabulary"]:
        return self.decode(target, self.encode(source, keys), keys)
