"""Candidate evaluations per second of a pattern search in a failed poll: serial and delta side by side.

    python benchmarks/delta_evaluator.py [THREADS]

2 layers, 64 features, 4 heads, 256 hidden units, 512 tokens in the batch (16 sequences of 32), float32. Moves
are drawn from a poll at random. Rounds are taken in turns in one process on one thread, in seconds of its
processor, and each evaluator shows its best; of several threads in seconds of the clock.
"""

import sys
import time

import torch

from regard.core.settings import ModelSettings
from regard.core.shapes import ClassOutput, Shape, TokenInput, TokenOutput
from regard.core.spec import Spec
from regard.data.samples import Samples
from regard.derivative_free import Evaluator, Moves, Order, Serial, Space
from regard.incremental import BatchLoss, Delta
from regard.models.build import build
from regard.objectives.cross_entropy import CrossEntropy

SEQUENCES, LENGTH, VOCABULARY, CLASSES = 16, 32, 20, 2
RADIUS = 0.1
ROUNDS = 3
MOVES = {Serial: 60, Delta: 2048}
"""How many each evaluator answers in a round."""


def main() -> None:
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for causal in (False, True):
        for mechanism in ("softmax", "linear"):
            print(line(mechanism, causal))


def line(mechanism: str, causal: bool) -> str:
    """The figures of one model, in words."""
    loss = posed(mechanism, causal)
    space = Space(loss.model.named_parameters())
    evaluators = {"serial": Serial(space), "delta": Delta(space)}
    best = dict.fromkeys(evaluators, 0.0)
    for _ in range(ROUNDS):
        for name, evaluator in evaluators.items():
            best[name] = max(best[name], rate(evaluator, loss))
    kind, serial, delta = "decoder" if causal else "encoder", best["serial"], best["delta"]
    return (
        f"{kind}, {mechanism}, {space.size:,} parameters: "
        f"serial {serial:,.0f} per second, "
        f"delta {delta:,.0f}: {delta / serial:.1f} times"
    )


def posed(mechanism: str, causal: bool, dropout: float = 0.0) -> BatchLoss:
    """A model with its batch: a decoder is asked at every position, an encoder for a class."""
    output = TokenOutput(VOCABULARY) if causal else ClassOutput(CLASSES)
    settings = ModelSettings(layers=2, features=64, heads=4, hidden=256, dropout=dropout)
    shape = Shape(TokenInput(VOCABULARY, LENGTH, causal), output)
    model = build(shape, [Spec(mechanism)], settings, seed=0).eval()
    rng = torch.Generator().manual_seed(0)
    inputs = torch.randint(VOCABULARY, (SEQUENCES, LENGTH), generator=rng)
    asked = (SEQUENCES, LENGTH) if causal else (SEQUENCES,)
    targets = torch.randint(VOCABULARY if causal else CLASSES, asked, generator=rng)
    return BatchLoss(model, CrossEntropy(), Samples(inputs, targets))


def rate(evaluator: Evaluator, loss: BatchLoss) -> float:
    """Evaluations per second, the incumbent being known as it is within a poll."""
    evaluator.begin(loss)
    drawn = Order(evaluator.space.size, seed=0).next(MOVES[type(evaluator)])
    moves = Moves(drawn // 2, RADIUS * (1 - 2.0 * (drawn % 2)).double())
    evaluator.losses(moves[:8])
    # seconds of several threads are those of the clock: nothing else should run
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    evaluator.losses(moves)
    return len(moves) / (clock() - start)


if __name__ == "__main__":
    main()
