import pytest
import torch
from torch.testing import assert_close

from regard.attention import Mask
from regard.attention.kernels.levels import Level, heights
from regard.attention.kernels.packing import Packing

N = 21
KEYS = torch.rand(2, N, generator=torch.Generator().manual_seed(0)) < 0.7


def levels(keys, block=2):
    k, v = torch.randn(2, 2, N, 3, dtype=torch.float64), torch.randn(2, 2, N, 4, dtype=torch.float64)
    mask = Mask(keys=keys)
    packing = Packing.of(mask, k)
    k, v = (packing.packed(mask.readable(x)) for x in (k, v))
    found = [Level.single(k, v, packing, block)]
    for _ in range(heights(N, block)):
        found.append(found[-1].next())
    return found, packing


@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
def test_a_group_holds_the_means_of_its_readable_keys(keys):
    (single, *others), packing = levels(keys)

    for level in others:
        for group in range(level.k.shape[2]):
            some = slice(group * 2**level.height, (group + 1) * 2**level.height)
            for b in range(2):
                real = single.count.expand(2, -1)[b, some].bool()
                assert level.count.expand(2, -1)[b, group] == real.sum()
                if real.any():
                    assert_close(level.k[b, :, group], single.k[b, :, some][:, real].mean(1))
                    assert_close(level.v[b, :, group], single.v[b, :, some][:, real].mean(1))
                    last = packing.places.expand(2, -1)[b, some][real].max()
                    assert level.last.expand(2, -1)[b, group] == last


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("keys", [None, KEYS], ids=["all keys", "padding"])
def test_blocks_may_read_what_every_query_reads_and_all_levels_together_each_key_once(keys, causal):
    found, packing = levels(keys)
    times = torch.zeros(2, N, N)
    for level in found:
        read = level.read(packing.places, causal=causal)[:, 0].expand(2, -1, -1)
        allowed = level.allowed(packing.places, causal=causal)[:, 0].expand(2, -1, level.length, -1)
        groups = torch.arange(level.k.shape[2])[None, None, :, None]
        met = level.spans(groups, causal=causal)[0, 0, :, :, 0]
        by_block = torch.zeros_like(read)
        for b, block, query, group in allowed.nonzero().tolist():
            rank = block * level.length + query
            if rank < N:
                by_block[b, rank, met[block, group]] = True
        assert torch.equal(by_block, read)
        times += read.repeat_interleave(2**level.height, 2)[:, :, :N]

    single = found[0].count.expand(2, -1).bool().unsqueeze(1)
    if not causal:
        assert torch.equal(times[single.expand_as(times)], torch.ones(int(single.sum()) * N))
    assert times.max() == 1


def test_levels_end_where_two_blocks_are_left():
    assert [heights(n, 4) for n in (1, 8, 9, 16, 17, 64)] == [0, 0, 1, 1, 2, 3]
