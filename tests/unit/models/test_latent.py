import pytest
import torch
from torch.testing import assert_close

from regard.attention import Grid, Mask, Size, Streams
from regard.core.errors import InvalidOption, RegardWarning
from regard.core.settings import ModelSettings
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.mechanisms import MECHANISMS
from regard.mechanisms.softmax import Softmax
from regard.models import Attention, build
from regard.models.fitting import read_streams

FEATURES, HEADS, RANK, N = 32, 4, 6, 9
D, TURNED = 8, 4


def layer(mechanism="softmax", **options):
    torch.manual_seed(0)
    options = {"projections": "latent", "latent": RANK, "positions": "rotary"} | options
    return Attention(FEATURES, HEADS, mechanism=mechanism, length=N, **options).double().eval()


def drawn(b=2, n=N):
    return torch.randn(b, n, FEATURES, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def by_position(attention, x):
    """Multi-head latent attention as the paper writes it, head by head, causal."""
    own, output = attention.projections, torch.zeros(*x.shape[:2], HEADS, D, dtype=x.dtype)
    turn = attention.rotary
    latents = own.down(x)
    c, shared = latents[..., :RANK], turn(latents[:, None, :, RANK:])[:, 0]
    queries = own.others.q(x).unflatten(-1, (HEADS, D))
    turned = turn(queries[..., D - TURNED :].transpose(1, 2)).transpose(1, 2)
    up_k = own.up["k"].weight.unflatten(0, (HEADS, D - TURNED))
    up_v = own.up["v"].weight.unflatten(0, (HEADS, D))
    for b in range(len(x)):
        for h in range(HEADS):
            for i in range(x.shape[1]):
                content, position = queries[b, i, h, : D - TURNED], turned[b, i, h]
                scores = [
                    (content @ up_k[h] @ c[b, j] + position @ shared[b, j]) / D**0.5 for j in range(i + 1)
                ]
                output[b, i, h] = torch.stack(scores).softmax(0) @ c[b, : i + 1] @ up_v[h].T
    return attention.output(output.flatten(2))


def test_it_is_multi_head_latent_attention():
    attention, x = layer(), drawn()

    assert_close(attention(x, mask=Mask(causal=True)), by_position(attention, x))


def test_the_absorbed_form_reads_one_head_of_latent_vectors_and_gives_the_same():
    attention, x = layer(), drawn()
    own, latents = attention.projections, attention.projections.down(x)
    up_k = own.up["k"].weight.unflatten(0, (HEADS, D - TURNED))
    up_v = own.up["v"].weight.unflatten(0, (HEADS, D))
    queries = attention.rotary(own.others.q(x).unflatten(-1, (HEADS, D)).transpose(1, 2))
    absorbed = torch.einsum("bhnd,hdr->bhnr", queries[..., : D - TURNED], up_k)
    c, shared = latents[:, None, :, :RANK], attention.rotary(latents[:, None, :, RANK:])
    size = Size(HEADS, RANK + TURNED, RANK, N, key_heads=1, scale=D**-0.5)
    streams = Streams(
        q=torch.cat([absorbed, queries[..., D - TURNED :]], -1), k=torch.cat([c, shared], -1), v=c
    )

    read = Softmax(size)(streams, Mask(causal=True))

    mixed = torch.einsum("bhnr,hdr->bnhd", read, up_v).flatten(2)
    assert_close(attention.output(mixed), attention(x, mask=Mask(causal=True)))


@pytest.mark.parametrize("more", [{}, {"positions": "rotary_half", "qk_norm": "rms"}, {"key_heads": 2}])
@pytest.mark.parametrize("mechanism", ["softmax", "forgetting", "gated_delta", "local", "cosine"])
@pytest.mark.filterwarnings("ignore:.* does not keep rotary")
def test_any_cut_into_pieces_is_the_whole(mechanism, more):
    attention, x = layer(mechanism, **more), drawn()
    mask, state, mixed = Mask(causal=True), attention.initial_state(2), []
    for first, stop in ((0, 4), (4, 5), (5, N)):
        piece, state = attention.extend(x[:, first:stop], mask.rows(first, stop), state)
        mixed.append(piece)

    assert_close(torch.cat(mixed, 1), attention(x, mask=mask))


@pytest.mark.parametrize(("positions", "kept"), [("rotary", RANK + TURNED), ("none", RANK)])
def test_a_position_keeps_its_vector_and_what_is_turned(positions, kept):
    attention = layer(positions=positions)

    _, state = attention.extend(drawn(b=1), Mask(causal=True), attention.initial_state(1))

    assert sum(each.numel() for each in state.mechanism.values()) == N * kept


def test_what_else_is_cached_of_a_key_is_kept_beside_it():
    attention = layer("forgetting")

    _, state = attention.extend(drawn(b=1), Mask(causal=True), attention.initial_state(1))

    assert {name: each.shape[1:] for name, each in state.mechanism.items()} == {
        "forget": (HEADS, N, 1),
        "latent": (N, RANK + TURNED),
    }


def test_a_memory_of_fixed_size_keeps_no_vectors():
    attention = layer("gated_delta")

    assert isinstance(attention.initial_state(1).mechanism, torch.Tensor)


def test_another_sequence_is_read_through_its_own_vectors():
    attention, x, context = layer(positions="none"), drawn(n=3), drawn()

    attention(x, context).sum().backward()

    assert attention.projections.down.weight.grad.abs().max() > 0
    assert attention(x, context).shape == (2, 3, FEATURES)


@pytest.mark.parametrize("name", MECHANISMS.names())
def test_every_mechanism_takes_its_keys_and_values_from_a_vector_or_says_that_it_reads_none(name):
    def built(**options):
        return Attention(FEATURES, HEADS, mechanism=name, length=64, grid=Grid(8, 8), **options)

    if not {"k", "v"} & read_streams(built().mechanism):
        with pytest.raises(InvalidOption, match="projections=latent changes nothing"):
            built(projections="latent")
        return
    attention = built(projections="latent")
    attention(drawn(n=64).float()).sum().backward()

    assert attention.projections.down.weight.grad.isfinite().all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"projections": "separate"}, "latent=6 changes nothing without projections=latent"),
        ({"latent": 0}, "latent must be at least 1"),
        ({"absent": "k"}, "makes k and v"),
        ({"convolution": 3}, "Set convolution=0"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        layer(**options)


def test_heads_too_small_to_be_half_turned_are_refused():
    with pytest.raises(InvalidOption, match="need 4 features per head, not 2"):
        Attention(8, 4, projections="latent", positions="rotary")


def model(**settings):
    shape = Shape(TokenInput(5, N, causal=True), TokenOutput(5))
    small = {"layers": 1, "features": FEATURES, "heads": HEADS, "hidden": 8, "positions": "rotary"}
    return build(shape, [Spec("softmax")], ModelSettings(**small | settings), seed=0)


def test_a_model_of_it_goes_on_from_what_it_keeps():
    built, tokens = model(projections="latent", latent=RANK).eval(), torch.arange(N).unsqueeze(0) % 5
    first, state = built.extend(tokens[:, :4], built.initial_state(1))
    second, _ = built.extend(tokens[:, 4:], state)

    assert state.layers[0].mechanism["latent"].shape == (1, 4, RANK + TURNED)
    assert_close(torch.cat([first, second], 1), built(tokens))


def test_a_model_tells_that_the_size_of_a_vector_changes_nothing_where_there_is_none():
    with pytest.warns(RegardWarning, match="model.latent=6 changes nothing"):
        model(latent=RANK)
