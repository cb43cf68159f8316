"""Optimizers with one fault each."""

import torch

from regard.optimizers.greedy_random import GreedyRandom


class Uncounted(GreedyRandom.__base__):
    """Asks for a loss beside those that it counts."""

    def search(self):
        self.evaluator.incumbent()
        return self.ask()

    def memory(self):
        return {}

    def recall(self, memory):
        pass


class Backward(Uncounted):
    """Sets a gradient."""

    def search(self):
        for each in self.space.parameters.values():
            each.grad = torch.zeros_like(each)
        return self.ask()


class Forgetful(Uncounted):
    """Remembers what its state does not hold."""

    def search(self):
        self.length = getattr(self, "length", 1.0) / 2
        for each in self.space.parameters.values():
            each.add_(self.length)
        return self.ask()


class Subtracting(Uncounted):
    """Subtracts what it has added."""

    def search(self):
        for each in self.space.parameters.values():
            each.add_(0.1234)
        found = self.ask()
        for each in self.space.parameters.values():
            each.sub_(0.1234)
        return found
