"""Float64 for a model, and for nothing else in its process."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, final

from lightning_fabric.plugins import DoublePrecision


@final
class Double(DoublePrecision):
    """Fabric's float64, without making it torch's default while a model computes, and for its outputs too:
    Fabric would round them to torch's default.

    The default is that of the whole process: a thread that draws the next batch meanwhile would draw other
    numbers than one that draws it a moment later.
    """

    def forward_context(self) -> AbstractContextManager[None]:
        return nullcontext()

    def convert_output(self, data: Any) -> Any:
        return data
