import subprocess
import sys

import pytest
import torch
from torch import nn

from regard import Attention, Grid, Mask, Size, Spec, list_mechanisms
from regard.attention import Cost, Mechanism, Stream, Streams, Traits
from regard.core.errors import InvalidOption, UnknownName, UnsupportedMask, UnsupportedUse
from regard.mechanisms import MECHANISMS
from regard.models.fitting import read_streams
from regard.training.parts.penalty import with_penalties

FEATURES, HEADS = 16, 4
POSITIONS = 24
GRID = Grid(4, 6)
SIZE = Size(HEADS, 4, 4, 32, grid=GRID)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def shell(**options) -> Attention:
    torch.manual_seed(0)
    if (
        options.get("mechanism") in list_mechanisms()
        and MECHANISMS.find(options["mechanism"]).traits.needs_grid
    ):
        options = {"grid": GRID} | options
    return Attention(FEATURES, HEADS, length=32, **options).eval()


def acting(name: str, options: dict) -> dict:
    """The options without those that would change nothing in a mechanism, which the shell refuses."""
    read = read_streams(MECHANISMS.build(name, SIZE))
    idle = set() if {"q", "k"} <= read else {"qk_norm"}
    idle |= {"positions"} if idle and options.get("positions") == "rotary" else set()
    return {key: value for key, value in options.items() if key not in idle}


def by_torch(attention: Attention) -> nn.MultiheadAttention:
    """Torch's own multi-head attention with the same weights."""
    reference = nn.MultiheadAttention(FEATURES, HEADS, batch_first=True).eval()
    separate = attention.projections
    with torch.no_grad():
        reference.in_proj_weight.copy_(torch.cat([getattr(separate, name).weight for name in "qkv"]))
        reference.in_proj_bias.copy_(torch.cat([getattr(separate, name).bias for name in "qkv"]))
        reference.out_proj.weight.copy_(attention.output.weight)
        reference.out_proj.bias.copy_(attention.output.bias)
    return reference


class TestWithSoftmax:
    def test_it_equals_torchs_multi_head_attention(self):
        attention, x = shell(), draw(2, 9, FEATURES)

        expected = by_torch(attention)(x, x, x)[0]

        torch.testing.assert_close(attention(x), expected)

    def test_cross_attention_equals_torchs(self):
        attention, x, context = shell(), draw(2, 5, FEATURES), draw(2, 9, FEATURES, seed=1)
        keys = torch.arange(9) < torch.tensor([[9], [4]])

        expected = by_torch(attention)(x, context, context, key_padding_mask=~keys)[0]

        torch.testing.assert_close(attention(x, context, Mask(keys=keys)), expected)


@pytest.mark.parametrize("name", list_mechanisms())
class TestWithEveryMechanism:
    def test_a_sequence_goes_in_and_comes_out(self, name):
        assert shell(mechanism=name)(draw(2, POSITIONS, FEATURES)).shape == (2, POSITIONS, FEATURES)

    @pytest.mark.parametrize(
        "options",
        [{}, {"projections": "merged"}, {"qk_norm": "rms", "output_norm": "layer", "output_gate": True}],
        ids=str,
    )
    def test_every_parameter_gets_a_gradient(self, name, options):
        attention = shell(mechanism=name, **acting(name, options))
        attention.train()

        loss = attention(draw(2, POSITIONS, FEATURES)).square().sum()
        # an index by which keys are chosen learns by its penalty alone
        with_penalties(loss, attention).backward()

        assert [key for key, p in attention.named_parameters() if p.grad is None or not p.grad.any()] in (
            [],
            # softmax does not see an offset that all keys share (nor do its relatives)
            ["projections.k.bias"],
        )

    def test_each_stream_with_features_has_a_projection_and_nothing_else_has(self, name):
        attention = shell(mechanism=name)
        declared = attention.mechanism.declared

        widths = {key: part.out_features for key, part in attention.projections.named_children()}

        heads = {key: attention.mechanism.heads_of(key) for key in declared.names}
        assert widths == {
            key: heads[key] * stream.features for key, stream in declared.items() if stream.features
        }

    def test_key_heads_can_be_shared(self, name):
        if not {"k", "v"} & read_streams(MECHANISMS.build(name, SIZE)):
            pytest.skip("reads neither keys nor values")
        assert shell(mechanism=name, key_heads=2)(draw(2, POSITIONS, FEATURES)).shape == (
            2,
            POSITIONS,
            FEATURES,
        )


@pytest.mark.parametrize("name", [each for each in list_mechanisms() if MECHANISMS.find(each).traits.causal])
def test_a_convolution_keeps_causality(name):
    attention, x = shell(mechanism=name, convolution=3), draw(2, 9, FEATURES)
    later = x.clone()
    later[:, 5:] *= 8

    before, after = (attention(each, mask=Mask(causal=True))[:, :5] for each in (x, later))

    torch.testing.assert_close(before, after)


