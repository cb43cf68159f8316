"""Evaluations per second of a pattern search beside those of a plain implementation of it.

    python benchmarks/pattern_search.py

The plain one is what a public implementation does: all 2n pairs of a coordinate and a sign are shuffled as
tuples in each step, dropout of 0.1 draws anew for every candidate, and every candidate is followed by a
backward pass. The same model for both: 2 layers, 64 features, 4 heads, 256 hidden units, 512 tokens in the
batch (16 sequences of 32), float32. Each starts a poll at a radius at which moves are rarely accepted.
Rounds are taken in turns in one process on one thread, in seconds of its processor, and each shows its
best. What `delta` adds in a failed poll is measured by `delta_evaluator.py`.
"""

import random
import time

import torch
from delta_evaluator import posed
from torch import nn

from regard.incremental import BatchLoss
from regard.optimizers.pattern_search import PatternSearch

RADIUS, DROPOUT, CANDIDATES, ROUNDS = 1e-7, 0.1, 60, 3


def main() -> None:
    torch.set_num_threads(1)
    for causal in (False, True):
        found = {"plain": 0.0, "serial": 0.0}
        for _ in range(ROUNDS):
            found["plain"] = max(found["plain"], plain(posed("softmax", causal)))
            found["serial"] = max(found["serial"], serial(posed("softmax", causal)))
        kind, (slow, fast) = "decoder" if causal else "encoder", found.values()
        print(f"{kind}: plain {slow:,.0f} per second, serial {fast:,.0f}: {fast / slow:.1f} times")


def serial(loss: BatchLoss) -> float:
    """Evaluations per second of `PatternSearch`, its steps included."""
    search = PatternSearch(loss.model.named_parameters(), radius=RADIUS, least_radius=1e-9, longest=10**6)
    search.allowance = 3
    search.step(loss)
    before, start = search.evaluations, time.process_time()
    while search.evaluations - before < CANDIDATES:
        search.allowance = CANDIDATES - (search.evaluations - before)
        search.step(loss)
    return (search.evaluations - before) / (time.process_time() - start)


def plain(loss: BatchLoss) -> float:
    """Evaluations per second of the plain one, its steps included."""
    model = loss.model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = DROPOUT
    parameters, asked = list(model.parameters()), 0
    best, start = _with_backward(model, loss), time.process_time()
    while asked < CANDIDATES:
        moves = [(p, i, sign) for p in parameters for i in range(p.numel()) for sign in (1, -1)]
        random.shuffle(moves)
        for parameter, index, sign in moves[: CANDIDATES - asked]:
            flat = parameter.data.view(-1)
            flat[index] += sign * RADIUS
            asked += 1
            found = _with_backward(model, loss)
            if found < best:
                best = found
                break
            flat[index] -= sign * RADIUS
    return asked / (time.process_time() - start)


def _with_backward(model: nn.Module, loss: BatchLoss) -> float:
    model.zero_grad()
    found = loss()
    found.backward()
    return found.item()


if __name__ == "__main__":
    main()
