"""The view of a question that a person put, and of what a model answered."""

from dataclasses import replace
from functools import partial

import torch

from regard.core.results import LensResult
from regard.core.results.lens import Answer
from regard.data.question import Prompt, Question
from regard.maps.look import look
from regard.maps.views.answers import guesses_of
from regard.maps.views.beside import beside, with_beside
from regard.maps.views.given import Given
from regard.maps.views.plain import Legend, plain_views
from regard.maps.views.result import digest_of
from regard.maps.views.trained import Trained
from regard.training.evaluation.asking import Answer as Written


def asked(trained: Trained, text: str, question: Question, answer: Written) -> LensResult:
    """The question as it was read, with what was written behind it, and all that the model had in mind."""
    writes = isinstance(question, Prompt)
    tokens = torch.cat([question.tokens, answer.tokens[:-1]]) if writes else question.tokens
    seen, task = look(trained.model, tokens.unsqueeze(0)), trained.task
    names = [task.text(token) or str(int(token)) for token in torch.split(tokens, 1)]
    # a class token stands in front
    prefix = seen.layers[0].call.call.lengths[0] - len(names)
    first = len(question.tokens) - 1 if writes else len(tokens) - len(answer.tokens)
    answers = tuple(
        Answer(place=max(first + i, 0), guesses=guesses_of(task, logits), truth=None)
        for i, logits in enumerate(answer.logits)
    )
    given = Given(tokens=tokens, decoded=None, pixels=None)
    places = [answer.place for answer in answers]
    found = beside(trained.model, seen, tokens.unsqueeze(0), places=places)
    (view,) = plain_views(seen, Legend(given, names=("class",) * prefix + tuple(names)))
    view = with_beside(replace(view, example=text, answers=answers), found, partial(guesses_of, task))
    model = trained.seen([view])
    return LensResult(
        digest=digest_of(trained.run.digest, text), title=f"{text} {trained.label}", models=(model,)
    )
