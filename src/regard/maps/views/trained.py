"""A run with its model and its task, as the lens looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, final

from torch import nn

from regard.core.results.lens import LayerFacts, LensModel, View
from regard.core.run import Run
from regard.data.task import Task
from regard.maps.layers import attention_layers
from regard.mechanisms import MECHANISMS
from regard.training import load
from regard.training.checkpoints.loading import load_task
from regard.training.checkpoints.run_folder import read_run


@final
@dataclass(frozen=True, eq=False)
class Trained:
    """What is read from a run's folder."""

    folder: Path
    run: Run
    model: nn.Module
    task: Task

    @classmethod
    def read(cls, folder: Path) -> Self:
        """That of a run's folder. Raises `MissingFile` and `Corrupt`."""
        return cls(folder, read_run(folder), load(folder), load_task(folder))

    @property
    def label(self) -> str:
        """The mechanism, or those of a hybrid."""
        return "+".join(dict.fromkeys(map(MECHANISMS.label, self.run.mechanisms)))

    def seen(self, views: Sequence[View]) -> LensModel:
        """The model with the views of it."""
        layers = attention_layers(self.model).items()
        return LensModel(
            label=self.label,
            about=f"{self.run.task}, seed {self.run.seed}, run {self.run.digest}",
            layers=tuple(
                LayerFacts(name=name, mechanism=layer.mechanism.name, heads=layer.size.h)
                for name, layer in layers
            ),
            views=tuple(views),
        )
