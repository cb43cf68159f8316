"""Mechanisms that score every pair, beside x-transformers and the entmax library."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from entmax import entmax15
from pair import Pair, Setting, tensors
from torch import Tensor
from x_transformers.attend import Attend

from regard import Mechanism
from regard.mechanisms import MECHANISMS

QUADRATIC = 4096
"""The longest sequence of which all scores are formed."""

ATTENDS: dict[str, dict[str, Any]] = {
    "softmax": {"flash": True},
    "top_k": {"sparse_topk": 8},
    "selective": {"selective": True},
    "sink": {"head_learned_sink": True},
}
"""What makes x-transformers' attention each of ours."""


def pairs(setting: Setting) -> Iterator[Pair]:
    """Those that exist on both sides."""
    for name, options in ATTENDS.items():
        longest = setting.n if name == "softmax" else QUADRATIC
        if name in MECHANISMS.names() and setting.n <= longest:
            mechanism = MECHANISMS.build(name, setting.size)
            if setting.causal or "selective" not in options:
                yield _attend(name, mechanism, options, setting)
    if setting.n <= QUADRATIC:
        yield entmax(setting)


def entmax(setting: Setting) -> Pair:
    """Attention with the library's function, written as its readme says."""
    mechanism = MECHANISMS.build("entmax", setting.size)
    streams = setting.drawn(mechanism)
    q, k, v = tensors(streams)

    def there() -> Tensor:
        scores = q @ k.mT / setting.features**0.5
        if setting.causal:
            future = torch.ones(setting.n, setting.n, dtype=torch.bool).triu(1)
            scores = scores.masked_fill(future, -torch.inf)
        return entmax15(scores, -1) @ v

    return Pair("entmax", "entmax", setting.use(mechanism, streams), there, (q, k, v))


def _attend(name: str, mechanism: Mechanism, options: dict[str, Any], setting: Setting) -> Pair:
    theirs = Attend(causal=setting.causal, heads=setting.heads, scale=setting.features**-0.5, **options)
    streams = setting.drawn(mechanism)
    q, k, v = tensors(streams)
    if name == "sink":
        sinks: Tensor = next(iter(theirs.parameters()))
        torch.nn.init.zeros_(sinks)
    return Pair(
        name, "x-transformers", setting.use(mechanism, streams), partial(_first, theirs, q, k, v), (q, k, v)
    )


def _first(attend: Attend, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    mixed: Tensor = attend(q, k, v)[0]
    return mixed
