"""Maps as arrays of numbers, for whoever computes with them."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.core.readable import readable
from regard.data.samples import Samples
from regard.maps.look import LayerMaps, Look, look
from regard.maps.views.positions import named_positions
from regard.maps.views.result import Choice, on_one_task
from regard.maps.views.sequences import sequence_of
from regard.maps.views.trained import Trained
from regard.models import PairTransformer

Arrays = dict[str, np.ndarray]


def arrays_of(folders: Sequence[Path], choice: Choice = Choice()) -> Arrays:
    """The maps of one or two runs on the same examples, by name:

    | name | what |
    |---|---|
    | `model_0/label` | the mechanism |
    | `model_0/example_2/text` | the example |
    | `model_0/example_2/positions` | what stands at each of its positions |
    | `model_0/example_2/layer_1/contribution` | (heads, n, m), float32; so for every level |

    A model of two sequences has the positions of both, (2, n), and its calls as layers: of each layer the one
    for the first sequence, then the one for the second.

    Raises as `lens_of`.
    """
    trained = on_one_task(folders)
    samples = trained[0].task.split("test")[: choice.examples]
    named: Arrays = {}
    for place, each in enumerate(trained):
        named |= dict(_of_model(f"model_{place}", each, samples))
    return named


def layer_arrays(layers: Sequence[LayerMaps]) -> Iterator[tuple[str, np.ndarray]]:
    """The maps of a look, each under its layer and level."""
    for place, layer in enumerate(layers):
        for level, maps in layer.maps.items():
            yield f"layer_{place}/{level}", maps.detach().float().cpu().numpy()


def packed(arrays: Arrays) -> bytes:
    """As a file that `numpy.load` reads; the same arrays are the same bytes."""
    file = io.BytesIO()
    save: Any = np.savez_compressed  # whose types take names for its own options
    save(file, **arrays)
    return file.getvalue()


def _of_model(model: str, trained: Trained, samples: Samples) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{model}/label", np.array(trained.label)
    for i in range(len(samples)):
        sample, name = samples[i : i + 1], f"{model}/example_{i}"
        seen = look(trained.model, *trained.task.prepare(sample).given)
        yield f"{name}/text", np.array(readable(trained.task.show(samples, i)))
        yield f"{name}/positions", np.array(_positions(trained, sample, seen))
        yield from ((f"{name}/{within}", maps) for within, maps in layer_arrays(seen.layers))


def _positions(trained: Trained, sample: Samples, seen: Look) -> list[tuple[str, ...]] | tuple[str, ...]:
    """The names of positions; of two sequences those of each."""
    n, _ = seen.layers[0].call.call.lengths
    if isinstance(trained.model, PairTransformer):
        prepared = trained.task.prepare(sample)
        return [named_positions(trained.task, sequence_of(prepared, second), n) for second in (False, True)]
    return named_positions(trained.task, sample, n)
