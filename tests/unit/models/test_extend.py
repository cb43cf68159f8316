"""A model goes on by any number of tokens: the pieces give what all gives at once."""

from dataclasses import asdict
from typing import Any

import pytest
import torch

from regard import Grid, ModelSettings, Size, Spec, list_mechanisms
from regard.core.errors import InvalidOption, UnsupportedUse
from regard.core.shapes import BottleneckOutput, ClassOutput, ImageInput, Shape, TokenInput, TokenOutput
from regard.mechanisms import MECHANISMS
from regard.models import build

VOCABULARY, LENGTH = 11, 37
LANGUAGE = Shape(TokenInput(VOCABULARY, LENGTH, causal=True), TokenOutput(VOCABULARY))
SMALL = ModelSettings(features=16, heads=4, hidden=32, layers=2)
CUTS = {"ones": [1] * LENGTH, "primes": [2, 3, 5, 7, 11, 9], "all": [LENGTH], "prefill": [29] + [1] * 8}
SHELLS = {
    "sinusoidal": {"positions": "sinusoidal"},
    "rotary": {"positions": "rotary"},
    "no positions": {"positions": "none"},
    "convolution": {"convolution": 4},
    "one tap": {"convolution": 1},
    "grouped": {"key_heads": 2},
    "normalized": {"qk_norm": "rms", "positions": "rotary", "output_norm": "layer"},
    "gated": {"output_gate": True},
    "merged": {"projections": "merged", "convolution": 3},
}


OF_EACH_KIND = (
    "softmax",
    "linear",
    "delta",
    "local",
    "kda",
    "performer",
    "mamba3",
    "log_linear",
    "nsa",
    "sink",
)
"""One mechanism for each kind of state; the others go on in the long tests."""


def streaming(*traits: str) -> list[Any]:
    """The mechanisms that stream and declare further traits when they are built."""
    size = Size(2, 4, 4, LENGTH, grid=Grid(1, LENGTH))
    built = {name: MECHANISMS.build(name, size).traits for name in list_mechanisms()}
    return [
        pytest.param(name, marks=() if name in OF_EACH_KIND else pytest.mark.long)
        for name, own in built.items()
        if own.streaming and all(getattr(own, trait) for trait in traits)
    ]


def model_of(name: str, **changes: object) -> torch.nn.Module:
    settings = ModelSettings(**(asdict(SMALL) | changes))
    return build(LANGUAGE, [Spec.of(name)], settings, seed=0).double().eval()


def tokens(b: int = 3, n: int = LENGTH) -> torch.Tensor:
    return torch.randint(VOCABULARY, (b, n), generator=torch.Generator().manual_seed(0))


def padded_left(lengths: tuple[int, ...] = (37, 30, 21)) -> torch.Tensor:
    return torch.arange(LENGTH) >= LENGTH - torch.tensor(lengths).unsqueeze(1)


def in_pieces(model, inputs, sizes, keys=None):
    state, logits = model.initial_state(len(inputs)), []
    pieces = inputs.split(sizes, 1)
    marks = [None] * len(sizes) if keys is None else keys.split(sizes, 1)
    for piece, mark in zip(pieces, marks, strict=True):
        more, state = model.extend(piece, state, mark)
        logits.append(more)
    return torch.cat(logits, 1)


@pytest.mark.parametrize("name", streaming())
@pytest.mark.parametrize("cut", CUTS)
def test_any_cut_gives_what_forward_gives(name, cut):
    model, inputs = model_of(name), tokens()
    torch.testing.assert_close(in_pieces(model, inputs, CUTS[cut]), model(inputs))


@pytest.mark.parametrize("name", streaming("padding"))
@pytest.mark.parametrize("cut", CUTS)
def test_any_cut_gives_what_forward_gives_behind_padding(name, cut):
    model, inputs, keys = model_of(name), tokens(), padded_left()
    pieces, whole = in_pieces(model, inputs, CUTS[cut], keys), model(inputs, keys)
    torch.testing.assert_close(pieces[keys], whole[keys])


