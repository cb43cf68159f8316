"""What a state saves: greedy decoding that goes on against decoding that reads everything again.

    python benchmarks/generation.py

Writes 256 tokens behind a prompt of 16 with a model of 2 layers and 64 features, in turns in one process.
Prints the medians and their ratio; both must write the same tokens, and neither keeps gradients. With one
sequence a step is nearly all calls, each of which costs more than its arithmetic: the ratio is smaller there.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from regard import ModelSettings, Spec
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.decoding import decode_greedily
from regard.models import build
from regard.models.generation import generate, write

VOCABULARY, PROMPT, WRITTEN, ROUNDS = 64, 16, 256, 3
LANGUAGE = Shape(TokenInput(VOCABULARY, PROMPT + WRITTEN, causal=True), TokenOutput(VOCABULARY))


def with_state(model: nn.Module, prompt: Tensor) -> Tensor:
    """The prompt once, then each token once."""
    return write(generate(model, prompt), WRITTEN)


@torch.inference_mode()
def reading_again(model: nn.Module, prompt: Tensor) -> Tensor:
    """A whole pass for each token."""
    return decode_greedily(model, prompt, WRITTEN)


def seconds(work: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Print one line per mechanism and number of sequences."""
    torch.set_num_threads(1)
    for name in ("softmax", "linear", "delta"):
        model = build(LANGUAGE, [Spec(name)], ModelSettings(positions="rotary"), seed=0).eval()
        for b in (1, 16):
            prompt = torch.randint(VOCABULARY, (b, PROMPT), generator=torch.Generator().manual_seed(0))
            ways = [partial(way, model, prompt) for way in (with_state, reading_again)]
            same = torch.equal(*(way() for way in ways))
            rounds = [[seconds(way) for way in ways] for _ in range(ROUNDS)]
            state, again = (statistics.median(times) for times in zip(*rounds, strict=True))
            print(
                f"{name:8s} b={b:2d}: with state {1e3 * state:6.0f} ms, reading again {1e3 * again:6.0f} ms, "
                f"{again / state:5.1f} times as fast, {'the same' if same else 'OTHER'} tokens"
            )


if __name__ == "__main__":
    main()
