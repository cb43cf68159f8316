"""What a single thing about the input says about the answer, learned from training samples."""

import torch
from torch import Tensor

from regard.core.shapes import TokenInput
from regard.data.samples import IGNORED, Samples
from regard.data.task import Task

MOST = 500
"""Pixels, places or tokens that are looked up, spread over all or the most frequent ones."""


def look_ups(task: Task, train: Samples, test: Samples) -> dict[str, Tensor]:
    """Answers to the test samples, by what has been looked up."""
    if train.inputs.ndim == 4:
        return _of_pixels(train, test)
    if train.targets.ndim == 2:
        return _of_distances(task, train, test)
    return _of_lengths(train, test) | _of_places(train, test) | _of_counts(train, test)


def _of_pixels(train: Samples, test: Samples) -> dict[str, Tensor]:
    """For each pixel what it says about the test images, by the training images of the same gray."""
    both = torch.cat([train.inputs, test.inputs]).flatten(1)
    step = max(1, both.shape[1] // MOST)
    sizes = len(train), len(test)
    pixels = [torch.unique(pixel, return_inverse=True)[1].split(sizes) for pixel in both[:, ::step].T]
    return {
        f"pixel {i * step}": _most_frequent_target(learned, train.targets, seen)
        for i, (learned, seen) in enumerate(pixels)
    }


def _of_distances(task: Task, train: Samples, test: Samples) -> dict[str, Tensor]:
    """For each distance, what the token there says about the target, wherever one is asked for."""
    n, given = train.inputs.shape[-1], task.shape.input
    causal = isinstance(given, TokenInput) and given.causal
    answers = {}
    for back in range(0 if causal else 1 - n, n):
        # what is rolled in from the end is not read
        there = torch.arange(n) >= back if causal else torch.ones(n, dtype=torch.bool)
        asked = (train.targets != IGNORED) & there
        read, seen = train.inputs.roll(back, 1), test.inputs.roll(back, 1)
        guess = _most_frequent_target(read[asked], train.targets[asked], seen)
        answers[f"the token {back} before"] = torch.where(there, guess, 0)
    return answers


def _of_places(train: Samples, test: Samples) -> dict[str, Tensor]:
    """For each place of a sequence with one class, what the token there says about it."""
    learned, seen = train.inputs.flatten(1), test.inputs.flatten(1)
    places = range(0, learned.shape[1], max(1, learned.shape[1] // MOST))
    return {f"place {i}": _most_frequent_target(learned[:, i], train.targets, seen[:, i]) for i in places}


def _of_lengths(train: Samples, test: Samples) -> dict[str, Tensor]:
    """What the number of real tokens says."""
    if train.keys is None or test.keys is None:
        return {}
    learned, seen = train.keys.flatten(1).sum(1), test.keys.flatten(1).sum(1)
    return {"the length": _most_frequent_target(learned, train.targets, seen)}


def _of_counts(train: Samples, test: Samples) -> dict[str, Tensor]:
    """For each frequent token of each sequence, what its number says."""
    answers = {}
    for side, (learned, seen) in enumerate(zip(_sequences(train), _sequences(test), strict=True)):
        tokens = learned.flatten().bincount().argsort(descending=True)[:MOST]
        for token, was, now in zip(tokens, _counts(learned, tokens), _counts(seen, tokens), strict=True):
            answers[f"how often {token} occurs in sequence {side}"] = _most_frequent_target(
                was, train.targets, now
            )
    return answers


def _sequences(samples: Samples) -> tuple[Tensor, ...]:
    return samples.inputs.unbind(1) if samples.inputs.ndim == 3 else (samples.inputs,)


def _counts(rows: Tensor, tokens: Tensor) -> Tensor:
    """How often each of the tokens (t,) occurs in each of the rows (s, n), as (t, s)."""
    place = torch.full((max(int(rows.max()), int(tokens.max())) + 1,), len(tokens))
    place[tokens] = torch.arange(len(tokens))
    found = torch.zeros(len(rows), len(tokens) + 1, dtype=torch.int64)
    return found.scatter_add_(1, place[rows], torch.ones_like(rows))[:, :-1].T


def _most_frequent_target(learned: Tensor, targets: Tensor, seen: Tensor) -> Tensor:
    """For each number seen the target most frequent with it in training."""
    size = max(int(t.max()) for t in (learned, seen) if t.numel()) + 1
    width = int(targets.max()) + 1 if len(targets) else 1
    table = (learned * width + targets).bincount(minlength=size * width).view(-1, width).argmax(1)
    return table[seen]
