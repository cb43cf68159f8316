"""What stands at each position of an example, in words, and the picture behind it."""

import base64
import io
import itertools

import torch
from jaxtyping import Float
from PIL import Image as Pixels
from torch import Tensor

from regard.core.results.lens import Image
from regard.data.samples import Samples
from regard.data.task import Task
from regard.maps.views.measured import Layout

CLASS_TOKEN = "class"
"""What a class token in front is called."""

EXTRA_TOKEN = "extra"
"""What further tokens in front are called, such as registers, with their number."""


def named_positions(task: Task, samples: Samples, n: int) -> tuple[str, ...]:
    """A name for each of the n positions that a layer sees of the only sample: its token, or its patch."""
    given = samples.inputs[0]
    if given.ndim == 1:
        tokens = [task.text(token) or _number(token) for token in torch.split(given, 1)]
        return (CLASS_TOKEN,) * (n - len(tokens)) + tuple(tokens)
    return patches(*patch_grid(given, n))


def patch_grid(image: Tensor, n: int, most_in_front: int = 1) -> tuple[int, int, int]:
    """Rows and columns of the square patches of an image, and how many positions lie in front of them.

    Raises `ValueError` for n positions that are no such patches.
    """
    height, width = image.shape[-2:]
    for prefix in range(most_in_front + 1):
        for patch in range(1, min(height, width) + 1):
            rows, columns = height // patch, width // patch
            if height % patch == 0 and width % patch == 0 and rows * columns == n - prefix:
                return rows, columns, prefix
    raise ValueError(f"{n} positions are no patches of an image of {height} x {width}")


def patches(rows: int, columns: int, prefix: int) -> tuple[str, ...]:
    """The names of what stands in front, and of the patches."""
    front = tuple(CLASS_TOKEN if place == 0 else f"{EXTRA_TOKEN} {place}" for place in range(prefix))
    places = itertools.product(range(1, rows + 1), range(1, columns + 1))
    return front + tuple(f"row {row}, column {column}" for row, column in places)


def patches_apart(rows: int, columns: int) -> Float[Tensor, "n n"]:
    """How far patches lie apart, in patches."""
    places = torch.cartesian_prod(torch.arange(rows), torch.arange(columns)).float()
    return torch.cdist(places, places)


def common_positions(samples: Samples, n: int) -> tuple[str, ...]:
    """A name for each of the n positions that a layer sees of any sample: its patch, or its number from 0 on,
    by which it is counted everywhere.
    """
    given = samples.inputs
    if given.ndim > 2:
        return patches(*patch_grid(given[0], n))
    prefix = n - given.shape[1]
    return (CLASS_TOKEN,) * prefix + tuple(map(str, range(prefix, n)))


def layout_of(samples: Samples, n: int) -> Layout:
    """Where the n positions that a layer sees of the only sample lie."""
    given = samples.inputs[0]
    if given.ndim == 1:
        prefix = n - len(given)
        tokens = given if prefix == 0 else torch.cat([given.new_full((prefix,), -1), given])
        return Layout(steps_apart(len(given)), prefix, tokens)
    rows, columns, prefix = patch_grid(given, n)
    return Layout(patches_apart(rows, columns), prefix, None)


def steps_apart(n: int) -> Float[Tensor, "n n"]:
    """How far the positions of a sequence lie apart."""
    steps = torch.arange(n, dtype=torch.float32).unsqueeze(1)
    return torch.cdist(steps, steps)


def picture_of(task: Task, samples: Samples, n: int) -> Image | None:
    """The only sample as an image with its grid; None for one that is no image."""
    shown = task.picture(samples, 0)
    if shown is None or samples.inputs[0].ndim == 1:
        return None
    rows, columns, prefix = patch_grid(samples.inputs[0], n)
    file = io.BytesIO()
    Pixels.fromarray(shown.numpy()).save(file, "PNG")
    data = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    return Image(data=data, rows=rows, columns=columns, prefix=prefix)


def _number(token: Tensor) -> str:
    """A token without a text, such as padding."""
    return str(int(token))
