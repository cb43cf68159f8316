"""From stored results to one page that opens offline, with its figures beside it. Knows no torch."""

from regard.report.write import write_report

__all__ = ["write_report"]
