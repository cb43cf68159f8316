"""Questions followed by an answer of known length: how they become samples, and how slots are filled.

Two forms of one row of tokens, `question` tokens and then the answer. In both, the answer is the last
part of the targets, and everything before it is ignored.
"""

from jaxtyping import Int64
from torch import Tensor

from regard.data.samples import IGNORED, Samples
from regard.data.task import Predict


def next_token_samples(rows: Int64[Tensor, "b length"], question: int) -> Samples:
    """Causal: each position predicts the next token, but only answer tokens are asked for.

    The input at the position that predicts an answer token holds the one before it.
    """
    targets = rows.clone()
    targets[:, :question] = IGNORED
    return Samples(rows[:, :-1].clone(), targets[:, 1:].clone())


def slot_samples(rows: Int64[Tensor, "b length"], question: int, mask: int) -> Samples:
    """All at once: the token `mask` stands in place of every answer token, and the target is there."""
    inputs, targets = rows.clone(), rows.clone()
    inputs[:, question:] = mask
    targets[:, :question] = IGNORED
    return Samples(inputs, targets)


def fill_slots(predict: Predict, inputs: Int64[Tensor, "b n"], count: int) -> Int64[Tensor, "b count"]:
    """The most likely token in each of the last `count` positions, from one pass."""
    return predict(inputs, None)[:, -count:].argmax(-1)
