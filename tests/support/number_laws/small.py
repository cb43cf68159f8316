import torch

from number_laws import NumberLaw


class Small(NumberLaw):
    """It is at most 10, give or take what is drawn.

    What is drawn lies below 1.
    """

    limit = 11.0

    def exempt(self, subject):
        return f"{subject.build().value} is negative" if subject.build().value < 0 else None

    def measure(self, subject):
        yield "drawn", subject.build().value + torch.rand(()).item()
