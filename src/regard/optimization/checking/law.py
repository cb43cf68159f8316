"""The laws of an optimizer need one that steps by a closure."""

from typing import ClassVar

from regard.laws import Law
from regard.optimization.checking.subject import OptimizerSubject


class OptimizerLaw(Law[OptimizerSubject]):
    """Abstract. A law of the catalog subclasses it once."""

    claims = ("closure", "compares")
    needs: ClassVar[tuple[str, ...]] = ("closure",)
