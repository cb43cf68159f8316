"""What a user gets wrong in a description, found before anything is kept of it."""

import warnings

from regard.attention import Mask
from regard.attention.forms import AUTO, force_form, mechanisms_of, refuse_misfits
from regard.attention.guard import refuse_parts
from regard.core.errors import RegardError
from regard.core.run import Run
from regard.core.shapes import TokenInput
from regard.models import build
from regard.training.checkpoints.loading import loading_beside
from regard.training.parts.common import task_of
from regard.training.parts.device import fabric_for, streams_in
from regard.training.parts.evaluators import choose
from regard.training.parts.trainer import objective_of, update_of


def refuse(run: Run, device: str, form: str = AUTO, evaluator: str = "auto") -> None:
    """Raise a `RegardError` for a wrong device, form, evaluator, option, size or path of data.

    No samples are made. What else the code of a part may raise or warn of is left to training, which keeps it
    in a log.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _try_parts(run, device, form, evaluator)
    except RegardError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001 - training meets it again, and logs it in full
        return


def _try_parts(run: Run, device: str, form: str, evaluator: str) -> None:
    """Build every part, and show the objective the model."""
    fabric, precision = fabric_for(device, run.training.precision), run.training.precision
    update_of(run)
    shape = task_of(run).shape
    model = build(shape, run.mechanisms, run.model, run.seed)
    force_form(model, form)
    refuse_misfits(model, fabric.device, streams_in(precision))
    objective = objective_of(run)
    objective.prepare(model, loading_beside(run))
    choose(evaluator, model, objective, precision, fabric.device.type)
    if isinstance(shape.input, TokenInput) and shape.input.causal:
        for mechanism in mechanisms_of(model):
            refuse_parts(mechanism, Mask(causal=True))
