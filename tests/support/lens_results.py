"""Results of the lens of any size, made of seeded random maps: no model is trained for them."""

import base64
import io
from dataclasses import dataclass
from typing import final

import torch
from PIL import Image as Pixels
from torch import Tensor

from regard.core.results.faithfulness import Curve, Faithfulness
from regard.core.results.lens import (
    Answer,
    Guess,
    Image,
    LayerFacts,
    LayerView,
    LensModel,
    LensResult,
    MapBlock,
    MemoryView,
    Pair,
    View,
)
from regard.maps.blocks import block_of, pooled_block
from regard.maps.score_parts import ScoreParts
from regard.maps.views.scored import score_view


@final
@dataclass(frozen=True, kw_only=True)
class Planted:
    """What a result is made of."""

    layers: int = 2
    heads: int = 4
    tokens: tuple[str, ...] = ("the", "cat", "sat", "on", "the", "mat", "and", "the", "dog", "ran")
    """What stands at each position."""
    signed: bool = False
    """Whether there is a level with entries below 0, and one that is refused."""
    leaky: bool = False
    """Whether rows sum to less than 1."""
    memory: bool = False
    steps: tuple[int | None, ...] = (None,)
    examples: tuple[str, ...] = ("first example",)
    grid: int = 0
    """The side of a picture's grid of patches, with a class token in front; 0 without a picture."""
    label: str = "softmax"
    scores: bool = False
    """Whether scores are taken apart, of each head's ten strongest entries, in all layers but the first."""
    tried: bool = False
    """Whether it was tried which map predicts the model."""
    pooled: int = 1
    """So many positions share a row and a column, and two rows are there as they are."""

    @property
    def words(self) -> tuple[str, ...]:
        patches = (
            tuple(f"{i // self.grid}, {i % self.grid}" for i in range(self.grid**2)) if self.grid else ()
        )
        return ("[class]", *patches) if self.grid else self.tokens


def lens_result(*planted: Planted, title: str = "Where the adder looks") -> LensResult:
    """One model, or two with their heads paired in turn."""
    models = tuple(_model(i, each) for i, each in enumerate(planted))
    return LensResult(digest="0123456789abcdef", title=title, models=models, pairs=_pairs(planted))


def weights_of(planted: Planted, layer: int, seed: int = 0) -> Tensor:
    """Maps of the heads of a layer: one before, a sink, local, random; causal but for pictures."""
    n = len(planted.words)
    generator = torch.Generator().manual_seed(1000 * seed + layer)
    i = torch.arange(n)
    apart = (i.unsqueeze(1) - i).abs().double()
    kinds = [-3.0 * (i.unsqueeze(1) - i - 1).abs(), 4.0 * (i == 0).expand(n, n), -0.3 * apart, 0 * apart]
    scores = torch.stack([kinds[(head + layer) % 4] for head in range(planted.heads)])
    scores = scores + torch.randn(scores.shape, generator=generator, dtype=torch.float64)
    if not planted.grid:
        scores = scores.masked_fill(i.unsqueeze(1) < i, -torch.inf)
    weights = scores.softmax(-1)
    return weights * (0.4 + 0.6 * torch.rand(n, 1, generator=generator)) if planted.leaky else weights


def _model(seed: int, planted: Planted) -> LensModel:
    facts = tuple(
        LayerFacts(name=f"layer {i}", mechanism=planted.label, heads=planted.heads)
        for i in range(planted.layers)
    )
    views = tuple(
        _view(planted, example, step, 10 * seed + 3 * e + s)
        for e, example in enumerate(planted.examples)
        for s, step in enumerate(planted.steps)
    )
    about = "arithmetic, seed 0, run 4f2a81c09b"
    tried = faithfulness() if planted.tried else None
    return LensModel(label=planted.label, about=about, layers=facts, views=views, faithfulness=tried)


def faithfulness() -> Faithfulness:
    """Of three maps the first is ahead, the second cannot be told from it, and a random order is behind."""
    share = torch.linspace(0, 1, 11)
    return Faithfulness(
        examples=24,
        curves=(
            _curve("contribution", share**0.3, (0.3, 0.5), None),
            _curve("weights", share**0.4, (0.2, 0.45), (-0.02, 0.1)),
            _curve("random", share, None, (0.3, 0.5)),
        ),
    )


def _curve(
    level: str, rising: Tensor, ahead: tuple[float, float] | None, behind: tuple[float, float] | None
) -> Curve:
    insertion, deletion = tuple(rising.tolist()), tuple((1 - rising).tolist())
    gain = float((2 * rising - 1).mean())
    return Curve(
        level=level,
        deletion=deletion,
        deletion_within=tuple((each - 0.05, each + 0.05) for each in deletion),
        insertion=insertion,
        insertion_within=tuple((each - 0.05, each + 0.05) for each in insertion),
        gain=gain,
        gain_within=(gain - 0.1, gain + 0.1),
        ahead=ahead,
        behind=behind,
    )


