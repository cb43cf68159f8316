"""What a mechanism is given, refused in one line where it does not fit. No check reads a tensor's numbers."""

from typing import TYPE_CHECKING

from torch import Tensor

from regard.attention.mask import Mask
from regard.attention.precision import autocasts
from regard.attention.streams import Streams
from regard.core.errors import InvalidOption

if TYPE_CHECKING:
    from regard.attention.mechanism import Mechanism


def refuse_no_mask(name: str, mask: object) -> None:
    """Raise `InvalidOption` for what is no mask."""
    if not isinstance(mask, Mask):
        raise InvalidOption(f"{name}: the mask must be a regard.Mask, and is of type {type(mask).__name__}.")


def refuse_misfit(name: str, mask: Mask, sizes: tuple[int, int, int, int], like: Tensor) -> None:
    """Raise `InvalidOption` unless every part of a mask fits b, h, n and m, and lies where `like` does."""
    if mask.parts in ((), ("causal",)):
        return
    b, h, n, m = sizes
    misfit = mask.misfit(b, n, m) or mask.bias.misfit(b, h, n, m)
    if misfit is not None:
        raise InvalidOption(f"{name}: the mask does not fit {n} queries and {m} keys: {misfit}.")
    for part in mask.parts:
        given = getattr(mask, part) if hasattr(mask, part) else getattr(mask.bias, part)
        if isinstance(given, Tensor) and given.device != like.device:
            message = (
                f"{name}: the mask's part '{part}' lies on {given.device}, and the input on {like.device}."
            )
            raise InvalidOption(f"{message} Move one of them.")


def refuse_streams(mechanism: "Mechanism", streams: object) -> None:
    """Raise `InvalidOption` unless every declared stream is there, of floating point and of one type."""
    if not isinstance(streams, Streams):
        names = ", ".join(f"{name}={name}" for name in mechanism.declared.names)
        shown = type(streams).__name__
        message = f"{mechanism.name}: the streams must be regard.Streams({names}), and are of type {shown}."
        raise InvalidOption(message)
    missing = [name for name in mechanism.declared.names if name not in streams]
    if missing:
        expected = ", ".join(mechanism.declared.names)
        message = f"{mechanism.name} reads the streams {expected}, and '{missing[0]}' is not given."
        raise InvalidOption(message)
    like = getattr(streams, mechanism.declared.names[0])
    for name in mechanism.declared.names:
        _refuse_kind(mechanism, name, getattr(streams, name), like)


def refuse_shapes(mechanism: "Mechanism", streams: Streams[Tensor]) -> None:
    """Raise `InvalidOption` unless every stream has its heads, features and as many positions as its side."""
    b = next(iter(streams)).shape[0]
    positions: dict[str, int] = {}
    for name, declared in mechanism.declared.items():
        shape, heads = getattr(streams, name).shape, mechanism.heads_of(name)
        n = positions.setdefault(declared.of, shape[2] if len(shape) == 4 else -1)
        # g heads of keys and values may have been repeated
        repeated = heads if declared.shared else mechanism.size.h
        if shape not in ((b, heads, n, declared.features), (b, repeated, n, declared.features)):
            sizes = (b, heads, n) if n >= 0 else ("b", heads, "positions")
            shown = ", ".join(map(str, (*sizes, declared.features)))
            message = f"{mechanism.name}: the stream '{name}' should be ({shown}) and is {tuple(shape)}."
            raise InvalidOption(message)


def _refuse_kind(mechanism: "Mechanism", name: str, given: object, like: Tensor) -> None:
    """Numbers of floating point, of one type and in one place, or of several where autocast is on."""
    if not isinstance(given, Tensor) or not given.is_floating_point():
        shown = given.dtype if isinstance(given, Tensor) else type(given).__name__
        message = (
            f"{mechanism.name}: the stream '{name}' should be a tensor of floating point, and is {shown}."
        )
        raise InvalidOption(message)
    if given.device != like.device:
        message = f"{mechanism.name}: the stream '{name}' lies on {given.device}, others on {like.device}."
        raise InvalidOption(f"{message} Move one of them.")
    if given.dtype != like.dtype and not autocasts(like.device.type):
        message = f"{mechanism.name}: the stream '{name}' is {given.dtype}, and others are {like.dtype}."
        raise InvalidOption(f"{message} Convert one of them.")
