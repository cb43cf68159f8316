"""A mechanism on the stand: FLOPs, memory, states and the three passes."""

import pytest
import torch

from regard.attention import Mask, Size
from regard.attention.forms import force_form
from regard.measures.stand import Stand
from regard.mechanisms import MECHANISMS


def stand(name, *, n=32, b=2, causal=True, dtype=torch.float32, form="auto", **options):
    size = Size(heads=2, key_features=8, value_features=4, length=n)
    mechanism = MECHANISMS.build(name, size, **options)
    force_form(mechanism, form)
    return Stand.of(mechanism, b, n, causal=causal, like=torch.empty(0, dtype=dtype))


def test_a_causal_mask_halves_the_pairs_of_the_fused_form_alone():
    n, per_pair = 32, 2 * 2 * (8 + 4) + 2 * 6
    assert stand("softmax").flops == 2 * per_pair * n * (n + 1) // 2
    assert stand("softmax", causal=False).flops == stand("softmax", form="plain").flops == 2 * per_pair * n**2


@pytest.mark.parametrize("name", ["softmax", "linear", "local", "gated_delta"])
def test_the_state_is_what_the_formula_says(name):
    one = stand(name, n=40)

    expected = 2 * one.mechanism.cost(1, 39, Mask(causal=True)).state_numbers
    assert one.state_bytes == 4 * expected


def test_a_step_gives_the_last_position_of_a_forward_pass():
    one = stand("linear", dtype=torch.float64)

    mixed, _ = one.call_step()

    torch.testing.assert_close(mixed, one.call_forward()[:, :, -1:])


def test_training_has_a_gradient_of_every_stream_and_every_weight():
    one = stand("linformer", causal=False, rank=4)

    gradients = one.call_training()

    assert len(gradients) == 3 + len(list(one.mechanism.parameters()))
    assert all(each is not None and each.isfinite().all() for each in gradients)


def test_memory_counts_what_is_read_and_the_matrix_of_weights():
    n, b, h = 64, 2, 2
    fused, plain = (stand("softmax", n=n, form=form) for form in ("fused", "plain"))
    read = 4 * b * h * n * (8 + 8 + 4)

    forward = fused.peak_of(fused.call_forward)
    assert forward >= read
    assert plain.peak_of(plain.call_forward) >= forward + 4 * b * h * n**2
    assert fused.peak_of(fused.call_training) >= 2 * read
