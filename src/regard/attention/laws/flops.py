"""The formula for matrix products against torch's counter."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, final

import torch
from torch.utils.flop_counter import FlopCounterMode

from regard.attention.checking.inputs import between, draw, first
from regard.attention.checking.law import MechanismLaw
from regard.attention.checking.masks import declared_masks
from regard.attention.checking.regimes import Regime
from regard.attention.checking.subject import MechanismSubject
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism
from regard.laws import Case
from regard.laws.figures import broken_if

WIDE = Regime(key_features=16, value_features=16)
"""Other features than those of most laws."""

TensorShape = tuple[int, ...]


@final
class Flops(MechanismLaw):
    """The formula counts the matrix products that torch's counter sees, under every mask declared.

    One multiply-add is two. Of torch's fused kernel the pairs that a causal mask allows are counted, since it
    skips the blocks above the diagonal, and all pairs under a dense mask. Values are as wide as keys, without
    which the fused kernel does not run. A mask with a start is that of going on: the keys before are in the
    state, where the mechanism streams. Of other operations it is only known that more heads need more.
    """

    limit = 0.01

    def measure(self, subject: MechanismSubject) -> Iterator[Case]:
        size = replace(subject.size(), value_features=8)
        mechanism = subject.build(size)
        lengths = [(size.length, size.length)]
        if not (subject.traits.needs_grid or subject.traits.fixed_length):
            lengths.append((200, 200))
        if subject.traits.cross:
            lengths += [(40, 70), (70, 40)]
        for n, m in lengths:
            for name, mask in declared_masks(mechanism, b=1, n=n, m=m).items():
                if not mask.start:
                    yield _all_at_once(mechanism, n, m, name, mask)
        # a sum over one head is no matrix product
        for wide in (replace(WIDE, heads=heads) for heads in subject.depth.heads if heads > 1):
            if subject.accepts(wide) and subject.accepts(WIDE):
                pair = subject.build(subject.size_of(WIDE))
                yield from _of_heads(subject.build(subject.size_of(wide)), pair)
        narrow = replace(size, value_features=3)
        # the fused kernel does not run: what it would skip is not skipped
        n = size.length
        yield _all_at_once(subject.build(narrow), n, n, "other values than keys", Mask())
        if subject.traits.grouped:
            grouped = subject.build(replace(size, heads=4, key_heads=2))
            yield _all_at_once(grouped, 40, 40, "grouped heads", Mask())
        if subject.traits.streaming:
            for n, m in ((1, 70), (40, 70)):
                yield _going_on(mechanism, n, m)


def _of_heads(several: Mechanism, pair: Mechanism) -> Iterator[Case]:
    """Of another number of heads than two."""
    n, h = several.size.length, several.size.h
    for name, mask in declared_masks(several, b=1, n=n).items():
        if not mask.start:
            yield _all_at_once(several, n, n, f"h = {h}, {name}", mask)
    of_pair, of_several = pair.cost(n, n, Mask()).other_flops, several.cost(n, n, Mask()).other_flops
    yield (
        f"h = {h}: {of_several} other operations, {of_pair} of 2",
        broken_if(bool(of_pair) and (of_several > of_pair) != (h > pair.size.h)),
    )


def _all_at_once(mechanism: Mechanism, n: int, m: int, name: str, mask: Mask) -> Case:
    inputs = draw(mechanism, b=1, n=n, m=m)
    return _case(f"n = {n}, m = {m}, {name}", mechanism, (n, m, mask), lambda: mechanism(inputs, mask))


def _going_on(mechanism: Mechanism, n: int, m: int) -> Case:
    """The last n of m positions, behind a state of the others."""
    inputs, start = draw(mechanism, b=1, n=m), m - n
    mask = Mask(causal=True, start=start)
    _, state = mechanism.extend(first(inputs, start), Mask(causal=True), mechanism.initial_state(1))
    new = between(inputs, start, m)
    return _case(
        f"{n} more behind {start}", mechanism, (n, m, mask), lambda: mechanism.extend(new, mask, state)
    )


def _case(name: str, mechanism: Mechanism, asked: tuple[int, int, Mask], use: Callable[[], Any]) -> Case:
    counted, formula = _counted(use), mechanism.cost(*asked).matmul_flops
    apart = abs(counted - formula) / max(counted, formula, 1)
    return f"{name}: {counted} counted, {formula} by formula", apart


def _counted(use: Callable[[], Any]) -> int:
    fused = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _fused}
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=fused) as counter:
        use()
    return counter.get_total_flops()


def _fused(
    q: TensorShape, k: TensorShape, v: TensorShape, dropout: float = 0.0, causal: bool = False, **_: Any
) -> int:
    """Operations of the kernel on a CPU, of which torch's counter knows nothing."""
    b, h, n, d = q
    allowed = Mask(causal=causal).allowed(n, k[2])
    pairs = n * k[2] if allowed is None else int(allowed.sum())
    return 2 * b * h * pairs * (d + v[3])
