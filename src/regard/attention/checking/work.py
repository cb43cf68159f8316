"""The work of a computation, counted and not timed: numbers that are computed or moved."""

import math
from collections.abc import Mapping
from typing import Any, final

from torch import Tensor
from torch.utils.flop_counter import flop_registry

from regard.attention.operators import OperatorMode, tensors_in

FUSED = "_scaled_dot_product_flash_attention_for_cpu"
"""torch's kernel of softmax attention on a CPU, which multiplies and normalizes within."""

MOVES = frozenset(
    """
    _to_copy arange cat clone constant_pad_nd copy copy_ embedding empty_like expand_copy eye fill
    fill_ flip full full_like gather index index_copy index_copy_ index_put index_put_ index_select
    linspace masked_fill masked_fill_ new_full new_ones new_zeros ones ones_like repeat
    repeat_interleave roll scatter scatter_ select_backward slice_backward split_with_sizes_copy stack
    tril tril_ triu triu_ unfold_backward where zero_ zeros zeros_like
    """.split()  # noqa: SIM905 - fifty names, read at a glance
)
"""Operators that move numbers, choose among them or write constants: they cost time and no operation."""

PER_NUMBER = {"_softmax": 5, "_log_softmax": 5, "logsumexp": 4, "native_layer_norm": 6, "_fused_rms_norm": 4}
"""Operations for each number where an operator does several, as `Cost` counts them: maximum, subtract, exp,
sum and divide make a softmax."""

TRANSFORMS = frozenset(("_fft_r2c", "_fft_c2c", "_fft_c2r"))
NORMS = ("linalg_vector_norm", "linalg_matrix_norm")


@final
class Work(OperatorMode):
    """Within it, what every operator computes and moves is counted, so that equal calls give equal counts.

    What a kernel does inside itself is known for torch's fused attention alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0
        """Floating point operations that are no matrix product; places and comparisons are none."""
        self.touched = 0
        """Numbers read or written, whichever are more, of all operators; a call counts as one at least."""

    def perform(self, operator: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the operator and count what it did."""
        output = operator(*args, **kwargs)
        self.touched += 1
        given, made = tensors_in((args, kwargs)), tensors_in(output)
        if _is_view(operator, given, made):
            return output
        name = operator._overloadpacket.__name__
        written = max((each.numel() for each in made), default=0)
        if name in MOVES:
            self.touched += written
        elif name == FUSED:
            self.operations += 5 * _pairs(args, kwargs)
            self.touched += written + _pairs(args, kwargs)
        elif operator._overloadpacket in flop_registry:
            self.touched += written
        else:
            most = max([written, *(each.numel() for each in given)])
            if any(each.is_floating_point() or each.is_complex() for each in made):
                self.operations += _operations(name, args, most, written)
            self.touched += most
        return output


def _is_view(operator: Any, given: list[Tensor], made: list[Tensor]) -> bool:
    """Whether what was made lies where what was given lies, without having been written."""
    if operator._schema.is_mutable or not made or not given:
        return False
    places = {each.untyped_storage().data_ptr() for each in given if each.numel()}
    return all(each.untyped_storage().data_ptr() in places for each in made if each.numel())


def _operations(name: str, args: tuple[Any, ...], most: int, written: int) -> int:
    """Operations of an operator that writes so many numbers, and whose largest tensor has `most`."""
    if name in ("sort", "argsort"):
        return most * math.ceil(math.log2(max(args[0].shape[-1], 2)))
    if name in ("topk", "kthvalue"):
        return most * math.ceil(math.log2(args[1] + 1))
    if name in TRANSFORMS:
        length = math.prod(args[0].shape[dim] for dim in args[1])
        return most * math.ceil(2.5 * math.log2(max(length, 2)))
    if name == "_cdist_forward":
        # of each feature: subtract, absolute, add
        return 3 * written * int(args[0].shape[-1])
    if name.startswith("linalg_") and name not in NORMS:
        # a system of equations, an inverse, a decomposition: for every number a row is gone through
        return written * int(args[0].shape[-1])
    return most * PER_NUMBER.get(name, 1)


def _pairs(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> int:
    """Scores that the fused kernel computes: the blocks above the diagonal it skips."""
    q, k = args[0], args[1]
    b, h, n, _ = q.shape
    m = k.shape[2]
    causal = bool(args[4] if len(args) > 4 else kwargs.get("is_causal", False))
    pairs = sum(min(i + 1, m) for i in range(n)) if causal else n * m
    return int(b * h * pairs)
