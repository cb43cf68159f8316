"""What one matrix for q, k and v gains over three: a self-attention layer, forward, and with backward.

    python benchmarks/merged_projections.py

Prints ratios of medians, separate over merged, measured in alternating rounds in one process: above 1,
merged is the faster.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from regard import Attention

SIZES = ((64, 4, 32, 16), (64, 4, 256, 8), (256, 8, 128, 8), (512, 8, 64, 4), (512, 8, 1024, 1))
"""Features, heads, positions, examples."""

ROUNDS, WARM = 40, 5


def forward(layer: Attention, x: Tensor) -> None:
    """Without gradients."""
    with torch.inference_mode():
        layer(x)


def forward_and_backward(layer: Attention, x: Tensor) -> None:
    """With gradients of weights and input."""
    layer(x).sum().backward()


def seconds(use: Callable[[Attention, Tensor], None], layer: Attention, x: Tensor) -> float:
    """The time of one use."""
    start = time.perf_counter()
    use(layer, x)
    return time.perf_counter() - start


def ratio(use: Callable[[Attention, Tensor], None], layers: list[Attention], x: Tensor) -> float:
    """Median time of the first layer over that of the second; the order alternates from round to round."""
    times: list[list[float]] = [[], []]
    for round_number in range(ROUNDS + WARM):
        for i in (0, 1) if round_number % 2 else (1, 0):
            taken = seconds(use, layers[i], x)
            if round_number >= WARM:
                times[i].append(taken)
    separate, merged = map(statistics.median, times)
    return separate / merged


def main() -> None:
    """Print one line per size."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for features, heads, n, b in SIZES:
        layers = [Attention(features, heads, length=n, projections=kind) for kind in ("separate", "merged")]
        x = torch.randn(b, n, features, requires_grad=True)
        ratios = [ratio(use, layers, x) for use in (forward, forward_and_backward)]
        print(
            f"c={features:4d} h={heads} n={n:5d} b={b:2d}: "
            f"separate / merged {ratios[0]:.3f} forward, {ratios[1]:.3f} with backward"
        )


if __name__ == "__main__":
    main()
