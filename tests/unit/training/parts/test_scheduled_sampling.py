"""The prior project's scheduled sampling replaced next to nothing: here the replaced tokens are counted."""

import math

import pytest
import torch
from tiny_task import DIGITS, QUESTION, Reverse, Stripes
from torch import nn
from training_runs import curve, described

from regard.core.errors import InvalidOption
from regard.data.samples import Samples
from regard.tasks.arithmetic import Arithmetic
from regard.training.parts.scheduled_sampling import ScheduledSampling, answers_in, read_back

NEVER_RIGHT = DIGITS
"""The sign: a token that no answer has, so that every replacement shows."""
TOTAL = 100


class Always(nn.Module):
    """Predicts one token everywhere."""

    def forward(self, inputs, keys=None):
        return nn.functional.one_hot(torch.full_like(inputs, NEVER_RIGHT), DIGITS + 1).float()


def sampling(share, seed=0, task=None):
    return ScheduledSampling(task or Reverse(), described(scheduled_sampling=share, seed=seed), TOTAL)


def many(count=4000):
    return Reverse().drawn(count, torch.Generator().manual_seed(0))


def replaced(sampler, samples, step):
    """Where the model reads something else than the right tokens."""
    return sampler.inputs(Always(), samples, step) != samples.inputs


def replaces_as_many_as_it_says(sampler):
    """The counting law: at every step, within four standard deviations of a binomial."""
    samples = many()
    answers = answers_in(Reverse(), samples)
    count = answers.sum().item()
    for step in (1, 25, 50, 100):
        p = sampler.share * step / TOTAL
        expected, deviation = count * p, math.sqrt(count * p * (1 - p))
        assert abs(replaced(sampler, samples, step).sum().item() - expected) <= 4 * deviation + 1e-9


