"""Delta finds the losses that one move after another finds, for every mechanism and option of a model."""

import warnings

import pytest
import torch
from posed_models import VOCABULARY, B, N, posed, some_moves

from regard.core.errors import InvalidOption, RegardError, RegardWarning
from regard.data.samples import Samples
from regard.derivative_free import Moves, Serial, Space
from regard.incremental import BatchLoss, Delta
from regard.mechanisms import MECHANISMS
from regard.objectives.cross_entropy import CrossEntropy
from regard.optimization import Loss, Objective

RELATIVE = 1e-12

OPTIONS = [
    {"qk_norm": "rms"},
    {"positions": "rotary", "key_heads": 1},
    {"positions": "alibi", "projections": "merged"},
    {"projections": "latent"},
    {"convolution": 3, "output_gate": True},
    {"output_norm": "layer", "absent": "o"},
    {"layers": 1, "pool": "mean"},
    {"pool": "attention"},
]


def compared(loss, each):
    """The largest relative difference between serial and delta."""
    space = Space(loss.model.named_parameters())
    serial, delta = Serial(space), Delta(space)
    moves = some_moves(space, each)
    serial.begin(loss)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RegardWarning)
        delta.begin(loss)
        found, expected = delta.losses(moves), serial.losses(moves)
    return ((found - expected).abs() / expected.abs()).max().item()


@pytest.mark.parametrize("kind", ["encoder", "decoder", "image"])
@pytest.mark.parametrize("mechanism", ["softmax", "linear"])
def test_every_coordinate_agrees(mechanism, kind):
    layers = 2 if mechanism == "softmax" else 1
    assert compared(posed(mechanism, kind, features=4, hidden=6, layers=layers), 10_000) < RELATIVE


@pytest.mark.parametrize("mechanism", MECHANISMS.names())
def test_every_mechanism_agrees(mechanism):
    tried = 0
    for kind in ("decoder", "image"):
        try:
            loss = posed(mechanism, kind, layers=1)
            loss()
        except RegardError:
            continue
        tried += 1
        assert compared(loss, 1) < RELATIVE
    assert tried


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_every_option_agrees(kind, options):
    if kind == "decoder" and "pool" in options:
        pytest.skip("a decoder has no pool")
    assert compared(posed("softmax", kind, smoothing=0.1, **options), 4) < RELATIVE


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_single_precision_agrees_but_for_rounding(kind):
    loss = posed("softmax", kind, features=16, hidden=32)
    loss.model.float()
    assert compared(loss, 4) < 1e-5


def test_padding_agrees():
    loss = posed("softmax", "encoder")
    keys = torch.ones(B, N, dtype=torch.bool)
    keys[0, 4:] = False
    for pool in ("class", "mean", "attention"):
        padded = posed("softmax", "encoder", pool=pool, convolution=3, output_gate=True)
        batch = Samples(loss.batch.inputs, loss.batch.targets, keys)
        assert compared(BatchLoss(padded.model, padded.objective, batch), 2) < RELATIVE


def test_a_stale_cache_is_caught_and_a_move_renews_it(monkeypatch):
    loss = posed("softmax", "encoder")
    space = Space(loss.model.named_parameters())
    serial, delta = Serial(space), Delta(space)
    moves = some_moves(space, 1)
    for evaluator in (serial, delta):
        evaluator.begin(loss)
    delta.losses(moves)
    delta.make(moves)
    assert torch.allclose(delta.losses(moves), serial.losses(moves), rtol=RELATIVE, atol=0)
    monkeypatch.setattr(Delta, "forget", lambda self: None)
    delta.make(moves)
    assert not torch.allclose(delta.losses(moves), serial.losses(moves), rtol=RELATIVE, atol=0)


def test_a_missed_dependency_is_caught(monkeypatch):
    """Heads that are said to read by themselves, and do not."""
    monkeypatch.setattr("regard.incremental.evaluator.heads_apart", lambda *given: True)
    assert compared(posed("talking_heads", "encoder", pool="mean"), 4) > 1e-6


def test_absent_tokens_have_the_loss_of_the_incumbent_exactly():
    loss = posed("softmax", "encoder")
    space = Space(loss.model.named_parameters())
    delta = Delta(space)
    delta.begin(loss)
    first = space.offsets[space.names.index("embed.table")] + (VOCABULARY - 1) * 8
    assert delta.losses(Moves.of((first, 0.5))).item() == delta.incumbent()


def test_what_has_no_rule_is_computed_anew_and_says_so():
    loss = posed("linformer", "image")
    space = Space(loss.model.named_parameters())
    delta = Delta(space)
    delta.begin(loss)
    name = next(name for name in space.names if "mechanism" in name)
    assert "the mixing of block 0 computed anew" in delta.explain()[name]
    with pytest.warns(RegardWarning, match="no rule"):
        delta.losses(Moves.of((space.offsets[space.names.index(name)], 0.5)))


def test_a_model_in_training_mode_is_evaluated_serially_and_says_so():
    loss = posed("softmax", "encoder")
    loss.model.train()
    space = Space(loss.model.named_parameters())
    delta, serial = Delta(space), Serial(space)
    with pytest.warns(RegardWarning, match="training mode"):
        delta.begin(loss)
    serial.begin(loss)
    moves = some_moves(space, 1)
    assert torch.equal(delta.losses(moves), serial.losses(moves))


def test_another_objective_is_evaluated_serially_and_says_so():
    class Halved(Objective):
        def loss(self, model, batch):
            known = CrossEntropy().loss(model, batch)
            return Loss(known.sum / 2, known.count)

    loss = posed("softmax", "encoder")
    loss.objective = Halved()
    space = Space(loss.model.named_parameters())
    delta, serial = Delta(space), Serial(space)
    with pytest.warns(RegardWarning, match="knows cross_entropy, and not Halved"):
        delta.begin(loss)
    serial.begin(loss)
    moves = some_moves(space, 1)
    assert torch.equal(delta.losses(moves), serial.losses(moves))


def test_a_closure_of_unknown_content_is_refused():
    space = Space(posed("softmax", "encoder").model.named_parameters())
    with pytest.raises(InvalidOption, match="give a BatchLoss"):
        Delta(space).begin(lambda: 0.0)


def test_moves_are_charged_by_their_share_of_a_forward_pass():
    loss, paid = posed("softmax", "decoder"), []
    space = Space(loss.model.named_parameters())
    delta = Delta(space, paid.append)
    delta.begin(loss)
    moves = some_moves(space, 1)
    delta.losses(moves)
    assert 1 < sum(paid) < 1 + len(moves)


def test_the_first_moves_of_a_step_are_asked_of_the_closure():
    loss = posed("softmax", "encoder")
    space, paid = Space(loss.model.named_parameters()), []
    delta, serial = Delta(space, paid.append, alone=2), Serial(space)
    moves = some_moves(space, 1)
    delta.begin(loss)
    serial.begin(loss)

    for i in range(2):
        assert delta.block is None
        assert delta.losses(moves[i : i + 1]).equal(serial.losses(moves[i : i + 1]))
        assert delta.canonical
    assert paid == []
    assert delta.block is not None
    delta.losses(moves)
    assert not delta.canonical
    assert paid
    delta.begin(loss)
    assert delta.block is None
