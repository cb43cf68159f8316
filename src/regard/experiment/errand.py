"""A job on its way at an outpost of a Ray cluster."""

from types import ModuleType
from typing import Any, final

from regard.experiment.processes import Lost, LostMachine, Overdue
from regard.experiment.worker import Over


@final
class Errand:
    """A job at an outpost, to be talked with as with a local process."""

    def __init__(self, ray: ModuleType, outpost: Any, said: Any) -> None:
        self.outpost = outpost
        self.said = said
        """Ray's reference to what the outpost says next."""
        self.over = False
        """Whether the outpost is free for another job."""
        self._ray = ray

    def receive(self) -> Any:
        """The next message. Raises `Lost` and `Overdue` as a local process does, and `LostMachine`."""
        errors = self._ray.exceptions
        try:
            said = self._ray.get(self.said)
        except (errors.RayActorError, errors.ObjectLostError, errors.NodeDiedError) as error:
            raise LostMachine("Its machine was lost, or what Ray had started there was killed.") from error
        self.over = isinstance(said, Over | Lost | Overdue)
        if isinstance(said, Lost | Overdue):
            raise said
        return said

    def answer(self, message: object) -> None:
        """Let the job go on."""
        self.said = self.outpost.go_on.remote(message)
