"""`local` and `nystrom` against the packages local-attention and nystrom-attention.

    pip install -c constraints.txt --editable '.[peers]'
    python benchmarks/peers.py

Prints ratios of medians, ours over the peer's, measured in alternating rounds in one process: below 1, ours
is the faster. Both give the same output; the largest difference is printed first.
"""

import statistics
import time
from collections.abc import Callable

import torch
from local_attention import LocalAttention
from nystrom_attention import NystromAttention
from torch import Tensor

from regard import Mask, Size, Streams
from regard.mechanisms.local import Local
from regard.mechanisms.nystrom import Nystrom

HEADS, FEATURES = 4, 64
ROUNDS, WARM = 15, 2

Use = Callable[[], Tensor]


def ratio(ours: Use, theirs: Use) -> float:
    """Median time of ours over that of theirs; the order alternates from round to round."""
    times: dict[Use, list[float]] = {ours: [], theirs: []}
    for round_number in range(ROUNDS + WARM):
        for use in (ours, theirs) if round_number % 2 else (theirs, ours):
            start = time.perf_counter()
            use()
            if round_number >= WARM:
                times[use].append(time.perf_counter() - start)
    return statistics.median(times[ours]) / statistics.median(times[theirs])


def trained(use: Use) -> Use:
    """The same, with its backward pass."""

    def forward_and_backward() -> Tensor:
        out = use()
        out.sum().backward()
        return out

    return forward_and_backward


def report(name: str, ours: Use, theirs: Use) -> None:
    """One line: how far apart the outputs are, and the two ratios."""
    with torch.no_grad():
        apart = (ours() - theirs()).abs().max().item()
        forward = ratio(ours, theirs)
    whole = ratio(trained(ours), trained(theirs))
    print(f"{name}: apart {apart:.0e}, {forward:.2f} forward, {whole:.2f} with backward")


def size(n: int) -> Size:
    """Four heads of 64 features."""
    return Size(heads=HEADS, key_features=FEATURES, value_features=FEATURES, length=n)


def compare_local(n: int, window: int, causal: bool) -> None:
    """Softmax over a window, in both packages as exact bands."""
    q, k, v = (torch.randn(1, HEADS, n, FEATURES, requires_grad=True) for _ in range(3))
    ours = Local(size(n), window=window)
    theirs = LocalAttention(
        window_size=window, causal=causal, look_backward=1, look_forward=0 if causal else 1,
        exact_windowsize=True, use_rotary_pos_emb=False,
    )  # fmt: skip
    streams, mask = Streams(q=q, k=k, v=v), Mask(causal=causal)
    kind = "causal" if causal else "both sides"
    report(f"local n={n} window={window} {kind}", lambda: ours(streams, mask), lambda: theirs(q, k, v))


def compare_nystrom(n: int, landmarks: int) -> None:
    """A whole layer, projections included, since the peer has no other entry."""
    x = torch.randn(1, n, HEADS * FEATURES, requires_grad=True)
    theirs = NystromAttention(
        dim=HEADS * FEATURES, dim_head=FEATURES, heads=HEADS, num_landmarks=landmarks, residual=False
    )
    mechanism = Nystrom(size(n), landmarks=landmarks)

    def ours() -> Tensor:
        q, k, v = (
            part.unflatten(2, (HEADS, FEATURES)).transpose(1, 2) for part in theirs.to_qkv(x).chunk(3, 2)
        )
        mixed: Tensor = mechanism(Streams(q=q, k=k, v=v), Mask())
        out: Tensor = theirs.to_out(mixed.transpose(1, 2).flatten(2))
        return out

    report(f"nystrom n={n} landmarks={landmarks}", ours, lambda: theirs(x))


def main() -> None:
    """Print one line per size."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    for n, window in ((1024, 64), (4096, 16), (4096, 64)):
        for causal in (False, True):
            compare_local(n, window, causal)
    for n, landmarks in ((1024, 64), (4096, 64), (4096, 256)):
        compare_nystrom(n, landmarks)


if __name__ == "__main__":
    main()
