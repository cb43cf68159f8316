"""Which input positions can influence what a model says: found by gradients, not by formula."""

import copy
from dataclasses import dataclass
from typing import Any, final

import torch
from jaxtyping import Bool
from torch import Tensor, nn
from torch.autograd import grad

from regard.core.randomness import generator_of
from regard.core.shapes import ImageInput, PairInput, Shape, TokenInput, TokenOutput

READOUTS = 16
"""Where every position has an answer, so many of them are looked at, from the first to the last."""

MOST_DRAWS = 64
"""Draws of weights and inputs: a hard selection chooses others each time."""

SETTLED = 3
"""Draws in a row that show nothing new, after which no more are made."""

MOST_INPUTS, NUMBERS = 4, 4096
"""Inputs in a draw: so many, or fewer where they would have more positions in all."""

NOISE = 0.1
"""Standard deviation of what is added to every weight: a gate that starts at 0 hides what lies behind it."""

Seen = Bool[Tensor, "readouts n"]


@final
@dataclass(frozen=True)
class Reach:
    """How much of its input a model reads. A pair is an answer with a position that it may read."""

    pairs: int
    reached: int
    """The pairs in which the position influences the answer."""
    answers: int
    """How many answers were looked at: 1 where the whole input has one."""
    farthest: int | None = None
    """Of the pairs reached the largest distance; None where the answer stands at no position."""

    @property
    def share(self) -> float:
        """Of the pairs, those that are reached."""
        return self.reached / self.pairs

    @property
    def sentence(self) -> str | None:
        """For the reader, where not everything is reached."""
        if self.reached == self.pairs:
            return None
        if self.farthest is None:
            return f"the answer reads {self.reached or 'none'} of the {self.pairs} positions"
        read, may = (round(pairs / self.answers) for pairs in (self.reached, self.pairs))
        return f"a position reads {read} of {may} on average; the farthest is {self.farthest} away"


def reach_of(model: nn.Module, shape: Shape) -> Reach:
    """The reach of a model with a module `embed`, for inputs of full length without padding.

    A position influences an answer if in any of several draws of inputs and weights the gradient of the
    answer's logits to the embedded position is not zero, in float64. The model is left as it was.
    """
    places = _places(shape)
    found = _influences(model, shape, places, draw=0)
    may, unchanged = _may_read(found, shape, places), 0
    for draw in range(1, MOST_DRAWS):
        if unchanged == SETTLED or (found | ~may).all():
            break
        more = found | _influences(model, shape, places, draw)
        unchanged = unchanged + 1 if torch.equal(more, found) else 0
        found = more
    seen = found & may
    farthest = None if places is None else _farthest(seen, places)
    return Reach(int(may.sum()), int(seen.sum()), len(may), farthest)


def _places(shape: Shape) -> list[int] | None:
    """The positions whose answers are looked at, evenly spread; None where the whole input has one answer."""
    if not isinstance(shape.output, TokenOutput):
        return None
    assert isinstance(shape.input, TokenInput), "only tokens have an answer at each position"
    n = shape.input.length
    count = min(n, READOUTS)
    return [round(i * (n - 1) / max(count - 1, 1)) for i in range(count)]


def _may_read(found: Seen, shape: Shape, places: list[int] | None) -> Seen:
    """What each answer may read: everything, or what does not lie behind it."""
    if places is None or not (isinstance(shape.input, TokenInput) and shape.input.causal):
        return torch.ones_like(found)
    return torch.arange(found.shape[1]) <= torch.tensor(places).unsqueeze(1)


def _farthest(seen: Seen, places: list[int]) -> int:
    distance = (torch.arange(seen.shape[1]) - torch.tensor(places).unsqueeze(1)).abs()
    return int(distance[seen].max()) if seen.any() else 0


def _influences(model: nn.Module, shape: Shape, places: list[int] | None, draw: int) -> Seen:
    """Which positions have a gradient, for each of the answers, in one draw."""
    model = _redrawn(model, draw)
    embedded: list[Tensor] = []

    def record(module: nn.Module, given: Any, output: Tensor) -> Tensor:
        embedded.append(output.detach().requires_grad_())
        return embedded[-1]

    model.get_submodule("embed").register_forward_hook(record)
    logits = model(_inputs(shape, draw))
    # numbers without a pattern, lest the logits' gradients cancel
    logits = logits * torch.randn(
        logits.shape, generator=generator_of(draw, "reach", "logits"), dtype=logits.dtype
    )
    answers = [logits.sum()] if places is None else [logits[:, place].sum() for place in places]
    b = len(logits)
    return torch.stack([_seen(answer, embedded[0], b) for answer in answers])


def _seen(answer: Tensor, embedded: Tensor, b: int) -> Bool[Tensor, " n"]:
    """The positions, of one sequence or of both of a pair, with a gradient in any of b examples."""
    (slopes,) = grad(answer, embedded, retain_graph=True)
    moved = (slopes != 0).any(-1)
    return moved.view(-1, b, moved.shape[1]).any(1).flatten()


def _redrawn(model: nn.Module, draw: int) -> nn.Module:
    """A copy in float64 with noise on every weight."""
    model = copy.deepcopy(model).to("cpu", torch.float64).eval()
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator_of(draw, "reach", name), dtype=torch.float64)
        weight.data.add_(NOISE * noise)
    return model


def _inputs(shape: Shape, draw: int) -> Tensor:
    """Random inputs of full length."""
    given, source = shape.input, generator_of(draw, "reach", "inputs")
    if isinstance(given, ImageInput):
        pixels = MOST_INPUTS, given.channels, given.height, given.width
        return torch.randn(pixels, generator=source, dtype=torch.float64)
    b = max(1, min(MOST_INPUTS, NUMBERS // given.length))
    tokens = (b, 2, given.length) if isinstance(given, PairInput) else (b, given.length)
    return torch.randint(given.vocabulary, tokens, generator=source)
