"""Faults in memories that decay."""

from typing import Any

from torch import Tensor
from torch.nn.functional import softplus

from regard.attention import Mask, Stream, Streams, Traits
from regard.attention.bases.fading import Fading


class Fades(Fading):
    """Linear attention without a normalizer, over a memory that decays by a stream: sound."""

    traits = Traits(
        source="this test",
        time="n",
        memory="n",
        causal=True,
        padding=True,
        streaming=True,
        equivariant=False,
    )

    def streams(self) -> Streams[Any]:
        return Streams(q=self.size.d, k=self.size.d, v=self.size.e, decay=Stream(1, of="keys"))

    def prepare(self, streams: Streams, mask: Mask) -> Streams:
        g = mask.readable(-softplus(mask.readable(streams.decay)))
        return Streams(q=streams.q, k=mask.readable(streams.k), v=mask.readable(streams.v), g=g)

    def preparing_flops(self, n: int, m: int) -> int:
        return 2 * m


class MaskedAfterTheExponential(Fades):
    """Exponentiates the decays between all pairs, and then forgets the later ones (fla's naive KDA)."""

    def scan(self, prepared: Streams, memory: Tensor) -> tuple[Tensor, Tensor]:
        q, k, v, g = prepared
        total = g.cumsum(2)
        near = ((q @ k.mT) * (total - total.mT).exp()).tril() @ v
        return near + (q * total.exp()) @ memory, self.write(prepared, memory)


class PaddingFades(Fades):
    """Hides keys and values of the padding, over which the memory decays all the same (fla's SimpleGLA)."""

    def prepare(self, streams: Streams, mask: Mask) -> Streams:
        return super().prepare(streams, mask).replace(g=-softplus(mask.readable(streams.decay)))


CAUGHT = {
    MaskedAfterTheExponential: "loud_gates",
    PaddingFades: "padding_state",
}
