"""A third kind of subject for the engine of laws: a class that holds a number."""

from dataclasses import dataclass, field

from regard.core.errors import InvalidOption
from regard.laws import Law, Laws


class Number:
    whole = True

    def __init__(self, value=2.0):
        if value == 0:
            raise InvalidOption("Number: value cannot be 0.")
        self.value = float(value)

    def half(self):
        return self.value / 2


@dataclass(frozen=True)
class NumberSubject:
    part: type = Number
    options: dict = field(default_factory=dict)

    def build(self):
        return self.part(**self.options)

    def declares(self, claim):
        return getattr(self.part, claim)


class NumberLaw(Law[NumberSubject]):
    claims = ("large", "whole")


NUMBER_LAWS: Laws[NumberSubject] = Laws("number", __name__)
