"""A model as tasks call it: with its logits on one batch already computed."""

import operator
from dataclasses import dataclass
from typing import final

from jaxtyping import Bool, Int64
from torch import Tensor, nn

from regard.data.decoding import GreedyDecoder
from regard.data.samples import Samples
from regard.models.generation import generate, write


@final
@dataclass(frozen=True, eq=False)
class Predictor(GreedyDecoder):
    """A model with its logits on some samples, which need no second pass; it decodes with a cache."""

    model: nn.Module
    known: Samples
    logits: Tensor
    """Of the samples `known`."""

    def __call__(self, *given: Tensor | None) -> Tensor:
        known = self.known.given
        if len(given) == len(known) and all(map(operator.is_, given, known)):
            return self.logits
        return self.model(*given)

    def decode(
        self, prompt: Int64[Tensor, "b n"], count: int, end: int | None, keys: Bool[Tensor, "b n"] | None
    ) -> Int64[Tensor, "b count"]:
        return write(generate(self.model, prompt, keys=keys), count, end)
