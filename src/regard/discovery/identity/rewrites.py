"""The identities by which graphs are simplified, by the operation at which they begin.

Each gives an equal node that is shorter or cheaper, or None.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

from regard.discovery.language.operation import table
from regard.discovery.language.terms import Term, make

Rewrite = Callable[[Term], Term | None]

NEAR_SOFTMAX = ("softmax", "sparsemax", "entmax")
"""Weights that do not change when all scores of a row rise by one number."""


def twice(node: Term) -> Term | None:
    """f(f(x)) = f(x)."""
    return node.inputs[0] if node.inputs[0].name == node.name else None


def undone(node: Term) -> Term | None:
    """f(f(x)) = x."""
    return node.inputs[0].inputs[0] if node.inputs[0].name == node.name else None


def of_nonnegative(node: Term) -> Term | None:
    """f(x) = x where x is never negative."""
    return node.inputs[0] if node.inputs[0].facts.low >= 0 else None


def sign_forgotten(node: Term) -> Term | None:
    """f(-x) = f(|x|) = f(x)."""
    inside = node.inputs[0]
    return (
        make(node.operation, inside.inputs, node.constants) if inside.name in ("negate", "absolute") else None
    )


def scale_of_one(node: Term) -> Term | None:
    """1 x = x, -1 x = -x, and a (b x) = (a b) x."""
    c, inside = node.constant("c"), node.inputs[0]
    if c == 1:
        return inside
    if inside.name != "scale":
        return None
    both = c * inside.constant("c")
    limits = node.operation.constants["c"]
    return make("scale", inside.inputs, {"c": both}) if limits.misfit(both) is None else None


def shift_of_zero(node: Term) -> Term | None:
    """x + 0 = x, and (x + a) + b = x + (a + b)."""
    c, inside = node.constant("c"), node.inputs[0]
    if c == 0:
        return inside
    if inside.name != "shift":
        return None
    both = c + inside.constant("c")
    return make("shift", inside.inputs, {"c": both}) if abs(both) <= 100 else None


def shift_unseen(node: Term) -> Term | None:
    """softmax(s + c) = softmax(s)."""
    inside = node.inputs[0]
    return make(node.operation, inside.inputs) if inside.name == "shift" else None


def map_kept(node: Term) -> Term | None:
    """What is 0 where the mask hides stays so."""
    return node.inputs[0] if node.inputs[0].type.kind in ("map", "weights") else None


def rows_are_shares(node: Term) -> Term | None:
    """Rows that sum to 1 already."""
    inside = node.inputs[0]
    return inside if inside.facts.rows == "1" or inside.name == "row_normalize" else None


def subtracted_negative(node: Term) -> Term | None:
    """x - (-y) = x + y."""
    x, y = node.inputs
    return make("add", (x, y.inputs[0])) if y.name == "negate" else None


def times_itself(node: Term) -> Term | None:
    """x x = x²."""
    x, y = node.inputs
    return make("square", (x,)) if x == y else None


def added_to_itself(node: Term) -> Term | None:
    """x + x = 2 x."""
    x, y = node.inputs
    return make("scale", (x,), {"c": 2.0}) if x == y else None


def by_one(node: Term) -> Term | None:
    """x times what is 1 at every position."""
    return next(
        (x for x, y in (node.inputs, node.inputs[::-1]) if y.name == "one" and x.type == y.type), None
    )


def scale_of_rows(node: Term) -> Term | None:
    """A multiple is taken of what is smaller: (c W) v = c (W v)."""
    weights, v = node.inputs
    if weights.name not in ("scale", "temperature", "negate"):
        return None
    mixed = make(node.operation, (weights.inputs[0], v))
    return None if mixed is None else make(weights.operation, (mixed,), weights.constants)


def scale_kept(node: Term) -> Term | None:
    """Hiding and a multiple commute."""
    inside = node.inputs[0]
    if inside.name not in ("scale", "temperature", "negate"):
        return None
    kept = make(node.operation, inside.inputs)
    return None if kept is None else make(inside.operation, (kept,), inside.constants)


def associated(node: Term) -> Term | None:
    """(A Bᵀ) V = A (Bᵀ V): n m features become n + m, and no n x m numbers are made."""
    weights, v = node.inputs
    if weights.name != "keep" or weights.inputs[0].name != "dot":
        return None
    a, b = weights.inputs[0].inputs
    written = make("write", (b, v))
    return None if written is None else make("read", (a, written))


def shares_associated(node: Term) -> Term | None:
    """The same of rows over their sums: both sums are read."""
    weights, v = node.inputs
    one = make("one", ())
    if weights.name != "row_normalize" or one is None:
        return None
    inside = weights.inputs[0]
    parts = [associated_of(inside, each) for each in (v, one)]
    if parts[0] is None or parts[1] is None:
        return None
    return make("divide", (parts[0], parts[1]))


def associated_of(weights: Term, v: Term) -> Term | None:
    """A (Bᵀ V) in place of a mix, where the weights are a product that hides nothing else."""
    mixed = make("mix", (weights, v))
    return None if mixed is None else associated(mixed)


def _by_laws() -> dict[str, tuple[Rewrite, ...]]:
    meant: Mapping[str, Rewrite] = {
        "nonnegative_identity": of_nonnegative,
        "idempotent": twice,
        "involution": undone,
        "even": sign_forgotten,
    }
    found: dict[str, list[Rewrite]] = defaultdict(list)
    for name, operation in table().items():
        found[name] += [rewrite for law, rewrite in meant.items() if law in operation.laws]
    for name, own in _OWN.items():
        found[name] += own
    return {name: tuple(own) for name, own in found.items() if own}


_OWN: dict[str, list[Rewrite]] = {
    "scale": [scale_of_one],
    "shift": [shift_of_zero],
    "keep": [map_kept, scale_kept],
    "row_normalize": [rows_are_shares],
    "subtract": [subtracted_negative],
    "multiply": [by_one, times_itself],
    "open": [by_one],
    "open_features": [by_one],
    "add": [added_to_itself],
    "mix": [shares_associated, associated, scale_of_rows],
    **{name: [shift_unseen] for name in NEAR_SOFTMAX},
}

REWRITES = _by_laws()
