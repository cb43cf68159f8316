"""Write the README's table of mechanisms; part of `make docs`."""

import re
from pathlib import Path

from regard.core.documentation import USE, use
from regard.mechanisms import MECHANISMS

ROOT = Path(__file__).parents[1]
PLACE = re.compile(r"(<!-- mechanisms: [^>]*-->\n).*(<!-- end of mechanisms -->)", re.DOTALL)


def table() -> str:
    """Every mechanism: when to use it, how its time grows, whether it is causal, and whether it streams."""
    rows = ["| mechanism | use it | time | causal | streams |", "| --- | --- | --- | :-: | :-: |"]
    for name in MECHANISMS.names():
        part = MECHANISMS.find(name)
        marks = ("✓" if each else "·" for each in (part.traits.causal, part.traits.streaming))
        cells = (f"[{name}](docs/catalog.md#{name})", use(part).removeprefix(USE), part.traits.time, *marks)
        rows.append(f"| {' | '.join(plain(cell) for cell in cells)} |")
    return "\n".join(rows)


def plain(cell: str) -> str:
    """A cell in which no bar ends it."""
    return cell.replace("|", "\\|")


if __name__ == "__main__":
    readme = ROOT / "README.md"
    page = PLACE.sub(lambda place: f"{place[1]}\n{table()}\n\n{place[2]}", readme.read_text("utf-8"))
    readme.write_text(page, "utf-8")
