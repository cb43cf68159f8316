"""How far performer is from softmax attention: by features and by the spread of the logits.

    python benchmarks/performer_error.py

Prints the mean relative error over redraws, beside that of the plain mean of the values: where the estimate
is no nearer than that, it does not estimate softmax attention.
"""

import torch
from torch import Tensor

from regard.attention import Mask, Size, Streams
from regard.mechanisms.performer import Performer
from regard.mechanisms.softmax import Softmax

FEATURES = (16, 64, 256, 1024, 4096)
SPREADS = (0.25, 0.5, 1, 2, 4, 8)
"""Standard deviations of the logits."""
REDRAWS = 8
SIZE = Size(heads=4, key_features=16, value_features=16, length=64)


def main() -> None:
    """Print one line per spread."""
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, 4, SIZE.length, 16, generator=rng) for _ in range(3))
    print(
        "| spread of the logits | " + " | ".join(f"{r:,} features" for r in FEATURES) + " | mean of values |"
    )
    print("|---" * (len(FEATURES) + 2) + "|")
    for spread in SPREADS:
        # q·k / √d of standard normal q and k deviates by 1
        streams = Streams(q=spread**0.5 * q, k=spread**0.5 * k, v=v)
        exact = Softmax(SIZE)(streams, Mask())
        errors = [mean_error(streams, exact, r, rng) for r in FEATURES]
        plain = relative(v.mean(2, keepdim=True).expand_as(v), exact)
        print(f"| {spread:g} | " + " | ".join(f"{error:.3f}" for error in [*errors, plain]) + " |")


def mean_error(streams: Streams[Tensor], exact: Tensor, features: int, rng: torch.Generator) -> float:
    """Over redraws of the directions."""
    performer, errors = Performer(SIZE, features=features), []
    for _ in range(REDRAWS):
        performer.redraw(rng)
        errors.append(relative(performer(streams, Mask()), exact))
    return sum(errors) / REDRAWS


def relative(estimate: Tensor, exact: Tensor) -> float:
    return float((estimate - exact).norm() / exact.norm())


if __name__ == "__main__":
    main()
