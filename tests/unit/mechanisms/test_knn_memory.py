import pytest
import torch
from row_by_row import SIZE, drawn, masks, may_read, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.knn_memory import KnnMemory

PARTS = "causal", "keys", "edges", "window", "segments", "start"
WINDOW, KEEP, BIAS = 2, 3, 0.7


def build(**options):
    memory = KnnMemory(SIZE, **{"window": WINDOW, "keep": KEEP} | options).double()
    torch.nn.init.constant_(memory.bias, BIAS)
    return memory


def recalled(streams, mask):
    """Every query sorts the keys far away, and reads the nearest of them and all that are nearby."""
    q, k, v = streams.q, streams.k, streams.v
    mixed, gate = (
        torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64),
        torch.tensor(BIAS, dtype=torch.float64).sigmoid(),
    )
    for b, h, i in torch.cartesian_prod(*map(torch.arange, q.shape[:3])).tolist():
        readable = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
        scores = {j: q[b, h, i] @ k[b, h, j] / 5**0.5 for j in readable}
        near = [j for j in readable if abs(mask.start + i - j) <= WINDOW]
        far = sorted(set(readable) - set(near), key=lambda j: -scores[j])[:KEEP]
        read = [torch.stack([scores[j] for j in js]).softmax(0) @ v[b, h, js] for js in (far, near) if js]
        if len(read) == 2:
            mixed[b, h, i] = gate * read[0] + (1 - gate) * read[1]
        elif read:
            mixed[b, h, i] = read[0]
    return mixed


@under(*PARTS)
def test_the_best_of_what_is_far_is_recalled_beside_what_is_near(part):
    streams, mask = drawn(12), masks(*PARTS, n=12)[part]

    assert_close(build()(streams, mask), recalled(streams, mask))


def test_a_key_far_back_is_found_however_long_the_sequence():
    memory, streams = build(keep=1), drawn(60)
    streams.k[:, :, 5] = 50 * streams.q[:, :, -1]

    weights = memory.weights(streams, Mask(causal=True))

    assert_close(weights[:, :, -1, 5], torch.full((2, 2), BIAS, dtype=torch.float64).sigmoid())


def test_at_the_start_of_a_sequence_only_what_is_near_is_read():
    weights = build().weights(drawn(4), Mask(causal=True))

    assert_close(weights.sum(-1), torch.ones(2, 2, 4, dtype=torch.float64))
    assert (weights[:, :, 2, :3] > 0).all()


def test_each_head_learns_how_much_it_recalls():
    memory = build()

    memory(drawn(12), Mask())[:, 1].sum().backward()

    assert memory.bias.grad[0] == 0
    assert memory.bias.grad[1] != 0


@pytest.mark.parametrize(
    ("options", "message"), [({"window": -1}, "window must not"), ({"keep": 0}, "keep must be at least 1")]
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InvalidOption, match=message):
        build(**options)
