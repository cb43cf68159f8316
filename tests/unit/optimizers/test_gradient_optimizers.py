"""AdamW and SGD against torch's own, step by step."""

import pytest
import torch
from tiny_task import Reverse
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from regard.core.errors import InvalidOption
from regard.core.settings import ModelSettings
from regard.core.spec import Spec
from regard.models import build
from regard.objectives.cross_entropy import CrossEntropy
from regard.optimization import SingleBatch
from regard.optimizers import OPTIMIZERS

STEPS = 6
TORCH = {
    "adamw": lambda groups: torch.optim.AdamW(groups, lr=0.1, betas=(0.8, 0.9)),
    "sgd": lambda groups: torch.optim.SGD(groups, lr=0.1, momentum=0.8, nesterov=True),
}
OPTIONS = {"adamw": {"beta1": 0.8, "beta2": 0.9}, "sgd": {"momentum": 0.8, "nesterov": True}}


def model():
    settings = ModelSettings(layers=1, features=8, heads=2, hidden=16)
    return build(Reverse().shape, (Spec("softmax"),), settings, seed=0)


def by_hand(name, batch, longest):
    network = model()
    decayed = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": 0.3}, {"params": others, "weight_decay": 0.0}]
    optimizer = TORCH[name](groups)
    for _ in range(STEPS):
        optimizer.zero_grad()
        cross_entropy(network(batch.inputs).flatten(0, 1), batch.targets.flatten()).backward()
        clip_grad_norm_(network.parameters(), longest)
        optimizer.step()
    return network


@pytest.mark.parametrize("name", TORCH)
def test_it_takes_the_steps_of_torch(name):
    batch = Reverse().split("train")[:8]
    network = model()
    problem = SingleBatch(network, CrossEntropy(), batch, steps=STEPS)
    options = {"rate": 0.1, "weight_decay": 0.3, "clip": 0.05, "warmup": 0.0, "schedule": "constant"}
    update = OPTIMIZERS.build(name, **options, **OPTIONS[name])
    update.begin(problem)
    for step in range(1, STEPS + 1):
        problem.step = step
        said = update.step(problem)

    assert said["rate"] == 0.1
    assert said["gradient_norm"] > 0.05
    for own, other in zip(network.parameters(), by_hand(name, batch, 0.05).parameters(), strict=True):
        torch.testing.assert_close(own, other)


@pytest.mark.parametrize("name", OPTIMIZERS.names())
def test_it_tunes_an_option_of_its_own_over_a_rising_grid(name):
    tuned = OPTIMIZERS.find(name).tuned

    assert tuned.option in OPTIMIZERS.options(name)
    assert list(tuned.grid) == sorted(set(tuned.grid))
    assert OPTIMIZERS.options(name)[tuned.option].default in tuned.grid


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("rate", -1.0),
        ("rate", float("nan")),
        ("rate", 1e37),
        ("weight_decay", -0.1),
        ("clip", 0.0),
        ("clip", float("nan")),
        ("warmup", 1.5),
        ("schedule", "linear"),
    ],
)
def test_impossible_options_are_refused_by_name(name, option, value):
    with pytest.raises(InvalidOption, match=option):
        OPTIMIZERS.build(name, **{option: value})


def test_nesterov_needs_a_momentum():
    with pytest.raises(InvalidOption, match="momentum above 0"):
        OPTIMIZERS.build("sgd", momentum=0.0, nesterov=True)


@pytest.mark.parametrize("name", TORCH)
def test_a_plateau_keeps_seeds_apart(name):
    assert OPTIMIZERS.build(name).abilities.alone is None
    assert "plateau" in OPTIMIZERS.build(name, schedule="plateau").abilities.alone
