"""Data frames of pandas, which is an extra: it is imported where a frame is asked for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from regard.core.errors import RegardError

if TYPE_CHECKING:
    import pandas as pd


def frame(records: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
    """A frame with a row for each record. Raises `RegardError` where pandas is missing."""
    try:
        import pandas as pd  # noqa: PLC0415 (an extra)
    except ImportError as error:
        message = "Data frames need pandas, which is not installed"
        raise RegardError(f"{message}. Install it: pip install 'regard[pandas]'.") from error
    return pd.DataFrame.from_records(list(records))
