"""What a user gets wrong in a description, found before anything is kept of it."""

import torch
from torch import nn

from regard.core.catalogs import OPTIMIZERS
from regard.core.errors import RegardError
from regard.core.run import Run
from regard.models import build
from regard.training.common import task_of
from regard.training.device import fabric_for


def refuse(run: Run, device: str) -> None:
    """Raise a `RegardError` for a wrong device, option, size or path of data. No samples are made.

    What else the code of a part may raise is left to training, which keeps the whole story in a log.
    """
    try:
        fabric_for(device, run.training.precision)
        OPTIMIZERS.build(
            run.optimizer.name, [("weight", nn.Parameter(torch.zeros(1)))], **run.optimizer.settings
        )
        build(task_of(run).shape, run.mechanisms, run.model, run.seed)
    except RegardError:
        raise
    except (Exception, SystemExit):  # noqa: BLE001 - training meets it again, and keeps its story
        return
