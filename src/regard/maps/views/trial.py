"""One example on which it is tried which map predicts its model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.core.results.lens import Level
from regard.data.samples import Samples
from regard.maps.embedded import Embedding, embedding_of, repeated
from regard.maps.faithfulness import named_positions
from regard.maps.look import LEVELS, LayerMaps, Look, called, logits_of, look
from regard.maps.views.answers import Asked
from regard.maps.views.given import Given
from regard.maps.views.plain import is_causal
from regard.models import Transformer
from regard.training.evaluation.evaluation import evaluating

DIRECTIONS = 16
"""Of a layer's output, in which its influence is found: an entry to about 35 %, what is summed better."""

Answered = Callable[[Float[Tensor, "b ..."]], Float[Tensor, "b classes"]]
"""From logits to those of the only place whose answer is followed."""


@final
@dataclass(frozen=True, eq=False)
class Trial:
    """An example, what the model guesses for it, and which positions can matter for that."""

    model: nn.Module
    given: tuple[Any, ...]
    embed: Embedding
    seen: Look
    answered: Answered
    places: Sequence[int]
    """The positions that answer."""
    there: Bool[Tensor, " m"]
    """Which of the embedded positions are no padding."""
    candidates: Int64[Tensor, " candidates"]
    """The embedded positions that can be taken away: those after one that reads nothing behind it cannot
    matter for it."""

    @property
    def guess(self) -> int:
        assert self.seen.logits is not None
        return int(self.answered(self.seen.logits)[0].argmax())

    @property
    def prefix(self) -> int:
        """Positions in front that are not embedded, such as a class token."""
        return self.seen.layers[0].call.call.lengths[0] - len(self.there)

    @property
    def embedded(self) -> Float[Tensor, "m c"]:
        """What is embedded, without padding."""
        with evaluating(self.model):
            return self.embed.vectors(self.model, self.given)[0, self.there]

    def scores(self, level: Level) -> Float[Tensor, " candidates"] | None:
        """How much a level says that each candidate matters."""
        named = [named_positions(self.seen.layers, level, place) for place in self.places]
        known = [each for each in named if each is not None]
        return torch.stack(known).mean(0)[self.prefix + self.candidates].detach().cpu() if known else None

    def share(
        self, there: Bool[Tensor, "times candidates"], common: Float[Tensor, " c"]
    ) -> Float[Tensor, " times"]:
        """The probability of the guess, each time with only some of the candidates."""
        kept = torch.ones(len(there), len(self.there), dtype=torch.bool, device=common.device)
        kept[:, self.candidates] = there.to(common.device)
        with evaluating(self.model), self.embed.only(kept, common):
            logits = logits_of(called(self.model, repeated(self.given, len(there))))
        assert logits is not None
        return self.answered(logits).softmax(-1)[:, self.guess].double()

    @classmethod
    def of_sample(cls, model: Transformer, sample: Samples) -> Self:
        """That of a transformer of this package on a sample as it reads it, at the last place asked."""
        asked, given = Asked.of(sample), sample.given
        seen = _look(model, given, lambda logits: asked.rows(logits)[-1].amax())
        assert seen.logits is not None
        n, whole = seen.layers[0].call.call.lengths[0], seen.logits.ndim == 2
        prefix = int(model.class_token is not None)
        there = torch.ones(n - prefix, dtype=torch.bool) if sample.keys is None else sample.keys[0]
        candidates = there.nonzero()[:, 0]
        place = asked.places[-1]
        if whole:
            places: Sequence[int] = [0] if prefix else range(n)
        else:
            places, candidates = [place], candidates[candidates <= place] if model.causal else candidates
        answered = _whole if whole else _at(place)
        return cls(model, given, Embedding(model.embed), seen, answered, places, there, candidates)

    @classmethod
    def of_example(cls, model: nn.Module, given: tuple[Any, ...]) -> Self:
        """That of any model on an example as it is given, at its last position, or for the whole of it.

        Raises `UnsupportedUse` for a model of two sequences, one that answers everywhere and reads what
        follows, and one whose embedding is not found.
        """
        name, what = type(model).__name__, read_alone(model, Given.of(given))
        last = int(_real(given, len(what)).nonzero()[-1])
        seen = _look(model, given, lambda logits: (logits if logits.dim() == 2 else logits[:, last]).amax())
        if seen.logits is None:
            raise UnsupportedUse(f"{name} gives no logits.")
        n = seen.layers[0].call.call.lengths[0]
        with evaluating(model):
            embed = embedding_of(model, what.unsqueeze(0), given, n)
            m = embed.vectors(model, given).shape[1]
        there = _real(given, m)
        if seen.logits.dim() == 2:
            return cls(model, given, embed, seen, _whole, _read(seen), there, there.nonzero()[:, 0])
        if not is_causal(seen):
            raise UnsupportedUse(f"{name} answers at every position, and each reads all others.")
        return cls(model, given, embed, seen, _at(last), [last], there, there.nonzero()[:, 0])


def read_alone(model: nn.Module, given: Given) -> Tensor:
    """The only sequence or picture that a model reads. Raises `UnsupportedUse` for one that reads several."""
    what = given.tokens if given.pixels is None else given.pixels
    if what is None or given.decoded is not None:
        name = type(model).__name__
        raise UnsupportedUse(f"It is tried on models of one sequence or picture: {name} is none.")
    return what


def _look(model: nn.Module, given: tuple[Any, ...], answer: Callable[[Tensor], Tensor]) -> Look:
    """All maps; of influence, which costs more than all else, what few directions find."""
    seen = look(model, *given, levels=[level for level in LEVELS if level != "influence"], answer=answer)
    return replace(seen, layers=tuple(map(_with_influence, seen.layers)))


def _with_influence(layer: LayerMaps) -> LayerMaps:
    try:
        influence = layer.call.influence(DIRECTIONS).unsqueeze(0)
    except UnsupportedUse as reason:
        return replace(layer, refused=layer.refused | {"influence": str(reason)})
    return replace(layer, maps=layer.maps | {"influence": influence})


def _whole(logits: Float[Tensor, "b classes"]) -> Float[Tensor, "b classes"]:
    return logits


def _at(place: int) -> Answered:
    return lambda logits: logits[:, place]


def _real(given: tuple[Any, ...], m: int) -> Bool[Tensor, " m"]:
    """Which positions are no padding, as models of transformers are told."""
    named = given[0] if len(given) == 1 and isinstance(given[0], Mapping) else {}
    mask = named.get("attention_mask")
    if not isinstance(mask, Tensor) or mask.shape != (1, m):
        return torch.ones(m, dtype=torch.bool)
    return mask[0].bool().cpu()


def _read(seen: Look) -> list[int]:
    """The positions that an answer for the whole is read from; all where that is not known."""
    relevance = seen.layers[-1].maps.get("relevance")
    n = seen.layers[-1].call.call.lengths[0]
    found = [] if relevance is None else relevance.any(2).any(0).nonzero()[:, 0].tolist()
    return found or [*range(n)]
