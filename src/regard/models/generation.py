"""Writing: a causal model continues sequences token by token."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, cast

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import pad

from regard.core.errors import InvalidOption
from regard.models.sampling import Choose, choose_most_likely
from regard.models.state import ModelState

Keys = Bool[Tensor, "b n"] | None
Read = Callable[[Tensor], Tensor]
"""Reads one further token (b,) of each sequence, and gives the logits (b, vocabulary) behind it."""


@dataclass(frozen=True, eq=False)
class Step:
    """The next token of each sequence, and the logits from which it was chosen."""

    tokens: Int64[Tensor, " b"]
    logits: Float[Tensor, "b vocabulary"]


def generate(
    model: nn.Module, prompt: Int64[Tensor, "b n"], choose: Choose = choose_most_likely, keys: Keys = None
) -> Iterator[Step]:
    """The steps by which a causal model continues prompts, without an end: take as many as are needed.

    A model that streams reads the prompt at once and then each token once; any other reads everything again
    for every token, and chooses the same tokens. `keys` is True where a prompt is not padding, which stands
    in front. The model should be in evaluation mode.

    Raises `InvalidOption` for an empty prompt, and for padding behind one.
    """
    if not prompt.shape[1]:
        raise InvalidOption("generate: a prompt needs a token at least. Give the one with which texts begin.")
    if keys is not None and not keys[:, -1].all():
        raise InvalidOption("generate: padding stands behind a prompt. Move it to the front, keys with it.")
    begin = _going_on if _streams(model) else _reading_again
    with torch.inference_mode():
        logits, read = begin(model, prompt, keys)
    while True:
        # a copy is an ordinary tensor again, that may be read in training
        logits = logits.clone()
        tokens = choose(logits)
        yield Step(tokens, logits)
        with torch.inference_mode():
            logits = read(tokens)


def write(steps: Iterator[Step], count: int, end: int | None = None) -> Int64[Tensor, "b count"]:
    """The tokens of the first `count` steps.

    Where there is an `end` token, it fills each sequence behind the first one; once every sequence has
    ended, no further step is taken.
    """
    written: list[Tensor] = []
    ended: Tensor | None = None
    for step in islice(steps, count):
        written.append(step.tokens)
        if end is None:
            continue
        now = step.tokens == end
        ended = now if ended is None else ended | now
        if ended.all():
            break
    tokens = torch.stack(written, 1)
    return tokens if end is None else fill_behind(tokens, count, end)


def fill_behind(tokens: Int64[Tensor, "b n"], count: int, end: int) -> Int64[Tensor, "b count"]:
    """Rows of `count` tokens in which nothing but `end` stands behind the first `end`."""
    ends = tokens == end
    behind = ends.cumsum(1) > ends.long()
    return pad(tokens.masked_fill(behind, end), (0, count - tokens.shape[1]), value=end)


class Streaming(Protocol):
    """A model that goes on by further tokens, as `Transformer` does."""

    def initial_state(self, b: int, device: torch.device | None = None) -> ModelState: ...

    def extend(self, inputs: Tensor, state: ModelState, keys: Keys = None) -> tuple[Tensor, ModelState]: ...


def _streams(model: nn.Module) -> bool:
    """Asked by name and not by class: Fabric wraps a model and passes on what it is asked."""
    return bool(getattr(model, "streams", False))


def _going_on(model: nn.Module, prompt: Tensor, keys: Keys) -> tuple[Tensor, Read]:
    """The logits behind the prompt, and how further tokens are read."""
    streaming = cast(Streaming, model)
    logits, state = streaming.extend(prompt, streaming.initial_state(len(prompt), prompt.device), keys)

    def read(tokens: Int64[Tensor, " b"]) -> Float[Tensor, "b vocabulary"]:
        nonlocal state
        logits, state = streaming.extend(tokens.unsqueeze(1), state)
        return logits[:, -1]

    return logits[:, -1], read


def _reading_again(model: nn.Module, prompt: Tensor, keys: Keys) -> tuple[Tensor, Read]:
    """The same by passes over everything so far."""

    def read(tokens: Int64[Tensor, " b"]) -> Float[Tensor, "b vocabulary"]:
        nonlocal prompt, keys
        prompt = torch.cat([prompt, tokens.unsqueeze(1)], 1)
        # what is written is never padding
        keys = None if keys is None else pad(keys, (0, 1), value=True)
        return model(prompt, keys)[:, -1]

    return model(prompt, keys)[:, -1], read