@pytest.mark.parametrize("name", list_mechanisms())
@pytest.mark.parametrize("key_heads", [None, 2])
def test_merged_projections_give_what_separate_ones_give(name, key_heads):
    if key_heads and not {"k", "v"} & read_streams(MECHANISMS.build(name, SIZE)):
        pytest.skip("reads neither keys nor values")
    separate, merged = (
        shell(mechanism=name, projections=kind, key_heads=key_heads) for kind in ("separate", "merged")
    )
    merged.projections.copy_from(separate.projections)
    merged.mechanism.load_state_dict(separate.mechanism.state_dict())
    merged.output.load_state_dict(separate.output.state_dict())
    x = draw(2, POSITIONS, FEATURES)

    torch.testing.assert_close(merged(x), separate(x))


def test_merging_makes_one_matrix_of_three():
    names = [name for name, _ in shell(projections="merged").named_parameters()]

    assert names == ["projections.merged.weight", "projections.merged.bias", "output.weight", "output.bias"]


def test_one_key_head_equals_many_with_equal_weights():
    grouped, full = shell(key_heads=1), shell()
    full.load_state_dict(
        {
            name: value.repeat(HEADS, *[1] * (value.ndim - 1)) if ".k." in name or ".v." in name else value
            for name, value in grouped.state_dict().items()
        }
    )
    x = draw(2, 9, FEATURES)

    torch.testing.assert_close(grouped(x), full(x))


@pytest.mark.parametrize("kind", ["separate", "merged"])
def test_absent_projections_leave_the_input_as_it_is(kind):
    attention, x = shell(projections=kind, absent="qko"), draw(2, 9, FEATURES)
    heads = x.view(2, 9, HEADS, -1).transpose(1, 2)
    (weight, bias) = attention.projections.parameters()
    values = (x @ weight.mT + bias).view(2, 9, HEADS, -1).transpose(1, 2)

    expected = nn.functional.scaled_dot_product_attention(heads, heads, values).transpose(1, 2).flatten(2)

    torch.testing.assert_close(attention(x), expected)


class OfManyStreams(Mechanism):
    """Reads streams whose names begin as those of q, k and v do; hands on one number that all heads share."""

    traits = Traits(source="this test", time="n", memory="n", rotary=True)

    def streams(self):
        return Streams(
            q=self.size.d,
            k=self.size.d,
            v=self.size.e,
            kv=Stream(3, shared=True),
            qk=Stream(2, of="queries"),
            place=Stream(0, of="queries"),
        )

    def forward(self, streams, mask):
        self.seen = {name: tuple(stream.shape) for name, stream in streams.items()}
        self.given = streams
        return streams.v

    def cost(self, n, m, mask=Mask()):
        return Cost(matmul_flops=0, state_numbers=0)


def test_every_stream_has_its_heads_and_its_features():
    attention = shell(mechanism=OfManyStreams, key_heads=2)

    attention(draw(2, 9, FEATURES))

    assert attention.mechanism.seen == {
        "q": (2, 4, 9, 4),
        "k": (2, 4, 9, 4),
        "v": (2, 4, 9, 4),
        "kv": (2, 1, 9, 3),
        "qk": (2, 4, 9, 2),
        "place": (2, 4, 9, 0),
    }


@pytest.mark.parametrize(
    "options", [{"positions": "rotary"}, {"convolution": 3}, {"qk_norm": "rms"}], ids=str
)
def test_only_q_and_k_turn_and_only_q_k_and_v_pass_the_convolution(options):
    """What else a mechanism reads is its projection and no more, whatever its name."""
    attention, x = shell(mechanism=OfManyStreams, absent="v", **options), draw(2, 9, FEATURES)

    attention(x)

    for name in ("kv", "qk"):
        projected = getattr(attention.projections, name)(x)
        found = attention.mechanism.given
        torch.testing.assert_close(getattr(found, name).transpose(1, 2).flatten(2), projected)


def test_scores_are_multiplied_by_the_scale_that_is_given():
    attention, x = shell(scale=2.0), draw(2, 9, FEATURES)
    with torch.no_grad():
        for parameter in attention.projections.q.parameters():
            parameter.mul_(2.0 * 4**0.5)
    plain = shell()
    plain.load_state_dict(attention.state_dict())
    rescaled = shell(scale=0.5)
    rescaled.load_state_dict(attention.state_dict())

    torch.testing.assert_close(plain(x), rescaled(x))
    assert not torch.allclose(attention(x), plain(x))


def test_a_mechanism_knows_which_layer_it_is_in():
    size = shell(layer=2, layers=5).mechanism.size

    assert (size.layer, size.layers) == (2, 5)


