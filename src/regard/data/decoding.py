"""Greedy decoding: answers that a model generates on its own, token by token."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Bool, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.data.task import Predict


class GreedyDecoder(ABC):
    """Abstract. A model in evaluation mode that decodes in its own way, for instance with a cache."""

    @abstractmethod
    def __call__(self, *given: Tensor | None) -> Tensor:
        """Logits, as of any `Predict`."""

    @abstractmethod
    def decode(
        self, prompt: Int64[Tensor, "b n"], count: int, end: int | None, keys: Bool[Tensor, "b n"] | None
    ) -> Int64[Tensor, "b count"]:
        """See the function `decode_greedily`."""


def decode_greedily(
    predict: Predict,
    prompt: Int64[Tensor, "b n"],
    count: int,
    end: int | None = None,
    keys: Bool[Tensor, "b n"] | None = None,
) -> Int64[Tensor, "b count"]:
    """Greedy decoding, free-running: `count` tokens behind a prompt, each of which is fed back to the model.

    Where there is an `end` token, it fills each row behind the first one, and writing stops once every row
    has ended. `keys` is True where the prompt is not padding, which stands in front.

    A `GreedyDecoder` does so in its own way; any other model is given the whole sequence again for each
    token.
    """
    if isinstance(predict, GreedyDecoder):
        return predict.decode(prompt, count, end, keys)
    rows, ended = prompt, torch.zeros_like(prompt[:, :1], dtype=torch.bool)
    while rows.shape[1] < prompt.shape[1] + count and not ended.all():
        given = predict(rows, keys)[:, -1:].argmax(-1)
        if end is not None:
            given = given.masked_fill(ended, end)
            ended = given == end
        rows = torch.cat([rows, given], 1)
        keys = None if keys is None else pad(keys, (0, 1), value=True)
    answers = rows[:, prompt.shape[1] :]
    return answers if end is None else pad(answers, (0, count - answers.shape[1]), value=end)
