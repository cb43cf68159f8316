"""A run is known by its options; data that come from outside must be those with which it was started."""

from collections.abc import Iterable

from regard.core.errors import Corrupt
from regard.core.run import Run
from regard.core.spec import Spec
from regard.store import Store
from regard.tasks import TASKS


def check_data(runs: Iterable[Run], store: Store) -> None:
    """Raise `Corrupt` for a run whose data are no longer those with which it was started.

    Nothing is read for runs that have not been started, or whose options alone decide their samples.
    """
    present: dict[Spec, str | None] = {}
    for run in runs:
        known = store.versions(run.digest).get("content")
        if known is None:
            continue
        if run.task not in present:
            present[run.task] = content_of(run)
        check_content(run, present[run.task], store)


def check_content(run: Run, present: str | int | None, store: Store) -> None:
    """Raise `Corrupt` if a run was started on data whose content was not the present one."""
    known = store.versions(run.digest).get("content")
    if known is not None and present != known:
        message = (
            f"The data of run {run.digest} ({run.mechanism} on {run.task.name}) have changed since it "
            f"was started: their content was {known:.12} and is {present!s:.12}."
        )
        raise Corrupt(f"{message} Restore them, or choose another project folder with --out.")


def content_of(run: Run) -> str | None:
    """The content of the data that a run would be trained on now (see `Task.content`)."""
    content: str | None = TASKS.build(run.task.name, **run.task.settings).content
    return content
