import math

import pytest
import torch
from row_by_row import (
    EVERY_PART,
    SIZE,
    bias_of,
    collecting,
    drawn,
    masks,
    may_read,
    under,
)
from torch.testing import assert_close

from regard.attention import Mask, Size
from regard.core.errors import InvalidOption
from regard.mechanisms.persistent_memory import PersistentMemory
from regard.mechanisms.softmax import Softmax


def build(slots=3):
    torch.manual_seed(0)
    return PersistentMemory(SIZE, slots=slots).double()


def by_loops(memory, streams, mask):
    """One softmax over the readable keys and all slots, which no mask and no bias meets."""
    q, k, v = streams.q, streams.k, streams.v
    mixed = torch.zeros(*q.shape[:3], v.shape[3], dtype=torch.float64)
    for b, h, i in ((*place,) for place in torch.ones(q.shape[:3]).nonzero().tolist()):
        own = [j for j in range(k.shape[2]) if may_read(mask, b, i, j)]
        if own:
            scores = [q[b, h, i] @ k[b, h, j] / math.sqrt(5) + bias_of(mask, h, i, j) for j in own]
            scores += [q[b, h, i] @ slot / math.sqrt(5) for slot in memory.keys[h]]
            values = torch.cat([v[b, h, own], memory.values[h]])
            mixed[b, h, i] = torch.stack(scores).softmax(0) @ values
    return mixed.detach()


@pytest.mark.parametrize("m", [9, 12])
@under(*EVERY_PART)
def test_learned_keys_and_values_stand_beside_those_of_the_sequence(part, m):
    memory, streams, mask = build(), drawn(9, m), masks(*EVERY_PART, n=9, m=m)[part]

    assert_close(memory(streams, mask), by_loops(memory, streams, mask), atol=1e-6, rtol=1e-6)


def test_without_slots_it_is_softmax_attention():
    streams = drawn(9)

    assert_close(build(slots=0)(streams, Mask(causal=True)), Softmax(SIZE)(streams, Mask(causal=True)))


def test_a_query_with_nothing_to_read_gives_0_and_not_what_the_slots_hold():
    memory, streams = build(), collecting(drawn(7))

    out = memory(streams, Mask(keys=torch.tensor([[True], [False]]).expand(2, 7)))

    assert (out[1] == 0).all()
    slopes = torch.autograd.grad(out.sum(), [*streams, *memory.parameters()])
    assert all(slope.isfinite().all() for slope in slopes)


def test_groups_of_heads_share_keys_but_no_slots():
    grouped = PersistentMemory(Size(4, 5, 3, 16, key_heads=2), slots=3)

    assert grouped.keys.shape == (4, 3, 5)
    # slots are learned: no state holds them
    assert grouped.cost(1, 10).state_numbers == 10 * 2 * (5 + 3)


def test_fewer_than_no_slots_are_refused():
    with pytest.raises(
        InvalidOption, match="persistent_memory: slots must be from 0, which is softmax, to 65,536"
    ):
        PersistentMemory(SIZE, slots=-1)
