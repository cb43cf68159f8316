"""Pattern search on single numbers."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, final

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from regard.derivative_free import Descent, Serial, tensor_scales
from regard.derivative_free.polls import BestOfBlock, Complete, First, HookeJeeves, Poll, Tested
from regard.derivative_free.sequential import fewest
from regard.optimization import Abilities, ClosureOptimizer, EvaluatorOf, Tuned

POLLS: Mapping[str, type[Poll]] = MappingProxyType(
    {"first": First, "best_of_block": BestOfBlock, "complete": Complete, "hooke_jeeves": HookeJeeves}
)


@final
class PatternSearch(ClosureOptimizer):
    """Chiang et al. 2023, ICLR, after Hooke & Jeeves 1961: plus and minus the radius on one number at a time,
    in random order; a move that lowers the loss is kept, and a poll in which none does halves the radius.

    A step ends with a move, with a failed poll, or after `longest` tried moves, and then the next step goes
    on at the same move. Below the least radius nothing is asked and nothing changes any more.

    radius: how far a move goes.
    least_radius: the search rests once the radius is below.
    shrink: what a failed poll multiplies the radius by.
    expansion: what a move multiplies the radius by; 1 leaves it, as in the paper.
    poll: `first` keeps the first improving move; `best_of_block` the best of the next `block`; `complete`
        tries all and combines those that improve; `hooke_jeeves` keeps on through the poll and then repeats
        all that it has led to.
    block: moves that `best_of_block` compares.
    scale: `same` radius for all numbers, or by `tensor`: times the root mean square of the tensor at the
        start, and for a tensor of zeros times 1 / sqrt(its last dimension).
    decrease: a move is kept if the loss falls by more than this times the radius squared (sufficient
        decrease, Kolda, Lewis & Torczon 2003, section 3.7); 0 is simple decrease.
    tolerance: by how much the loss must fall in any case, such as the noise of its last digits.
    batch: the same for all steps (`fixed`), or drawn for each (`fresh`): then every step asks for the loss on
        its own batch first, which costs one evaluation more.
    tests: batches on which a move is compared at most. With 1 the batch decides alone; with more, which need
        fresh batches, the move that it proposes is made once the batches of the following steps show that it
        lowers the mean loss (`Tested`).
    alpha: the probability at most that a move is made that does not lower it.
    longest: moves that are tried in one step at most; the loss of the batch counts as one.
    only: patterns of the names of parameters that are changed, such as `embed.*`; empty means all.

    Raises `InvalidOption` for values outside their ranges.
    """

    tuned = Tuned("radius", (0.03, 0.1, 0.3))
    leaves = 1e-10

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[tuple[str, Tensor]],
        seed: int = 0,
        evaluator: EvaluatorOf = Serial,
        *,
        radius: float = 0.1,
        least_radius: float = 1e-6,
        shrink: float = 0.5,
        expansion: float = 1.0,
        poll: Literal["first", "best_of_block", "complete", "hooke_jeeves"] = "first",
        block: int = 32,
        scale: Literal["same", "tensor"] = "same",
        decrease: float = 0.0,
        tolerance: float = 0.0,
        batch: Literal["fixed", "fresh"] = "fixed",
        tests: int = 1,
        alpha: float = 0.05,
        longest: int = 1000,
        only: tuple[str, ...] = (),
    ) -> None:
        super().__init__(params, seed, evaluator, only=only)
        self.require_above(0, radius=radius, least_radius=least_radius, block=block, longest=longest - 2)
        self.require(0 < shrink < 1, f"shrink must lie between 0 and 1, and is {shrink}.")
        self.require(expansion >= 1, f"expansion must be at least 1, and is {expansion}.")
        self.require(decrease >= 0, f"decrease must be at least 0, and is {decrease}.")
        self.require(tolerance >= 0, f"tolerance must be at least 0, and is {tolerance}.")
        self.require(
            poll != "best_of_block" or block < longest,
            f"longest must be above the block of {block}, and is {longest}.",
        )
        self.require(0 < alpha < 1, f"alpha must lie between 0 and 1, and is {alpha}.")
        self._require_tests(tests, alpha, batch == "fresh" and poll == "first")
        self.radius, self.least_radius = radius, least_radius
        self.shrink, self.expansion = shrink, expansion
        self.decrease, self.tolerance = decrease, tolerance
        self.longest = longest
        self.fixed = batch == "fixed"
        self.abilities = Abilities(fixed_batch=self.fixed)
        size = self.space.size
        self.poll = POLLS[poll](size, seed, block) if tests == 1 else Tested(size, seed, tests, alpha)
        self.scales = tensor_scales(self.space) if scale == "tensor" else None
        self.accepted = 0
        """Moves that were made."""

    def search(self) -> float:
        if self.radius < self.least_radius or self.allowance < 1:
            return float("nan") if self.best is None else self.best
        spent = self.evaluations
        if self.best is None or not self.fixed:
            self.best = self.ask()
        descent = self._descent(self.evaluations - spent)
        outcome = self.poll.go_on(descent)
        self.evaluations += descent.asked
        self.best = descent.best
        if outcome == "moved":
            self.accepted += 1
            self.radius *= self.expansion
        elif outcome == "failed":
            self.radius *= self.shrink
        return self.best

    def said(self) -> Mapping[str, float]:
        return {"radius": self.radius, "accepted": self.accepted}

    def memory(self) -> dict[str, Any]:
        scales = None if self.scales is None else self.scales.tolist()
        kept = {"radius": self.radius, "accepted": self.accepted, "scales": scales}
        return kept | {"poll": self.poll.state_dict()}

    def recall(self, memory: dict[str, Any]) -> None:
        self.radius, self.accepted = memory["radius"], memory["accepted"]
        scales = memory["scales"]
        self.scales = None if scales is None else torch.tensor(scales, dtype=torch.float64)
        self.poll.load_state_dict(memory["poll"])

    def _require_tests(self, tests: int, alpha: float, possible: bool) -> None:
        self.require(tests >= 1, f"tests must be at least 1, and is {tests}.")
        if tests > 1:
            self.require(possible, "tests above 1 need batch=fresh and poll=first.")
            least = fewest(alpha) + 1
            self.require(tests >= least, f"tests must be 1, or {least} or more to decide with alpha={alpha}.")

    def _descent(self, spent: int) -> Descent:
        """What may still be asked in this step, after so many losses."""
        assert self.best is not None, "the loss at the parameters has been asked for"
        return Descent(
            self.evaluator,
            best=self.best,
            margin=max(self.tolerance, self.decrease * self.radius**2),
            reach=self._reach,
            longest=self.longest - spent,
            allowed=self.allowance - spent,
        )

    def _reach(self, coordinates: Int64[Tensor, " moves"]) -> Float64[Tensor, " moves"]:
        if self.scales is None:
            return torch.full(coordinates.shape, self.radius, dtype=torch.float64)
        which, _ = self.space.locate(coordinates)
        return self.radius * self.scales[which]
