"""A transformer that reads two sequences, each of them reading the other."""

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.attention.mask import Mask
from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, PairInput
from regard.core.spec import Spec
from regard.models.block import Block, DecoderBlock, Place, attention_of
from regard.models.embedding import ClassToken, TokenEmbedding
from regard.models.model_inputs import refuse_hidden, refuse_tokens
from regard.models.positions import added_positions
from regard.models.readout import AttentionPool, mean_over


@final
class PairTransformer(nn.Module):
    """A transformer of two sequences that read each other: logits (b, classes) for sequences (b, 2, n).

    `settings.pair` says what they read in each layer, always with the layer's mechanism:

    * `self_and_cross`: each mixes its own positions, then reads the other as it was before the layer.
    * `co_attention`: each reads the other, as it was before the layer, and not itself: parallel co-attention
      (Lu et al. 2019, arXiv 1908.02265).
    * `co_attention_alternating`: the first reads the second, then the second what the first has become
      (Lu et al. 2016, arXiv 1606.00061, section 3.3).

    Both directions share all weights: but for turns, which sequence comes first carries no meaning other than
    the one that the readout gives it. The class is read from the two class tokens, the two means or what
    learned queries read of both, side by side. Mechanisms that cannot read another sequence raise
    `UnsupportedUse`.
    """

    def __init__(
        self, input: PairInput, output: ClassOutput, mechanisms: Sequence[Spec], settings: ModelSettings
    ) -> None:
        super().__init__()
        has_class_token = settings.pool == "class"
        length = input.length + has_class_token
        self.embed = TokenEmbedding(input.vocabulary, settings.features)
        self.class_token = ClassToken(settings.features) if has_class_token else None
        self.positions = added_positions(settings.positions, length, settings.features)
        self.dropout = nn.Dropout(settings.dropout)
        places = [Place(length, None, layer) for layer in range(len(mechanisms))]
        self.blocks = nn.ModuleList(
            _block(settings, spec, place) for spec, place in zip(mechanisms, places, strict=True)
        )
        self.alternating = settings.pair == "co_attention_alternating"
        self.norm = nn.LayerNorm(settings.features)
        attends = settings.pool == "attention"
        self.pool = AttentionPool(settings.features, settings.heads) if attends else None
        self.logits = nn.Linear(2 * settings.features, output.classes)

    def forward(
        self, inputs: Int64[Tensor, "b 2 n"], keys: Bool[Tensor, "b 2 n"] | None = None
    ) -> Float[Tensor, "b classes"]:
        """Logits; `keys` is True where not padding. Raises `InvalidOption` for what does not fit."""
        refuse_tokens(inputs, ("b", "2", "n"), self.embed.table)
        b = len(inputs)
        refuse_hidden("keys", keys, tuple(inputs.shape), inputs)
        # both sequences of all examples as one batch: the first halves, then the second ones
        x = self.embed(torch.cat([inputs[:, 0], inputs[:, 1]]))
        own = None if keys is None else torch.cat([keys[:, 0], keys[:, 1]])
        if self.class_token is not None:
            x = self.class_token(x)
            own = None if own is None else pad(own, (1, 0), value=True)
        x = self.dropout(self.positions(x))
        for block in self.blocks:
            x = self._layer(block, x, own)
        pooled = self._pooled(self.norm(x), own)
        return self.logits(torch.cat([pooled[:b], pooled[b:]], 1))

    def _layer(
        self, block: nn.Module, x: Float[Tensor, "b n c"], own: Bool[Tensor, "b n"] | None
    ) -> Float[Tensor, "b n c"]:
        """What both sequences are after a layer."""
        b = len(x) // 2
        others = Mask() if own is None else Mask(keys=own.roll(b, 0))
        if isinstance(block, DecoderBlock):
            return block(x, x.roll(b, 0), Mask(keys=own), others)
        if not self.alternating:
            return block(x, others, x.roll(b, 0))
        of_second, of_first = (None, None) if others.keys is None else torch.split(others.keys, b)
        first = block(x[:b], Mask(keys=of_second), x[b:])
        return torch.cat([first, block(x[b:], Mask(keys=of_first), first)])

    def _pooled(self, x: Float[Tensor, "b n c"], keys: Bool[Tensor, "b n"] | None) -> Float[Tensor, "b c"]:
        """One vector of each sequence."""
        if self.class_token is not None:
            return x[:, 0]
        return mean_over(x, keys) if self.pool is None else self.pool(x, keys)


def _block(settings: ModelSettings, spec: Spec, place: Place) -> Block | DecoderBlock:
    """A layer of both sequences."""
    if settings.pair == "self_and_cross":
        return DecoderBlock(settings, *(attention_of(settings, spec, place) for _ in range(2)))
    return Block(settings, attention_of(settings, spec, place))
