"""The costs of real models beside one another."""

import pytest
import torch

from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data import Samples
from regard.measures.cost import SCALES, forward_seconds, inference_peak, training_peak
from regard.models import Transformer, build
from regard.objectives.cross_entropy import CrossEntropy
from regard.optimization import SingleBatch
from regard.optimizers.adamw import AdamW
from regard.optimizers.sgd import SGD

N = 256


def model(mechanism: str, layers: int = 1) -> Transformer:
    shape = Shape(TokenInput(11, N, causal=False), TokenOutput(11))
    settings = ModelSettings(layers=layers, features=16, heads=2, hidden=32)
    return build(shape, (Spec.of(mechanism),), settings, seed=0)


def batch(b: int = 4, **more: torch.Tensor) -> Samples:
    return Samples(torch.zeros(b, N, dtype=torch.int64), torch.zeros(b, N, dtype=torch.int64), **more)


def weigh(network, samples):
    """All that the scales say."""
    return {
        name: value for scale in SCALES.values() for name, value in scale(network, samples, adamw).items()
    }


def test_every_cost_of_every_model_is_measured():
    softmax, uniform = (weigh(model(name), batch()) for name in ("softmax", "uniform"))

    assert uniform["flops"] < softmax["flops"]
    assert uniform["parameters"] < softmax["parameters"]
    assert softmax["mechanism_parameters"] == 0
    assert 0 < softmax["mechanism_flops"] < softmax["flops"]
    assert softmax["inference_peak_bytes"] < softmax["training_peak_bytes"]


def test_a_batch_takes_longer_than_one_example():
    one, whole = forward_seconds(model("softmax"), batch(64))

    assert 0 < one < whole


def test_parameters_of_a_mechanism_are_its_own():
    network = model("linformer")
    found = weigh(network, batch())

    own = sum(weight.numel() for name, weight in network.named_parameters() if ".mechanism." in name)
    assert found["mechanism_parameters"] == own > 0


def test_training_needs_gradients_and_two_moments_beside_the_weights():
    network = model("softmax")
    weights = sum(weight.nbytes for weight in network.parameters())

    # at batch 1 and many parameters the activations are small
    assert training_peak(network, batch(1), adamw) > 4 * weights
    assert training_peak(network, batch(1), adamw) - training_peak(network, batch(1), plain) == pytest.approx(
        2 * weights, rel=0.1
    )


def adamw(network, samples, update=AdamW):
    problem, update = SingleBatch(network, CrossEntropy(), samples), update()
    update.begin(problem)
    return problem, update


def plain(network, samples):
    return adamw(network, samples, lambda: SGD(momentum=0))


def test_inference_keeps_one_layer_alive_and_training_all():
    inference = inference_peak(model("softmax", layers=6), batch()) / inference_peak(
        model("softmax", layers=1), batch()
    )
    training = training_peak(model("softmax", layers=6), batch(), adamw) / training_peak(
        model("softmax", layers=1), batch(), adamw
    )

    assert inference < 2
    assert training > 3


def test_a_mechanism_with_dense_scores_needs_the_memory_for_them():
    dense, fused = inference_peak(model("sigmoid"), batch()), inference_peak(model("softmax"), batch())

    assert dense - fused > 4 * 2 * N * N * 4


def test_measuring_leaves_the_weights_as_they_were():
    network = model("softmax")
    before = {name: weight.clone() for name, weight in network.state_dict().items()}

    weigh(network, batch())

    assert all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items())
    assert all(weight.grad is None for weight in network.parameters())


def test_padding_is_handed_on():
    keys = torch.arange(N).expand(4, N) < 200

    found = weigh(model("softmax"), batch(keys=keys))

    assert found["inference_peak_bytes"] > inference_peak(model("softmax"), batch())
