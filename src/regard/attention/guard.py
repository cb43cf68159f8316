"""Before a mechanism runs: refuse what its traits do not declare, and answer where nothing is mixed."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from regard.attention.emptiness import is_empty, mix_nothing
from regard.attention.kernel_form import Workload
from regard.attention.mask import Mask
from regard.attention.mask_parts import MASK_PARTS
from regard.attention.misfits import refuse_misfit, refuse_no_mask, refuse_shapes, refuse_streams
from regard.attention.streams import Streams
from regard.core.errors import InvalidOption, UnsupportedMask, UnsupportedUse

if TYPE_CHECKING:
    from regard.attention.mechanism import Mechanism

ENTRIES = ("forward", "extend", "weights")
"""The methods through which a mechanism is used."""


def guard_entries(cls: "type[Mechanism]") -> None:
    """Let the entries that a class itself defines refuse what it does not declare."""
    own = vars(cls)
    checked: dict[str, Any] = {name: _guarded(own[name], name) for name in ENTRIES if name in own}
    if "initial_state" in own:
        checked["initial_state"] = _guarded_state(own["initial_state"])
    if "toward" in own:
        checked["toward"] = classmethod(_guarded_tie(own["toward"].__func__))
    for name, entry in checked.items():
        setattr(cls, name, entry)


def _guarded(method: Callable[..., Any], entry: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: "Mechanism", streams: Streams[Tensor], mask: Mask = Mask(), *state: Any) -> Any:
        refuse_undeclared(self, entry, streams, mask)
        if is_empty(entry, streams):
            return mix_nothing(self, entry, streams, lengths(self, streams), *state)
        return method(self, streams, mask, *state)

    return checked


def _guarded_state(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: "Mechanism", *b: Any, **device: Any) -> Any:
        if not self.traits.streaming:
            raise UnsupportedUse(f"{self.name} does not stream. `regard mechanisms` lists what does.")
        return method(self, *b, **device)

    return checked


def _guarded_tie(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(cls: "type[Mechanism]", name: str, size: Any) -> Any:
        if cls.traits.tie(name) is None:
            raise UnsupportedUse(f"{cls.__name__} has no setting at which it is {name}.")
        return method(cls, name, size)

    return checked


def refuse_undeclared(mechanism: "Mechanism", entry: str, streams: Streams[Tensor], mask: Mask) -> None:
    """Raise `UnsupportedMask`, `UnsupportedUse` or `InvalidOption` unless the traits declare this use."""
    refuse_no_mask(mechanism.name, mask)
    _refuse_entry(mechanism, entry, mask)
    refuse_parts(mechanism, mask, entry)
    refuse_streams(mechanism, streams)
    refuse_shapes(mechanism, streams)
    if mechanism.forced_form is not None:
        refuse_form(mechanism, Workload.of(streams, mask))
    _refuse_lengths(mechanism, entry, streams, mask)


def refuse_parts(mechanism: "Mechanism", mask: Mask, entry: str = "forward") -> None:
    """Raise `UnsupportedMask` unless the traits declare every part of the mask."""
    for part in mask.parts:
        if not (getattr(mechanism.traits, MASK_PARTS[part].trait) or (part == "start" and entry == "extend")):
            message = f"{mechanism.name} does not support the mask's part '{part}'. {_offer(part)}"
            raise UnsupportedMask(message)


def refuse_form(mechanism: "Mechanism", work: Workload) -> None:
    """Raise `InvalidOption` for a forced form that there is not, and for a kernel that cannot do the work."""
    form, kernel = mechanism.forced_form, mechanism.kernel_form
    if form is None or form in mechanism.forms:
        return
    if kernel is None or form != kernel.name:
        message = f"{mechanism.name} has no form '{form}'. Choose one of {', '.join(mechanism.all_forms)}."
        raise InvalidOption(message)
    misfit = kernel.misfit(mechanism.size, work)
    if misfit is not None:
        message = f"{mechanism.name}: the form '{form}' {misfit}. Choose one of {', '.join(mechanism.forms)}."
        raise InvalidOption(message)


def lengths(mechanism: "Mechanism", streams: Streams[Tensor]) -> tuple[int, int]:
    """n and m: positions of the queries and of the keys. Where none is of the queries, n is m."""
    found: dict[str, int] = {}
    for name, declared in mechanism.declared.items():
        found.setdefault(declared.of, getattr(streams, name).shape[2])
    m = found.get("keys", found.get("queries", 0))
    return found.get("queries", m), m


def _refuse_entry(mechanism: "Mechanism", entry: str, mask: Mask) -> None:
    if entry == "weights" and not mechanism.traits.weights:
        message = f"{mechanism.name} has no weights: its output is not a matrix times the values."
        raise UnsupportedUse(message)
    if entry == "extend" and not mechanism.traits.streaming:
        raise UnsupportedUse(f"{mechanism.name} does not stream. `regard mechanisms` lists what does.")
    if entry == "extend" and not mask.causal:
        message = f"{mechanism.name} goes on from left to right only: give extend a mask with causal=True."
        raise UnsupportedUse(message)


def _refuse_lengths(mechanism: "Mechanism", entry: str, streams: Streams[Tensor], mask: Mask) -> None:
    n, m = lengths(mechanism, streams)
    if n != m and (entry == "extend" or not mechanism.traits.cross):
        message = f"{mechanism.name} mixes one sequence with itself: it cannot take {n} queries and {m} keys."
        raise UnsupportedUse(message)
    whole = mask.start + m if entry == "extend" else m
    if mechanism.traits.fixed_length and max(n, whole) > mechanism.size.length:
        message = (
            f"{mechanism.name} was built for at most {mechanism.size.length} positions, not {max(n, whole)}. "
            f"Build it with a longer length."
        )
        raise UnsupportedUse(message)
    like = next(iter(streams))
    refuse_misfit(mechanism.name, mask, (like.shape[0], mechanism.size.h, n, whole), like)


def _offer(part: str) -> str:
    if part == "causal":
        return "Choose a causal mechanism, or a task in its masked form."
    return "`regard mechanisms` lists what each one supports."
