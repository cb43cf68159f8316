"""Decays: what is written at one position fades at every later one, by data or by a fixed rate.

Log decays g are 0 or less, one for each position and head, or for each feature of its key as well. Whatever
is computed with them is the exponential of a sum of g: strong decays give 0 and never infinity, with finite
gradients. The sums are never differences of longer sums, in which float32 would lose what lies near.
"""

from abc import ABC, abstractmethod
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

Chunks = Float[Tensor, "b h count length d"]


class Decays(ABC):
    """Abstract. The decays of positions in chunks, and what it costs to compute with them."""

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

    @staticmethod
    def pairs(length: int) -> int:
        """How many pairs of positions `products` multiplies in a chunk."""
        return length * length

    @staticmethod
    @abstractmethod
    def other_flops(length: int, d: int) -> int:
        """Operations of all of this in a chunk that are no matrix product."""


def decays(g: Float[Tensor, "b h count length c"]) -> Decays:
    """Those of log decays in chunks, one per position (c = 1) or one for each feature of its key."""
    return HeadDecays(g) if g.shape[-1] == 1 else FeatureDecays(g)


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

    @staticmethod
    def other_flops(length: int, d: int) -> int:
        return 0


class SomeDecays(Decays, ABC):
    """Abstract. Decays by their logs."""

    def __init__(self, g: Chunks) -> None:
        self.g = g

    @final
    def until(self, q: Chunks) -> Chunks:
        return q * self.g.cumsum(3).exp()

    @final
    def after(self, k: Chunks) -> Chunks:
        return k * _sums_behind(self.g).exp()

    @final
    def whole(self) -> Float[Tensor, "b h count d 1"]:
        return self.g.sum(3).exp().unsqueeze(-1)


@final
class HeadDecays(SomeDecays):
    """One decay for each head and position."""

    def products(self, q: Chunks, k: Chunks) -> Float[Tensor, "b h count length length"]:
        length = q.shape[3]
        behind = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
        # in column j, the sums over the positions after j; in place, as each is as large as all products
        sums = self.g.expand(*self.g.shape[:4], length).tril(-1).cumsum(3)
        kept = sums.masked_fill_(behind, -torch.inf).exp_()
        return kept * (q @ k.mT)

    @staticmethod
    def other_flops(length: int, d: int) -> int:
        # sums, exponential and product of each pair; two sums, exponentials and products
        return 3 * length * length + length * (4 + 2 * d)


@final
class FeatureDecays(SomeDecays):
    """A decay for each head, position and feature.

    In blocks of 2, 4, 8, ... positions the later half reads the earlier, relative to the last position of
    the earlier half: both factors are exponentials of sums of decays, and each pair is parted once.
    """

    def products(self, q: Chunks, k: Chunks) -> Float[Tensor, "b h count length length"]:
        length = q.shape[3]
        q, k, g = (_to_power_of_two(x) for x in (q, k, self.g))
        blocks, half = (q * k).sum(-1, keepdim=True).unsqueeze(-1), 1
        while half < q.shape[3]:
            (earlier, _), (_, later), (before, since) = (_halves(x, half) for x in (k, q, g))
            read = (later * since.cumsum(4).exp()) @ (earlier * _sums_behind(before, 4).exp()).mT
            blocks, half = _joined(blocks, read), 2 * half
        return blocks.squeeze(3)[..., :length, :length]

    def reads(self, q: Tensor, k: Tensor, x: Chunks) -> Chunks:
        """Sums over j <= i of (q_i · k_j) x_j, each feature of x with its decays after j up to i."""
        length = q.shape[3]
        q, k, x, g = (_to_power_of_two(each) for each in (q, k, x, self.g))
        read, half = (q * k).sum(-1, keepdim=True) * x, 1
        while half < q.shape[3]:
            (_, later), (before, since) = (_halves(each, half) for each in (q, g))
            (earlier, _), (given, _) = (_halves(each, half) for each in (k, x))
            faded = (later @ earlier.mT) @ (given * _sums_behind(before, 4).exp()) * since.cumsum(4).exp()
            read, half = read + pad(faded.unsqueeze(4), (0, 0, 0, 0, 1, 0)).flatten(3, 5), 2 * half
        return read[..., :length, :]

    @staticmethod
    def pairs(length: int) -> int:
        """Those of different positions, up to a power of two."""
        length = _power_of_two(length)
        return length * (length - 1) // 2

    @staticmethod
    def other_flops(length: int, d: int) -> int:
        # in each halving sum, exponential and product of every number; the diagonal; before and after
        length = _power_of_two(length)
        return length * d * (3 * (length.bit_length() - 1) + 2 + 6)


def _sums_behind(g: Tensor, dim: int = 3) -> Tensor:
    """At each position, the sum over those behind it."""
    length = g.shape[dim]
    shifted = pad(g.narrow(dim, 1, length - 1), (0, 0, 0, 1))
    return shifted.flip(dim).cumsum(dim).flip(dim)


def _to_power_of_two(x: Chunks) -> Tensor:
    missing = _power_of_two(x.shape[3]) - x.shape[3]
    return pad(x, (0, 0, 0, missing)) if missing else x


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
