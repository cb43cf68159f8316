"""The last checkpoints of a pack: written for all seeds or for none, so that they go on together.

Each is written under the name `next` first, and all take their place once all are written. Whatever moment a
kill comes at, there is a step at which every seed has a checkpoint.
"""

import time
from collections.abc import Sequence

from regard.core.errors import InvalidOption
from regard.training.checkpoints.checkpoint import Checkpoint
from regard.training.loop.fit import Storage, has_ended, step_of
from regard.training.loop.standing import Standing
from regard.training.parts.trainer import Trainer


def keep_together(
    trainers: Sequence[Trainer], storages: Sequence[Storage | None], standings: Sequence[Standing]
) -> None:
    """Write the last checkpoints of some seeds that stand at one step, if one has ended or there is time."""
    kept = [storage for storage in storages if storage is not None]
    ended = any(standing.ending is not None for standing in standings)
    if not kept or not (ended or all(storage.has_time for storage in kept)):
        return
    start = time.monotonic()
    for trainer, storage, standing in zip(trainers, storages, standings, strict=True):
        if storage is not None:
            storage.keep_next(trainer.checkpoint(standing))
    for storage in kept:
        storage.take_next()
    seconds = time.monotonic() - start
    for storage in kept:
        storage.rest(seconds)


def common_checkpoints(storages: Sequence[Storage | None]) -> list[Checkpoint | None]:
    """The checkpoint from which each seed goes on; None where it starts. A seed that has ended has its last.

    Raises `InvalidOption` for seeds that have no step in common, as those that were trained alone.
    """
    last = [None if storage is None else storage.last() for storage in storages]
    going = [i for i, saved in enumerate(last) if not has_ended(saved)]
    known = {i: {step_of(last[i]): last[i]} for i in going}
    for i in going:
        storage = storages[i]
        following = None if storage is None else storage.following()
        if following is not None:
            known[i][step_of(following)] = following
    common = set[int].intersection(*map(set, known.values())) if known else set()
    if going and not common:
        steps = ", ".join(map(str, sorted({step_of(last[i]) for i in going})))
        message = f"Runs whose checkpoints stand at different steps ({steps}) go on one by one only."
        raise InvalidOption(message)
    for i in going:
        storage, step = storages[i], max(common)
        if storage is not None and step != step_of(last[i]):
            storage.take_next()
        last[i] = known[i][step]
    return last