def score_parts(heads: int, n: int, d: int = 4) -> ScoreParts:
    """Twelve parts of the queries and keys, drawn at random."""
    generator = torch.Generator().manual_seed(5)
    names = (
        "token",
        "position",
        *(f"layer 0, head {head}" for head in range(heads)),
        "layer 0, feed-forward",
    )
    names = (*names, *(f"part {k}" for k in range(12 - len(names))))
    queries, keys = torch.randn(2, len(names), heads, n, d, generator=generator)
    return ScoreParts(names=names, queries=queries, keys=keys, temperature=2.0)


def _pooled(maps: Tensor, size: int) -> MapBlock:
    """In blocks, with two rows as they are: that before the last, and the last."""
    block, n = block_of(maps), maps.shape[1]
    return block if size == 1 else pooled_block(block, size, (max(n - 2, 0), n - 1))


def _view(planted: Planted, example: str, step: int | None, seed: int) -> View:
    words = planted.words
    return View(
        example=example,
        step=step,
        queries=words,
        keys=words,
        image=_image(planted.grid) if planted.grid else None,
        answers=_answers(planted),
        layers=tuple(_layer(planted, i, seed) for i in range(planted.layers)),
    )


def _layer(planted: Planted, layer: int, seed: int) -> LayerView:
    weights = weights_of(planted, layer, seed)
    generator = torch.Generator().manual_seed(seed + 77)
    maps: dict[str, MapBlock] = {"weights": _pooled(weights, planted.pooled)}
    n = len(planted.words)
    if planted.signed:
        maps["relevance"] = block_of(
            weights * torch.randn(weights.shape, generator=generator, dtype=torch.float64)
        )
        maps["influence"] = block_of(weights.mean(0, keepdim=True))
    drawn = torch.rand(planted.heads, generator=generator)
    rows = weights / weights.sum(-1, keepdim=True)
    entropy = torch.special.entr(rows).sum(-1).mean(-1) / torch.log(torch.tensor(float(max(n, 2))))
    refused = {"operator": "The output is not linear in the values."} if planted.signed else {}
    apart = planted.scores and layer > 0
    return LayerView(
        maps=maps,
        refused=refused | ({"scores": "There is nothing before it."} if planted.scores and not apart else {}),
        scores=score_view(score_parts(planted.heads, n), _ten_strongest(weights)) if apart else None,
        residual=3.1e-7,
        outside=("The output gate is not in this map.",) if planted.leaky else (),
        metrics={
            "entropy": tuple(entropy.tolist()),
            "first": tuple(weights[:, :, 0].mean(-1).tolist()),
            "previous": tuple((weights.diagonal(-1, 1, 2).sum(-1) / n).tolist()),
            "induction": (None,) * planted.heads,
        },
        ablated=tuple(((drawn - 0.7) / 3).tolist()),
        rollout=_pooled((rows.mean(0, keepdim=True) + torch.eye(n)) / 2, planted.pooled),
        guesses=(Guess(text="7", share=0.3 + 0.1 * (layer % 7)), Guess(text="12", share=0.1)),
        memory=_memory(planted, weights) if planted.memory else None,
        recalled=tuple((0.6 + 0.4 * drawn).tolist()) if planted.leaky else (),
    )


def _ten_strongest(weights: Tensor) -> Tensor:
    """All else is 0."""
    least = weights.flatten(1).topk(min(10, weights[0].numel())).values[:, -1, None, None]
    return weights * (weights >= least)


def _memory(planted: Planted, weights: Tensor) -> MemoryView:
    n = weights.shape[-1]
    size = torch.arange(1.0, n + 1).sqrt() * torch.arange(1.0, planted.heads + 1)[:, None]
    rank = 1 + torch.arange(n) / (1 + torch.arange(planted.heads))[:, None]
    return MemoryView(
        size=tuple(map(tuple, size.tolist())),
        rank=tuple(map(tuple, rank.tolist())),
        returned=block_of(weights),
    )


def _answers(planted: Planted) -> tuple[Answer, ...]:
    last = len(planted.words) - 1
    right = (Guess(text="82", share=0.91), Guess(text="72", share=0.06), Guess(text="81", share=0.01))
    wrong = (Guess(text="5", share=0.48), Guess(text="6", share=0.41))
    places = (
        Answer(place=last, guesses=right, truth="82"),
        Answer(place=max(last - 1, 0), guesses=wrong, truth="6"),
    )
    return places[:1] if planted.grid else places


def _image(side: int) -> Image:
    ramp = torch.linspace(0, 255, 16 * side)
    red, green = ramp.expand(16 * side, -1), ramp.unsqueeze(1).expand(-1, 16 * side)
    disk = 255.0 * ((red - 120).square() + (green - 110).square() < 5000)
    pixels = torch.stack([0.5 * red + 0.4 * disk, 0.6 * green, 90 + 0.3 * disk], -1).byte().numpy()
    file = io.BytesIO()
    Pixels.fromarray(pixels).save(file, "PNG")
    data = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    return Image(data=data, rows=side, columns=side, prefix=1)


def _pairs(planted: tuple[Planted, ...]) -> tuple[Pair, ...]:
    if len(planted) < 2:
        return ()
    layers, heads = (min(getattr(each, name) for each in planted) for name in ("layers", "heads"))
    return tuple(
        Pair(layer=layer, head=head, other=(head + 1) % heads, distance=0.1 + 0.05 * head)
        for layer in range(layers)
        for head in range(heads)
    )
