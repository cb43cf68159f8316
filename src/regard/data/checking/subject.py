"""The task under test: a class or function with options, built as often as a law needs it."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final, get_args

from regard.core.catalog import options_of
from regard.core.errors import InvalidOption
from regard.data.samples import Samples
from regard.data.task import SplitName, Task

SPLITS: tuple[SplitName, ...] = get_args(SplitName)


@final
@dataclass(frozen=True)
class TaskSubject:
    """A task's class, or a function that returns a task, with the options under which it is judged.

    Raises `InvalidOption` for a class that is no complete task.
    """

    part: Callable[..., Task]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = getattr(self.part, "__name__", repr(self.part))
        if not callable(self.part) or (inspect.isclass(self.part) and not issubclass(self.part, Task)):
            raise InvalidOption(f"{name} is no task: it must subclass regard.data.Task.")
        missing = sorted(getattr(self.part, "__abstractmethods__", ()))
        if missing:
            raise InvalidOption(f"{name} cannot be judged before it defines {' and '.join(missing)}.")

    def build(self, **more: Any) -> Task:
        """A new task with these options, and more. Raises `InvalidOption` if the part gives no task."""
        task: object = self.part(**{**self.options, **more})
        if not isinstance(task, Task):
            given = type(task).__name__
            raise InvalidOption(
                f"{self.part.__name__} gives {given}, no task: let it return a regard.data.Task."
            )
        return task

    @cached_property
    def task(self) -> Task:
        """The one that all laws read, so that its samples are made once."""
        return self.build()

    def declares(self, claim: str) -> bool:
        """Whether the task offers this, one of the claims of `TaskLaw`."""
        offers: dict[str, Callable[[], bool]] = {
            "rule": lambda: self.task.solve(self.task.split("test")[:1]) is not None,
            "fed_back": lambda: self.task.fed_back(self.task.split("test")[:1]) is not None,
            "data_seed": lambda: "data_seed" in options_of(self.part),
        }
        return offers[claim]()

    @property
    def data_seed(self) -> int:
        """The seed of `task`, for a part that has the option."""
        default = options_of(self.part)["data_seed"].default
        return int(self.options.get("data_seed", default))

    @cached_property
    def sets(self) -> dict[str, Samples]:
        """The splits and the sets beyond training, by name."""
        splits: dict[str, Samples] = {name: self.task.split(name) for name in SPLITS}
        return splits | {f"beyond, {name}": samples for name, samples in self.task.beyond().items()}
