"""Every evaluator leads pattern search along the same moves, in float64."""

import pytest
import torch
from moving import bits, same_bits
from torch import nn

from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.derivative_free import Moves, Serial, Space
from regard.derivative_free.block import Block
from regard.derivative_free.stacked import Stacked
from regard.models import build
from regard.optimizers.pattern_search import PatternSearch

# torch batches its fused attention by a loop, and says so
pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")

SHAPES = {
    "decoder": Shape(TokenInput(5, 6, True), TokenOutput(5)),
    "encoder": Shape(TokenInput(5, 6, False), ClassOutput(5)),
}
SETTINGS = ModelSettings(layers=1, features=8, heads=2, hidden=8)


def posed(kind):
    """A small model, and the loss of what is called in its place."""
    model = build(SHAPES[kind], (Spec("softmax"),), SETTINGS, 0).double().eval()
    rng = torch.Generator().manual_seed(0)
    inputs = torch.randint(5, (4, 6), generator=rng)
    targets = inputs.roll(1, 1).flatten() if kind == "decoder" else inputs.sum(1) % 5

    def loss(called):
        return nn.functional.cross_entropy(called(inputs).flatten(0, -2), targets)

    return model, loss


def path(kind, way, steps, radius=0.3):
    """The accepted moves: the parameters' sum and the loss after each step, and the bits at the end."""
    model, loss = posed(kind)
    ways = {"serial": Serial, "block": Block, "stacked": lambda space: Stacked(space, model, loss)}
    # a move that changes nothing lowers some loss by its last digit, with one way of adding and not another
    options = {"radius": radius, "tolerance": 1e-12, "longest": 10**6}
    search = PatternSearch(model.named_parameters(), 0, ways[way], **options)
    taken = [search.step(lambda: loss(model)) for _ in range(steps)]
    return taken, bits(model)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("steps", [40, pytest.param(1000, marks=pytest.mark.long)])
def test_all_evaluators_accept_the_same_moves(kind, steps):
    expected, end = path(kind, "serial", steps)

    for way in ("block", "stacked"):
        found, there = path(kind, way, steps)
        assert found == expected
        assert same_bits(end, there)


def test_moves_of_a_key_bias_are_never_accepted_under_softmax():
    model, loss = posed("decoder")
    search = PatternSearch(model.named_parameters(), tolerance=1e-12, only=("*.k.bias",))

    before = bits(model)
    for _ in range(5):
        search.step(lambda: loss(model))
    assert search.accepted == 0
    assert same_bits(before, bits(model))


def test_stacked_losses_are_those_of_the_closure_and_are_paid_for():
    model, loss = posed("encoder")
    space, paid = Space(model.named_parameters()), []
    stacked, serial = Stacked(space, model, loss, chunk=7, pay=paid.append), Serial(space)
    moves = Moves(torch.arange(0, space.size, 37), torch.full((len(range(0, space.size, 37)),), 0.1).double())
    for each in (stacked, serial):
        each.begin(lambda: loss(model))

    assert torch.allclose(stacked.losses(moves), serial.losses(moves), rtol=1e-12, atol=0)
    assert sum(paid) == len(moves)
