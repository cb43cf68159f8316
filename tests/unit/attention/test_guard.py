"""Whatever a mechanism does not declare raises before it runs, in one line, through every entry."""

from dataclasses import replace

import pytest
import torch

from regard.attention import Bias, Cost, Mask, Mechanism, Size, Stream, Streams, Traits
from regard.attention.guard import lengths
from regard.attention.mask_parts import MASK_PARTS
from regard.core.errors import InvalidOption, RegardError, UnsupportedMask, UnsupportedUse

SIZE = Size(heads=2, key_features=4, value_features=3, length=6)
B, N = 2, 5

SET = {
    "causal": Mask(causal=True),
    "keys": Mask(keys=torch.ones(B, N, dtype=torch.bool)),
    "edges": Mask(edges=torch.ones(B, N, N, dtype=torch.bool)),
    "window": Mask(window=2),
    "segments": Mask(segments=torch.zeros(B, N + 1, dtype=torch.int64)),
    "start": Mask(start=1),
    "slopes": Mask(bias=Bias(slopes=torch.ones(2))),
    "table": Mask(bias=Bias(table=torch.ones(2, 3))),
    "dense": Mask(bias=Bias(dense=torch.ones(2, N, N))),
}


class Recorder(Mechanism):
    """Does nothing but remember that it was reached."""

    traits = Traits(source="this test", time="n", memory="n")
    reached = False

    def forward(self, streams, mask):
        self.reached = True
        return streams.v

    def weights(self, streams, mask):
        self.reached = True
        return streams.q @ streams.k.mT

    def initial_state(self, b, device=None):
        return ()

    def extend(self, streams, mask, state):
        self.reached = True
        return streams.v, state

    def cost(self, n, m, mask=Mask()):
        return Cost(matmul_flops=0, state_numbers=0)


def built(**traits):
    """The recorder with some traits."""
    plain = {"source": "this test", "time": "n", "memory": "n", "weights": False}
    mechanism = Recorder(SIZE)
    mechanism.traits = Traits(**(plain | traits))
    return mechanism


def streams(n=N, m=N, d=4):
    return Streams(q=torch.zeros(B, 2, n, d), k=torch.zeros(B, 2, m, 4), v=torch.zeros(B, 2, m, 3))


def use(mechanism, entry, given, mask):
    """Through the entry itself, and for `forward` through the module's call."""
    if entry == "extend":
        return mechanism.extend(given, mask, mechanism.initial_state(B))
    return mechanism(given, mask) if entry == "call" else getattr(mechanism, entry)(given, mask)


def refused(mechanism, entry, given, mask):
    """The one line of the refusal; nothing of the mechanism has run."""
    with pytest.raises(RegardError) as refusal:
        use(mechanism, entry, given, mask)
    assert not mechanism.reached
    assert "\n" not in str(refusal.value)
    return refusal.value


# going on is causal, and starts where it stands
USES = [(entry, part) for entry in ("call", "forward", "weights") for part in MASK_PARTS]
USES += [("extend", part) for part in MASK_PARTS if part not in ("causal", "start")]


@pytest.mark.parametrize(("entry", "part"), USES)
def test_a_part_of_the_mask_that_is_not_declared_is_named(part, entry):
    mechanism = built(weights=True, streaming=True, causal=entry == "extend")
    mask = SET[part] if entry != "extend" else causal(SET[part])

    error = refused(mechanism, entry, streams(), mask)

    assert isinstance(error, UnsupportedMask)
    assert f"Recorder does not support the mask's part '{part}'" in str(error)


def causal(mask):
    return replace(mask, causal=True)


@pytest.mark.parametrize("part", MASK_PARTS)
def test_a_part_that_is_declared_is_let_through(part):
    mechanism = built(**{MASK_PARTS[part].trait: True}, cross=True)

    mechanism(streams(m=N + 1) if part == "segments" else streams(), SET[part])

    assert mechanism.reached


def test_going_on_needs_no_declared_start():
    mechanism = built(streaming=True, causal=True)

    mechanism.extend(streams(), Mask(causal=True, start=1), ())

    assert mechanism.reached


def test_no_weights_no_stream_and_no_order_are_told():
    assert "Recorder has no weights" in str(refused(built(), "weights", streams(), Mask()))
    assert "Recorder does not stream" in str(refused(built(), "extend", streams(), Mask(causal=True)))
    backwards = refused(built(streaming=True, causal=True), "extend", streams(), Mask())
    assert "from left to right only: give extend a mask with causal=True" in str(backwards)


