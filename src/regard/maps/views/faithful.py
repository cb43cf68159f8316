"""Which map predicts a trained model: its answers, when what each map names is taken away or put back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.core.results.faithfulness import Between, Curve, Faithfulness
from regard.core.results.lens import LensModel, Level
from regard.data.samples import Samples
from regard.maps.faithfulness import Curves, curves, named_positions
from regard.maps.look import LEVELS, LayerMaps, Look, look
from regard.maps.views.answers import Asked
from regard.measures.statistics import interval
from regard.models import Transformer
from regard.training.evaluation.evaluation import evaluating

DIRECTIONS = 16
"""Of a layer's output, in which its influence is found: an entry to about 35 %, what is summed better."""

RANDOM = "random"
"""What an order without a map is called."""


def with_faithfulness(seen: LensModel, model: nn.Module, prepared: Samples) -> LensModel:
    """What was seen of a model, with the curves, or with the reason why there are none."""
    try:
        return replace(seen, faithfulness=faithfulness_of(model, prepared))
    except UnsupportedUse as reason:
        return replace(seen, untried=str(reason))


def tried_model(model: nn.Module) -> Transformer:
    """The model, if maps can be tried on it. Raises `UnsupportedUse`."""
    if isinstance(model, Transformer):
        return model
    name = type(model).__name__
    raise UnsupportedUse(f"It is tried on transformers of regard that read one sequence: {name} is none.")


def faithfulness_of(model: nn.Module, prepared: Samples) -> Faithfulness:
    """The curves of every level that all samples have, and of a random order, with 95 % intervals.

    A position is taken away by what is embedded there: the mean of what is embedded anywhere in the samples
    stands in its place. So the model sees as many positions as ever, and any mechanism can be asked.

    prepared: samples as the model reads them. Raises `UnsupportedUse` for a model of another kind, and below
    two samples.
    """
    model = tried_model(model)
    if len(prepared) < 2:
        raise UnsupportedUse(f"It takes several examples to tell, and {len(prepared) or 'none'} was given.")
    with evaluating(model):
        common = _mean_embedded(model, prepared)
    found = [_of_one(_Example.of(model, prepared[i : i + 1]), common, i) for i in range(len(prepared))]
    levels = [level for level in (*LEVELS, RANDOM) if all(level in each for each in found)]
    by_level = {level: [each[level] for each in found] for level in levels}
    gains = {level: _gains(each) for level, each in by_level.items()}
    order = sorted(levels, key=lambda level: -float(gains[level].mean()))
    return Faithfulness(
        examples=len(prepared),
        curves=tuple(_curve(level, by_level[level], gains, order[0]) for level in order),
    )


@final
@dataclass(frozen=True, eq=False)
class _Example:
    """One sample, what a model guesses at its last place, and which positions can matter for that."""

    model: Transformer
    given: tuple[Tensor | None, ...]
    seen: Look
    guess: int
    place: int | None
    """The position that answers; None where all do together."""
    candidates: Int64[Tensor, " m"]
    """Positions as layers see them, without padding and, where none is read from behind, those after it."""
    prefix: int
    """Positions in front that are not embedded, such as a class token."""

    @classmethod
    def of(cls, model: Transformer, prepared: Samples) -> "_Example":
        asked = Asked.of(prepared)
        seen = _look(model, prepared, asked)
        assert seen.logits is not None
        prefix = int(model.class_token is not None)
        whole = seen.logits.ndim == 2
        place = (0 if prefix else None) if whole else asked.places[-1]
        n = seen.layers[0].call.call.lengths[0]
        real = torch.ones(n - prefix, dtype=torch.bool) if prepared.keys is None else prepared.keys[0].clone()
        if model.causal and place is not None:
            real[place + 1 :] = False
        guess = int(asked.rows(seen.logits)[-1].argmax())
        return cls(model, prepared.given, seen, guess, place, prefix + real.nonzero()[:, 0], prefix)

    def scores(self, level: Level) -> Float[Tensor, " m"] | None:
        """How much a level says that each candidate matters."""
        n = self.seen.layers[0].call.call.lengths[0]
        places = range(n) if self.place is None else [self.place]
        named = [named_positions(self.seen.layers, level, place) for place in places]
        known = [each for each in named if each is not None]
        return torch.stack(known).mean(0)[self.candidates] if known else None

    def share(self, there: Bool[Tensor, "times m"], common: Float[Tensor, " c"]) -> Float[Tensor, " times"]:
        """The probability of the guess, each time with only some of the candidates."""
        times = len(there)
        kept = torch.ones(times, self.seen.layers[0].call.call.lengths[0], dtype=torch.bool)
        kept[:, self.candidates] = there
        given = [None if each is None else each.repeat_interleave(times, 0) for each in self.given]
        with evaluating(self.model), _replaced(self.model, kept[:, self.prefix :], common):
            logits = self.model(*given)
        rows = logits if logits.ndim == 2 else logits[:, self.place]
        return rows.softmax(-1)[:, self.guess].double()


def _look(model: Transformer, prepared: Samples, asked: Asked) -> Look:
    """All maps; of influence, which costs more than all else, what few directions find."""
    others = [level for level in LEVELS if level != "influence"]
    seen = look(model, *prepared.given, levels=others, answer=lambda logits: asked.rows(logits)[-1].amax())
    return replace(seen, layers=tuple(map(_with_influence, seen.layers)))


def _with_influence(layer: LayerMaps) -> LayerMaps:
    return replace(layer, maps=layer.maps | {"influence": layer.call.influence(DIRECTIONS).unsqueeze(0)})


def _of_one(example: _Example, common: Float[Tensor, " c"], number: int) -> dict[str, Curves]:
    """The curves of one example, by level."""
    random = torch.rand(len(example.candidates), generator=torch.Generator().manual_seed(number))
    orders = {level: example.scores(level) for level in LEVELS} | {RANDOM: random}
    return {
        level: curves(lambda there: example.share(there, common), scores.detach())
        for level, scores in orders.items()
        if scores is not None
    }


@contextmanager
def _replaced(model: Transformer, kept: Bool[Tensor, "b n"], common: Float[Tensor, " c"]) -> Iterator[None]:
    """Inside, the same vector is embedded wherever nothing is kept."""
    handle = model.embed.register_forward_hook(lambda _, __, x: torch.where(kept.unsqueeze(-1), x, common))
    try:
        yield
    finally:
        handle.remove()


def _mean_embedded(model: Transformer, prepared: Samples) -> Float[Tensor, " c"]:
    """What is embedded, a mean over all positions that are no padding."""
    embedded = model.embed(prepared.inputs)
    return embedded.flatten(0, 1).mean(0) if prepared.keys is None else embedded[prepared.keys].mean(0)


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
