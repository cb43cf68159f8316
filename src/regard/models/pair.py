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
from regard.models.block import DecoderBlock, Place, attention_of
from regard.models.embedding import ClassToken, TokenEmbedding
from regard.models.model_inputs import refuse_hidden, refuse_tokens
from regard.models.positions import added_positions
from regard.models.readout import mean_over


@final
class PairTransformer(nn.Module):
    """Co-attention (Lu et al. 2019, arXiv 1908.02265): logits (b, classes) for two sequences (b, 2, n).

    In every layer each sequence mixes its own positions, then reads the other one as it was before the
    layer, both with the layer's mechanism. Both directions share all weights: which sequence comes first
    carries no meaning but the one that the readout gives it. The class is read from the two class tokens,
    or from the two means, side by side. Mechanisms that cannot read another sequence raise
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
        self.blocks = nn.ModuleList(
            DecoderBlock(
                settings, *(attention_of(settings, spec, Place(length, None, layer)) for _ in range(2))
            )
            for layer, spec in enumerate(mechanisms)
        )
        self.norm = nn.LayerNorm(settings.features)
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
        others = None if own is None else own.roll(b, 0)
        for block in self.blocks:
            x = block(x, x.roll(b, 0), Mask(keys=own), Mask(keys=others))
        pooled = self._pooled(self.norm(x), own)
        return self.logits(torch.cat([pooled[:b], pooled[b:]], 1))

    def _pooled(self, x: Float[Tensor, "b n c"], keys: Bool[Tensor, "b n"] | None) -> Float[Tensor, "b c"]:
        """One vector of each sequence."""
        if self.class_token is not None:
            return x[:, 0]
        return mean_over(x, keys)
