"""What a model is given, refused in one line where it does not fit. No check reads a tensor's numbers."""

import torch
from torch import Tensor

from regard.core.errors import InvalidOption
from regard.core.shapes import ImageInput
from regard.models.inputs import type_of

WHOLE = (torch.int64, torch.int32)


def refuse_tokens(given: object, sizes: tuple[str, ...], table: Tensor) -> None:
    """Raise `InvalidOption` unless `given` holds whole numbers, of these sizes, where the table lies.

    Of `sizes`, such as ("b", "2", "n"), letters stand for any number.
    """
    expected = f"whole numbers ({', '.join(sizes)})"
    tensor = _tensor("tokens", given, expected)
    fits = tensor.dim() == len(sizes) and all(
        not size.isdigit() or int(size) == n for size, n in zip(sizes, tensor.shape, strict=True)
    )
    if not fits or tensor.dtype not in WHOLE:
        _misfit("tokens", expected, tensor)
    _refuse_elsewhere("tokens", tensor, table)


def refuse_images(given: object, image: ImageInput, weight: Tensor) -> None:
    """Raise `InvalidOption` unless `given` are images of this size, in the type and place of the weights."""
    sizes = (image.channels, image.height, image.width)
    expected = f"{type_of(weight)} (b, {', '.join(map(str, sizes))})"
    tensor = _tensor("images", given, expected)
    autocasts = torch.is_autocast_enabled(tensor.device.type) and tensor.is_floating_point()
    if tensor.shape[1:] != sizes or not (tensor.dtype == weight.dtype or autocasts):
        _misfit("images", expected, tensor)
    _refuse_elsewhere("images", tensor, weight)


def refuse_hidden(name: str, given: object, sizes: tuple[int, ...], inputs: Tensor) -> None:
    """Raise `InvalidOption` unless `given` is None or boolean (True: may be read), of these sizes."""
    if given is None:
        return
    expected = f"boolean {sizes}"
    tensor = _tensor(name, given, expected)
    if tensor.dtype != torch.bool or tensor.shape != sizes:
        _misfit(name, expected, tensor)
    _refuse_elsewhere(name, tensor, inputs)


def _tensor(name: str, given: object, expected: str) -> Tensor:
    if not isinstance(given, Tensor):
        shown = type(given).__name__
        raise InvalidOption(f"The model's {name} should be a tensor of {expected}, not of type {shown}.")
    return given


def _misfit(name: str, expected: str, given: Tensor) -> None:
    shown = f"{type_of(given)} {tuple(given.shape)}"
    raise InvalidOption(f"The model's {name} should be {expected}, and are {shown}.")


def _refuse_elsewhere(name: str, given: Tensor, like: Tensor) -> None:
    if given.device != like.device:
        message = f"The model's {name} lie on {given.device}, and what reads them on {like.device}."
        raise InvalidOption(f"{message} Move one of them.")