def normalized(x, kind):
    """Over the last dimension, spelled out."""
    if kind == "layer":
        x = x - x.mean(-1, keepdim=True)
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()


@pytest.mark.parametrize("kind", ["rms", "layer"])
def test_queries_and_keys_of_each_head_are_normalized(kind):
    attention, x = shell(qk_norm=kind), draw(2, 9, FEATURES)
    q, k, v = (
        getattr(attention.projections, name)(x).view(2, 9, HEADS, -1).transpose(1, 2) for name in "qkv"
    )

    mixed = nn.functional.scaled_dot_product_attention(normalized(q, kind), normalized(k, kind), v)

    torch.testing.assert_close(attention(x), attention.output(mixed.transpose(1, 2).flatten(2)))


def test_normalization_comes_before_the_turning():
    attention, x = shell(qk_norm="rms", positions="rotary"), draw(2, 9, FEATURES)
    with torch.no_grad():
        attention.norms["q"].norm.weight.copy_(torch.tensor([1.0, 2, 3, 4]))
        attention.norms["k"].norm.weight.copy_(torch.tensor([4.0, 3, 2, 1]))
    q, k, v = (
        getattr(attention.projections, name)(x).view(2, 9, HEADS, -1).transpose(1, 2) for name in "qkv"
    )
    q, k = (
        attention.rotary(normalized(part, "rms") * attention.norms[name].norm.weight)
        for name, part in (("q", q), ("k", k))
    )

    mixed = nn.functional.scaled_dot_product_attention(q, k, v)

    torch.testing.assert_close(attention(x), attention.output(mixed.transpose(1, 2).flatten(2)))


@pytest.mark.parametrize("kind", ["none", "rms", "layer"])
def test_the_output_of_each_head_is_normalized_then_gated_then_projected(kind):
    attention, plain, x = shell(output_norm=kind, output_gate=True), shell(absent="o"), draw(2, 9, FEATURES)
    plain.projections.load_state_dict(attention.projections.state_dict())
    mixed = plain(x)
    if kind != "none":
        mixed = normalized(mixed.view(2, 9, HEADS, -1), kind).flatten(2)

    expected = attention.output(mixed * (x @ attention.gate.weight.mT).sigmoid())

    torch.testing.assert_close(attention(x), expected)


class TestGoingOn:
    """Any cut of a sequence into pieces gives what the whole gives at once."""

    OPTIONS = (
        {},
        {"positions": "rotary"},
        {"positions": "sinusoidal"},
        {"positions": "learned"},
        {"convolution": 4},
        {"qk_norm": "rms", "output_norm": "layer", "output_gate": True, "projections": "merged"},
    )

    @staticmethod
    def pieces(attention, x, lengths, mask):
        state, mixed, first = attention.initial_state(len(x)), [], 0
        for length in lengths:
            stop = first + length
            out, state = attention.extend(x[:, first:stop], mask.rows(first, stop), state)
            mixed.append(out)
            first = stop
        return torch.cat(mixed, 1)

    @pytest.mark.parametrize("options", OPTIONS, ids=str)
    @pytest.mark.parametrize("lengths", [[1] * 9, [4, 1, 4]], ids=str)
    @pytest.mark.parametrize(
        "name",
        [
            each
            for each in list_mechanisms()
            if MECHANISMS.find(each).traits.streaming and MECHANISMS.find(each).traits.padding
        ],
    )
    def test_pieces_give_what_the_whole_gives_under_padding(self, name, lengths, options):
        attention, x = shell(mechanism=name, key_heads=2, **acting(name, options)), draw(2, 9, FEATURES)
        mask = Mask(causal=True, keys=(torch.arange(9) % 4 > 0).expand(2, 9))

        torch.testing.assert_close(self.pieces(attention, x, lengths, mask), attention(x, mask=mask))

    @pytest.mark.parametrize("name", ["softmax", "gated", "local", "entmax"])
    def test_alibi_goes_on_too(self, name):
        attention, x = shell(mechanism=name, positions="alibi"), draw(2, 9, FEATURES)
        mask = Mask(causal=True)

        torch.testing.assert_close(self.pieces(attention, x, [5, 1, 3], mask), attention(x, mask=mask))

    def test_a_mechanism_that_does_not_stream_says_so(self):
        with pytest.raises(UnsupportedUse, match="fourier does not stream"):
            shell(mechanism="fourier").initial_state(2)


def test_padding_does_not_reach_across_a_convolution():
    attention, x = shell(convolution=5), draw(1, 9, FEATURES)
    keys = torch.arange(9)[None] < 6
    louder = torch.where(keys.unsqueeze(-1), x, torch.nan)

    before, after = (attention(each, mask=Mask(keys=keys))[:, :6] for each in (x, louder))

    torch.testing.assert_close(before, after)


