"""A checkpoint: one safetensors file with weights and whatever else belongs to that moment.

Weights have the names of the model's `state_dict`, whatever these are. The header holds the run's digest, a
checksum, and the plain values as JSON, which name the tensors that are no weights. One file, renamed into
place, is always consistent: there is no second one that could be older.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from regard.core import files
from regard.core.errors import Corrupt, MissingFile, RegardError
from regard.training.checkpoints.nested import flatten, restore

REMEDY = "Remove the run's folder to train it again."


@final
@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What is saved of one moment of one run."""

    run: str
    """The digest of the run."""
    weights: dict[str, Tensor]
    rest: dict[str, Any] = field(default_factory=dict)
    """Nested containers of plain values and tensors."""


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint. Raises `Unwritable` and leaves what was there before."""
    files.write(path, encoded(checkpoint))


def encoded(checkpoint: Checkpoint) -> bytes:
    """The content of a checkpoint's file. Raises `RegardError` for weights that are no tensors."""
    _refuse_others(checkpoint.weights)
    tensors: dict[str, Tensor] = {}
    # no weight's name begins with a slash: the first word is that of a module of the model
    rest = json.dumps({key: flatten(value, f"/{key}", tensors) for key, value in checkpoint.rest.items()})
    # cloned, because tied weights share memory, which the format does not express
    tensors = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in (checkpoint.weights | tensors).items()
    }
    notes = {"run": checkpoint.run, "rest": rest, "checksum": _checksum(rest, tensors)}
    return save(tensors, metadata={"format": "pt", **notes})


def read(path: Path, run: str) -> Checkpoint:
    """The checkpoint of the run with that digest, on the CPU.

    Raises `MissingFile`, or `Corrupt` if the file cannot be trusted or belongs to another run.
    """
    notes, tensors = _contents(path)
    if not {"run", "rest", "checksum"} <= notes.keys():
        raise Corrupt(f"{path} was not written by regard. {REMEDY}")
    if notes["checksum"] != _checksum(notes["rest"], tensors):
        raise Corrupt(f"{path} has been damaged: its content does not match its checksum. {REMEDY}")
    if notes["run"] != run:
        raise Corrupt(f"{path} belongs to the run {notes['run']}, not to {run}. {REMEDY}")
    weights = dict(tensors)
    rest = {key: restore(value, weights) for key, value in json.loads(notes["rest"]).items()}
    return Checkpoint(run, weights, rest)


def _refuse_others(weights: Mapping[str, object]) -> None:
    for name, value in weights.items():
        if not isinstance(value, Tensor):
            message = (
                f"The model's state '{name}' is a {type(value).__name__}, which a checkpoint cannot hold"
            )
            raise RegardError(f"{message}: register it as a buffer or a parameter.")


def _contents(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            names: list[str] = list(file.keys())
            # copied, so that no tensor is a view of the file, which the next checkpoint replaces
            return file.metadata() or {}, {name: file.get_tensor(name).clone() for name in names}
    except FileNotFoundError as error:
        raise MissingFile(f"There is no file {path}.") from error
    except (SafetensorError, OSError) as error:
        raise Corrupt(f"{path} cannot be read as a checkpoint: {error}. {REMEDY}") from error


def _checksum(rest: str, tensors: dict[str, Tensor]) -> str:
    """SHA-256 of the plain values and of every tensor with its name, type and shape."""
    total = hashlib.sha256(rest.encode())
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()
