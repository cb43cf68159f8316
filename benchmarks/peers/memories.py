"""Recurrent mechanisms beside the plain references of flash-linear-attention, in chunks where it has them.

Its kernels need a GPU; these files are what it runs by on a CPU.
"""

import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterator
from types import ModuleType

import torch
from pair import Pair, Setting, positions_first
from torch import Tensor

from regard import Mask, Mechanism, Streams
from regard.mechanisms import MECHANISMS

Given = Streams[Tensor]
Reference = Callable[[Given, Given], Tensor]
"""The peer's output (b, h, n, e) for streams, and for what the mechanism has made of them."""


def pairs(setting: Setting) -> Iterator[Pair]:
    """All of them: there is none that is not causal."""
    for name, reference in REFERENCES.items() if setting.causal else ():
        mechanism = MECHANISMS.build(name, setting.size)
        streams = setting.drawn(mechanism)
        yield Pair(
            name, "fla-core", setting.use(mechanism, streams), _theirs(mechanism, streams, reference),
            tuple(streams),
        )  # fmt: skip


def naive(operator: str) -> ModuleType:
    """The file in which an operator's reference lies; its package would need Triton."""
    path = importlib.metadata.distribution("fla-core").locate_file(f"fla/ops/{operator}/naive.py")
    spec = importlib.util.spec_from_file_location(f"fla_{operator}", str(path))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def delta(streams: Given, given: Given) -> Tensor:
    """The chunkwise form of the delta rule; it scales queries."""
    beta = streams.beta.sigmoid().squeeze(-1)
    scale = given.q.shape[3] ** 0.5
    chunkwise = naive("delta_rule").delta_rule_chunkwise
    return chunkwise(given.q * scale, given.k, streams.v, beta, chunk_size=64)[0]


def gated_delta(streams: Given, given: Given) -> Tensor:
    """The chunked form; of decays it takes one per head."""
    q, k, v, g, beta = map(positions_first, (given.q, given.k, streams.v, given.g, streams.beta.sigmoid()))
    chunk = naive("gated_delta_rule").naive_chunk_gated_delta_rule
    return positions_first(chunk(q, k, v, g.squeeze(-1), beta.squeeze(-1), scale=1.0)[0])


def kda(streams: Given, given: Given) -> Tensor:
    """The chunked form."""
    q, k, v, g, beta = map(positions_first, (given.q, given.k, streams.v, given.g, streams.beta.sigmoid()))
    return positions_first(naive("kda").naive_chunk_kda(q, k, v, g, beta.squeeze(-1), scale=1.0)[0])


def gated_linear(streams: Given, given: Given) -> Tensor:
    """Position by position: there is no other."""
    q, k, v, g = map(positions_first, (streams.q, given.k, given.v, given.g))
    return positions_first(naive("gla").naive_recurrent_gla(q, k, v, g)[0])


def state_space_dual(streams: Given, given: Given) -> Tensor:
    """Simple gated linear attention in chunks, on keys that the steps have scaled."""
    q, k, v, g = map(positions_first, (given.q, given.k, given.v, given.g))
    chunk = naive("simple_gla").naive_chunk_simple_gla
    return positions_first(chunk(q, k, v, g.squeeze(-1), scale=1.0)[0])


def retention(streams: Given, given: Given) -> Tensor:
    """The parallel form, of all pairs."""
    return naive("retention").naive_retention(streams.q, streams.k, streams.v)


REFERENCES: dict[str, Reference] = {
    "delta": delta,
    "gated_delta": gated_delta,
    "kda": kda,
    "gated_linear": gated_linear,
    "state_space_dual": state_space_dual,
    "retention": retention,
}


def _theirs(mechanism: Mechanism, streams: Given, reference: Reference) -> Callable[[], Tensor]:
    def there() -> Tensor:
        # gates and unit keys are ours on both sides
        given = mechanism.prepare(streams, Mask())  # type: ignore[operator]
        return reference(streams, given).to(torch.float32)

    return there
