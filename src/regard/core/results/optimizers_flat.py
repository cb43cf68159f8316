"""The rows and the curves of a comparison of optimizers as records of one level."""

from typing import Any

from regard.core.results.difference import Difference
from regard.core.results.optimizers import Group, Mean, OptimizerRow, OptimizersResult, Point


def records(result: OptimizersResult) -> list[dict[str, Any]]:
    """One record per optimizer and model."""
    return [_record(row, group) for group in result.groups for row in group.rows]


def curve_records(result: OptimizersResult) -> list[dict[str, Any]]:
    """One record per evaluation of each training at the chosen value."""
    return [
        {
            "label": row.label,
            "optimizer": row.optimizer.name,
            "gradients": row.gradients,
            "seed": course.seed,
            "forward_equivalents": course.costs[i],
            "seconds": course.seconds[i],
            "accepted": course.accepted[i] if course.accepted else None,
            "training_loss": course.losses[i],
            "training_score": course.scores[i],
            "validation_score": course.validation[i],
        }
        for row in result.rows
        for course in row.courses
        for i in range(len(course.costs))
    ]


def _record(row: OptimizerRow, group: Group) -> dict[str, Any]:
    return {
        "label": row.label,
        "optimizer": row.optimizer.name,
        "gradients": row.gradients,
        "parameters": row.parameters,
        "tuned": row.tuned,
        "chosen": row.chosen,
        "tuning_cost": row.tuning_cost,
        "seeds": len(row.courses),
        "failures": row.failures,
        "learned": row.learned,
        **_mean("test", row.test),
        **{
            key: value
            for name, mean in row.details.items()
            for key, value in _mean(f"test_{name}", mean).items()
        },
        **_difference("test", row.test_difference),
        **_difference("fit", row.fit_difference),
        **_point("budget", row.at_budget),
        "equal_loss": group.level,
        "reached": row.reached,
        **_point("loss", row.at_loss),
    }


def _point(where: str, point: Point) -> dict[str, Any]:
    names = ("cost", "seconds", "accepted", "loss", "fit", "validation")
    return {
        key: value
        for name in names
        for key, value in _mean(f"at_{where}_{name}", getattr(point, name)).items()
    }


def _mean(name: str, mean: Mean | None) -> dict[str, float | None]:
    low, high = (mean.interval if mean else None) or (None, None)
    return {name: mean.mean if mean else None, f"{name}_low": low, f"{name}_high": high}


def _difference(name: str, found: Difference | None) -> dict[str, Any]:
    low, high = (found.interval if found else None) or (None, None)
    return {
        f"{name}_difference": found.mean if found else None,
        f"{name}_difference_low": low,
        f"{name}_difference_high": high,
        f"{name}_p_holm": found.p_holm if found else None,
        f"{name}_verdict": found.verdict if found else "baseline",
    }
