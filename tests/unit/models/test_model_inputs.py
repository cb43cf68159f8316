"""What does not fit a model is refused in one line; what is empty gives what is empty."""

import pytest
import torch
from judged_apart import said

from regard import ModelSettings, Spec
from regard.core.errors import InvalidOption
from regard.core.shapes import (
    BottleneckOutput,
    ClassOutput,
    ImageInput,
    PairInput,
    Shape,
    TokenInput,
    TokenOutput,
)
from regard.models import build, generate, write

TOKENS, IMAGE = TokenInput(11, 12, causal=False), ImageInput(3, 8, 8)
LANGUAGE = Shape(TokenInput(11, 12, causal=True), TokenOutput(11))


def model_of(shape, **changes):
    settings = ModelSettings(**({"features": 16, "heads": 2, "hidden": 16, "layers": 1} | changes))
    return build(shape, [Spec("softmax")], settings, seed=0).eval()


def whole(*sizes):
    return torch.zeros(*sizes, dtype=torch.int64)


EMPTY = {
    "class token": (Shape(TOKENS, ClassOutput(5)), {}, (5,)),
    "mean": (Shape(TOKENS, ClassOutput(5)), {"pool": "mean"}, (5,)),
    "attention": (Shape(TOKENS, ClassOutput(5)), {"pool": "attention"}, (5,)),
    "language": (LANGUAGE, {"positions": "rotary", "convolution": 3}, (0, 11)),
    "bottleneck": (Shape(TOKENS, BottleneckOutput(11, 12)), {}, (0, 11)),
}


@pytest.mark.parametrize("case", EMPTY)
def test_sequences_without_tokens_have_an_answer(case):
    shape, changes, answer = EMPTY[case]

    logits = model_of(shape, **changes)(whole(2, 0))

    assert logits.shape == (2, *answer)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("pool", ["class", "mean", "attention"])
@pytest.mark.parametrize("n", [0, 12])
def test_pairs_may_be_empty_and_so_may_their_batch(pool, n):
    model = model_of(Shape(PairInput(11, 12), ClassOutput(5)), pool=pool)

    assert torch.isfinite(model(whole(2, 2, n))).all()
    assert model(whole(0, 2, n)).shape == (0, 5)
    assert model(whole(0, 2, n), torch.ones(0, 2, n, dtype=torch.bool)).shape == (0, 5)


@pytest.mark.parametrize("shape", [Shape(TOKENS, ClassOutput(5)), Shape(TOKENS, BottleneckOutput(11, 12))])
@pytest.mark.parametrize("keys", [None, torch.ones(0, 12, dtype=torch.bool)], ids=["no keys", "keys"])
def test_a_batch_of_no_sequences_has_no_answers(shape, keys):
    model = model_of(shape)

    logits = model(whole(0, 12), keys)
    logits.sum().backward()

    assert len(logits) == 0
    assert all(torch.equal(p.grad, torch.zeros_like(p)) for p in model.parameters() if p.grad is not None)


def test_a_batch_of_no_images_has_no_answers():
    assert model_of(Shape(IMAGE, ClassOutput(5)))(torch.zeros(0, 3, 8, 8)).shape == (0, 5)


def test_nothing_is_written_for_no_prompts():
    assert write(generate(model_of(LANGUAGE), whole(0, 3)), 4).shape == (0, 4)


@pytest.mark.parametrize("token", [-1, 11])
def test_a_token_outside_the_vocabulary_is_refused(token):
    with pytest.raises(InvalidOption, match="outside the vocabulary: tokens are numbers from 0 to 10"):
        model_of(LANGUAGE)(torch.tensor([[0, token]]))


# without the annotations, which are executed in the tests only and would refuse these first
MISFITS = """
import torch
from regard import ModelSettings, RegardError, Spec
from regard.core.shapes import ClassOutput, ImageInput, PairInput, Shape, TokenInput, TokenOutput
from regard.models import build

settings = ModelSettings(features=16, heads=2, hidden=16, layers=1, convolution=3)
language, images, pairs = (
    build(shape, [Spec("softmax")], settings, seed=0)
    for shape in (
        Shape(TokenInput(11, 12, causal=True), TokenOutput(11)),
        Shape(ImageInput(3, 8, 8), ClassOutput(5)),
        Shape(PairInput(11, 12), ClassOutput(5)),
    )
)
whole = lambda *sizes: torch.zeros(*sizes, dtype=torch.int64)
true = lambda *sizes: torch.ones(*sizes, dtype=torch.bool)
uses = {
    "tokens of floating point": lambda: language(torch.zeros(2, 5)),
    "tokens of one dimension": lambda: language(whole(5)),
    "tokens in a list": lambda: language([[1, 2]]),
    "tokens elsewhere": lambda: language(whole(2, 5).to("meta")),
    "keys too short": lambda: language(whole(2, 5), true(2, 4)),
    "keys of another batch": lambda: language(whole(2, 5), true(3, 5)),
    "keys of numbers": lambda: language(whole(2, 5), whole(2, 5)),
    "keys in a list": lambda: language(whole(2, 5), [[True]]),
    "edges too short": lambda: language(whole(2, 5), None, true(2, 5, 4)),
    "edges of two dimensions": lambda: language(whole(2, 5), None, true(5, 5)),
    "further tokens of one dimension": lambda: language.extend(whole(5), language.initial_state(1)),
    "further keys too short": lambda: language.extend(whole(2, 5), language.initial_state(2), true(2, 4)),
    "images of another size": lambda: images(torch.zeros(2, 3, 8, 10)),
    "images of one channel": lambda: images(torch.zeros(2, 1, 8, 8)),
    "images without a batch": lambda: images(torch.zeros(3, 8, 8)),
    "images of bytes": lambda: images(torch.zeros(2, 3, 8, 8, dtype=torch.uint8)),
    "images of double precision": lambda: images(torch.zeros(2, 3, 8, 8, dtype=torch.float64)),
    "single sequences for pairs": lambda: pairs(whole(2, 5)),
    "triples for pairs": lambda: pairs(whole(2, 3, 5)),
    "keys of one sequence for pairs": lambda: pairs(whole(2, 2, 5), true(2, 5)),
}
for name, use in uses.items():
    try:
        use()
        print(name, "passes")
    except RegardError as error:
        if "\\n" in str(error): print(name, "has several lines")
    except Exception as error:
        print(name, type(error).__name__)
"""


def test_inputs_that_do_not_fit_raise_an_error_of_ours_in_one_line():
    assert said(MISFITS) == []
