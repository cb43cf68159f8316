"""Tiny transformers with a batch, and moves of their numbers."""

import torch

from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data.samples import IGNORED, Samples
from regard.derivative_free import Moves
from regard.incremental import BatchLoss
from regard.models.build import build
from regard.objectives.cross_entropy import CrossEntropy

B, N, VOCABULARY, CLASSES = 3, 6, 7, 3


def posed(mechanism, kind, smoothing=0.0, **options):
    """The loss of a tiny model in float64, all of whose weights are drawn at random."""
    causal = kind == "decoder"
    given = ImageInput(1, 6, 4) if kind == "image" else TokenInput(VOCABULARY, N, causal)
    settings = ModelSettings(**({"layers": 2, "heads": 2, "features": 8, "hidden": 12} | options))
    shape = Shape(given, TokenOutput(5) if causal else ClassOutput(CLASSES))
    rng = torch.Generator().manual_seed(0)
    model = build(shape, [spec_of(mechanism)], settings, seed=0).double().eval()
    with torch.no_grad():
        for each in model.parameters():
            each.add_(0.2 * torch.randn(each.shape, generator=rng, dtype=each.dtype))
    images = torch.randn(B, 1, 6, 4, generator=rng, dtype=torch.float64)
    inputs = images if kind == "image" else torch.randint(VOCABULARY - 1, (B, N), generator=rng)
    targets = torch.randint(CLASSES, (B, N) if causal else (B,), generator=rng)
    if causal:
        targets[:, :2] = IGNORED
    return BatchLoss(model, CrossEntropy(label_smoothing=smoothing), Samples(inputs, targets))


def spec_of(mechanism):
    """The defaults, but for a rank that exceeds so short a sequence."""
    return Spec.of(mechanism, rank=3) if mechanism == "linformer" else Spec(mechanism)


def some_moves(space, each):
    """Moves of at most so many numbers of each parameter, by 0.3 up or down."""
    rng = torch.Generator().manual_seed(1)
    coordinates = []
    for first, stop in zip(space.offsets, space.offsets[1:], strict=False):
        coordinates.append(first + torch.randperm(stop - first, generator=rng)[:each])
    found = torch.cat(coordinates)
    return Moves(found, 0.3 * (1 - 2 * torch.randint(2, found.shape, generator=rng).double()))
