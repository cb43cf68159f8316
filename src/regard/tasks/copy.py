"""Write the sequence again."""

from torch import Tensor

from regard.data.transduction import SequenceSettings, Transduction
from regard.data.writing import Form


def copy(
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
    """Write the sequence again.

    Sequences have `shortest` to `longest` of `vocabulary` tokens; the sets beyond training have
    `lengths`. As in the copying task of Graves et al. 2014, arXiv
    1410.5401, section 4.1. In the `masked` form all tokens of the answer are filled in at once.
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
    look_up = "questions of one length have their answers at one distance"
    return Transduction("copy", _rule, form, settings, look_up)


def _rule(rows: Tensor, lengths: Tensor) -> Tensor:
    return rows
