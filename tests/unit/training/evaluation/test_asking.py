import pytest
import torch

from regard import ModelSettings, Spec
from regard.core.randomness import generator_of
from regard.data.question import Prompt, Slots
from regard.models import build
from regard.models.generation import generate
from regard.models.sampling import Sampling
from regard.tasks import TASKS
from regard.training.evaluation.asking import ask


def model_of(task, **changes):
    settings = ModelSettings(features=16, heads=2, hidden=32, layers=1, **changes)
    return build(task.shape, [Spec("softmax")], settings, seed=0)


def test_a_prompt_is_continued_in_evaluation_mode_and_the_mode_comes_back():
    task = TASKS.build("arithmetic")
    model, question = model_of(task, dropout=0.5).train(), task.encode("37+45=")
    answer = ask(model, question)

    assert model.training
    first = next(generate(model.eval(), question.tokens.unsqueeze(0)))
    assert torch.equal(answer.logits[:1], first.logits)
    assert answer.tokens.shape == (3,)


def test_slots_are_filled_from_one_pass():
    task = TASKS.build("arithmetic", form="masked")
    model, question = model_of(task).eval(), task.encode("37+45=")
    answer = ask(model, question)

    torch.testing.assert_close(answer.logits, model(question.tokens.unsqueeze(0))[0, -3:])
    assert torch.equal(answer.tokens, answer.logits.argmax(-1))


def test_a_class_is_one_step():
    task = TASKS.build("membership", samples=50, held_out=20)
    model = model_of(task).eval()
    answer = ask(model, task.encode("(())"))

    torch.testing.assert_close(answer.logits, model(torch.tensor([[0, 0, 1, 1]])))
    assert answer.tokens.shape == (1,)


class Says(torch.nn.Module):
    """A model that says the tokens 0, 1, 2, ... by position."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, tokens, keys=None):
        n = tokens.shape[1]
        return self.weight * torch.nn.functional.one_hot(torch.arange(n), 9).float().expand(len(tokens), n, 9)


@pytest.mark.parametrize(
    "question", [Prompt(torch.tensor([7, 7]), 5, end=3), Slots(torch.zeros(6).long(), 5, end=3)]
)
def test_an_answer_ends_with_its_end(question):
    assert ask(Says(), question).tokens.tolist() == [1, 2, 3]


def test_an_answer_without_an_end_is_as_long_as_it_may_be():
    assert ask(Says(), Prompt(torch.tensor([7, 7]), 4)).tokens.tolist() == [1, 2, 3, 4]


def test_the_likeliest_choices_come_in_falling_order_with_what_the_model_gives_them():
    answer = ask(Says(), Prompt(torch.tensor([7, 7]), 2))
    shares, tokens = answer.likeliest(3)

    assert tokens[:, 0].tolist() == [1, 2]
    torch.testing.assert_close(shares[0, 0], torch.tensor(torch.e / (torch.e + 8)))
    assert answer.likeliest(99)[0].shape == (2, 9)
    torch.testing.assert_close(answer.likeliest(99)[0].sum(1), torch.ones(2))


def test_tokens_are_drawn_where_that_is_asked_for():
    drawn = [
        ask(
            Says(), Prompt(torch.tensor([7]), 8), Sampling().drawing_from(generator_of(seed, "ask"))
        ).tokens.tolist()
        for seed in (0, 0, 1)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
