"""The cells of a benchmark as records of one level: what its CSV and its data frame hold."""

from typing import Any

from regard.core.results.benchmark import BenchmarkResult, BenchmarkRow, Cell, Pass, Times
from regard.core.results.gaps import said

PASSES: tuple[Pass, ...] = ("forward", "training", "step")

TIMES = ("median_ms", "lower_ms", "upper_ms", "low_ms", "high_ms", "ratio")


def records(result: BenchmarkResult) -> list[dict[str, Any]]:
    """One record per mechanism, mask and length that has been measured."""
    scales = list(dict.fromkeys(n.scale for row in result.rows for c in row.cells for n in c.nearness))
    return [_record(result, row, cell, scales) for row in result.rows for cell in row.cells]


def throughput(result: BenchmarkResult, cell: Cell) -> float | None:
    """Positions per second, forward, over the whole batch."""
    if cell.forward is None:
        return None
    return result.batch * cell.length / (cell.forward.median_ms / 1e3)


def _record(result: BenchmarkResult, row: BenchmarkRow, cell: Cell, scales: list[float]) -> dict[str, Any]:
    near = {one.scale: one for one in cell.nearness}
    return {
        "label": row.label,
        "mechanism": row.mechanism,
        "form": row.form,
        "causal": cell.causal,
        "length": cell.length,
        "flops": cell.flops,
        **{name: value for kind in PASSES for name, value in _times(kind, getattr(cell, kind)).items()},
        "positions_per_s": throughput(result, cell),
        "forward_bytes": cell.forward_bytes,
        "training_bytes": cell.training_bytes,
        "state_bytes": cell.state_bytes,
        **{f"error_at_{scale:g}": near[scale].error if scale in near else None for scale in scales},
        **{f"mean_error_at_{scale:g}": near[scale].mean_error if scale in near else None for scale in scales},
        "missing": said(cell.missing),
    }


def _times(kind: Pass, times: Times | None) -> dict[str, float | None]:
    return {f"{kind}_{name}": getattr(times, name, None) for name in TIMES}
