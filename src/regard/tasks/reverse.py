"""Write the sequence from its end to its beginning."""

import torch
from torch import Tensor

from regard.data.transduction import SequenceSettings, Transduction
from regard.data.writing import Form


def reverse(
    *,
    vocabulary: int = 16,
    shortest: int = 1,
    longest: int = 12,
    lengths: tuple[int, ...] = (16, 24),
    samples: int = 20_000,
    held_out: int = 1_000,
    form: Form = "causal",
    data_seed: int = 0,
) -> Transduction:
    """Write the sequence from its end to its beginning.

    Sequences have `shortest` to `longest` of `vocabulary` tokens; the sets beyond training have
    `lengths`. In the `masked` form all tokens of the answer are filled in at once.
    """
    settings = SequenceSettings(
        vocabulary=vocabulary,
        shortest=shortest,
        longest=longest,
        lengths=tuple(lengths),
        samples=samples,
        held_out=held_out,
        data_seed=data_seed,
    )
    return Transduction("reverse", _rule, form, settings)


def _rule(rows: Tensor, lengths: Tensor) -> Tensor:
    places = (lengths.unsqueeze(1) - 1 - torch.arange(rows.shape[1])) % rows.shape[1]
    return rows.gather(1, places)
