"""Who follows the runs of a command: its bars, and the readers that `--follow` names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regard.experiment import Pool, Reader


def readers_for(names: str, folder: Path) -> "list[Reader]":
    """The readers named. Raises `UnknownName`, and `RegardError` if a library is missing."""
    from regard.experiment.readers import READERS

    chosen = [name.strip() for name in names.split(",") if name.strip()]
    return [READERS.build(name, folder) for name in dict.fromkeys(chosen)]


@contextmanager
def followed(pool: "Pool", readers: "Sequence[Reader]") -> "Iterator[Pool]":
    """A pool that readers follow, and that tells what it has to tell on the console."""
    from regard.cli.console import tell
    from regard.experiment import FollowedPool

    with FollowedPool(pool, readers, tell) as followed:
        yield followed
