"""Questions that are answered in writing, token by token or all at once."""

from dataclasses import dataclass
from typing import Literal, final

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn.functional import pad

from regard.data.answers import fill_slots, next_token_samples, slot_samples
from regard.data.decoding import decode_greedily
from regard.data.question import Prompt, Question, Slots
from regard.data.samples import IGNORED, Samples
from regard.data.task import Predict

Form = Literal["causal", "masked"]
"""Causal: read left to right, answers written token by token. Masked: read both ways, and slots filled
at once, so that mechanisms that must see everything can take part."""


@final
@dataclass(frozen=True)
class Writing:
    """Rows of `question` tokens and an answer of up to `answer` tokens, which alone is trained."""

    question: int
    answer: int
    form: Form
    slot: int
    """The token that stands in place of an answer token in the masked form."""
    padding: int | None = None
    """The token that fills up answers shorter than the longest. It is never asked for: shorter answers
    say by a token of their own where they end."""
    end: int | None = None
    """The token that ends an answer: nothing is written behind it. None where all are of one length."""

    @property
    def length(self) -> int:
        """Positions of the inputs."""
        return self.question + self.answer - (self.form == "causal")

    def samples(self, rows: Int64[Tensor, "b length"]) -> Samples:
        """Inputs and targets from whole rows."""
        if self.form == "causal":
            samples = next_token_samples(rows, self.question)
        else:
            samples = slot_samples(rows, self.question, self.slot)
        if self.padding is None:
            return samples
        targets = samples.targets.masked_fill(samples.targets == self.padding, IGNORED)
        return Samples(samples.inputs, targets)

    def ask(self, question: Int64[Tensor, " question"]) -> Question:
        """One question as a model is asked it, with slots in the masked form."""
        if self.form == "causal":
            return Prompt(question, self.answer, self.end)
        return Slots(pad(question, (0, self.answer), value=self.slot), self.answer, self.end)

    def given(self, samples: Samples) -> Int64[Tensor, "b question"]:
        """The questions."""
        return samples.inputs[:, : self.question]

    def answers(self, samples: Samples) -> Int64[Tensor, "b answer"]:
        """The right answers, `IGNORED` behind the end of shorter ones."""
        return samples.targets[:, -self.answer :]

    def targets(self, answers: Int64[Tensor, "b answer"]) -> Int64[Tensor, "b n"]:
        """Targets of whole rows from the answers alone; padding is not asked for."""
        targets = torch.full((len(answers), self.length), IGNORED, device=answers.device)
        targets[:, -self.answer :] = answers
        return targets if self.padding is None else targets.masked_fill(targets == self.padding, IGNORED)

    def score(self, predict: Predict, samples: Samples) -> Float[Tensor, " b"]:
        """1 where the whole answer is right, when the model has to write it on its own; else 0."""
        said, answers = self.written(predict, samples), self.answers(samples)
        return ((said == answers) | (answers == IGNORED)).all(1).float()

    def written(self, predict: Predict, samples: Samples) -> Int64[Tensor, "b answer"]:
        """What the model answers on its own: token by token, or all slots at once."""
        if self.form == "causal":
            return decode_greedily(predict, self.given(samples), self.answer, self.end)
        return fill_slots(predict, samples.inputs, self.answer)

    def fed_back(self, samples: Samples) -> Bool[Tensor, "b n"] | None:
        """In the causal form every answer token but the last, which no input holds."""
        if self.form == "masked":
            return None
        asked = samples.targets != IGNORED
        fed = torch.zeros_like(asked)
        fed[:, 1:] = asked[:, :-1]
        return fed