@pytest.mark.parametrize("entry", ["call", "forward", "weights", "extend"])
def test_two_sequences_are_refused_where_they_are_not_declared(entry):
    mechanism = built(weights=True, streaming=True, causal=True)

    error = refused(mechanism, entry, streams(n=3), Mask(causal=True))

    assert isinstance(error, UnsupportedUse)
    assert "mixes one sequence with itself: it cannot take 3 queries and 5 keys" in str(error)


@pytest.mark.parametrize(("entry", "start", "length"), [("forward", 0, 7), ("extend", 3, 8)])
def test_more_positions_than_it_was_built_for_are_refused(entry, start, length):
    mechanism = built(fixed_length=True, streaming=True, causal=True)
    n = length - start

    error = refused(mechanism, entry, streams(n, n), Mask(causal=True, start=start))

    assert isinstance(error, UnsupportedUse)
    assert f"built for at most 6 positions, not {length}. Build it with a longer length." in str(error)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Streams(q=torch.zeros(B, 2, N, 4), v=torch.zeros(B, 2, N, 3)), "q, k, v, and 'k' is not given"),
        (streams(d=5), "the stream 'q' should be (2, 2, 5, 4) and is (2, 2, 5, 5)"),
        (streams().map(lambda each: each[0]), "should be (b, 2, positions, 4) and is (2, 5, 4)"),
        (
            streams().map(lambda each: each[:, :1]),
            "the stream 'q' should be (2, 2, 5, 4) and is (2, 1, 5, 4)",
        ),
        (
            streams().replace(k=torch.zeros(3, 2, N, 4)),
            "the stream 'k' should be (2, 2, 5, 4) and is (3, 2, 5, 4)",
        ),
        (
            streams().replace(v=torch.zeros(B, 2, 4, 3)),
            "the stream 'v' should be (2, 2, 5, 3) and is (2, 2, 4, 3)",
        ),
    ],
    ids=["missing", "too wide", "without a batch", "too few heads", "another batch", "a value too few"],
)
@pytest.mark.parametrize("entry", ["forward", "weights", "extend"])
def test_streams_of_another_name_or_shape_are_refused(entry, given, says):
    mechanism = built(weights=True, streaming=True, causal=True)

    error = refused(mechanism, entry, given, Mask(causal=True))

    assert isinstance(error, InvalidOption)
    assert says in str(error)


@pytest.mark.parametrize("entry", ["forward", "weights", "extend"])
def test_a_mask_that_does_not_fit_is_refused_with_the_numbers(entry):
    mechanism = built(weights=True, streaming=True, causal=True, padding=True)
    start = 2 if entry == "extend" else 0
    mask = Mask(causal=True, keys=torch.ones(B, 4, dtype=torch.bool), start=start)

    error = refused(mechanism, entry, streams(), mask)

    assert isinstance(error, InvalidOption)
    assert f"Recorder: the mask does not fit 5 queries and {5 + start} keys: its part 'keys'" in str(error)


def test_a_subclass_that_redefines_an_entry_is_guarded_too():
    class Other(Recorder):
        def forward(self, streams, mask):
            self.reached = True
            return 2 * streams.v

    assert "Other does not support" in str(refused(Other(SIZE), "forward", streams(), Mask(window=1)))


def test_an_option_that_claims_less_is_held_to_it():
    mechanism = built(causal=True)
    mechanism(streams(), Mask(causal=True))
    mechanism.reached = False
    mechanism.traits = built().traits

    assert "'causal'" in str(refused(mechanism, "call", streams(), Mask(causal=True)))


def test_grouped_keys_and_values_have_g_heads_or_all_of_them():
    mechanism = Recorder(Size(4, 4, 3, 6, key_heads=2))
    mechanism.traits = Traits(source="this test", time="n", memory="n", grouped=True)
    q = torch.zeros(B, 4, N, 4)

    for heads in (2, 4):
        mechanism(Streams(q=q, k=torch.zeros(B, heads, N, 4), v=torch.zeros(B, heads, N, 3)))

    assert mechanism.reached
    mechanism.reached = False
    given = Streams(q=q, k=torch.zeros(B, 1, N, 4), v=torch.zeros(B, 1, N, 3))
    assert "'k' should be (2, 2, 5, 4)" in str(refused(mechanism, "forward", given, Mask()))


