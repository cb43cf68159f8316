import copy

import pytest
import torch
from penalties import learning
from row_by_row import SIZE, collecting, drawn_for, exponential, masks, may_read, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.indexed import Indexed

PARTS = "causal", "keys", "edges", "window", "segments"


def build(keep=3, **options):
    return Indexed(SIZE, keep=keep, index_heads=3, index_features=4, **options).double()


def index_score(streams, b, i, j):
    queries, key = streams.index_q[b, 0, i].view(3, 4), streams.index_k[b, 0, j]
    return sum(streams.index_weight[b, 0, i, a] * (queries[a] @ key / 2).clamp(min=0) for a in range(3))


def chosen(streams, mask, b, i, keep):
    """The readable keys with the largest index scores, the later one first where they are equal."""
    readable = [j for j in range(streams.k.shape[2]) if may_read(mask, b, i, j)]
    return sorted(readable, key=lambda j: (float(index_score(streams, b, i, j)), j))[-keep:]


def by_loops(streams, mask, keep=3):
    out = torch.zeros_like(streams.v)
    for b in range(2):
        for i in range(streams.q.shape[2]):
            keys = chosen(streams, mask, b, i, keep)
            for h in range(2) if keys else ():
                scores = streams.k[b, h, keys] @ streams.q[b, h, i] / 5**0.5
                out[b, h, i] = exponential(scores) @ streams.v[b, h, keys]
    return out


def penalty_by_loops(mechanism, streams, mask, keep=3):
    weights, apart = mechanism.weights(streams, mask).mean(1), []
    for b in range(2):
        for i in range(streams.q.shape[2]):
            keys = chosen(streams, mask, b, i, keep)
            if keys and (mask.keys is None or mask.keys[b, i]):
                index = torch.stack([index_score(streams, b, i, j) for j in keys])
                target = weights[b, i, keys].detach()
                apart.append((target * (target / exponential(index)).log()).sum())
    return torch.stack(apart).mean()


@under(*PARTS)
def test_all_heads_read_the_keys_with_the_largest_index_scores(part):
    mechanism, mask = build(), masks(*PARTS, n=9)[part]
    streams = drawn_for(mechanism, 9)
    expected = by_loops(streams, mask)

    assert_close(mechanism(streams, mask), expected)
    assert_close(mechanism.weights(streams, mask) @ streams.v, expected)


def test_of_equal_index_scores_the_later_keys_are_read():
    mechanism = build(keep=2)
    streams = drawn_for(mechanism, 5)
    level = streams.replace(index_q=0 * streams.index_q)

    read = mechanism.weights(level, Mask(causal=True)) > 0

    assert read[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 1, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 0, 1, 1],
    ]


@under("causal", "keys")
def test_the_penalty_is_the_divergence_of_the_index_from_the_mean_weights(part):
    mechanism, mask = build(), masks(*PARTS, n=9)[part]
    streams = drawn_for(mechanism, 9)

    mechanism.train()(streams, mask)

    assert_close(mechanism.auxiliary(), penalty_by_loops(mechanism, streams, mask))


def test_the_output_teaches_all_but_the_index_and_the_penalty_the_index_alone():
    mechanism = build().train()
    streams = collecting(drawn_for(mechanism, 9))

    of_output, of_penalty = learning(mechanism, streams, Mask(causal=True))

    assert of_output == {"q", "k", "v"}
    assert of_penalty == set(streams.names) - {"q", "k", "v"}


def test_the_index_learns_to_choose_what_the_heads_would_read():
    mechanism = build(keep=9).train()
    streams = drawn_for(mechanism, 9)
    learned = {name: x.clone().requires_grad_() for name, x in streams.items() if name.startswith("index")}
    optimizer, penalties = torch.optim.Adam(learned.values(), lr=0.05), []
    for _ in range(100):
        mechanism(streams.replace(**learned))
        penalties.append(mechanism.auxiliary())
        optimizer.zero_grad()
        penalties[-1].backward()
        optimizer.step()

    assert penalties[-1] < penalties[0] / 4


def test_the_penalty_is_that_of_one_call_in_training_and_is_not_copied():
    mechanism = build().train()
    mechanism(collecting(drawn_for(mechanism, 9)))

    assert copy.deepcopy(mechanism).auxiliary() is None
    assert mechanism.auxiliary() is not None
    assert mechanism.auxiliary() is None
    mechanism.eval()(drawn_for(mechanism, 9))
    assert mechanism.auxiliary() is None


@pytest.mark.parametrize("option", ["keep", "index_heads", "index_features"])
def test_no_option_is_less_than_1(option):
    with pytest.raises(InvalidOption, match=f"indexed: {option} must be at least 1, not 0"):
        Indexed(SIZE, **{option: 0})
