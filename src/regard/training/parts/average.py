"""An exponential moving average of a model's weights, which is scored in their place."""

from typing import TYPE_CHECKING, Any, final

from torch import Tensor, nn
from torch.optim.swa_utils import PARAM_LIST, AveragedModel, get_ema_multi_avg_fn

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def kept_share(count: int, decay: float) -> float:
    """The share that the average of `count` states of the weights keeps when the next one comes.

    It rises from 0 to `decay`, so that state i of n counts decay^(n - i), divided by the sum over all states:
    an average without a bias toward the first one (Kingma & Ba 2015, arXiv 1412.6980, section 3).
    """
    return decay * (1 - decay**count) / (1 - decay ** (count + 1))


@final
class MovingAverage:
    """The mean of the weights that training passes (Polyak & Juditsky 1992), in which recent ones count most,
    as in the teacher of Tarvainen & Valpola 2017, arXiv 1703.01780. Training goes on from its own weights.

    Of the weights before the first step it knows nothing. Only parameters are averaged: buffers, which may be
    counters or random draws, are those of the trained model.

    fabric: sees to the precision, as for the trained model.
    trained: the model that is trained, not wrapped by Fabric.
    decay: by which the weights of a step count less with each further step.
    """

    def __init__(self, fabric: "Fabric", trained: nn.Module, decay: float) -> None:
        def average(averaged: PARAM_LIST, current: PARAM_LIST, count: Tensor | int) -> None:
            mix = get_ema_multi_avg_fn(kept_share(int(count), decay))  # type: ignore[no-untyped-call]  # torch's
            mix(averaged, current, count)

        self.trained = trained
        self.averaged = AveragedModel(trained, multi_avg_fn=average)
        self.model: nn.Module = fabric.setup(self.averaged.module)
        """The model with the averaged weights, wrapped by Fabric."""

    def follow(self) -> None:
        """Take in the weights as they are after a step."""
        self.averaged.update_parameters(self.trained)

    def state_dict(self) -> dict[str, Any]:
        """What must be known beside the averaged weights: the trained ones, and how many were averaged."""
        return {"trained": self.trained.state_dict(), "count": int(self.averaged.n_averaged)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        self.trained.load_state_dict(state["trained"])
        self.averaged.n_averaged.fill_(state["count"])
