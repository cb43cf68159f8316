"""Recurrent mechanisms on a GPU beside the Triton kernels of flash-linear-attention and fused softmax.

    pip install fla-core einops
    python benchmarks/gpu_kernels.py

Causal, bfloat16, b 4, h 32, d 128, as in the published table of fla's issue #645 (NVIDIA H200, milliseconds
of gated delta rule, Kimi Delta Attention and attention by length). Prints milliseconds, forward and with
backward: ours, the kernel's, and how far the outputs are apart.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial

import torch
from fla.ops.delta_rule import chunk_delta_rule
from fla.ops.gated_delta_rule import chunk_gated_delta_rule
from fla.ops.gla import chunk_gla
from fla.ops.kda import chunk_kda
from fla.ops.simple_gla import chunk_simple_gla
from on_gpu import CAUSAL, DEVICE, built, drawn, error, median_ms
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from regard import Mask
from regard.attention import Streams

B, HEADS, FEATURES = 4, 32, 128
LENGTHS = (1024, 2048, 4096, 8192, 16384)

Given = Streams[Tensor]
Kernel = Callable[[Given, Given], Tensor]
"""The kernel's output for streams, and for what the mechanism has made of them; positions before heads."""


def delta(streams: Given, given: Given) -> Tensor:
    """Unit keys and strengths are ours."""
    q, k, v, beta = _positions_first(given.q, given.k, streams.v, streams.beta.sigmoid())
    return chunk_delta_rule(q, k, v, beta.squeeze(-1), scale=1.0)[0]


def gated_delta(streams: Given, given: Given) -> Tensor:
    """One decay per head."""
    q, k, v, g, beta = _positions_first(given.q, given.k, streams.v, given.g, streams.beta.sigmoid())
    return chunk_gated_delta_rule(q, k, v, g.squeeze(-1).float(), beta.squeeze(-1), scale=1.0)[0]


def kda(streams: Given, given: Given) -> Tensor:
    """A decay per feature."""
    q, k, v, g, beta = _positions_first(given.q, given.k, streams.v, given.g, streams.beta.sigmoid())
    return chunk_kda(q, k, v, g.float(), beta.squeeze(-1), scale=1.0)[0]


def gated_linear(streams: Given, given: Given) -> Tensor:
    """A decay per feature."""
    q, k, v, g = _positions_first(given.q, given.k, given.v, given.g)
    return chunk_gla(q, k, v, g.float(), scale=1.0)[0]


def state_space_dual(streams: Given, given: Given) -> Tensor:
    """One decay per head."""
    q, k, v, g = _positions_first(given.q, given.k, given.v, given.g)
    return chunk_simple_gla(q, k, v, g=g.squeeze(-1).float(), scale=1.0)[0]


KERNELS: dict[str, Kernel] = {
    "gated_delta": gated_delta,
    "kda": kda,
    "state_space_dual": state_space_dual,
    "gated_linear": gated_linear,
    "delta": delta,
}


def compared(name: str, kernel: Kernel) -> Iterator[str]:
    """One line per length."""
    for n in LENGTHS:
        mechanism = built(name, n, HEADS, FEATURES)
        streams = drawn(mechanism, B, n, torch.bfloat16).map(lambda x: x.requires_grad_())
        ours, theirs = partial(mechanism, streams, CAUSAL), partial(_through, mechanism, kernel, streams)
        try:
            apart = error(theirs().detach(), ours().detach())
            figures = [_milliseconds(use) for use in (ours, theirs)]
        except torch.cuda.OutOfMemoryError:
            yield f"{name:18s} {n:6d}  memory"
            continue
        finally:
            torch.cuda.empty_cache()
        (forward, both), (forward_there, both_there) = figures
        yield (
            f"{name:18s} {n:6d}  ours {forward:8.2f} {both:8.2f}  "
            f"fla {forward_there:8.2f} {both_there:8.2f}  apart {apart:.1e}"
        )


def attention() -> Iterator[str]:
    """Fused softmax at the same sizes."""
    for n in LENGTHS:
        q, k, v = (
            torch.randn(B, HEADS, n, FEATURES, device=DEVICE, dtype=torch.bfloat16, requires_grad=True)
            for _ in range(3)
        )
        forward, both = _milliseconds(partial(scaled_dot_product_attention, q, k, v, is_causal=True))
        yield f"{'softmax':18s} {n:6d}  torch {forward:8.2f} {both:8.2f}"


def _through(mechanism: torch.nn.Module, kernel: Kernel, streams: Given) -> Tensor:
    """The kernel on what the mechanism prepares, heads before positions again."""
    given = mechanism.prepare(streams.map(Tensor.float), Mask())
    return kernel(streams, given.map(Tensor.bfloat16).replace(**_decays(given))).transpose(1, 2)


def _decays(given: Given) -> dict[str, Tensor]:
    """Decays stay in float32, as the kernels take them."""
    return {"g": given.g} if "g" in given else {}


def _positions_first(*streams: Tensor) -> Iterator[Tensor]:
    return (x.transpose(1, 2).contiguous() for x in streams)


def _milliseconds(use: Callable[[], Tensor]) -> tuple[float, float]:
    """Forward, and forward with backward; both warm."""

    def both() -> None:
        use().sum().backward()

    both()
    with torch.no_grad():
        use()
        torch.cuda.synchronize()
        forward = median_ms(use, 5)
    return forward, median_ms(both, 5)


def main() -> None:
    """Those that are named, or all."""
    torch.manual_seed(0)
    print(json.dumps({"card": torch.cuda.get_device_name(), "torch": torch.__version__}))
    for line in attention():
        print(line, flush=True)
    for name in sys.argv[1:] or KERNELS:
        for line in compared(name, KERNELS[name]):
            print(line, flush=True)


if __name__ == "__main__":
    main()
