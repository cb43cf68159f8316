"""A question put to a trained model, and what it answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from regard.data.question import Prompt, Question, Slots
from regard.models.generation import Step, generate
from regard.models.sampling import Choose, choose_most_likely
from regard.training.evaluation.evaluation import evaluating


@final
@dataclass(frozen=True, eq=False)
class Answer:
    """What a model answers, token by token, and the logits of each choice."""

    tokens: Int64[Tensor, " n"]
    """Up to the one that ends the answer, which belongs to it."""
    logits: Float[Tensor, "n vocabulary"]
    """From which each token was chosen."""

    def likeliest(self, count: int) -> tuple[Float[Tensor, "n count"], Int64[Tensor, "n count"]]:
        """The most probable choices of each token, in falling order: probabilities, and tokens."""
        shares = self.logits.softmax(-1)
        found = shares.topk(min(count, shares.shape[-1]))
        return found.values, found.indices


def ask(model: nn.Module, question: Question, choose: Choose = choose_most_likely) -> Answer:
    """What a model answers. A prompt must say how many tokens are written at most."""
    with evaluating(model):
        steps = list(_until_end(_steps(model, question, choose), question.end))
    return Answer(torch.cat([step.tokens for step in steps]), torch.cat([step.logits for step in steps]))


def _steps(model: nn.Module, question: Question, choose: Choose) -> Iterator[Step]:
    device = next(model.parameters()).device
    tokens = question.tokens.unsqueeze(0).to(device)
    if isinstance(question, Prompt):
        return islice(generate(model, tokens, choose), question.longest)
    return _filled(model, tokens, question, choose)


def _filled(model: nn.Module, tokens: Tensor, question: Slots, choose: Choose) -> Iterator[Step]:
    """The slots, all from one pass, as if they had been written one after another."""
    logits = model(tokens)
    # a class has one row of logits, a sequence one for each position
    rows = logits if logits.ndim == 2 else logits[0, -question.count :]
    for row in rows.split(1):
        yield Step(choose(row), row)


def _until_end(steps: Iterator[Step], end: int | None) -> Iterator[Step]:
    for step in steps:
        yield step
        if end is not None and int(step.tokens) == end:
            return
