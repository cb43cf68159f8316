"""A derivative-free update for the tests: what a method without gradients needs from training."""

import torch

from regard.core.errors import InvalidOption
from regard.core.randomness import generator_of
from regard.optimization import Abilities, Tuned, Update


class RandomSearch(Update):
    """(1+1) random search (Rechenberg 1973): a Gaussian step of all parameters, kept if the loss falls.

    sigma: the standard deviation; it grows after a success and shrinks after a failure.
    """

    tuned = Tuned("sigma", (0.003, 0.01, 0.03))
    abilities = Abilities(fixed_batch=True)

    def __init__(self, *, sigma: float = 0.01) -> None:
        if not sigma > 0:
            raise InvalidOption(f"RandomSearch: sigma must be above 0, and is {sigma}.")
        self.sigma = sigma

    def begin(self, problem):
        self.best = None

    def step(self, problem):
        assert not torch.is_grad_enabled()
        if self.best is None:
            self.best = problem.loss().item()
        kept = {name: parameter.clone() for name, parameter in problem.parameters.items()}
        rng = generator_of(problem.seed, "perturbation", problem.step)
        for parameter in problem.parameters.values():
            parameter.add_(self.sigma * torch.randn(parameter.shape, generator=rng))
        found = problem.loss().item()
        assert all(parameter.grad is None for parameter in problem.parameters.values())
        success = found < self.best
        if success:
            self.best = found
        else:
            for name, parameter in problem.parameters.items():
                parameter.copy_(kept[name])
        self.sigma *= 1.5 if success else 0.9
        return {"loss": self.best, "sigma": self.sigma}

    def state_dict(self):
        return {"sigma": self.sigma, "best": self.best}

    def load_state_dict(self, state):
        self.sigma, self.best = state["sigma"], state["best"]


class Forgetful(RandomSearch):
    """A planted fault: what it remembers is lost when training goes on."""

    def load_state_dict(self, state):
        pass


class Greedy(RandomSearch):
    """A planted fault: asks for a gradient that it does not declare."""

    def step(self, problem):
        return {"loss": problem.gradient()}
