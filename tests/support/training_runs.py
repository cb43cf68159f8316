"""Descriptions of tiny runs, and the curve of one: what must repeat."""

import resource
from contextlib import contextmanager
from pathlib import Path

from regard.core.run import Run
from regard.core.settings import ModelSettings, TrainingSettings
from regard.core.spec import Spec
from regard.training import fit

TASKS = Path(__file__).parent / "tiny_task.py"
REVERSE, STRIPES = f"{TASKS}:Reverse", f"{TASKS}:Stripes"
MODEL = ModelSettings(layers=1, features=8, heads=2, hidden=16, dropout=0.1)

EVERYTHING = {
    "epochs": 5,
    "batch": 10,
    "evaluate_every": 4,
    "label_smoothing": 0.1,
    "scheduled_sampling": 0.8,
    "checkpoint_every": 2,
}
"""Settings under which everything that must repeat is at work. Five steps per epoch, 25 in all."""


OF_OPTIMIZER, OF_OBJECTIVE = {"clip", "warmup", "schedule"}, {"label_smoothing"}


def described(task=REVERSE, rate=1e-2, seed=0, model=MODEL, **settings):
    """Settings are those of the training, but for a few of the optimizer and the objective."""
    of_training = settings.keys() - OF_OPTIMIZER - OF_OBJECTIVE
    training = {"epochs": 2, "batch": 12, **{name: settings[name] for name in of_training}}
    optimizer = {name: settings[name] for name in settings.keys() & OF_OPTIMIZER}
    objective = {name: settings[name] for name in settings.keys() & OF_OBJECTIVE}
    return Run(
        task=Spec.of(task),
        mechanisms=(Spec("softmax"),),
        model=model,
        objective=Spec.of("cross_entropy", objective),
        optimizer=Spec.of("adamw", optimizer, rate=rate),
        training=TrainingSettings(**training),
        seed=seed,
    )


def as_curve(measurements):
    """Values by step and name; times, and what is said before the first step, left out."""
    return {(m.step, m.name): m.value for m in measurements if m.step and not m.name.startswith("time/")}


def curve(run, folder=None):
    return as_curve(fit(run, folder, device="cpu"))


@contextmanager
def a_disk_of(size):
    """No file grows beyond that many bytes: what a full disk looks like to the writer."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def taken(iterator, count):
    """The first `count` measurements; then the iterator is closed, as when its reader is killed."""
    found = [measurement for _, measurement in zip(range(count), iterator, strict=False)]
    iterator.close()
    return found
