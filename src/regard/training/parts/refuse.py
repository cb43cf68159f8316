"""What a user gets wrong in a description, found before anything is kept of it."""

import warnings

import torch
from torch import nn

from regard.core.errors import RegardError
from regard.core.run import Run
from regard.models import build
from regard.optimizers import OPTIMIZERS
from regard.training.parts.common import task_of
from regard.training.parts.device import fabric_for


def refuse(run: Run, device: str) -> None:
    """Raise a `RegardError` for a wrong device, option, size or path of data. No samples are made.

    What else the code of a part may raise or warn of is left to training, which keeps it in a log.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _try_parts(run, device)
    except RegardError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001 - training meets it again, and keeps its story
        return


def _try_parts(run: Run, device: str) -> None:
    """Build every part, the optimizer for one number."""
    fabric_for(device, run.training.precision)
    number = nn.Parameter(torch.zeros(1))
    OPTIMIZERS.build(run.optimizer.name, [("weight", number)], **run.optimizer.settings)
    build(task_of(run).shape, run.mechanisms, run.model, run.seed)
