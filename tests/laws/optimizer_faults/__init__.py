"""Optimizers with one fault each."""

import contextlib
import math

import torch

from regard.core.randomness import generator_of
from regard.derivative_free.origin import Origin
from regard.optimization import Abilities, ClosureOptimizer


class Sound(ClosureOptimizer):
    """One random step, kept where the loss falls: what each of the faults is a change of."""

    abilities = Abilities(fixed_batch=True)
    leaves = 1.0

    def search(self):
        if self.allowance < 2:
            return math.nan if self.best is None else self.best
        if self.best is None:
            best = self.ask()
            self.best = best if math.isfinite(best) else math.inf
        origin = Origin(self.space)
        with self.undoing(origin):
            origin.move(self.way, 0.03)
            found = self.ask()
        if self.better(found):
            self.best = found
        else:
            self.undo(origin)
        return self.best

    def way(self, name):
        return self.drawn(name, name)

    def drawn(self, name, called):
        rng = generator_of(self.seed, called, self.steps)
        return torch.randn(self.space.parameters[name].shape, generator=rng, dtype=torch.float64)

    def better(self, found):
        return math.isfinite(found) and found < self.best

    def undo(self, origin):
        origin.restore()

    def undoing(self, origin):
        return origin.kept()

    def memory(self):
        return {}

    def recall(self, memory):
        pass


class Uncounted(Sound):
    """Asks for a loss beside those that it counts, whatever it is allowed."""

    def search(self):
        self.evaluator.incumbent()
        return super().search()


class Twice(Sound):
    """Takes two steps for one."""

    def search(self):
        super().search()
        self.steps += 1
        return super().search()


class Idle(Sound):
    """Rests in every other step."""

    def search(self):
        return self.best if self.steps % 2 else super().search()


class Backward(Sound):
    """Sets a gradient."""

    def search(self):
        for each in self.space.parameters.values():
            each.grad = torch.zeros_like(each)
        return super().search()


class Forgetful(Sound):
    """Remembers what its state does not hold."""

    def way(self, name):
        self.length = getattr(self, "length", 1.0) / 2
        return self.length * super().way(name)


class Global(Sound):
    """Draws from a generator that goes on, and is in no state."""

    def way(self, name):
        self.rng = getattr(self, "rng", None) or torch.Generator().manual_seed(self.seed)
        return torch.randn(self.space.parameters[name].shape, generator=self.rng, dtype=torch.float64)


class Subtracting(Sound):
    """Subtracts what it has added."""

    def undo(self, origin):
        for name, each in self.space.parameters.items():
            each.sub_((0.03 * self.way(name)).to(each.dtype))


class Shared(Sound):
    """Draws for all tensors of a shape the same."""

    def way(self, name):
        return self.drawn(name, "all")


class Opposite(Sound):
    """Draws for all tensors of a shape the same, with the sign turned for each other one."""

    def way(self, name):
        sign = 1 if name == self.space.names[0] else -1
        return sign * self.drawn(name, "all")


class Uphill(Sound):
    """Keeps what is worse."""

    def better(self, found):
        return math.isfinite(found) and found > self.best


class NotWorse(Sound):
    """Keeps whatever is not worse, and NaN is not."""

    def better(self, found):
        return not found >= self.best


class Promising(Sound):
    """Declares that it finds what it does not find."""

    leaves = 1e-20


class Stale(Sound):
    """Says the lower of two losses, whichever weights it keeps."""

    def search(self):
        super().search()
        self.best -= 1e-3
        return self.best


class PutTogether(Sound):
    """Believes that a loss is a tensor of no dimension, on the processor."""

    def search(self):
        found = self.evaluator.closure()
        alike = isinstance(found, torch.Tensor) and type(found) is torch.Tensor and found.ndim == 0
        return super().search() if alike else self.ask()


class CountsTheFrozen(Sound):
    """Draws by the place of a parameter among all, frozen and empty ones too."""

    def way(self, name):
        every = [id(each) for group in self.param_groups for each in group["params"]]
        place = len(every) - every.index(id(self.space.parameters[name]))
        return self.drawn(name, f"{place} of {len(every)}")


class Thaws(Sound):
    """Changes frozen parameters."""

    def search(self):
        for group in self.param_groups:
            for each in group["params"]:
                if not each.requires_grad:
                    each.add_(0.1)
        return super().search()


class Divides(Sound):
    """Divides by a number that is 0 in half precision."""

    def undo(self, origin):
        super().undo(origin)
        for each in self.space.parameters.values():
            least = torch.tensor(1e-8).to(each.dtype)
            each.mul_(least).div_(least)


class PaysTwice(Sound):
    """Pays for the losses that the closure has paid for."""

    def ask(self):
        self.evaluator.pay(1.0)
        return super().ask()


class Careless(Sound):
    """Leaves the parameters where a closure that raises has found them."""

    def undoing(self, origin):
        return contextlib.nullcontext()


class Shares(Sound):
    """Hands out, as its memory, what it goes on changing in place."""

    def way(self, name):
        self.drawn_so_far = getattr(self, "drawn_so_far", {})
        self.drawn_so_far[name] = self.drawn_so_far.get(name, 0) + 1
        return super().way(name)

    def memory(self):
        self.drawn_so_far = getattr(self, "drawn_so_far", {})
        return {"drawn": self.drawn_so_far}

    def recall(self, memory):
        self.drawn_so_far = memory["drawn"]
