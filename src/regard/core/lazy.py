"""An attribute that is computed when it is first read."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, final, overload

T = TypeVar("T")


@final
class lazy(Generic[T]):  # noqa: N801 - a decorator, as `property` is
    """As `functools.cached_property`, without the lock of Python 3.11, which torch.compile cannot enter.

    Also for frozen dataclasses. Two threads may compute the value twice: it must be the same.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> Self | T:
        """Compute, and keep the value where the next reading finds it without this."""
        if instance is None:
            return self
        value = self.compute(instance)
        object.__setattr__(instance, self.name, value)
        return value
