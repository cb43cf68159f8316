"""The logit lens of other libraries' models: the output of a block in place of that of the last one.

What a model does behind its last block, its norms, its pooling and its head, is then done to any block, and
nobody has to say what it is.
"""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

Answering = Callable[[], Tensor]
"""Runs a model, and gives its logits."""


@torch.no_grad()
def logits_behind_blocks(model: nn.Module, answer: Answering, layers: Collection[str]) -> dict[str, Tensor]:
    """What the model would answer if the block around a layer of attention were its last, by the name of the
    layer.

    Blocks are the parts of one list, or one sequence, of which several attend. A layer outside, such as those
    of an encoder behind which a decoder answers, and a block that gives another shape than the last are left
    out. So is a model that runs a block more than once.

    Source: nostalgebraist 2020; Belrose et al. 2023, arXiv 2303.08112, section 2.
    """
    blocks = _blocks(model, layers)
    given: dict[str, list[Tensor | None]] = {name: [] for name in blocks}
    with ExitStack() as ends:
        for name, block in blocks.items():
            keep = given[name].append
            ends.callback(block.register_forward_hook(lambda _, __, x, keep=keep: keep(_stream(x))).remove)
        answer()
    if not blocks or any(len(each) != 1 for each in given.values()):
        return {}
    *_, last = blocks
    streams = {name: x for name, (x,) in given.items() if x is not None}
    found: dict[str, Tensor] = {}
    for name, x in streams.items():
        if last in streams and x.shape == streams[last].shape:
            logits = _answer_behind(blocks[last], x, answer)
            found |= {layer: logits for layer in layers if _within(layer, name)}
    return found


def _answer_behind(last: nn.Module, x: Tensor, answer: Answering) -> Tensor:
    """The logits where the last block gives x."""
    handle = last.register_forward_hook(lambda _, __, output: _with_stream(output, x))
    try:
        return answer()
    finally:
        handle.remove()


def _blocks(model: nn.Module, layers: Collection[str]) -> dict[str, nn.Module]:
    """By name: the outermost parts side by side of which several attend, around the last layer that does."""
    parts = [*layers][-1].split(".") if layers else []
    for depth in range(len(parts)):
        outer = ".".join(parts[:depth])
        holder = model.get_submodule(outer)
        if isinstance(holder, nn.ModuleList | nn.Sequential):
            inside = {f"{outer}.{name}" if outer else name: each for name, each in holder.named_children()}
            attending = {
                name: each for name, each in inside.items() if any(_within(layer, name) for layer in layers)
            }
            if len(attending) > 1:
                return attending
    return {}


def _within(layer: str, block: str) -> bool:
    return layer == block or layer.startswith(f"{block}.")


def _stream(output: Any) -> Tensor | None:
    """What goes on to the next block: the output, or the first of several."""
    first = output[0] if isinstance(output, tuple) and output else output
    return first if isinstance(first, Tensor) else None


def _with_stream(output: Any, stream: Tensor) -> Any:
    return stream if isinstance(output, Tensor) else (stream, *output[1:])
