"""Losses of many moves of single numbers of a transformer, from what each move changes alone.

`Delta` is an evaluator for searches without gradients (`regard.derivative_free`).
"""

from regard.incremental.batch_loss import BatchLoss
from regard.incremental.evaluator import Delta
from regard.incremental.misfit import misfit_of

__all__ = ["BatchLoss", "Delta", "misfit_of"]
