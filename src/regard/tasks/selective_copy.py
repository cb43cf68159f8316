"""Copying what matters from among what does not."""

import math
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from regard.core.randomness import generator_of
from regard.core.shapes import Shape, TokenInput, TokenOutput
from regard.data.draws import draw_until_different
from regard.data.samples import IGNORED, Samples
from regard.data.splits import split_in_order
from regard.data.task import LookUp, SplitName, Task
from regard.data.writing import Form

LARGEST = 2**28
"""Tokens in all samples together: 2 GiB."""


@final
class SelectiveCopy(Task):
    """Give the tokens in their order, without the blanks between: `. b . . a . ? ?` is `b a`.

    `tokens` tokens of a `vocabulary` stand at random places among blanks; then come as many slots, and the
    target of each is the token that comes next. Slots are all alike and nothing is fed back, so the causal
    form and the masked form, which reads both ways, have the same inputs. Sources: Poli et al. 2024
    (MAD), arXiv 2403.17844, whose size is task.length=256 task.tokens=16 with the 14 tokens of the
    default; Jing et al. 2019, arXiv 1706.02761.
    """

    metric = "accuracy"

    def __init__(
        self,
        *,
        vocabulary: int = 14,
        length: int = 64,
        tokens: int = 8,
        samples: int = 12_800,
        held_out: int = 1_280,
        form: Form = "causal",
        data_seed: int = 0,
    ) -> None:
        self.require_between("vocabulary", vocabulary, 2, 65_536)
        self.require_between("tokens", tokens, 1, 4_096)
        self.require_between("samples", samples, 1, 1_000_000)
        self.require_between("held_out", held_out, 1, 1_000_000)
        self.require(
            length >= 3 * tokens,
            f"{tokens} tokens with blanks between and slots behind need a length of at least {3 * tokens}, "
            f"but it is {length}. Raise `length` or lower `tokens`.",
        )
        total = samples + 2 * held_out
        self.require(
            total * length <= LARGEST,
            f"{total:,} samples of length {length:,} are more than {LARGEST:,} tokens. Lower `samples`.",
        )
        problems = vocabulary**tokens * math.comb(length - tokens, tokens)
        self.require(
            problems >= 2 * total,
            f"{tokens} of {vocabulary} tokens among {length - tokens} places make {problems:,} problems, too "
            f"few for {total:,} different samples. Raise `length` or `tokens`, or lower `samples`.",
        )
        self.vocabulary, self.length, self.tokens = vocabulary, length, tokens
        self.samples, self.held_out, self.data_seed = samples, held_out, data_seed
        self.blank, self.slot = vocabulary, vocabulary + 1
        self.shape = Shape(TokenInput(vocabulary + 2, length, form == "causal"), TokenOutput(vocabulary))
        self.chance = 1 / vocabulary

    @property
    def known_look_up(self) -> LookUp:
        """Right for the slots whose token stands at the likeliest distance, and at chance for the others."""
        share = self._likeliest_distance()
        return LookUp(share + (1 - share) * self.chance, "some distances to a token are likelier")

    def split(self, name: SplitName) -> Samples:
        return self._splits[name]

    def identities(self, samples: Samples) -> list[str]:
        return [" ".join(map(str, row)) for row in samples.inputs.tolist()]

    def show(self, samples: Samples, i: int) -> str:
        signs = {self.blank: ".", self.slot: "?"}
        given = " ".join(signs.get(token, str(token)) for token in samples.inputs[i].tolist())
        return f"{given} -> {' '.join(map(str, samples.targets[i, -self.tokens :].tolist()))}"

    def solve(self, samples: Samples) -> Int64[Tensor, "b n"]:
        """The tokens that are no blanks, in order."""
        read = samples.inputs[:, : -self.tokens]
        # a stable sort by whether a place is blank keeps the order of the others
        order = (read == self.blank).long().argsort(dim=1, stable=True)[:, : self.tokens]
        targets = torch.full_like(samples.inputs, IGNORED)
        targets[:, -self.tokens :] = read.gather(1, order)
        return targets

    @cached_property
    def _splits(self) -> dict[SplitName, Samples]:
        rng = generator_of(self.data_seed, "selective_copy")
        total = self.samples + 2 * self.held_out
        rows = draw_until_different(lambda: self._draw(total, rng), total)
        samples = Samples(rows, self.solve(Samples(rows, rows)))
        return split_in_order(samples, self.samples, self.held_out)

    def _likeliest_distance(self) -> float:
        """The largest share of slots whose token stands at one and the same distance."""
        places = self.length - self.tokens
        first = torch.arange(1 - self.tokens, places)
        shares = torch.zeros(len(first), dtype=torch.float64)
        for t in range(self.tokens):
            # the token t stands at place p if t of the p places before and all others behind it are chosen
            p = first + t
            ways = _log_choices(p, t) + _log_choices(places - 1 - p, self.tokens - 1 - t)
            shares += (ways - _log_choices(torch.tensor(places), self.tokens)).exp()
        return shares.max().item() / self.tokens

    def _draw(self, count: int, rng: torch.Generator) -> Int64[Tensor, "s n"]:
        places = self.length - self.tokens
        rows = torch.full((count, self.length), self.blank)
        rows[:, places:] = self.slot
        chosen = torch.rand(count, places, generator=rng).argsort(1)[:, : self.tokens]
        given = torch.randint(self.vocabulary, (count, self.tokens), generator=rng)
        return rows.scatter_(1, chosen, given)


def _log_choices(n: Int64[Tensor, "..."], k: int) -> Float[Tensor, "..."]:
    """The logarithm of the number of ways to choose k of n; minus infinity where there is none."""
    ways = torch.lgamma(n.double() + 1) - math.lgamma(k + 1) - torch.lgamma((n - k).double() + 1)
    return torch.where((n >= k) & (n >= 0), ways, -math.inf)
