"""R: how much of an answer comes from which value."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from regard.maps.layers import LayerCall
from regard.maps.operator import Operator


def pulls(answer: Float[Tensor, ""], calls: Sequence[LayerCall]) -> tuple[Float[Tensor, "b h n e"], ...]:
    """How the answer moves with the output of every head, layer by layer: the gradients g.

    The calls have to be those of the pass that gave the answer, made with gradients. A layer that it does not
    depend on has gradients of 0.
    """
    mixed = [call.mixed for call in calls]
    found = torch.autograd.grad(answer, mixed, retain_graph=True, allow_unused=True, materialize_grads=True)
    return tuple(found)


@torch.no_grad()
def relevance(
    call: LayerCall, operator: Operator, pull: Float[Tensor, "b h n e"]
) -> Float[Tensor, "b h n m"]:
    """R_ij = A_ij <g_i, v_j>, whose row i sums to <g_i, o_i>, but for what is read of no value.

    For softmax it is the weight times its gradient, of which Chefer et al. 2021, arXiv 2103.15679, keep what
    is positive. The answer is an example's own.
    """
    v = call.call.values
    v = v.repeat_interleave(operator.matrix.shape[1] // v.shape[1], 1)
    return operator.matrix * (pull @ v.mT)
