import math

import pytest
import torch
from row_by_row import SIZE, bias_of, drawn, exponential, masks, may_read, under
from torch.testing import assert_close

from regard.attention import Mask
from regard.core.errors import InvalidOption
from regard.mechanisms.adaptive_span import AdaptiveSpan
from regard.mechanisms.softmax import Softmax

PARTS = "causal", "keys", "edges", "window", "segments", "slopes", "table", "dense"


def build(*spans, ramp=3, penalty=2e-6):
    """With the spans of the two heads in positions."""
    mechanism = AdaptiveSpan(SIZE, ramp=ramp, penalty=penalty).double()
    shares = torch.tensor(spans, dtype=torch.float64) / SIZE.length
    mechanism.spread.data = shares.logit()
    return mechanism


def by_loops(streams, mask, spans, ramp):
    q, k, v = streams
    out = torch.zeros_like(v)
    for b in range(q.shape[0]):
        for h, span in enumerate(spans):
            for i in range(q.shape[2]):
                share = {j: min(max((ramp + span - abs(i - j)) / ramp, 0), 1) for j in range(k.shape[2])}
                readable = [j for j in share if may_read(mask, b, i, j) and share[j] > 0]
                if not readable:
                    continue
                scores = [q[b, h, i] @ k[b, h, j] / math.sqrt(5) + bias_of(mask, h, i, j) for j in readable]
                weights = exponential(torch.stack(scores)) * torch.tensor([share[j] for j in readable])
                out[b, h, i] = (weights / weights.sum()) @ v[b, h, readable]
    return out


@pytest.mark.parametrize("spans", [(0.001, 2.5), (4.0, 15.9)])
@under(*PARTS)
def test_each_head_reads_as_far_as_its_span_and_less_and_less_beyond(part, spans):
    streams, mask = drawn(9), masks(*PARTS, n=9)[part]

    assert_close(build(*spans)(streams, mask), by_loops(streams, mask, spans, 3))


def test_keys_beyond_the_ramp_are_not_read_at_all():
    weights = build(1.0, 1.0).weights(drawn(9), Mask())

    assert (weights[:, :, 0, :4] > 0).all()
    assert (weights[:, :, 0, 4:] == 0).all()


def test_the_penalty_is_the_mean_span_and_shortens_spans():
    mechanism = build(2.0, 6.0, penalty=0.5)

    mechanism.auxiliary().backward()

    assert_close(mechanism.auxiliary(), torch.tensor(0.5 * 4.0, dtype=torch.float64))
    assert (mechanism.spread.grad > 0).all()


def test_a_head_that_gains_by_reading_farther_learns_a_longer_span():
    mechanism, streams = build(1.0, 1.0), drawn(9)
    far = streams.replace(v=torch.arange(9, dtype=torch.float64)[None, None, :, None].expand_as(streams.v))

    mechanism(far, Mask())[:, 0, 0].sum().backward()

    assert mechanism.spread.grad[0] > 0
    assert mechanism.spread.grad[1] == 0


def test_a_span_over_everything_is_softmax_attention():
    streams = drawn(9)
    near = AdaptiveSpan.toward("softmax", SIZE)[-1]

    assert_close(near.mechanism.double()(streams, Mask()), Softmax(SIZE)(streams, Mask()))


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InvalidOption, match="adaptive_span: ramp must be at least 1, not 0"):
        AdaptiveSpan(SIZE, ramp=0)
    with pytest.raises(InvalidOption, match="adaptive_span: penalty must not be negative, but is -1"):
        AdaptiveSpan(SIZE, penalty=-1.0)
