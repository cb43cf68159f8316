"""Scores of other things than right answers."""

import torch

from regard.data.samples import IGNORED
from task_faults.parts import arithmetic, digits, recall, replaced


def half_for_nothing():
    task = arithmetic()
    score = task.score
    return replaced(task, score=lambda predict, samples: 0.5 + score(predict, samples) / 2)


def scored_one_position_late():
    def score(predict, samples):
        said = predict(samples.inputs, samples.keys).argmax(-1).roll(1, 1)
        asked = samples.targets != IGNORED
        return ((said == samples.targets) & asked).sum(1) / asked.sum(1)

    return replaced(recall(), score=score)


def every_position_counts():
    def score(predict, samples):
        targets = samples.targets.clamp_min(0)
        return (predict(samples.inputs, samples.keys).argmax(-1) == targets).float().mean(1)

    return replaced(recall(), score=score)


def scored_against_the_best():
    task = digits()
    score = task.score

    def relative(predict, samples):
        scores = score(predict, samples)
        return scores * 0.9 + 0.1 * scores.mean()

    return replaced(task, score=relative)


def fed_back_one_place_early():
    task = arithmetic()
    fed_back = task.fed_back
    return replaced(task, fed_back=lambda samples: fed_back(samples).roll(-1, 1))


def questions_fed_back():
    return replaced(arithmetic(), fed_back=lambda samples: torch.ones_like(samples.inputs).bool())
