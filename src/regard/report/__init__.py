"""From stored results to one page that opens offline, with its figures beside it. Knows no torch."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regard.report.write import write_report

__all__ = ["write_report"]


def __getattr__(name: str) -> Any:
    """Loaded when it is asked for: what a terminal shows of a run needs no library that draws."""
    if name not in __all__:
        raise AttributeError(f"module 'regard.report' has no attribute '{name}'")
    from regard.report.write import write_report  # noqa: PLC0415

    return write_report
