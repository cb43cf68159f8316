"""What keeps a model from being evaluated by its activations."""

import torch
from torch import nn

from regard.attention.forms import mechanisms_of
from regard.attention.mechanism import Mechanism
from regard.incremental.batch_loss import BatchLoss
from regard.models.transformer import Transformer
from regard.objectives.cross_entropy import CrossEntropy
from regard.optimization import Objective


def misfit(closure: BatchLoss) -> str | None:
    """Why every move takes a forward pass of its own, in words; None if none does."""
    if closure.model.training:
        return "the model is in training mode; call model.eval()"
    return misfit_of(closure.model, closure.objective)


def misfit_of(model: nn.Module, objective: Objective) -> str | None:
    """The same in evaluation mode, whatever the batch."""
    if not isinstance(model, Transformer):
        return f"it knows transformers of one sequence, and not {type(model).__name__}"
    if not isinstance(objective, CrossEntropy):
        return f"it knows cross_entropy, and not {type(objective).__name__}"
    if any(type(each).auxiliary is not Mechanism.auxiliary for each in mechanisms_of(model)):
        return "a mechanism adds a penalty to the loss"
    types = {each.dtype for each in model.parameters()}
    if len(types) > 1 or not types <= {torch.float32, torch.float64}:
        return f"it knows float32 and float64, and the weights are of {', '.join(sorted(map(str, types)))}"
    if len({id(each) for each in model.parameters()}) < len(
        list(model.named_parameters(remove_duplicate=False))
    ):
        return "parameters are tied"
    return None
