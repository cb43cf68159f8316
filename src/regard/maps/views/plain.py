"""The views of a look at any model: with names for positions and answers, as far as they are known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, final

from jaxtyping import Float, Int64
from torch import Tensor

from regard.core.results.lens import Answer, Guess, LayerView, View
from regard.maps.look import LayerMaps, Look
from regard.maps.sequences import ACROSS, FIRST, FIRST_OF_SECOND, SECOND, SECOND_OF_FIRST
from regard.maps.views.answers import SHOWN
from regard.maps.views.beside import Guesses
from regard.maps.views.given import Given
from regard.maps.views.measured import Layout
from regard.maps.views.positions import patches, patches_apart, steps_apart
from regard.maps.views.rollouts import rollouts
from regard.maps.views.tokenizer import Tokenizer, text_of, texts_of
from regard.maps.views.view import layer_view

TITLES = {
    "": "as given",
    "encoder": "the encoder reads itself",
    "decoder": "the decoder reads itself",
    "cross": "the decoder reads the encoder",
    FIRST: "the first reads itself",
    SECOND: "the second reads itself",
    FIRST_OF_SECOND: "the first reads the second",
    SECOND_OF_FIRST: "the second reads the first",
}

READ_FIRST = ("", "encoder", "cross", FIRST, SECOND_OF_FIRST)
"""Roles in which the keys are those of the first sequence, or of the encoder."""

READING_FIRST = ("", "encoder", FIRST, FIRST_OF_SECOND)
"""Roles in which the queries are."""

ELSEWHERE = "This layer reads other positions: they are shown as an example of their own."


@final
@dataclass(frozen=True, eq=False)
class Legend:
    """How positions and answers of one example are called."""

    given: Given
    tokenizer: Tokenizer | None = None
    names: tuple[str, ...] | None = None
    """What stands at each position, where somebody has said it."""
    classes: Mapping[int, str] | None = None
    """What the answers of a classifier are called."""


@final
@dataclass(frozen=True)
class _Group:
    """Layers that read the same positions."""

    role: str
    n: int
    m: int

    @classmethod
    def of(cls, layer: LayerMaps) -> "_Group":
        return cls(layer.call.role, *layer.call.call.lengths)


def plain_views(seen: Look, legend: Legend) -> tuple[View, ...]:
    """A view of every group of layers that read the same positions: of most models one, of a model with an
    encoder and a decoder three.
    """
    groups = list(dict.fromkeys(map(_Group.of, seen.layers)))
    titles = [TITLES[group.role] for group in groups]
    return tuple(
        _view(seen, group, title if titles.count(title) == 1 else f"{title}, {group.n} by {group.m}", legend)
        for group, title in zip(groups, titles, strict=True)
    )


def _view(seen: Look, group: _Group, title: str, legend: Legend) -> View:
    layout, tokens = _layout(group, legend)
    shown = [layer for layer in seen.layers if _Group.of(layer) == group]
    rolled = rollouts(shown) if group.role in ("", "encoder") else [None] * len(shown)
    known = {
        id(layer): replace(layer_view(layer, layout), rollout=through)
        for layer, through in zip(shown, rolled, strict=True)
    }
    return View(
        example=title,
        queries=_names(group.n, _reads(group, legend), legend),
        keys=_names(group.m, _is_read(group, legend), legend),
        image=legend.given.picture(group.n),
        answers=tuple(_answers(seen, group, tokens, legend)),
        layers=tuple(known.get(id(layer), _absent(layer)) for layer in seen.layers),
    )


def _absent(layer: LayerMaps) -> LayerView:
    return LayerView(refused=dict.fromkeys((*layer.maps, *layer.refused), ELSEWHERE))


def _reads(group: _Group, legend: Legend) -> Tensor | None:
    return legend.given.tokens if group.role in READING_FIRST else legend.given.decoded


def _is_read(group: _Group, legend: Legend) -> Tensor | None:
    return legend.given.tokens if group.role in READ_FIRST else legend.given.decoded


def _names(n: int, tokens: Int64[Tensor, " n"] | None, legend: Legend) -> tuple[str, ...]:
    """What somebody said, the texts of tokens, the places of patches, or numbers."""
    if legend.names is not None and len(legend.names) == n:
        return legend.names
    if tokens is not None and len(tokens) == n and legend.tokenizer is not None:
        return texts_of(tokens, legend.tokenizer)
    grid = legend.given.grid(n)
    return patches(*grid) if grid else tuple(map(str, range(n)))


def _layout(group: _Group, legend: Legend) -> tuple[Layout | None, Tensor | None]:
    """Where positions lie, and the tokens that stand there; nothing where two sequences meet."""
    tokens = _reads(group, legend)
    if tokens is not None and len(tokens) != group.n:
        tokens = None
    if group.role in ("cross", *ACROSS) or group.n != group.m:
        return None, tokens
    grid = legend.given.grid(group.n)
    if grid is None:
        return Layout(steps_apart(group.n), 0, tokens), tokens
    return Layout(patches_apart(*grid[:2]), grid[2], None), tokens


def _answers(
    seen: Look, group: _Group, tokens: Int64[Tensor, " n"] | None, legend: Legend
) -> Iterator[Answer]:
    """What is answered at the positions that a group reads from."""
    logits = seen.logits
    if logits is None or group.role == "encoder":
        return
    later, guesses = _reads_what_follows(seen, group), guesses_in(seen, legend)
    if logits.dim() == 2:
        place = group.n - 1 if later else 0
        yield Answer(place=place, guesses=guesses(logits[0]), truth=None)
        return
    for place, row in enumerate(logits[0] if logits.dim() == 3 and logits.shape[1] == group.n else ()):
        follows = tokens is not None and later and place + 1 < len(tokens)
        truth = text_of(int(tokens[place + 1]), legend.tokenizer) if tokens is not None and follows else None
        yield Answer(place=place, guesses=guesses(row), truth=truth)


def _reads_what_follows(seen: Look, group: _Group) -> bool:
    """Whether nothing is read before it stands there: then an answer is what comes next."""
    maps = [
        layer.maps["operator"]
        for layer in seen.layers
        if "operator" in layer.maps and layer.call.role in ("", "decoder")
    ]
    return bool(maps) and not any(bool(each.triu(1).any()) for each in maps)


def guesses_in(seen: Look, legend: Legend) -> Guesses:
    """How guesses of a model are called: classes of a whole example by their names, tokens by their texts."""
    whole = seen.logits is not None and seen.logits.dim() == 2
    classes = legend.classes if whole else None
    return partial(_guesses, classes=classes or {}, tokenizer=None if whole else legend.tokenizer)


def _guesses(
    row: Float[Tensor, " classes"], *, classes: Mapping[int, str], tokenizer: Tokenizer | None
) -> tuple[Guess, ...]:
    found = row.float().softmax(-1).topk(min(SHOWN, len(row)))
    pairs = zip(found.values.tolist(), found.indices.tolist(), strict=True)
    return tuple(
        Guess(text=classes.get(number, text_of(number, tokenizer)), share=share) for share, number in pairs
    )


def classes_of(model: Any) -> Mapping[int, str] | None:
    """The names of classes that a model of transformers knows."""
    return getattr(getattr(model, "config", None), "id2label", None)
