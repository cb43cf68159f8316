"""R: how much of an answer comes from which value."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from regard.maps.attended import Attended
from regard.maps.operator import Operator
from regard.maps.precision import single


def pulls(
    answer: Float[Tensor, ""], calls: Sequence[Attended]
) -> tuple[Float[Tensor, "b h n e"] | None, ...]:
    """How the answer moves with the output of every head, layer by layer: the gradients g.

    The calls have to be those of the pass that gave the answer, made with gradients. None for a layer
    on which it does not depend.
    """
    found = torch.autograd.grad(answer, [call.mixed for call in calls], retain_graph=True, allow_unused=True)
    return tuple(None if pull is None else single(pull) for pull in found)


@torch.no_grad()
def relevance(call: Attended, operator: Operator, pull: Float[Tensor, "b h n e"]) -> Float[Tensor, "b h n m"]:
    """R_ij = A_ij <g_i, v_j>, whose row i sums to <g_i, o_i>, but for what is read of no value.

    For softmax it is the weight times its gradient, of which Chefer et al. 2021, arXiv 2103.15679, keep what
    is positive. The answer is an example's own.
    """
    v = call.call.values
    v = v.repeat_interleave(operator.matrix.shape[1] // v.shape[1], 1)
    return operator.matrix * (pull @ v.mT)
