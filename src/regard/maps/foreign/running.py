"""Which module of a model is running."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import final

from torch import nn


@final
class Running:
    """The modules that have begun and not ended, the innermost last, by name."""

    def __init__(self) -> None:
        self._names: list[str] = []

    @property
    def innermost(self) -> str:
        """The module whose own code is running; nothing before the model has begun."""
        return self._names[-1] if self._names else ""

    def begin(self, name: str) -> None:
        self._names.append(name)

    def end(self) -> None:
        self._names.pop()


@contextmanager
def running_modules(model: nn.Module) -> Iterator[Running]:
    """Inside, what runs of a model is known."""
    running = Running()
    with ExitStack() as ends:
        for name, module in model.named_modules():
            before = module.register_forward_pre_hook(lambda *_, name=name: running.begin(name))
            after = module.register_forward_hook(lambda *_: running.end(), always_call=True)
            ends.callback(before.remove)
            ends.callback(after.remove)
        yield running
