"""Decays: what is written at one position fades at every later one, by data or by a fixed rate.

Log decays g are 0 or less, one for each position and head, or for each feature of its keys as well. All that
is computed with them is an exponential of sums of g, never of differences that could be positive: strong
decays give 0 and never infinity, with finite gradients.
"""

from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

Chunks = Float[Tensor, "b h count length d"]


class Decays(ABC):
    """Abstract. The decays of positions in chunks."""

    @abstractmethod
    def products(self, q: Chunks, k: Chunks) -> Float[Tensor, "b h count length length"]:
        """q_i · k_j with the decays of all positions after j up to i, where j <= i; else 0."""

    @abstractmethod
    def until(self, q: Chunks) -> Chunks:
        """Each q_i with all decays of its chunk up to its own."""

    @abstractmethod
    def after(self, k: Chunks) -> Chunks:
        """Each k_j with all decays of its chunk behind its own."""

    @abstractmethod
    def whole(self) -> Float[Tensor, "b h count d 1"]:
        """The decays of each chunk as a whole; it broadcasts where all features have the same."""


def decays(g: Float[Tensor, "b h count length c"]) -> Decays:
    """Those of log decays in chunks, one per position (c = 1) or one for each feature of its key."""
    if g.shape[-1] == 1:
        return HeadDecays(g.cumsum(3))
    return FeatureDecays(_to_power_of_two(g).cumsum(3))


def all_pairs(length: int) -> int:
    """How many pairs of positions `products` multiplies in a chunk: of one decay per head, all."""
    return length * length


def later_pairs(length: int) -> int:
    """The same of a decay for each feature: those of different positions, up to a power of two."""
    length = _power_of_two(length)
    return length * (length - 1) // 2


@final
class NoDecays(Decays):
    """Nothing fades."""

    def products(self, q: Chunks, k: Chunks) -> Float[Tensor, "b h count length length"]:
        return (q @ k.mT).tril()

    def until(self, q: Chunks) -> Chunks:
        return q

    def after(self, k: Chunks) -> Chunks:
        return k

    def whole(self) -> Float[Tensor, ""]:
        return torch.ones(())


class SomeDecays(Decays, ABC):
    """Abstract. Decays by their running sums within each chunk."""

    def __init__(self, total: Chunks) -> None:
        self.total = total

    @final
    def until(self, q: Chunks) -> Chunks:
        return q * self.total[:, :, :, : q.shape[3]].exp()

    @final
    def after(self, k: Chunks) -> Chunks:
        return k * (self.total[:, :, :, -1:] - self.total[:, :, :, : k.shape[3]]).exp()

    @final
    def whole(self) -> Float[Tensor, "b h count d 1"]:
        return self.total[:, :, :, -1].exp().unsqueeze(-1)


@final
class HeadDecays(SomeDecays):
    """One decay for each head and position."""

    def products(self, q: Chunks, k: Chunks) -> Float[Tensor, "b h count length length"]:
        behind = torch.ones(q.shape[3], q.shape[3], dtype=torch.bool, device=q.device).triu(1)
        # hidden before it is an exponential: behind the query the sum is positive, and may overflow
        return (q @ k.mT) * (self.total - self.total.mT).masked_fill(behind, -torch.inf).exp()


@final
class FeatureDecays(SomeDecays):
    """A decay for each head, position and feature.

    In blocks of 2, 4, 8, ... positions the later half reads the earlier, relative to the last position of
    the earlier half: both factors are exponentials of sums of decays, and each pair is parted once.
    """

    def products(self, q: Chunks, k: Chunks) -> Float[Tensor, "b h count length length"]:
        length = q.shape[3]
        q, k = _to_power_of_two(q), _to_power_of_two(k)
        blocks, half = (q * k).sum(-1, keepdim=True).unsqueeze(-1), 1
        while half < q.shape[3]:
            (_, later), (earlier, _) = _halves(q, half), _halves(k, half)
            before, since = _halves(self.total, half)
            last = before[..., -1:, :]
            read = (later * (since - last).exp()) @ (earlier * (last - before).exp()).mT
            blocks, half = _joined(blocks, read), 2 * half
        return blocks.squeeze(3)[..., :length, :length]


def _to_power_of_two(x: Chunks) -> Chunks:
    return pad(x, (0, 0, 0, _power_of_two(x.shape[3]) - x.shape[3]))


def _power_of_two(length: int) -> int:
    return 1 << (length - 1).bit_length()


def _halves(x: Chunks, half: int) -> tuple[Tensor, Tensor]:
    """The earlier and the later half of every block of 2 * half positions: (b h count blocks half d)."""
    b, h, count, length, d = x.shape
    earlier, later = x.reshape(b, h, count, length // (2 * half), 2, half, d).unbind(4)
    return earlier, later


def _joined(blocks: Tensor, read: Tensor) -> Tensor:
    """Neighboring blocks (half x half) joined to one: what the later reads of the earlier lies below."""
    half = read.shape[-1]
    first, second = blocks.reshape(*read.shape[:4], 2, half, half).unbind(4)
    return torch.cat([pad(first, (0, half)), torch.cat([read, second], -1)], -2)
