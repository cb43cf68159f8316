"""What the steps of a program cost as they are computed, chunks of positions included."""

from collections.abc import Callable

from regard.attention.cost import Cost
from regard.attention.kernels import decaying_prefix, delta_rule, prefix
from regard.attention.kernels.decays import Decays, FeatureDecays, HeadDecays, NoDecays
from regard.attention.mask import Mask
from regard.attention.size import Size
from regard.discovery.language.terms import Term

IN_MEMORY = ("write", "delta_write", "fade", "retain")


Counts = tuple[int, int]
"""Matrix products, and all other operations."""

Count = Callable[[Term, Size, int, int, Mask], Counts]
"""The operations of a read, of n queries from m keys."""


def cost_of(
    output: Term, size: Size, asked: tuple[int, int, Mask], state_numbers: int, count: Count | None = None
) -> Cost:
    """The cost of n queries over m keys under a mask, for all heads. count: how memories are read."""
    count = count or read_in_chunks
    n, m, mask = asked
    matmul = other = 0
    for node in output.nodes:
        if node.name == "read":
            own = count(node, size, n, m, mask)
        elif node.name in IN_MEMORY:
            own = (0, 0)
        else:
            products, others = node.own_cost
            own = (products.at(n, m, size.d, size.e), others.at(n, m, size.d, size.e))
        matmul, other = matmul + own[0], other + own[1]
    return Cost(matmul_flops=size.h * matmul, other_flops=size.h * other, state_numbers=state_numbers)


def read_in_chunks(node: Term, size: Size, n: int, m: int, mask: Mask) -> Counts:
    """Writing and reading a memory: the first keys at once, the others as they are read."""
    w, u = _widths(node, size)
    strength, kind = _kinds(node.inputs[1])
    if not mask.causal:
        written = _written(m, w, u, strength, kind)
        return written[0] + 2 * n * w * u, written[1]
    start = min(mask.start, m)
    within = min(n, m - start)
    early = _written(start, w, u, strength, kind) if start else (0, 0)
    late = _read_so_far(within, w, u, strength, kind) if within else (0, 0)
    return early[0] + late[0] + 2 * (n - within) * w * u, early[1] + late[1]


def read_in_turn(node: Term, size: Size, n: int, m: int, mask: Mask) -> Counts:
    """The same position after position, as an exported file does."""
    w, u = _widths(node, size)
    strength, kind = _kinds(node.inputs[1])
    each = w * u * (2 if kind is NoDecays else 3)
    return 2 * n * w * u + 2 * m * w * u * strength, m * each + 2 * m * u * strength


def _widths(node: Term, size: Size) -> tuple[int, int]:
    meant, known = dict(node.binding), {"1": 1, "d": size.d, "e": size.e}
    return known[meant.get("w", "1")], known[meant.get("u", "1")]


def _kinds(state: Term) -> tuple[bool, type[Decays]]:
    """Whether the memory is written by the delta rule, and how it fades."""
    kind: type[Decays] = NoDecays
    while state.name in ("fade", "retain"):
        of_features = state.name == "fade" and state.inputs[1].type.width != "1"
        kind = FeatureDecays if of_features or kind is FeatureDecays else HeadDecays
        state = state.inputs[0]
    return state.name == "delta_write", kind


def _written(m: int, w: int, u: int, strength: bool, kind: type[Decays]) -> tuple[int, int]:
    if strength:
        return delta_rule.matmul_flops(m, w, u, kind), delta_rule.other_flops(m, w, u, kind) + m * (w + u)
    if kind is NoDecays:
        return 2 * m * w * u, w * u
    return decaying_prefix.matmul_flops(m, w, u), 3 * m * w


def _read_so_far(n: int, w: int, u: int, strength: bool, kind: type[Decays]) -> tuple[int, int]:
    if strength:
        return (
            delta_rule.matmul_flops_so_far(n, w, u, kind),
            delta_rule.other_flops(n, w, u, kind) + n * (w + u),
        )
    if kind is NoDecays:
        return prefix.matmul_flops_so_far(n, w, u), w * u
    return (
        decaying_prefix.matmul_flops_so_far(n, w, u, kind),
        decaying_prefix.other_flops_so_far(n, w, u, kind),
    )
