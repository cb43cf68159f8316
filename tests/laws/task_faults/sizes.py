"""Samples that do not fit, or that are changed or shown wrongly."""

import dataclasses

import torch

from regard.data.samples import Samples
from task_faults.parts import digits, recall, replaced, with_samples


def one_position_too_many():
    return with_samples(
        recall(),
        lambda s: Samples(
            torch.cat([s.inputs, s.inputs[:, :1]], 1), torch.cat([s.targets, s.targets[:, :1]], 1)
        ),
    )


def classes_from_one():
    return with_samples(digits(), lambda s: Samples(s.inputs, s.targets + 1))


def augmented_in_place():
    def noisy(samples, rng):
        samples.inputs.add_(torch.randn(samples.inputs.shape, generator=rng))
        return samples

    return replaced(digits(), augment=noisy)


def augmented_by_global_chance():
    return replaced(
        digits(),
        augment=lambda samples, rng: dataclasses.replace(
            samples, inputs=samples.inputs + torch.randn_like(samples.inputs)
        ),
    )


def shown_without_target():
    return replaced(digits(), show=lambda samples, i: f"an image of mean {samples.inputs[i].mean()}")


def shown_on_two_lines():
    return replaced(digits(), show=lambda samples, i: f"image {i}\n{samples.targets[i]}")


def named_by_place():
    return replaced(digits(), identities=lambda samples: [str(i) for i in range(len(samples))])


def named_by_target():
    return replaced(digits(), identities=lambda samples: [str(target) for target in samples.targets])
