"""Evaluations per second in a failed poll of pattern search, beside those of a plain implementation of it.

    python benchmarks/pattern_search.py

The plain one is what a public implementation does: dropout of 0.1 draws anew for every candidate, and
every candidate is followed by a backward pass. All 2n pairs of a coordinate and a sign, which it shuffles
as tuples in each step, are timed apart: they count once for each accepted move. The same model for both:
2 layers, 64 features, 4 heads, 256 hidden units, 512 tokens in the batch (16 sequences of 32), float32.
Rounds are taken in turns in one process on one thread, in seconds of its processor, and each shows its
best. What `delta` adds is measured by `delta_evaluator.py`.
"""

import random
import time

import torch
from delta_evaluator import posed
from torch import nn

from regard.incremental import BatchLoss
from regard.optimizers.pattern_search import PatternSearch

RADIUS, DROPOUT, CANDIDATES, ROUNDS = 0.1, 0.1, 40, 3


def main() -> None:
    torch.set_num_threads(1)
    for causal in (False, True):
        slow = fast = 0.0
        for _ in range(ROUNDS):
            slow = max(slow, plain(posed("softmax", causal, DROPOUT)))
            fast = max(fast, serial(posed("softmax", causal, DROPOUT)))
        kind, seconds = "decoder" if causal else "encoder", shuffling(posed("softmax", causal, DROPOUT))
        print(
            f"{kind}: plain {slow:,.0f} per second, and {seconds:.2f} seconds of shuffling in each step; "
            f"serial {fast:,.0f}: {fast / slow:.1f} times"
        )


def serial(loss: BatchLoss) -> float:
    """Evaluations per second of `PatternSearch`, none of which is accepted."""
    search = PatternSearch(loss.model.named_parameters(), radius=RADIUS, tolerance=1e6, longest=CANDIDATES)
    start = time.process_time()
    search.step(loss)
    return search.evaluations / (time.process_time() - start)


def plain(loss: BatchLoss) -> float:
    """Evaluations per second of the plain one, none of which is accepted."""
    model = loss.model.train()
    moves = random.Random(0).choices(_moves(model), k=CANDIDATES)
    start = time.process_time()
    for parameter, index, sign in moves:
        flat = parameter.data.view(-1)
        flat[index] += sign * RADIUS
        model.zero_grad()
        found = loss()
        found.backward()
        found.item()
        flat[index] -= sign * RADIUS
    return CANDIDATES / (time.process_time() - start)


def shuffling(loss: BatchLoss) -> float:
    """Seconds in which the plain one writes down and shuffles its moves."""
    start = time.process_time()
    random.Random(0).shuffle(_moves(loss.model))
    return time.process_time() - start


def _moves(model: nn.Module) -> list[tuple[nn.Parameter, int, int]]:
    return [(p, i, sign) for p in model.parameters() for i in range(p.numel()) for sign in (1, -1)]


if __name__ == "__main__":
    main()
