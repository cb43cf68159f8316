"""Which choices no other choice beats on both counts."""

from collections.abc import Sequence


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """The places of the points (cost, score) that no other point beats, from the cheapest on.

    A point is beaten by one that costs no more and scores no less, and is better in one of the two.
    """
    kept: list[int] = []
    best = float("-inf")
    order = sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1]))
    for i in order:
        cost, score = points[i]
        twin = bool(kept) and points[kept[-1]] == (cost, score)
        if score > best or twin:
            kept.append(i)
            best = score
    return kept
