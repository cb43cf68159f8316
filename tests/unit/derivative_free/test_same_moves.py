"""Every evaluator leads pattern search along the same moves, in float64."""

import warnings

import pytest
import torch
from moving import bits, same_bits

from regard.core.errors import RegardWarning
from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data.samples import Samples
from regard.derivative_free import Moves, Serial, Space
from regard.derivative_free.block import Block
from regard.derivative_free.stacked import Stacked
from regard.incremental import BatchLoss, Delta
from regard.mechanisms import MECHANISMS
from regard.models import build
from regard.objectives.cross_entropy import CrossEntropy
from regard.optimizers.pattern_search import PatternSearch

# torch batches its fused attention by a loop, and says so
pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop")

N, VOCABULARY = 6, 5
SHAPES = {
    "decoder": Shape(TokenInput(VOCABULARY, N, True), TokenOutput(VOCABULARY)),
    "encoder": Shape(TokenInput(VOCABULARY, N, False), ClassOutput(VOCABULARY)),
}
SETTINGS = ModelSettings(layers=1, features=8, heads=2, hidden=32)
MIXING = (
    Spec("softmax"),
    Spec("linear"),
    Spec("performer"),
    Spec.of("linformer", rank=3),
    Spec("gated_delta"),
    Spec("fourier"),
)


def kinds(mechanism):
    """What a mechanism can be part of: a decoder if it reads causally, and an encoder in any case."""
    return tuple(SHAPES) if MECHANISMS.find(mechanism.name).traits.causal else ("encoder",)


def posed(kind, mechanism=MIXING[0]):
    """The loss of a small model on a batch."""
    model = build(SHAPES[kind], (mechanism,), SETTINGS, 0).double().eval()
    inputs = torch.randint(VOCABULARY, (4, N), generator=torch.Generator().manual_seed(0))
    targets = inputs.roll(1, 1) if kind == "decoder" else inputs.sum(1) % VOCABULARY
    return BatchLoss(model, CrossEntropy(), Samples(inputs, targets))


def stacked(loss):
    def loss_of(called):
        return loss.objective.loss(called, loss.batch).mean

    return lambda space, **more: Stacked(space, loss.model, loss_of, **more)


def path(loss, way, count):
    """The loss after each step until so many moves are accepted, and the bits at the end."""
    ways = {
        "serial": Serial,
        "block": lambda space: Block(space, 8),
        "delta": Delta,
        "stacked": stacked(loss),
    }
    # a move that changes nothing lowers some loss by its last digit, with one way of adding and not another;
    # short moves, so that there are many to accept
    options = {"radius": 0.05, "tolerance": 1e-12, "longest": 10**6}
    search = PatternSearch(loss.model.named_parameters(), 0, ways[way], **options)
    taken = []
    while search.accepted < count:
        taken.append(search.step(loss))
        assert search.radius >= search.least_radius, f"there are no {count} moves to accept"
    return taken, bits(loss.model)


@pytest.mark.parametrize(
    ("mechanism", "kind"), [(each, kind) for each in MIXING for kind in kinds(each)], ids=str
)
@pytest.mark.parametrize(
    "count", [25, pytest.param(1000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])]
)
def test_all_evaluators_accept_the_same_moves(mechanism, kind, count):
    expected, end = path(posed(kind, mechanism), "serial", count)

    for way in ("block", "delta", "stacked"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RegardWarning)  # where there is no rule, delta says so
            found, there = path(posed(kind, mechanism), way, count)
        assert found == expected, way
        assert same_bits(end, there), way


def test_moves_of_a_key_bias_are_never_accepted_under_softmax():
    loss = posed("decoder")
    search = PatternSearch(loss.model.named_parameters(), tolerance=1e-12, only=("*.k.bias",))

    before = bits(loss.model)
    for _ in range(5):
        search.step(loss)
    assert search.accepted == 0
    assert same_bits(before, bits(loss.model))


def test_stacked_losses_are_those_of_the_closure_and_are_paid_for():
    loss = posed("encoder")
    space, paid = Space(loss.model.named_parameters()), []
    together, serial = stacked(loss)(space, chunk=7, pay=paid.append), Serial(space)
    moves = Moves(torch.arange(0, space.size, 37), torch.full((len(range(0, space.size, 37)),), 0.1).double())
    for each in (together, serial):
        each.begin(loss)

    assert torch.allclose(together.losses(moves), serial.losses(moves), rtol=1e-12, atol=0)
    assert sum(paid) == len(moves)
