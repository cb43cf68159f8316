"""What the shell costs: `Attention` with softmax against bare projections around torch's fused kernel.

    python benchmarks/shell_overhead.py

Prints the ratio of medians, forward and backward, measured in alternating rounds in one process.
"""

import statistics
import time

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from regard import Attention

FEATURES, HEADS, ROUNDS = 64, 4, 60


class Bare(nn.Module):
    """Four projections and the kernel, nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(FEATURES, FEATURES) for _ in "qkvo")

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        q, k, v = (part(x).view(b, n, HEADS, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        return self.o(scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))


def seconds(layer: nn.Module, x: Tensor) -> float:
    """One forward and backward pass."""
    start = time.perf_counter()
    layer(x).sum().backward()
    return time.perf_counter() - start


def main() -> None:
    """Print one line per length."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    layers = {"shell": Attention(FEATURES, HEADS), "bare": Bare()}
    for n, b in ((256, 8), (2048, 1)):
        x = torch.randn(b, n, FEATURES, requires_grad=True)
        times: dict[str, list[float]] = {name: [] for name in layers}
        for round_number in range(ROUNDS + 5):
            # the order alternates, so that a drifting machine favors neither
            for name in sorted(layers, reverse=bool(round_number % 2)):
                taken = seconds(layers[name], x)
                if round_number >= 5:
                    times[name].append(taken)
        shell, bare = (statistics.median(times[name]) for name in ("shell", "bare"))
        print(
            f"n={n:5d} b={b}: shell {shell * 1e3:.2f} ms, bare {bare * 1e3:.2f} ms, ratio {shell / bare:.3f}"
        )


if __name__ == "__main__":
    main()
