"""Where and in which precision a run is computed."""

from typing import TYPE_CHECKING, Any

import torch

from regard.core.errors import InvalidOption, nearest
from regard.core.execution import DEVICE_KINDS

if TYPE_CHECKING:
    from lightning_fabric import Fabric


STREAMS = {
    "32-true": torch.float32,
    "bf16-mixed": torch.bfloat16,
    "16-mixed": torch.float16,
    "64-true": torch.float64,
}


def fabric_for(device: str, precision: str) -> "Fabric":
    """Lightning Fabric for one device: `cpu`, `cuda`, `cuda:1`, `mps`, or `auto` for the fastest there is.

    Raises `InvalidOption` for a device that is not there, and for a precision that it does not have.
    """
    from lightning_fabric import Fabric  # noqa: PLC0415 (half a second)

    kind, _, index = device.partition(":")
    kind = _fastest() if kind == "auto" else kind
    _refuse_missing(device, kind, index)
    if precision == "16-mixed" and kind == "cpu":
        raise InvalidOption("training.precision=16-mixed needs a GPU. On the CPU use bf16-mixed or 32-true.")
    if precision == "64-true" and kind == "mps":
        raise InvalidOption("training.precision=64-true does not exist on mps. Use 32-true, or device=cpu.")
    devices: Any = [int(index)] if index else 1
    return Fabric(accelerator=kind, devices=devices, **_precision(precision, kind))


def streams_in(precision: str) -> torch.dtype:
    """The type of what a mechanism reads in a precision: under autocast, that of projections."""
    return STREAMS[precision]


def _precision(precision: str, kind: str) -> dict[str, Any]:
    """Fabric's arguments for a precision."""
    from lightning_fabric.plugins import MixedPrecision  # noqa: PLC0415

    if precision in ("bf16-mixed", "16-mixed"):
        # as an object, because Fabric announces the name on the console
        return {"plugins": [MixedPrecision(precision, kind)]}  # type: ignore[arg-type]  # Fabric types it as a literal
    if precision == "64-true":
        from regard.training.parts.double import Double  # noqa: PLC0415

        return {"plugins": [Double()]}
    return {"precision": precision}


def _fastest() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _refuse_missing(device: str, kind: str, index: str) -> None:
    if kind not in DEVICE_KINDS or (index and not index.isdecimal()):
        raise InvalidOption(f"There is no device '{device}'. {nearest(kind, DEVICE_KINDS)}")
    present = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if int(index or 0) >= present[kind]:
        message = (
            f"Device '{device}' is not there: this machine has {present[kind]} of kind {kind}. "
            f"Use device=auto."
        )
        raise InvalidOption(message)
