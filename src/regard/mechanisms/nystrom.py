"""Nyström attention: the matrix of softmax attention, rebuilt from a few landmarks."""

import math
from collections.abc import Sequence
from typing import Self, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from regard.attention.cost import Cost
from regard.attention.kernels.fused import fused_attention
from regard.attention.kernels.scores import safe_softmax, wide_scores
from regard.attention.mask import Mask
from regard.attention.mechanism import Mechanism, Near
from regard.attention.precision import in_float32
from regard.attention.size import Size
from regard.attention.streams import Streams
from regard.attention.traits import Tie, Traits

MOST_ITERATIONS = 24
"""Each iteration magnifies the rounding errors of a singular matrix by 13/4: beyond, float32 breaks down."""


@final
class Nystrom(Mechanism):
    """softmax(q k̃T) · softmax(q̃ k̃T)⁺ · softmax(q̃ kT) · v, with landmarks q̃ and k̃ (scores over √d).

    Use it to read both ways in linear time, where maps have a low rank.

    Landmarks are the means of r segments of nearly equal size, cut from the readable positions of each
    example; an example with fewer positions has one landmark for each. The pseudo-inverse is iterated
    from a start value of each example and head alone. Weights may be negative and need not sum to 1:
    where scores are large they are far from softmax attention, and more iterations make that worse, since
    stopping early is what keeps small singular values from being inverted.

    The paper's depth-wise convolution of v is left to the shell, which has one.

    landmarks: r.
    iterations: of the pseudo-inverse, at most 24.
    """

    traits = Traits(
        source="Xiong et al. 2021, arXiv 2102.03902, eq. 11-13",
        time="n r",
        memory="n r",
        padding=True,
        rotary=True,
        equivariant=False,
        ties=(Tie("softmax", "landmarks >= n, as the iterations grow", error=5e-3),),
    )

    def __init__(self, size: Size, *, landmarks: int = 16, iterations: int = 6) -> None:
        super().__init__(size)
        self.landmarks, self.iterations = landmarks, iterations
        self.require(landmarks >= 1, f"landmarks must be at least 1, not {landmarks}. Choose 16 or more.")
        self.require(
            1 <= iterations <= MOST_ITERATIONS,
            f"iterations must be between 1 and {MOST_ITERATIONS}, not {iterations}. Choose the paper's 6.",
        )

    # the pseudo-inverse magnifies whatever half precision rounds away
    @in_float32
    def forward(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n e"]:
        q, k, v = streams.q, mask.readable(streams.k), mask.readable(streams.v)
        n = q.shape[2]
        real = torch.ones(1, n, dtype=torch.bool, device=q.device) if mask.keys is None else mask.keys
        members = segments(real, min(self.landmarks, n))
        used = members.any(-1)
        pool = (members / members.sum(-1, keepdim=True).clamp_min(1)).to(q.dtype).unsqueeze(1)
        near_q, near_k = pool @ mask.readable(q), pool @ k
        # without padding every landmark has members
        marks = mask if mask.keys is None else Mask(keys=used)
        among = safe_softmax(wide_scores(near_q, near_k, marks, self.size), marks)
        if mask.keys is not None:
            # a landmark without members reads nothing: its row and column of the inverse are 0
            among = among.masked_fill(~used[:, None, :, None], 0)
        read = fused_attention(Streams(q=near_q, k=k, v=v), mask, self.size)
        of_landmarks = pseudo_inverse(among, self.iterations) @ read
        return fused_attention(Streams(q=q, k=near_k, v=of_landmarks), marks, self.size)

    def cost(self, n: int, m: int, mask: Mask = Mask()) -> Cost:
        h, d, e = self.size.h, self.size.d, self.size.e
        r = min(self.landmarks, n)
        landmark_means = 4 * h * r * n * d
        kernels = 2 * h * d * (n * r + r * r + r * n)
        inverse = 8 * h * r**3 * self.iterations
        reading = 2 * h * e * (r * n + r * r + n * r)
        softmaxes = 6 * h * (2 * n * r + r * r)
        return Cost(
            matmul_flops=landmark_means + kernels + inverse + reading,
            other_flops=softmaxes + 7 * h * r * r * self.iterations,
            state_numbers=h * n * (d + e),
        )

    @in_float32
    def weights(self, streams: Streams[Tensor], mask: Mask) -> Float[Tensor, "b h n n"]:
        q, k = streams.q, streams.k
        dense = q.new_zeros(*q.shape[:3], q.shape[2])
        for i in range(len(q)):
            keys = q.new_ones(q.shape[2]) if mask.keys is None else mask.keys[i]
            real = keys.nonzero().squeeze(1)
            if len(real):
                dense[i, :, :, real] = self._weights_among(q[i], q[i][:, real], k[i][:, real])
        return dense

    @classmethod
    def toward(cls, name: str, size: Size) -> Sequence[Near[Self]]:
        settings = [cls(size, landmarks=size.length, iterations=i) for i in (6, 12, MOST_ITERATIONS)]
        return [Near(each) for each in settings]

    def _weights_among(
        self,
        queries: Float[Tensor, "h n d"],
        real_queries: Float[Tensor, "h m d"],
        real_keys: Float[Tensor, "h m d"],
    ) -> Float[Tensor, "h n m"]:
        """The weights of all queries over the readable keys of one example."""
        m, temperature = real_keys.shape[1], self.size.temperature
        r = min(self.landmarks, m)
        cuts = [math.ceil(s * m / r) for s in range(r + 1)]
        pieces = [slice(cuts[s], cuts[s + 1]) for s in range(r)]
        mark_queries = torch.stack([real_queries[:, piece].mean(1) for piece in pieces], 1)
        mark_keys = torch.stack([real_keys[:, piece].mean(1) for piece in pieces], 1)
        among = (mark_queries @ mark_keys.mT / temperature).softmax(-1)
        to_marks = (queries @ mark_keys.mT / temperature).softmax(-1)
        from_marks = (mark_queries @ real_keys.mT / temperature).softmax(-1)
        return to_marks @ pseudo_inverse(among, self.iterations) @ from_marks


def segments(real: Bool[Tensor, "b n"], r: int) -> Bool[Tensor, "b r n"]:
    """Which position belongs to which of r segments; hidden ones to none, so they move no border."""
    count = real.sum(1, keepdim=True)
    rank = real.cumsum(1) - 1
    segment = rank * count.clamp_max(r) // count.clamp_min(1)
    return (segment.unsqueeze(1) == torch.arange(r, device=real.device).unsqueeze(1)) & real.unsqueeze(1)


def pseudo_inverse(a: Float[Tensor, "... r r"], iterations: int) -> Float[Tensor, "... r r"]:
    """An approximate pseudo-inverse of matrices whose rows sum to 1 or are 0 (eq. 11-13).

    The start value divides by the largest column sum times the largest row sum, which bounds the square
    of the largest singular value: so the iteration converges for every such matrix. Here the row sum is 1.
    """
    # a quarter of the paper's 7, 15 and 13
    first, second, third = (x * torch.eye(a.shape[-1]).to(a) for x in (1.75, 3.75, 3.25))
    # below 1 only if there is nothing to read, and then the inverse is 0
    largest = a.sum(-2).amax(-1).clamp_min(1)[..., None, None]
    z = a.mT / largest
    for _ in range(iterations):
        product = a @ z
        z = z @ (third - product @ (second - product @ (first - product / 4)))
    return z
