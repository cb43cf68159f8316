"""Which map predicts a trained model: its answers, when what each map names is taken away or put back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.core.results.faithfulness import Between, Curve, Faithfulness
from regard.core.results.lens import LensModel
from regard.data.samples import Samples
from regard.maps.faithfulness import Curves, curves
from regard.maps.look import LEVELS
from regard.maps.views.trial import Trial
from regard.measures.statistics import interval
from regard.models import Transformer

RANDOM = "random"
"""What an order without a map is called."""


Tried = Samples | Sequence[tuple[Any, ...]]
"""Samples as a transformer of this package reads them, or examples as any model is given them."""


def with_faithfulness(seen: LensModel, model: nn.Module, prepared: Samples) -> LensModel:
    """What was seen of a model, with the curves, or with the reason why there are none."""
    try:
        return replace(seen, faithfulness=faithfulness_of(model, prepared))
    except UnsupportedUse as reason:
        return replace(seen, untried=str(reason))


def faithfulness_of(model: nn.Module, tried: Tried) -> Faithfulness:
    """The curves of every level that all examples have, and of a random order, with 95 % intervals.

    A position is taken away by what is embedded there: the mean of what is embedded anywhere in the examples
    stands in its place. So the model sees as many positions as ever, and any mechanism can be asked.

    Raises `UnsupportedUse` for a model of which nothing can be taken away so, and below two examples.
    """
    if len(tried) < 2:
        raise UnsupportedUse(f"It takes several examples to tell, and {len(tried) or 'none'} was given.")
    trials = [*_trials(model, tried)]
    common = torch.cat([each.embedded for each in trials]).mean(0)
    found = [_of_one(each, common, i) for i, each in enumerate(trials)]
    levels = [level for level in (*LEVELS, RANDOM) if all(level in each for each in found)]
    by_level = {level: [each[level] for each in found] for level in levels}
    gains = {level: _gains(each) for level, each in by_level.items()}
    order = sorted(levels, key=lambda level: -float(gains[level].mean()))
    return Faithfulness(
        examples=len(tried),
        curves=tuple(_curve(level, by_level[level], gains, order[0]) for level in order),
    )


def _trials(model: nn.Module, tried: Tried) -> Iterator[Trial]:
    if isinstance(model, Transformer) and isinstance(tried, Samples):
        for i in range(len(tried)):
            yield Trial.of_sample(model, tried[i : i + 1])
        return
    given = [(x.unsqueeze(0),) for x in tried.inputs] if isinstance(tried, Samples) else tried
    for each in given:
        yield Trial.of_example(model, each)


def _of_one(trial: Trial, common: Float[Tensor, " c"], number: int) -> dict[str, Curves]:
    """The curves of one example, by level."""
    random = torch.rand(len(trial.candidates), generator=torch.Generator().manual_seed(number))
    orders = {level: trial.scores(level) for level in LEVELS} | {RANDOM: random}
    return {
        level: curves(lambda there: trial.share(there, common), scores)
        for level, scores in orders.items()
        if scores is not None
    }


def _gains(of: Sequence[Curves]) -> Float[Tensor, " examples"]:
    areas = [each.insertion_area - each.deletion_area for each in of]
    return torch.tensor(areas, dtype=torch.float64)


def _curve(
    level: str, of: Sequence[Curves], gains: Mapping[str, Float[Tensor, " examples"]], best: str
) -> Curve:
    own = gains[level]
    deletion, insertion = ([*zip(*each, strict=True)] for each in zip(*map(_pair, of), strict=True))
    return Curve(
        level=level,
        deletion=tuple(map(_mean, deletion)),
        deletion_within=tuple(map(_within, deletion)),
        insertion=tuple(map(_mean, insertion)),
        insertion_within=tuple(map(_within, insertion)),
        gain=float(own.mean()),
        gain_within=_within(own.tolist()),
        ahead=None if level == RANDOM else _within((own - gains[RANDOM]).tolist()),
        behind=None if level == best else _within((gains[best] - own).tolist()),
    )


def _pair(each: Curves) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return each.deletion, each.insertion


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _within(values: Sequence[float]) -> Between:
    found = interval(values)
    assert found.low is not None and found.high is not None
    return found.low, found.high
