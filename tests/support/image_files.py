"""Small sets of images on the disk: each image has its class's color, and noise of its own."""

import gzip
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def picture(label, number, side=12):
    """An image that says its class only in the mean of many pixels."""
    rng = np.random.default_rng([label, number])
    noise = rng.integers(0, 256, (side, side, 3))
    color = np.random.default_rng(label).integers(0, 256, 3)
    return Image.fromarray(((3 * noise + color) // 4).astype(np.uint8))


def encoded(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def rows(classes, each, first=0, kind="PNG"):
    """(bytes, label) of so many images per class."""
    numbers = [(label, first + i) for i in range(each) for label in range(classes)]
    return [(encoded(picture(label, number), kind), label) for label, number in numbers]


def write_parquet(path, pairs, image="image", names=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(
        {
            image: pa.array(
                [None if data is None else {"bytes": data, "path": None} for data, _ in pairs],
                pa.struct({"bytes": pa.binary(), "path": pa.string()}),
            ),
            "label": pa.array([label for _, label in pairs], pa.int64()),
        }
    )
    if names:
        features = {"label": {"names": names, "_type": "ClassLabel"}, image: {"_type": "Image"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pq.write_table(table, path)


def write_idx(path, array, magic=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = (magic or 0x0800 + array.ndim).to_bytes(4, "big")
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    raw = header + sizes + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


def write_tree(folder, names, each, first=0):
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(first, first + each):
            picture(label, i).save(folder / name / f"{i}.png")