@pytest.mark.parametrize("name", streaming("padding"))
@pytest.mark.parametrize("shell", SHELLS)
def test_any_shell_goes_on(name, shell):
    model, inputs, keys = model_of(name, **SHELLS[shell]), tokens(), padded_left()
    pieces, whole = in_pieces(model, inputs, CUTS["primes"], keys), model(inputs, keys)
    torch.testing.assert_close(pieces[keys], whole[keys])


@pytest.mark.parametrize("name", streaming())
def test_pieces_longer_than_a_chunk_go_on_in_single_precision(name):
    shape = Shape(TokenInput(VOCABULARY, 150, causal=True), TokenOutput(VOCABULARY))
    model, inputs = build(shape, [Spec.of(name)], SMALL, seed=0).eval(), tokens(2, 150)
    pieces = in_pieces(model, inputs, [70, 1, 64, 15])
    torch.testing.assert_close(pieces, model(inputs), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("name", streaming("slopes"))
def test_slopes_go_on(name):
    model, inputs = model_of(name, positions="alibi"), tokens()
    torch.testing.assert_close(in_pieces(model, inputs, CUTS["primes"]), model(inputs))


def test_keys_may_be_given_from_the_second_piece_on():
    model, inputs = model_of("softmax"), tokens()
    keys = torch.ones(inputs.shape, dtype=torch.bool)
    keys[1, 20:24] = False
    first, state = model.extend(inputs[:, :20], model.initial_state(3))
    second, _ = model.extend(inputs[:, 20:], state, keys[:, 20:])
    torch.testing.assert_close(torch.cat([first, second], 1)[keys], model(inputs, keys)[keys])


def test_padding_stays_padding_in_later_pieces():
    model, inputs, keys = model_of("softmax"), tokens(), padded_left()
    _, state = model.extend(inputs[:, :20], model.initial_state(3), keys[:, :20])
    second, _ = model.extend(inputs[:, 20:], state)
    whole = keys.clone()
    whole[:, 20:] = True
    torch.testing.assert_close(second, model(inputs, whole)[:, 20:])


@pytest.mark.parametrize("name", ["softmax", "linear", "delta"])
def test_gradients_pass_from_piece_to_piece(name):
    model, inputs = model_of(name, positions="rotary", convolution=2), tokens()
    found = []
    for logits in (model(inputs), in_pieces(model, inputs, CUTS["primes"])):
        model.zero_grad()
        logits.square().sum().backward()
        found.append({key: value.grad.clone() for key, value in model.named_parameters()})
    for key, gradient in found[0].items():
        torch.testing.assert_close(found[1][key], gradient, msg=key)


@pytest.mark.parametrize("name", streaming())
def test_the_state_that_is_given_stays_as_it_is(name):
    model, inputs = model_of(name, convolution=3), tokens()
    _, state = model.extend(inputs[:, :20], model.initial_state(3))
    first, _ = model.extend(inputs[:, 20:], state)
    again, _ = model.extend(inputs[:, 20:], state)
    assert torch.equal(first, again)


def test_a_state_of_other_sequences_is_refused_in_one_line():
    model = model_of("softmax")
    with pytest.raises(InvalidOption, match="that of 3 sequences, and 2 are to go on"):
        model.extend(tokens(2), model.initial_state(3))


def test_learned_positions_end_in_one_line():
    model = model_of("softmax")
    _, state = model.extend(tokens(), model.initial_state(3))
    with pytest.raises(UnsupportedUse, match="Learned positions end at 37, but the sequence has 38"):
        model.extend(tokens(n=1), state)


@pytest.mark.parametrize(
    "shape",
    [
        Shape(TokenInput(VOCABULARY, LENGTH, causal=False), TokenOutput(VOCABULARY)),
        Shape(TokenInput(VOCABULARY, LENGTH, causal=True), ClassOutput(5)),
        Shape(TokenInput(VOCABULARY, LENGTH, causal=True), BottleneckOutput(VOCABULARY, LENGTH)),
        Shape(ImageInput(1, 8, 8), ClassOutput(5)),
    ],
)
def test_a_model_that_has_no_next_token_does_not_go_on(shape):
    model = build(shape, [Spec("softmax")], ModelSettings(layers=1, features=8, heads=2, pool="mean"), seed=0)
    assert not model.streams
    with pytest.raises(UnsupportedUse, match=r"causal[^\n]*form=causal"):
        model.initial_state(2)
