"""Settings that mean nothing for a task: whoever says one would believe that it does something."""

from collections.abc import Set

from regard.core.errors import InvalidOption
from regard.core.shapes import ClassOutput, ImageInput
from regard.core.spec import Spec
from regard.data import Task
from regard.tasks import TASKS


def refuse_idle(task: Spec, said: Set[str]) -> None:
    """Raise `InvalidOption` for a setting that was said and that neither the task nor a model of it uses."""
    if not any(key.startswith("task.") or key in ("model.patch", "model.pool") for key in said):
        return
    built: Task = TASKS.build(task.name, **task.settings)
    refuse_idle_options(built, {key.removeprefix("task.") for key in said if key.startswith("task.")})
    if "model.patch" in said and not isinstance(built.shape.input, ImageInput):
        raise InvalidOption(f"model.patch means nothing for {task.name}, which has no images. Leave it out.")
    if "model.pool" in said and not isinstance(built.shape.output, ClassOutput):
        message = f"model.pool means nothing for {task.name}, whose answers stand at every position"
        raise InvalidOption(f"{message}. Leave it out.")


def refuse_idle_options(task: Task, said: Set[str]) -> None:
    """Raise `InvalidOption` for an option of the task that was said and changes nothing beside the others."""
    for option, reason in task.idle.items():
        if option in said:
            message = f"{option} means nothing for {task.name} {reason}. Leave it out."
            raise InvalidOption(message)
