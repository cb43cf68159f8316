"""What a benchmark could not measure: who, where and why, each reason once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from regard.core.results.benchmark import BenchmarkResult

WORDS: Mapping[str, str] = {
    "forward": "forward pass",
    "training": "backward pass",
    "forward_bytes": "memory forward",
    "training_bytes": "memory backward",
    "state_bytes": "state",
    "nearness": "error",
}
"""What a field is called, where its own name does not say it."""


@final
@dataclass(frozen=True)
class Gap:
    """Figures of one mechanism that are missing for one reason."""

    label: str
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.label} ({self.where}): {self.why}"


def gaps(result: BenchmarkResult) -> list[Gap]:
    """All gaps, in the order of rows; of mechanisms that were left out altogether too."""
    found: dict[tuple[str, str], list[tuple[bool, int]]] = {}
    for row in result.rows:
        for cell in row.cells:
            if why := said(cell.missing):
                found.setdefault((row.label, why), []).append(cell.shape)
    measured = [Gap(label, where(shapes), why) for (label, why), shapes in found.items()]
    return measured + [Gap(out.mechanism, "everywhere", out.reason) for out in result.left_out]


def said(missing: Mapping[str, str]) -> str | None:
    """Why figures are missing, in one line, each reason once; None where none is."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in missing.items():
        by_reason.setdefault(reason, []).append(WORDS.get(name, name))
    parts = [
        reason if names == ["all"] else f"{', '.join(names)}: {reason}" for reason, names in by_reason.items()
    ]
    return " ".join(parts) or None


def where(shapes: Sequence[tuple[bool, int]]) -> str:
    """Masks and lengths in words: `not causal at 64; causal at 64, 256`."""
    words = {False: "not causal", True: "causal"}
    return "; ".join(
        f"{words[causal]} at {', '.join(str(n) for mask, n in shapes if mask == causal)}"
        for causal in dict.fromkeys(mask for mask, _ in shapes)
    )
