"""The splits of a task as files that other programs read."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from torch import Tensor

from regard.core import files
from regard.core.errors import Unwritable
from regard.core.shapes import ImageInput
from regard.data.samples import Samples
from regard.data.task import SplitName, Task

if TYPE_CHECKING:
    import pyarrow as pa

AT_ONCE = 1000
"""Samples in memory at one time."""

Rows = Callable[[Samples, int], dict[str, Any]]
"""Sample i as the fields of one row."""


def export(task: Task, folder: Path) -> list[Path]:
    """Write the three splits into a folder: lines of text for sequences, parquet for the rest.

    Images are PNG as they were given, in the layout of Hugging Face (`image`, `label`), so that
    `datasets` and `task=image_folder` read them. Raises `Unwritable`, also where files of these names are
    there already: they may be somebody's data.
    """
    with files.writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name in get_args(SplitName):
        for path in (folder / f"{name}.txt", folder / f"{name}.parquet"):
            if path.exists():
                raise Unwritable(f"{path} exists and is not written over. Name another folder, or remove it.")
    return [_write(task, task.split(name), folder / name) for name in get_args(SplitName)]


def _write(task: Task, samples: Samples, path: Path) -> Path:
    if isinstance(task.shape.input, ImageInput):
        return _write_parquet(samples, path, lambda part, i: _image_row(task, part, i), _image_schema(task))
    if samples.edges is not None:
        return _write_parquet(samples, path, _graph_row)
    if samples.inputs.ndim == 3:
        return _write_parquet(samples, path, lambda part, i: _pair_row(task, part, i))
    return _write_lines(task, samples, path)


def _write_lines(task: Task, samples: Samples, path: Path) -> Path:
    path = path.with_suffix(".txt")
    with files.placing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{task.show(samples, i)}\n" for i in range(len(samples)))
    return path


def _write_parquet(samples: Samples, path: Path, row: Rows, schema: "pa.Schema | None" = None) -> Path:
    """One row per sample; the columns are those of the schema, or of the first rows."""
    import pyarrow as pa  # noqa: PLC0415 (takes a while)
    import pyarrow.parquet as pq  # noqa: PLC0415

    path = path.with_suffix(".parquet")
    parts = ([row(part, i) for i in range(len(part))] for part in _parts(samples))
    first = pa.Table.from_pylist(next(parts), schema)
    with files.placing(path) as temporary, pq.ParquetWriter(temporary, first.schema) as writer:
        writer.write_table(first)
        for rows in parts:
            writer.write_table(pa.Table.from_pylist(rows, first.schema))
    return path


def _parts(samples: Samples) -> Iterator[Samples]:
    for start in range(0, len(samples), AT_ONCE):
        yield samples[start : start + AT_ONCE]


def _image_row(task: Task, samples: Samples, i: int) -> dict[str, Any]:
    picture = task.picture(samples, i)
    assert picture is not None, f"{task.name} has images, but shows no picture"
    return {"image": {"bytes": _png(picture), "path": None}, "label": int(samples.targets[i])}


def _image_schema(task: Task) -> "pa.Schema":
    """With the note by which `datasets` knows images and the names of classes."""
    import pyarrow as pa  # noqa: PLC0415

    names = task.labels or tuple(map(str, range(getattr(task.shape.output, "classes", 0))))
    features = {"image": {"_type": "Image"}, "label": {"names": list(names), "_type": "ClassLabel"}}
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    note = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.schema([("image", image), ("label", pa.int64())], note)


def _png(picture: Tensor) -> bytes:
    from PIL import Image  # noqa: PLC0415

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture.numpy())).save(buffer, "PNG")
    return buffer.getvalue()


def _pair_row(task: Task, samples: Samples, i: int) -> dict[str, Any]:
    """Both sequences without their padding, as tokens and as text."""
    real = [_real(samples, i, side) for side in (0, 1)]
    first, second = (tokens.tolist() for tokens in real)
    first_text, second_text = map(task.text, real)
    texts = {"first_text": first_text, "second_text": second_text}
    return {"first": first, "second": second, **texts, "label": int(samples.targets[i])}


def _real(samples: Samples, i: int, side: int) -> Tensor:
    tokens = samples.inputs[i, side]
    return tokens if samples.keys is None else tokens[samples.keys[i, side]]


def _graph_row(samples: Samples, i: int) -> dict[str, Any]:
    assert samples.edges is not None
    edges = samples.edges[i].nonzero().tolist()
    return {"nodes": samples.inputs[i].tolist(), "edges": edges, "labels": samples.targets[i].tolist()}
