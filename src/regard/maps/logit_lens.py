"""The logit lens: what a model would answer if a layer were its last."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from regard.core.errors import UnsupportedUse
from regard.maps.look import called, logits_of
from regard.models import PairTransformer, Transformer

Run = tuple[str, int]
"""A block by its name, and which run of it in a pass is meant, from 0 on."""


@torch.no_grad()
def logits_by_layer(model: nn.Module, layers: Sequence[str], *given: Any) -> tuple[Tensor | None, ...]:
    """The logits of a model in evaluation mode, each time with what stands behind one block in the place of
    what stands behind the last.

    layers: the names of its layers of attention, in the order of their calls. None for a layer outside of the
    blocks before the answer, such as one of an encoder, and for a block that gives a tensor of another shape
    than the last. Raises `UnsupportedUse` for a model without blocks in a list, or without logits.

    Source: nostalgebraist 2020; Belrose et al. 2023, arXiv 2303.08112, section 2.
    """
    if isinstance(model, PairTransformer):
        raise UnsupportedUse("A model of two sequences has no last layer of its own for each.")
    blocks = _blocks(model, layers)
    runs = [_run(blocks, layers[: place + 1]) for place in range(len(layers))]
    with _outputs(model, blocks) as streams:
        own = logits_of(called(model, given))
    if own is None:
        raise UnsupportedUse(f"{type(model).__name__} gives no logits.")
    last = [*streams][-1]
    found: dict[Run | None, Tensor | None] = {None: None, last: own}
    for run in runs:
        if run is None or run in found:
            continue
        found[run] = None
        if run in streams and (stream := _read(model, streams[run])).shape == streams[last].shape:
            with _ends_with(model, last, stream):
                found[run] = logits_of(called(model, given))
    return tuple(found[run] for run in runs)


def _blocks(model: nn.Module, layers: Sequence[str]) -> list[str]:
    """The parts of the list that holds the last layer and most others, by name."""
    lists = [
        (name, part)
        for name, part in model.named_modules()
        if isinstance(part, nn.ModuleList | nn.Sequential) and _within(layers[-1], name)
    ]
    children = [
        [f"{name}.{own}".removeprefix(".") for own, _ in part.named_children()] for name, part in lists
    ]
    counts = [sum(any(_within(layer, child) for layer in layers) for child in each) for each in children]
    if not counts:
        raise UnsupportedUse(f"The layers of {type(model).__name__} lie in no list of blocks.")
    return children[counts.index(max(counts))]


def _within(layer: str, outer: str) -> bool:
    return not outer or layer == outer or layer.startswith(f"{outer}.")


def _run(blocks: Sequence[str], layers: Sequence[str]) -> Run | None:
    """That of the last of some layers: a layer that is called again is in another run of its block."""
    block = next((each for each in blocks if _within(layers[-1], each)), None)
    return None if block is None else (block, layers[:-1].count(layers[-1]))


@contextmanager
def _outputs(model: nn.Module, blocks: Sequence[str]) -> Iterator[dict[Run, Tensor]]:
    """What stands behind each run of a block inside, in their order."""
    streams: dict[Run, Tensor] = {}
    counts: Counter[str] = Counter()

    def keep(name: str, output: Any) -> None:
        streams[name, counts[name]] = _stream(output)
        counts[name] += 1

    with ExitStack() as ends:
        for name in blocks:
            part = model.get_submodule(name)
            handle = part.register_forward_hook(lambda _, __, output, name=name: keep(name, output))
            ends.callback(handle.remove)
        yield streams


def _read(model: nn.Module, stream: Tensor) -> Tensor:
    """A stream at the positions that the last block gives."""
    return stream[:, model.read] if isinstance(model, Transformer) else stream


def _stream(output: Any) -> Tensor:
    found = output[0] if isinstance(output, tuple) else output
    if not isinstance(found, Tensor):
        raise UnsupportedUse(f"A block gives a {type(found).__name__}, and not a tensor.")
    return found


@contextmanager
def _ends_with(model: nn.Module, last: Run, stream: Tensor) -> Iterator[None]:
    """Inside, another tensor stands behind the last run of a block."""
    name, run = last
    counts = 0

    def replace(_: nn.Module, __: tuple[Any, ...], output: Any) -> Any:
        nonlocal counts
        counts += 1
        if counts - 1 != run:
            return output
        return (stream, *output[1:]) if isinstance(output, tuple) else stream

    handle = model.get_submodule(name).register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()