def test_a_centered_convolution_sees_both_neighbors_and_a_causal_one_does_not():
    attention, x = shell(mechanism="identity", convolution=3), draw(1, 9, FEATURES)
    changed = x.clone()
    changed[:, 5] += 1

    moved = {
        causal: (attention(changed, mask=Mask(causal=causal)) - attention(x, mask=Mask(causal=causal)))
        .abs()
        .sum(-1)
        for causal in (False, True)
    }

    assert moved[False].squeeze().nonzero().flatten().tolist() == [4, 5, 6]
    assert moved[True].squeeze().nonzero().flatten().tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"key_heads": 3}, "must divide"),
        ({"absent": "qx"}, "can only be of 'q', 'k', 'v', 'o', not 'qx'"),
        ({"absent": "kv", "key_heads": 2}, "grouped heads need"),
        ({"projections": "megred"}, "projections cannot be 'megred': choose separate, merged or latent"),
        ({"qk_norm": "rsm"}, "qk_norm cannot be 'rsm': choose none, rms or layer"),
        ({"output_norm": "batch"}, "output_norm cannot be 'batch': choose none, rms or layer"),
        ({"positions": "rotry"}, "positions cannot be"),
        ({"mechanism": "softmx"}, "Did you mean 'softmax'"),
        ({"mechanism": Spec.of("softmax", rank=1)}, "no option 'rank'"),
    ],
    ids=str,
)
def test_bad_options_get_one_clear_line(options, message):
    with pytest.raises((InvalidOption, UnknownName), match=message):
        shell(**options)


def test_features_must_split_into_heads():
    with pytest.raises(InvalidOption, match="10 features cannot be split into 4"):
        Attention(10, 4)


# without the annotations, which are executed in the tests only and would refuse these first
BY_HAND = """
import torch
from regard import Attention, Mask, RegardError
attention = Attention(16, 4)
x, given = torch.zeros(2, 9, 16), {given}
uses = (
    lambda: attention(given),
    lambda: attention(x, given),
    lambda: attention.extend(given, Mask(causal=True), attention.initial_state(2)),
)
for use in uses:
    try:
        use()
    except RegardError as error:
        print(error)
"""


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("torch.zeros(9, 16)", "float32 (9, 16)"),
        ("torch.zeros(2, 9, 15)", "float32 (2, 9, 15)"),
        ("torch.zeros(2, 9, 16, dtype=torch.int64)", "int64 (2, 9, 16)"),
    ],
)
def test_an_input_that_does_not_fit_is_refused_in_one_line(given, shown):
    code = BY_HAND.replace("{given}", given)

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    expected = f"should be of floating point, (batch, positions, 16), and is {shown}."
    assert said.splitlines() == [f"Attention: {name} {expected}" for name in ("x", "context", "x")]


class TooFew(Mechanism):
    """A planted fault: one output for all queries, which broadcasting would spread over them."""

    traits = Traits(source="this test", time="n", memory="n", weights=False, causal=True, streaming=True)

    def forward(self, streams, mask):
        return streams.v.mean(2, keepdim=True)

    def initial_state(self, b, device=None):
        return ()

    def extend(self, streams, mask, state):
        return self(streams, mask), state

    def cost(self, n, m, mask=Mask()):
        return Cost(matmul_flops=0, state_numbers=0)


def test_an_output_of_another_shape_is_refused_in_one_line():
    attention, x, causal = shell(mechanism=TooFew), draw(2, 9, FEATURES), Mask(causal=True)
    says = r"TooFew: the output should be \(batch, 4, 9, 4\) and is \(2, 4, 1, 4\)"

    with pytest.raises(InvalidOption, match=says):
        attention(x)
    with pytest.raises(InvalidOption, match=says):
        attention.extend(x, causal, attention.initial_state(2))


def test_alibi_is_refused_by_a_mechanism_without_scores():
    with pytest.raises(UnsupportedMask, match="linear does not support the mask's part 'slopes'"):
        shell(mechanism="linear", positions="alibi")


def test_causal_fourier_is_refused():
    with pytest.raises(UnsupportedMask, match="fourier does not support the mask's part 'causal'"):
        shell(mechanism="fourier")(draw(2, 9, FEATURES), mask=Mask(causal=True))


def test_learned_positions_end_at_their_length():
    with pytest.raises(UnsupportedUse, match="end at 32, but the sequence has 33"):
        shell(positions="learned")(draw(1, 33, FEATURES))


def test_dropout_works_in_training_only():
    attention, x = shell(dropout=0.5), draw(2, 9, FEATURES)

    assert torch.equal(attention(x), attention(x))
    assert not torch.equal(attention.train()(x), attention.train()(x))