@pytest.mark.parametrize("mask", ["causal", None, torch.ones(N, N)], ids=["text", "None", "a tensor"])
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(InvalidOption, match=r"Recorder: the mask must be a regard\.Mask, and is of type"):
        built()(Streams(q=torch.ones(B, 2, N, 4), k=torch.ones(B, 2, N, 4), v=torch.ones(B, 2, N, 3)), mask)


def test_the_mask_may_be_left_out():
    mechanism = built(weights=True)

    mechanism(streams())
    mechanism.weights(streams())

    assert mechanism.reached


class OfKeysAlone(Recorder):
    """Reads a stream that is no q."""

    def streams(self):
        return Streams(v=3, decay=Stream(1, of="keys"))


def test_lengths_are_read_from_the_streams_of_queries_and_of_keys():
    assert lengths(Recorder(SIZE), streams(n=3)) == (3, 5)
    assert lengths(OfKeysAlone(SIZE), Streams(v=torch.zeros(1, 2, 7, 3), decay=torch.zeros(1, 2, 7, 1))) == (
        7,
        7,
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            torch.zeros(B, 2, N, 4),
            "the streams must be regard.Streams(q=q, k=k, v=v), and are of type Tensor",
        ),
        ({"q": 1}, "the streams must be regard.Streams(q=q, k=k, v=v), and are of type dict"),
        (
            streams().replace(k=streams().k.long()),
            "'k' should be a tensor of floating point, and is torch.int64",
        ),
        (streams().replace(v=[1.0]), "'v' should be a tensor of floating point, and is list"),
        (streams().replace(k=streams().k.double()), "'k' is torch.float64, and others are torch.float32"),
        (streams().replace(v=streams().v.to("meta")), "'v' lies on meta, others on cpu. Move one of them"),
    ],
    ids=["a tensor", "a mapping", "whole numbers", "a list", "another type", "elsewhere"],
)
@pytest.mark.parametrize("entry", ["call", "forward", "weights", "extend"])
def test_streams_of_another_kind_are_refused(entry, given, says):
    error = refused(built(weights=True, streaming=True, causal=True), entry, given, Mask(causal=True))

    assert isinstance(error, InvalidOption)
    assert says in str(error)


def test_autocast_makes_one_type_of_several():
    mechanism = built()

    with torch.autocast("cpu", torch.bfloat16):
        mechanism(streams().replace(k=streams().k.bfloat16()))

    assert mechanism.reached


@pytest.mark.parametrize(
    "mask",
    [
        Mask(keys=torch.ones(B, N, dtype=torch.bool, device="meta")),
        Mask(bias=Bias(dense=torch.ones(2, N, N, device="meta"))),
    ],
    ids=["keys", "dense"],
)
def test_a_mask_that_lies_elsewhere_is_refused(mask):
    error = refused(built(padding=True, dense=True), "forward", streams(), mask)

    assert f"the mask's part '{mask.parts[0]}' lies on meta, and the input on cpu" in str(error)


@pytest.mark.parametrize(("b", "n", "m"), [(0, 5, 5), (2, 0, 0), (2, 0, 5), (2, 5, 0), (0, 0, 0)])
def test_where_there_is_nothing_to_mix_the_mechanism_is_not_asked(b, n, m):
    mechanism = built(cross=True, weights=True)
    given = Streams(
        q=torch.full((b, 2, n, 4), torch.nan), k=torch.zeros(b, 2, m, 4), v=torch.zeros(b, 2, m, 3)
    )
    given = given.map(lambda each: each.requires_grad_())

    mixed, weights = mechanism(given), mechanism.weights(given)
    mixed.sum().backward()

    assert not mechanism.reached
    assert torch.equal(mixed, torch.zeros(b, 2, n, 3))
    assert torch.equal(weights, torch.zeros(b, 2, n, m))
    assert all(torch.equal(each.grad, torch.zeros_like(each)) for each in given)


def test_going_on_by_nothing_leaves_the_state():
    mechanism, state = built(streaming=True, causal=True), (torch.ones(1),)

    mixed, after = mechanism.extend(streams(0, 0), Mask(causal=True), state)

    assert not mechanism.reached
    assert mixed.shape == (B, 2, 0, 3)
    assert after is state


def test_what_does_not_fit_is_refused_also_where_it_is_empty():
    assert "'causal'" in str(refused(built(), "forward", streams(0, 0), Mask(causal=True)))
