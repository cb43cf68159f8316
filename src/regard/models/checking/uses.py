"""What comes of a use: an output, or the error that it raises."""

from collections.abc import Callable
from typing import Any

from regard.core.errors import RegardError

Use = Callable[[], Any]


def outcome_of(use: Use) -> Any:
    """What a use gives; the error itself where it raises one."""
    try:
        return use()
    except Exception as error:  # noqa: BLE001 - which errors are raised is what is measured
        return error


def is_refused(use: Use) -> bool:
    """Whether a use raises an error of ours, in one line."""
    given = outcome_of(use)
    return isinstance(given, RegardError) and "\n" not in str(given)
