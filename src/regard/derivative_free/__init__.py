"""Search without gradients: where a model can move, in which order moves are tried, what losses they give.

Nothing here knows a model or a training: parameters are named tensors, and a loss is what a closure returns.
"""

from regard.derivative_free.closure import Closure, loss_of
from regard.derivative_free.descent import Descent
from regard.derivative_free.evaluator import Evaluator
from regard.derivative_free.moves import Moves
from regard.derivative_free.order import Order
from regard.derivative_free.scales import tensor_scales
from regard.derivative_free.serial import Serial
from regard.derivative_free.space import Place, Space

__all__ = [
    "Closure",
    "Descent",
    "Evaluator",
    "Moves",
    "Order",
    "Place",
    "Serial",
    "Space",
    "loss_of",
    "tensor_scales",
]
