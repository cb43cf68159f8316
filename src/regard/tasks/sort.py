"""Write the tokens of the sequence in rising order."""

from torch import Tensor

from regard.data.transduction import SequenceSettings, Transduction
from regard.data.writing import Form


def sort(
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
    """Write the tokens of the sequence in rising order.

    Sequences have `shortest` to `longest` of `vocabulary` tokens; the sets beyond training have
    `lengths`. Tokens may come more than once, and then do so in the answer. In the `masked` form all
    tokens of the answer are filled in at once.
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
    return Transduction("sort", _rule, form, settings)


def _rule(rows: Tensor, lengths: Tensor) -> Tensor:
    # padding is above all tokens, so it stays behind
    return rows.sort(1).values