def draws_every_token_for_itself(sampler):
    """The independence law: two answer tokens of one example are replaced together with probability p^2,
    and the number replaced at one position over all examples is neither none nor all.
    """
    samples = many()
    hit = replaced(sampler, samples, TOTAL // 2)[:, QUESTION + 1 :].double()
    p = sampler.share / 2
    assert torch.allclose(hit.mean(0), torch.tensor(p, dtype=torch.double), atol=0.04)
    assert (hit[:, 0] * hit[:, 1]).mean().item() == pytest.approx(p * p, abs=0.04)
    assert (hit[:-1] * hit[1:]).mean().item() == pytest.approx(p * p, abs=0.04)


def never_touches_the_question(sampler):
    samples = many()
    for step in (1, TOTAL):
        assert not replaced(sampler, samples, step)[:, : QUESTION + 1].any()


LAWS = [replaces_as_many_as_it_says, draws_every_token_for_itself, never_touches_the_question]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("share", [0.5, 0.9, 1.0])
def test_scheduled_sampling_obeys(law, share):
    law(sampling(share))


class Faulty:
    """Plants a fault: replaces what `choose` marks, given the right choice."""

    def __init__(self, choose):
        self.choose, self.share = choose, 0.9

    def inputs(self, model, batch, step):
        fed_back = answers_in(Reverse(), batch)
        p = self.share * step / TOTAL
        rng = torch.Generator().manual_seed(step)
        return torch.where(self.choose(fed_back, p, rng), NEVER_RIGHT, batch.inputs)


def no_op(fed_back, p, rng):
    return torch.zeros_like(fed_back)


def prior_project(fed_back, p, rng):
    """One coin per time step for the whole batch, and only if every later step says so too."""
    coins = torch.rand(fed_back.shape[1], generator=rng) < p
    return fed_back & coins.flip(0).cumprod(0).flip(0).bool()


def one_coin_per_step(fed_back, p, rng):
    return fed_back & (torch.rand(fed_back.shape[1], generator=rng) < p)


def one_coin_per_example(fed_back, p, rng):
    return fed_back & (torch.rand(len(fed_back), 1, generator=rng) < p)


def question_too(fed_back, p, rng):
    return torch.rand(fed_back.shape, generator=rng) < p


FAULTS = {
    no_op: replaces_as_many_as_it_says,
    prior_project: replaces_as_many_as_it_says,
    one_coin_per_step: draws_every_token_for_itself,
    one_coin_per_example: draws_every_token_for_itself,
    question_too: never_touches_the_question,
}


@pytest.mark.parametrize(("fault", "law"), FAULTS.items(), ids=lambda part: part.__name__)
def test_the_laws_bite(fault, law):
    with pytest.raises(AssertionError):
        law(Faulty(fault))


def test_the_probability_rises_linearly_to_the_share():
    sampler = sampling(0.6)

    assert [sampler.probability(step) for step in (0, 50, 100)] == pytest.approx([0, 0.3, 0.6])


def test_what_is_read_is_what_the_position_before_predicts():
    inputs = torch.tensor([[1, 2, 3, 4]])
    logits = nn.functional.one_hot(torch.tensor([[5, 6, 7, 8]]), 9).float()

    read = read_back(inputs, logits, torch.tensor([[False, False, True, True]]))

    assert read.tolist() == [[1, 2, 6, 7]]


def test_a_model_that_is_right_reads_the_right_answers():
    class Right(nn.Module):
        def forward(self, inputs, keys=None):
            return nn.functional.one_hot(samples.targets.clamp_min(0), DIGITS + 1).float()

    samples = many(50)

    assert torch.equal(sampling(1.0).inputs(Right(), samples, TOTAL), samples.inputs)


def test_the_first_pass_has_neither_dropout_nor_gradients():
    modes = set()

    class Watched(Always):
        def forward(self, inputs, keys=None):
            modes.add((self.training, torch.is_grad_enabled()))
            return super().forward(inputs, keys)

    model = Watched().train()
    sampling(1.0).inputs(model, many(50), TOTAL)

    assert modes == {(False, False)}
    assert model.training


def test_a_step_draws_the_same_whatever_came_before():
    samples, sampler = many(50), sampling(0.9)
    there = [replaced(sampler, samples, step) for step in (10, 20, 30)]
    back = [replaced(sampler, samples, step) for step in (30, 20, 10)]

    assert all(torch.equal(a, b) for a, b in zip(there, reversed(back), strict=True))
    assert not torch.equal(there[2], replaced(sampling(0.9, seed=1), samples, 30))


def test_without_a_share_the_model_is_not_asked():
    samples = many(5)

    assert sampling(0.0).inputs(None, samples, TOTAL) is samples.inputs


def test_in_training_the_model_reads_its_own_answers():
    read = []

    def record(module, inputs, *_):
        if type(module).__name__ == "Transformer" and module.training:
            read.append(inputs[0])

    hook = nn.modules.module.register_module_forward_pre_hook(record)
    try:
        curve(described(epochs=4, scheduled_sampling=1.0, rate=1e-4))
    finally:
        hook.remove()

    right = {tuple(row) for row in Reverse().split("train").inputs.tolist()}
    wrong = [[tuple(row) not in right for row in batch.tolist()] for batch in read]
    shares = [sum(rows) / len(rows) for rows in wrong]
    # an untrained model answers three quarters of two tokens wrong
    assert shares[0] < 0.35
    assert sum(shares[-4:]) / 4 > 0.6


def test_a_task_that_feeds_nothing_back_is_refused():
    with pytest.raises(InvalidOption, match=r"scheduled_sampling needs a task .* Set it to 0"):
        answers_in(Stripes(), Stripes().split("train"))


def test_a_task_that_marks_its_question_is_refused():
    class Careless(Reverse.__base__):
        drawn = Reverse.drawn

        def fed_back(self, samples):
            return torch.ones_like(samples.inputs, dtype=torch.bool)

    with pytest.raises(InvalidOption, match="does not repeat the target before it"):
        answers_in(Careless(), many(5))


def test_real_arithmetic_marks_answers_and_its_masked_form_none():
    causal, masked = (Arithmetic(form=form, samples=500) for form in ("causal", "masked"))
    samples = causal.split("train")

    assert answers_in(causal, samples).float().mean() > 0.1
    with pytest.raises(InvalidOption, match="arithmetic is none"):
        answers_in(masked, masked.split("train"))


def test_padding_does_not_count_as_a_repetition():
    padded = Samples(torch.tensor([[0, 1, 1, -100]]), torch.tensor([[1, 1, -100, -100]]))

    class Padded(Reverse.__base__):
        drawn = Reverse.drawn

        def fed_back(self, samples):
            return torch.tensor([[False, True, True, False]])

    assert answers_in(Padded(), padded).tolist() == [[False, True, True, False]]
